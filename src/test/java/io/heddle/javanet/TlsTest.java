package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.TcpListener;
import io.heddle.TcpSocket;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.Arrays;
import java.util.Random;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** TLS of the JDK in a layer over our sockets, on either side or on both. */
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TlsTest {
    private static final int MUCH = 3_000_000;

    private static SSLContext context;

    @BeforeAll
    static void makeKeys() throws Exception {
        context = SelfSigned.context();
    }

    private static SSLSocket client(Socket socket) throws IOException {
        SSLSocketFactory factory = context.getSocketFactory();
        return (SSLSocket) factory.createSocket(socket, "localhost", socket.getPort(), true);
    }

    /** What was read of the connection before may be passed on; here it is nothing. */
    private static SSLSocket server(Socket socket) throws IOException {
        return (SSLSocket) context.getSocketFactory().createSocket(socket, null, true);
    }

    /** Two ends of TLS, with the handshake behind them. */
    private record Ends(SSLSocket client, SSLSocket server) implements AutoCloseable {
        static Ends open(Caller caller, boolean ours, boolean accepted) throws Exception {
            try (ServerSocket listener = accepted ? new HeddleServerSocket() : new ServerSocket()) {
                listener.bind(Pair.anyPort());
                Socket socket = ours ? new HeddleSocket() : new Socket();
                socket.connect(listener.getLocalSocketAddress());
                Ends ends = new Ends(TlsTest.client(socket), TlsTest.server(listener.accept()));
                Task<Boolean> handshake = caller.startRun(ends.server::startHandshake);
                caller.run(ends.client::startHandshake);
                assertThat(handshake.get()).isTrue();
                return ends;
            }
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
        }
    }

    @EveryCaller
    void bothSidesOnHeddle(Caller caller) throws Exception {
        exchange(caller, true, true);
    }

    @EveryCaller
    void theOtherSideOnTheJdk(Caller caller) throws Exception {
        exchange(caller, true, false);
        exchange(caller, false, true);
    }

    private static void exchange(Caller caller, boolean ours, boolean accepted) throws Exception {
        byte[] bytes = new byte[MUCH];
        new Random(1).nextBytes(bytes);
        try (Ends ends = Ends.open(caller, ours, accepted)) {
            SSLSession session = ends.client.getSession();
            assertThat(session.getProtocol()).isEqualTo("TLSv1.3");
            assertThat(ends.client.getPort()).isEqualTo(ends.server.getLocalPort());
            Task<Boolean> up = caller.startRun(() -> {
                ends.client.getOutputStream().write(bytes);
                ends.client.shutdownOutput();
            });
            Task<Boolean> down = caller.startRun(() -> {
                ends.server.getOutputStream().write(bytes);
                ends.server.shutdownOutput();
            });
            Task<byte[]> received =
                    caller.start(() -> ends.server.getInputStream().readAllBytes());
            byte[] answer = caller.call(() -> ends.client.getInputStream().readAllBytes());
            assertThat(Arrays.equals(answer, bytes)).isTrue();
            assertThat(Arrays.equals(received.get(), bytes)).isTrue();
            assertThat(up.get() && down.get()).isTrue();
        }
    }

    @EveryCaller
    void aReadTimeoutLeavesTheSessionUsable(Caller caller) throws Exception {
        try (Ends ends = Ends.open(caller, true, true)) {
            caller.run(() -> {
                ends.client.setSoTimeout(1);
                assertThatThrownBy(() -> ends.client.getInputStream().read())
                        .isInstanceOf(SocketTimeoutException.class)
                        .hasMessage("Read timed out");
                ends.client.setSoTimeout(0);
                ends.server.getOutputStream().write(5);
                assertThat(ends.client.getInputStream().read()).isEqualTo(5);
            });
        }
    }

    @EveryCaller
    void closeFromAnotherThreadEndsARead(Caller caller) throws Exception {
        try (Ends ends = Ends.open(caller, true, true)) {
            Task<Integer> reading =
                    caller.start(() -> ends.client.getInputStream().read()).awaitWaiting();
            caller.run(ends.client::close);
            // TLS has an end of its own, which the reader may see first.
            try {
                assertThat(reading.get()).isEqualTo(-1);
            } catch (SocketException e) {
                assertThat(e).hasMessage("Socket closed");
            }
            assertThat(ends.server.getInputStream().read()).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PLATFORM_THREAD")
    void anInterruptEndsARead(Caller caller) throws Exception {
        try (Ends ends = Ends.open(caller, true, true)) {
            Task<Integer> reading =
                    caller.start(() -> ends.client.getInputStream().read()).awaitWaiting();
            reading.interrupt();
            assertThat(reading.failure()).isInstanceOf(SocketException.class).hasMessage("Closed by interrupt");
            assertThat(reading.endedInterrupted()).isTrue();
        }
    }

    /** The connection goes on without TLS. */
    @EveryCaller
    void withoutAutoCloseTheSocketBelowStaysOpen(Caller caller) throws Exception {
        try (ServerSocket listener = new HeddleServerSocket()) {
            listener.bind(Pair.anyPort());
            try (Socket plain = new HeddleSocket(listener.getInetAddress(), listener.getLocalPort());
                    Socket peer = listener.accept()) {
                SSLSocket client = (SSLSocket) context.getSocketFactory().createSocket(plain, "localhost", 1, false);
                SSLSocket server = (SSLSocket) context.getSocketFactory().createSocket(peer, null, false);
                Task<Integer> read = caller.start(() -> {
                    int first = server.getInputStream().read();
                    int end = server.getInputStream().read();
                    server.close();
                    return first + end;
                });
                caller.run(() -> {
                    client.getOutputStream().write(7);
                    client.close();
                });
                assertThat(read.get()).isEqualTo(6);
                assertThat(plain.isClosed() || peer.isClosed()).isFalse();
            }
        }
    }

    /** A TcpSocket has no shape that TLS takes; its view has. */
    @EveryCaller
    void tlsOverAViewOfATcpSocket(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            Task<Boolean> serving = caller.startRun(() -> {
                TcpSocket socket = listener.accept();
                try (SSLSocket server = server(socket.asSocket())) {
                    server.getInputStream().transferTo(server.getOutputStream());
                }
                assertThat(socket.isOpen()).isFalse();
            });
            caller.run(() -> {
                TcpSocket socket = TcpSocket.connect(listener.localAddress());
                try (SSLSocket client = client(socket.asSocket())) {
                    client.getOutputStream().write(new byte[] {1, 2, 3});
                    client.shutdownOutput();
                    assertThat(client.getInputStream().readAllBytes()).containsExactly(1, 2, 3);
                }
                assertThat(socket.isOpen()).isFalse();
            });
            assertThat(serving.get()).isTrue();
        }
    }

    @EveryCaller
    void aPeerWithoutTlsIsTold(Caller caller) throws Exception {
        try (ServerSocket listener = new HeddleServerSocket()) {
            listener.bind(Pair.anyPort());
            try (Socket plain = new Socket(listener.getInetAddress(), listener.getLocalPort());
                    SSLSocket server = server(listener.accept())) {
                plain.getOutputStream().write(new byte[100]);
                assertThat(caller.failureOf(server::startHandshake)).isInstanceOf(SSLException.class);
            }
        }
    }
}
