package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.heddle.testing.NoLeaks;
import io.heddle.testing.Pair;
import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Where our datagram sockets differ from the JDK's on purpose: what each does. */
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DatagramDifferencesTest {
    private static Throwable failureOfBroadcast(Scene.Maker maker) throws IOException {
        try (DatagramSocket socket = maker.datagrams(Pair.anyPort())) {
            socket.setBroadcast(false);
            InetSocketAddress all = new InetSocketAddress(InetAddress.ofLiteral("127.255.255.255"), 9);
            return catchThrowable(() -> socket.send(DatagramCalls.packet(all, 1)));
        }
    }

    @Test
    void aBroadcastThatIsNotPermitted() throws IOException {
        assertThat(failureOfBroadcast(Scene.Maker.JDK))
                .isExactlyInstanceOf(BindException.class)
                .hasMessage("Permission denied");
        assertThat(failureOfBroadcast(Scene.Maker.HEDDLE))
                .isExactlyInstanceOf(SocketException.class)
                .hasMessageStartingWith("Permission denied: ");
    }

    private static Throwable failureOfTooMuch(Scene.Maker maker) throws IOException {
        try (DatagramSocket socket = maker.datagrams(Pair.anyPort());
                DatagramSocket peer = new DatagramSocket(Pair.anyPort())) {
            socket.connect(peer.getLocalSocketAddress());
            return catchThrowable(() -> socket.send(new DatagramPacket(new byte[65_508], 65_508)));
        }
    }

    @Test
    void aPacketThatIsTooLongForAConnectedSocket() throws IOException {
        assertThat(failureOfTooMuch(Scene.Maker.JDK))
                .isExactlyInstanceOf(IOException.class)
                .hasMessage("Message too long");
        assertThat(failureOfTooMuch(Scene.Maker.HEDDLE))
                .isExactlyInstanceOf(SocketException.class)
                .hasMessageStartingWith("Message too long: ");
    }

    private static void sendToNobody(DatagramSocket socket) throws IOException {
        DatagramSocket gone = new DatagramSocket(Pair.anyPort());
        SocketAddress nobody = gone.getLocalSocketAddress();
        gone.close();
        socket.connect(nobody);
        socket.send(new DatagramPacket(new byte[1], 1));
    }

    private static Throwable failureWhereNobodyIs(Scene.Maker maker) throws IOException {
        try (DatagramSocket socket = maker.datagrams(Pair.anyPort())) {
            sendToNobody(socket);
            return catchThrowable(() -> socket.receive(new DatagramPacket(new byte[1], 1)));
        }
    }

    @Test
    void aPortWhereNobodyIs() throws IOException {
        assertThat(failureWhereNobodyIs(Scene.Maker.JDK))
                .isExactlyInstanceOf(PortUnreachableException.class)
                .hasMessage(null);
        assertThat(failureWhereNobodyIs(Scene.Maker.HEDDLE))
                .isExactlyInstanceOf(PortUnreachableException.class)
                .hasMessageStartingWith("ICMP Port Unreachable: ");
    }

    @Test
    void whatIcmpSaysOfAFormerPeerIsForgottenAndTheNextDatagramGoes() throws IOException {
        try (DatagramSocket socket = new HeddleDatagramSocket(Pair.anyPort())) {
            sendToNobody(socket);
            socket.disconnect();
            socket.send(new DatagramPacket(new byte[] {5}, 1, socket.getLocalSocketAddress()));
            DatagramPacket received = new DatagramPacket(new byte[9], 9);
            socket.receive(received);
            assertThat(received.getLength()).isEqualTo(1);

            sendToNobody(socket);
            socket.disconnect();
            socket.setSoTimeout(1);
            assertThat(catchThrowable(() -> socket.receive(received))).isInstanceOf(SocketTimeoutException.class);
        }
    }

    /** Bound to the wildcard, and connected twice before it is disconnected. */
    private static InetAddress addressAfterDisconnect(Scene.Maker maker) throws IOException {
        try (DatagramSocket socket = maker.datagrams();
                DatagramSocket peer = new DatagramSocket(Pair.anyPort())) {
            int port = socket.getLocalPort();
            socket.connect(peer.getLocalSocketAddress());
            socket.connect(peer.getLocalSocketAddress());
            socket.disconnect();
            assertThat(socket.getLocalPort()).isEqualTo(port);
            return socket.getLocalAddress();
        }
    }

    @Test
    void disconnectAfterTwoConnects() throws IOException {
        assertThat(addressAfterDisconnect(Scene.Maker.JDK).isLoopbackAddress()).isTrue();
        assertThat(addressAfterDisconnect(Scene.Maker.HEDDLE).isAnyLocalAddress())
                .isTrue();
    }
}
