package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.Test;

/** What nobody can reach any more is closed; what somebody still uses is not. */
@Behaviour
class LeakedSocketTest {
    private static ServerSocket server() throws IOException {
        return new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    private static InetSocketAddress addressOf(ServerSocket server) {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    /** Collects garbage until the peer has read the end of the stream. */
    private static void awaitEnd(Socket peer) throws Exception {
        peer.setSoTimeout(20);
        Await.until("the leaked socket is closed", () -> {
            System.gc();
            try {
                assertThat(peer.getInputStream().read()).isEqualTo(-1);
                return true;
            } catch (SocketTimeoutException e) {
                return false;
            }
        });
    }

    @EveryCaller
    void aSocketThatNobodyCanReachIsClosed(Caller caller) throws Exception {
        try (ServerSocket server = server()) {
            caller.run(() -> {
                TcpSocket leaked = TcpSocket.connect(addressOf(server));
                assertThat(leaked.isOpen()).isTrue();
            });
            try (Socket peer = server.accept()) {
                awaitEnd(peer);
            }
        }
    }

    /** It was waited on, so a poller knows it; that must not keep it. */
    @EveryCaller
    void aSocketThatWasWaitedOnIsClosedAllTheSame(Caller caller) throws Exception {
        try (ServerSocket server = server()) {
            Task<Integer> reading = caller.start(() -> {
                TcpSocket leaked = TcpSocket.connect(addressOf(server));
                leaked.setReadTimeout(java.time.Duration.ofHours(1));
                return leaked.read(new byte[1]);
            });
            try (Socket peer = server.accept()) {
                reading.awaitWaiting();
                peer.getOutputStream().write(1);
                assertThat(reading.get()).isEqualTo(1);
                awaitEnd(peer);
            }
        }
    }

    @Test
    void anAcceptedSocketThatNobodyCanReachIsClosed() throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort());
                Socket peer = new Socket()) {
            peer.connect(listener.localAddress());
            accept(listener);
            awaitEnd(peer);
        }
    }

    private static void accept(TcpListener listener) throws IOException {
        TcpSocket leaked = listener.accept();
        assertThat(leaked.isOpen()).isTrue();
    }

    @Test
    void aListenerThatNobodyCanReachIsClosed() throws Exception {
        InetSocketAddress address = listen();
        Await.until("the leaked listener is closed", () -> refusesAfterGc(address));
    }

    private static boolean refusesAfterGc(InetSocketAddress address) throws IOException {
        System.gc();
        try (Socket client = new Socket()) {
            client.connect(address);
            return false;
        } catch (ConnectException e) {
            return true;
        } catch (SocketException e) {
            // Closed just now: what was in its queue is reset.
            return false;
        }
    }

    private static InetSocketAddress listen() throws IOException {
        TcpListener leaked = TcpListener.bind(Pair.anyPort());
        assertThat(leaked.isOpen()).isTrue();
        return leaked.localAddress();
    }

    @Test
    void aListenerThatNobodyCanReachIsClosedThoughItsHeddleKnowsIt() throws Exception {
        try (Heddle heddle = Heddle.open(1)) {
            InetSocketAddress address = listenOn(heddle);
            Await.until("the leaked listener is closed", () -> refusesAfterGc(address));
        }
    }

    private static InetSocketAddress listenOn(Heddle heddle) throws IOException {
        TcpListener leaked = TcpListener.builder().on(heddle).bind(Pair.anyPort());
        assertThat(leaked.isOpen()).isTrue();
        return leaked.localAddress();
    }

    @Test
    void aStreamKeepsItsSocket() throws Exception {
        try (ServerSocket server = server();
                InputStream in = TcpSocket.connect(addressOf(server)).inputStream();
                Socket peer = server.accept()) {
            collectGarbage();
            peer.getOutputStream().write(1);
            assertThat(in.read()).isEqualTo(1);
        }
    }

    @EveryCaller
    void aThreadThatWaitsKeepsItsSocket(Caller caller) throws Exception {
        try (ServerSocket server = server()) {
            Task<Integer> reading =
                    caller.start(() -> TcpSocket.connect(addressOf(server)).read(new byte[1]));
            try (Socket peer = server.accept()) {
                reading.awaitWaiting();
                collectGarbage();
                peer.getOutputStream().write(1);
                assertThat(reading.get()).isEqualTo(1);
                awaitEnd(peer);
            }
        }
    }

    @EveryCaller
    void aThreadThatServesKeepsItsListener(Caller caller) throws Exception {
        Task<InetSocketAddress> bound = caller.start(LeakedSocketTest::serveOne);
        InetSocketAddress address = bound.get();
        collectGarbage();
        try (Socket client = new Socket()) {
            client.connect(address);
            assertThat(client.getInputStream().read()).isEqualTo(7);
        }
        Await.until("the listener is closed by its only handler", () -> {
            try (Socket client = new Socket()) {
                client.connect(address);
                return false;
            } catch (ConnectException e) {
                return true;
            }
        });
    }

    /** Only the thread that serves, and its handler, know the listener. */
    private static InetSocketAddress serveOne() throws Exception {
        TcpListener listener = TcpListener.bind(Pair.anyPort());
        InetSocketAddress address = listener.localAddress();
        Heddle.shared().startVirtualThread(() -> {
            try {
                listener.serve(socket -> {
                    socket.write(new byte[] {7});
                    listener.close();
                });
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });
        return address;
    }

    private static void collectGarbage() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
    }
}
