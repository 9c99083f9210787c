package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.net.ConnectException;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

/** IPv4, IPv6 and both at once. */
@Behaviour
class TcpAddressTest {
    private static InetAddress address(String text) throws Exception {
        return InetAddress.ofLiteral(text);
    }

    private static void exchange(Caller caller, TcpSocket one, TcpSocket other) throws Exception {
        Task<Integer> reading = caller.start(() -> other.read(new byte[4])).awaitWaiting();
        caller.run(() -> one.write(new byte[] {1, 2, 3}));
        assertThat(reading.get()).isEqualTo(3);
    }

    @EveryCaller
    void eachFamilyReachesItsOwn(Caller caller) throws Exception {
        for (String host : new String[] {"127.0.0.1", "::1"}) {
            try (TcpListener listener = TcpListener.bind(new InetSocketAddress(address(host), 0));
                    TcpSocket client = caller.call(() -> TcpSocket.connect(listener.localAddress()));
                    TcpSocket server = listener.accept()) {
                assertThat(listener.localAddress().getAddress()).isEqualTo(address(host));
                assertThat(client.remoteAddress()).isEqualTo(listener.localAddress());
                assertThat(server.remoteAddress()).isEqualTo(client.localAddress());
                assertThat(server.localAddress()).isEqualTo(listener.localAddress());
                exchange(caller, client, server);
                exchange(caller, server, client);
            }
        }
    }

    @EveryCaller
    void aWildcardListenerShowsIpv4ClientsAsSuch(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.bind(new InetSocketAddress(0))) {
            int port = listener.localAddress().getPort();
            assertThat(listener.localAddress().getAddress().isAnyLocalAddress()).isTrue();
            try (TcpSocket client =
                            caller.call(() -> TcpSocket.connect(new InetSocketAddress(address("127.0.0.1"), port)));
                    TcpSocket server = caller.call(() -> listener.accept())) {
                assertThat(server.remoteAddress().getAddress()).isInstanceOf(Inet4Address.class);
                assertThat(server.remoteAddress()).isEqualTo(client.localAddress());
                assertThat(server.localAddress().getAddress()).isEqualTo(address("127.0.0.1"));
                exchange(caller, client, server);
            }
            try (TcpSocket client = caller.call(() -> TcpSocket.connect(new InetSocketAddress(address("::1"), port)));
                    TcpSocket server = caller.call(() -> listener.accept())) {
                assertThat(server.remoteAddress().getAddress()).isInstanceOf(Inet6Address.class);
                assertThat(server.remoteAddress()).isEqualTo(client.localAddress());
                exchange(caller, server, client);
            }
        }
    }

    @Test
    void theWildcardShowsWhatTheJdkShows() throws Exception {
        try (TcpListener ours = TcpListener.bind(new InetSocketAddress(0));
                ServerSocket theirs = new ServerSocket(0)) {
            assertThat(ours.localAddress().getAddress()).isEqualTo(theirs.getInetAddress());
        }
    }

    @Test
    void anIpv6WildcardIsReachedByBothFamilies() throws Exception {
        try (TcpListener listener = TcpListener.bind(new InetSocketAddress(address("::"), 0))) {
            for (String host : new String[] {"127.0.0.1", "::1"}) {
                try (Socket client = new Socket(host, listener.localAddress().getPort());
                        TcpSocket server = listener.accept()) {
                    assertThat(server.remoteAddress()).isEqualTo(client.getLocalSocketAddress());
                }
            }
        }
    }

    @Test
    void aListenerOnOneAddressIsNotReachedByAnother() throws Exception {
        try (TcpListener six = TcpListener.bind(new InetSocketAddress(address("::1"), 0))) {
            InetSocketAddress four = new InetSocketAddress(
                    address("127.0.0.1"), six.localAddress().getPort());
            assertThatThrownBy(() -> TcpSocket.connect(four)).isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void anIpv4AddressMappedToIpv6IsTheIpv4Address() throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort());
                TcpSocket client = TcpSocket.connect(new InetSocketAddress(
                        address("::ffff:127.0.0.1"), listener.localAddress().getPort()))) {
            assertThat(client.remoteAddress().getAddress()).isInstanceOf(Inet4Address.class);
            assertThat(client.localAddress().getAddress()).isInstanceOf(Inet4Address.class);
        }
    }

    @Test
    void aLocalIpv6AddressReachesAnIpv4PeerOnlyAsTheKernelAllows() throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            // A socket bound to ::1 has no way to 127.0.0.1; nothing is left open.
            assertThatThrownBy(() -> TcpSocket.builder()
                            .localAddress(new InetSocketAddress(address("::1"), 0))
                            .connect(listener.localAddress()))
                    .isInstanceOf(java.io.IOException.class);
            try (TcpSocket socket = TcpSocket.builder()
                    .localAddress(new InetSocketAddress(address("::"), 0))
                    .connect(listener.localAddress())) {
                assertThat(socket.isOpen()).isTrue();
            }
        }
    }
}
