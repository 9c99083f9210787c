package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.TcpSocket;
import io.heddle.testing.Await;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.Pair;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The view of a TcpSocket as a socket of java.net. */
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ViewTest {
    @Test
    void theTwoShareTheirBytesOptionsAndEnds() throws Exception {
        try (Pair pair = Pair.open()) {
            TcpSocket socket = pair.local();
            Socket view = socket.asSocket();
            assertThat(view.isConnected() && view.isBound()).isTrue();
            assertThat(view.getRemoteSocketAddress()).isEqualTo(socket.remoteAddress());
            assertThat(view.getLocalSocketAddress()).isEqualTo(socket.localAddress());
            pair.deliver((byte) 1, (byte) 2);
            assertThat(view.getInputStream().read()).isEqualTo(1);
            assertThat(socket.read(new byte[9])).isEqualTo(1);
            view.getOutputStream().write(3);
            assertThat(pair.peer().getInputStream().read()).isEqualTo(3);
            view.setKeepAlive(true);
            assertThat(socket.getOption(java.net.StandardSocketOptions.SO_KEEPALIVE))
                    .isTrue();
            view.shutdownOutput();
            assertThat(pair.peer().getInputStream().read()).isEqualTo(-1);
            assertThatThrownBy(() -> socket.write(new byte[1])).hasMessage("Broken pipe");
        }
    }

    @Test
    void theReadTimeoutIsThatOfBothInWholeMilliseconds() throws Exception {
        try (Pair pair = Pair.open()) {
            Socket view = pair.local().asSocket();
            assertThat(view.getSoTimeout()).isZero();
            pair.local().setReadTimeout(Duration.ofNanos(1_000_001));
            assertThat(view.getSoTimeout()).isEqualTo(2);
            pair.local().setReadTimeout(Duration.ofDays(1000));
            assertThat(view.getSoTimeout()).isEqualTo(Integer.MAX_VALUE);
            view.setSoTimeout(1);
            assertThatThrownBy(() -> pair.local().read(new byte[1])).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void closingOneClosesBoth() throws Exception {
        try (Pair pair = Pair.open()) {
            Socket view = pair.local().asSocket();
            view.close();
            assertThat(pair.local().isOpen()).isFalse();
            assertThat(pair.peer().getInputStream().read()).isEqualTo(-1);
        }
        try (Pair pair = Pair.open()) {
            Socket view = pair.local().asSocket();
            InputStream in = view.getInputStream();
            pair.local().close();
            assertThat(view.isClosed()).isTrue();
            assertThatThrownBy(in::read)
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Socket closed");
            assertThatThrownBy(() -> view.setTcpNoDelay(true)).hasMessage("Socket is closed");
            assertThat(pair.local().asSocket().isClosed()).isTrue();
        }
    }

    /** The view is all that is left of it. */
    @Test
    void theSocketLivesAsLongAsItsView() throws Exception {
        try (ServerSocket server = new ServerSocket()) {
            server.bind(Pair.anyPort());
            Socket view = TcpSocket.connect((InetSocketAddress) server.getLocalSocketAddress())
                    .asSocket();
            try (Socket peer = server.accept()) {
                collectGarbage();
                peer.getOutputStream().write(1);
                assertThat(view.getInputStream().read()).isEqualTo(1);
                view.close();
            }
        }
    }

    @Test
    void theSocketLivesOnWithoutItsView() throws Exception {
        try (Pair pair = Pair.open()) {
            assertThat(pair.local().asSocket().isClosed()).isFalse();
            collectGarbage();
            assertThat(pair.local().isOpen()).isTrue();
        }
    }

    @Test
    void socketsThatNobodyCanReachAreClosed() throws Exception {
        try (ServerSocket server = new ServerSocket()) {
            server.bind(Pair.anyPort());
            assertThat(new HeddleSocket(server.getInetAddress(), server.getLocalPort()).isConnected())
                    .isTrue();
            try (Socket peer = server.accept()) {
                peer.setSoTimeout(20);
                Await.until("the leaked socket is closed", () -> {
                    System.gc();
                    try {
                        return peer.getInputStream().read() == -1;
                    } catch (SocketTimeoutException e) {
                        return false;
                    }
                });
            }
        }
    }

    private static void collectGarbage() throws Exception {
        var canary = new java.lang.ref.WeakReference<>(new Object());
        Await.until("garbage is collected", () -> {
            System.gc();
            return canary.get() == null;
        });
    }
}
