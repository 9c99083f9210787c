package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.heddle.testing.NoLeaks;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.Optional;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A link-local address of this machine, told without its link, as the JDK takes it. */
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class LinkLocalTest {
    enum Sockets {
        JDK,
        HEDDLE
    }

    private static Optional<InetAddress> unscoped() throws Exception {
        Optional<Inet6Address> found = NetworkInterface.networkInterfaces()
                .filter(LinkLocalTest::isUp)
                .flatMap(NetworkInterface::inetAddresses)
                .filter(InetAddress::isLinkLocalAddress)
                .filter(Inet6Address.class::isInstance)
                .map(Inet6Address.class::cast)
                .findFirst();
        return found.isEmpty()
                ? Optional.empty()
                : Optional.of(InetAddress.getByAddress(found.get().getAddress()));
    }

    private static boolean isUp(NetworkInterface link) {
        try {
            return link.isUp();
        } catch (SocketException e) {
            throw new AssertionError("an interface that is listed can be asked", e);
        }
    }

    @ParameterizedTest
    @EnumSource(Sockets.class)
    void itsLinkIsFound(Sockets kind) throws Exception {
        Optional<InetAddress> found = unscoped();
        assumeTrue(found.isPresent(), "needs an interface with a link-local IPv6 address");
        InetAddress address = found.get();
        boolean ours = kind == Sockets.HEDDLE;
        try (ServerSocket server = ours ? new HeddleServerSocket(0, 5, address) : new ServerSocket(0, 5, address);
                Socket client = ours
                        ? new HeddleSocket(address, server.getLocalPort())
                        : new Socket(address, server.getLocalPort());
                Socket accepted = server.accept();
                DatagramSocket first = datagrams(ours, address);
                DatagramSocket second = datagrams(ours, address)) {
            client.getOutputStream().write(7);
            assertThat(accepted.getInputStream().read()).isEqualTo(7);
            first.connect(address, second.getLocalPort());
            assertThat(first.isConnected()).isTrue();
        }
    }

    private static DatagramSocket datagrams(boolean ours, InetAddress address) throws SocketException {
        InetSocketAddress local = new InetSocketAddress(address, 0);
        return ours ? new HeddleDatagramSocket(local) : new DatagramSocket(local);
    }
}
