package io.heddle.poll.net;

import static io.heddle.poll.net.Watch.bytes;
import static io.heddle.poll.net.WouldBlock.WOULD_BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.poll.Event;
import io.heddle.poll.Interest;
import io.heddle.poll.Selectors;
import io.heddle.testing.Pair;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Leakproof
class UdpTest {
    private static InetSocketAddress nobody() throws IOException {
        try (UdpSocket socket = UdpSocket.bind(Pair.anyPort())) {
            return socket.localAddress();
        }
    }

    @EveryNativeSelector
    void aDatagramArrivesWithItsSender(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind);
                UdpSocket from = UdpSocket.bind(Pair.anyPort());
                UdpSocket to = UdpSocket.bind(Pair.anyPort())) {
            watch.registry.register(to, 1, Interest.READABLE);
            for (int round = 0; round < 20; round++) {
                ByteBuffer dst = ByteBuffer.allocate(20);
                assertThat(to.receiveFrom(dst)).isNull();
                ByteBuffer src = bytes("datagram");
                assertThat(from.sendTo(src, to.localAddress())).isEqualTo(8);
                assertThat(src.hasRemaining()).isFalse();
                watch.until(1, Event::isReadable);
                assertThat(to.peekFrom(dst)).isEqualTo(from.localAddress());
                assertThat(dst.position()).isZero();
                assertThat(to.peek(ByteBuffer.allocateDirect(20))).isEqualTo(8);
                assertThat(to.receiveFrom(dst)).isEqualTo(from.localAddress());
                assertThat(Watch.text(dst)).isEqualTo("datagram");
                assertThat(round % 2 == 0 ? to.peek(dst) : to.receive(dst)).isEqualTo(WOULD_BLOCK);
            }
        }
    }

    @EverySelector
    void anEmptyDatagramIsADatagram(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind);
                UdpSocket from = UdpSocket.bind(Pair.anyPort());
                UdpSocket to = UdpSocket.bind(Pair.anyPort())) {
            watch.registry.register(to, 1, Interest.READABLE);
            if (kind == Selectors.JDK) {
                // To a peer a channel sends no empty datagrams, and refuses them.
                assertThat(from.sendTo(ByteBuffer.allocate(0), to.localAddress()))
                        .isZero();
            } else {
                from.connect(to.localAddress());
                assertThat(from.send(ByteBuffer.allocate(0))).isZero();
            }
            assertThat(from.sendTo(ByteBuffer.allocate(0), to.localAddress())).isZero();
            assertThat(watch.drive(1, () -> to.receive(ByteBuffer.allocate(9)))).isZero();
            assertThat(watch.obtain(1, () -> to.receiveFrom(ByteBuffer.allocate(0))))
                    .isEqualTo(from.localAddress());
            assertThat(to.receive(ByteBuffer.allocate(9))).isEqualTo(WOULD_BLOCK);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theRestOfALongDatagramIsLost(boolean direct) throws Exception {
        try (Watch watch = new Watch(Selectors.EPOLL);
                UdpSocket from = UdpSocket.bind(Pair.anyPort());
                UdpSocket to = UdpSocket.bind(Pair.anyPort())) {
            watch.registry.register(to, 1, Interest.READABLE);
            for (String text : new String[] {"datagram", "datagram", "next"}) {
                from.sendTo(bytes(text), to.localAddress());
            }
            ByteBuffer dst = direct ? ByteBuffer.allocateDirect(4) : ByteBuffer.allocate(4);
            assertThat(watch.drive(1, () -> to.peek(dst))).isEqualTo(4);
            assertThat(to.receive(dst)).isEqualTo(4);
            dst.clear();
            assertThat(watch.obtain(1, () -> to.receiveFrom(dst))).isEqualTo(from.localAddress());
            assertThat(Watch.text(dst)).isEqualTo("data");
            dst.clear();
            assertThat(watch.drive(1, () -> to.receive(dst))).isEqualTo(4);
            assertThat(Watch.text(dst)).isEqualTo("next");
        }
    }

    @EverySelector
    void aConnectedSocketReceivesFromItsPeerOnly(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind);
                UdpSocket peer = UdpSocket.bind(Pair.anyPort());
                UdpSocket other = UdpSocket.bind(Pair.anyPort());
                UdpSocket socket = UdpSocket.bind(Pair.anyPort())) {
            watch.registry.register(socket, 1, Interest.READABLE);
            assertThat(socket.remoteAddress()).isNull();
            socket.connect(peer.localAddress());
            assertThat(socket.remoteAddress()).isEqualTo(peer.localAddress());
            other.sendTo(bytes("other"), socket.localAddress());
            peer.sendTo(bytes("peer"), socket.localAddress());
            assertThat(receive(watch, socket)).isEqualTo("peer");
            assertThat(socket.receive(ByteBuffer.allocate(9))).isEqualTo(WOULD_BLOCK);

            socket.connect(other.localAddress());
            peer.sendTo(bytes("peer"), socket.localAddress());
            other.sendTo(bytes("other"), socket.localAddress());
            assertThat(receive(watch, socket)).isEqualTo("other");
            assertThat(socket.receive(ByteBuffer.allocate(9))).isEqualTo(WOULD_BLOCK);

            InetSocketAddress before = socket.localAddress();
            socket.disconnect();
            socket.disconnect();
            assertThat(socket.remoteAddress()).isNull();
            assertThat(socket.localAddress()).isEqualTo(before);
            peer.sendTo(bytes("again"), before);
            assertThat(receive(watch, socket)).isEqualTo("again");
            if (kind != Selectors.JDK) {
                // A channel has both families.
                InetSocketAddress v6 = Watch.at("::1", 7);
                assertThatThrownBy(() -> socket.connect(v6))
                        .hasMessageStartingWith("Address family not supported: a socket of IPv4 reaches no IPv6")
                        .hasMessageContaining("EAFNOSUPPORT");
            }
        }
    }

    private static String receive(Watch watch, UdpSocket socket) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(100);
        watch.drive(1, () -> socket.receive(dst));
        return Watch.text(dst);
    }

    @Test
    void aSocketWithoutAPeerHasToNameOne() throws Exception {
        try (UdpSocket socket = UdpSocket.bind(Pair.anyPort())) {
            assertThatThrownBy(() -> socket.send(bytes("x")))
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessageStartingWith("Destination address required");
            ByteBuffer readOnly = ByteBuffer.allocate(1).asReadOnlyBuffer();
            assertThatThrownBy(() -> socket.receive(readOnly)).isInstanceOf(ReadOnlyBufferException.class);
            assertThatThrownBy(() -> socket.receiveFrom(readOnly)).isInstanceOf(ReadOnlyBufferException.class);
            assertThatThrownBy(() -> socket.sendTo(ByteBuffer.allocate(65_508), socket.localAddress()))
                    .hasMessageStartingWith("Message too long");
            assertThat(socket.sendTo(ByteBuffer.allocate(65_507), socket.localAddress()))
                    .isEqualTo(65_507);
        }
    }

    @EveryNativeSelector
    void whatThePeerRefusedIsToldOnce(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind);
                UdpSocket socket = UdpSocket.bind(Pair.anyPort())) {
            watch.registry.register(socket, 1, Interest.READABLE);
            socket.connect(nobody());
            assertThat(socket.send(bytes("x"))).isEqualTo(1);
            assertThatThrownBy(() -> watch.drive(1, () -> socket.receive(ByteBuffer.allocate(9))))
                    .isExactlyInstanceOf(PortUnreachableException.class);
            assertThat(socket.receive(ByteBuffer.allocate(9))).isEqualTo(WOULD_BLOCK);
            assertThat(socket.send(bytes("y"))).isEqualTo(1);
            watch.until(1, Event::isError);
            if (Watch.takesErrors(kind)) {
                assertThat(socket.takeError()).isNull();
                return;
            }
            assertThat(socket.takeError()).isExactlyInstanceOf(PortUnreachableException.class);
            assertThat(socket.takeError()).isNull();
        }
    }

    @EveryNativeSelector
    void aDatagramBehindAnErrorThatWasTakenIsReported(Selectors kind) throws Exception {
        InetSocketAddress peer = nobody();
        try (Watch watch = new Watch(kind);
                UdpSocket socket = UdpSocket.bind(Pair.anyPort())) {
            watch.registry.register(socket, 1, Interest.READABLE);
            socket.connect(peer);
            assertThat(socket.send(bytes("x"))).isEqualTo(1);
            watch.until(1, Event::isError);
            assertThat(socket.takeError() == null).isEqualTo(Watch.takesErrors(kind));
            try (UdpSocket back = UdpSocket.bind(peer)) {
                assertThat(back.sendTo(bytes("y"), socket.localAddress())).isEqualTo(1);
                watch.until(1, Event::isReadable);
                assertThat(socket.receive(ByteBuffer.allocate(9))).isEqualTo(1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBatchIsSentAndReceived(boolean direct) throws Exception {
        try (Watch watch = new Watch(Selectors.EPOLL);
                UdpSocket from = UdpSocket.bind(Pair.anyPort());
                UdpSocket to = UdpSocket.bind(Pair.anyPort())) {
            watch.registry.register(to, 1, Interest.READABLE);
            InetSocketAddress[] addresses = new InetSocketAddress[100];
            Arrays.fill(addresses, to.localAddress());
            ByteBuffer[] srcs = new ByteBuffer[100];
            ByteBuffer[] dsts = new ByteBuffer[100];
            for (int i = 0; i < srcs.length; i++) {
                srcs[i] = bytes("datagram " + i);
                dsts[i] = direct ? ByteBuffer.allocateDirect(20) : ByteBuffer.allocate(20);
            }
            assertThat(from.sendBatch(srcs, addresses)).isEqualTo(64);
            assertThat(srcs[63].hasRemaining()).isFalse();
            assertThat(srcs[64].hasRemaining()).isTrue();
            ByteBuffer[] rest = Arrays.copyOfRange(srcs, 64, 100);
            from.connect(to.localAddress());
            assertThat(from.sendBatch(rest, null)).isEqualTo(36);
            @Nullable InetSocketAddress[] senders = new InetSocketAddress[100];
            int received = 0;
            while (received < 100) {
                ByteBuffer[] left = Arrays.copyOfRange(dsts, received, 100);
                int first = received;
                received += (int) watch.drive(1, () -> to.receiveBatch(left, first == 0 ? senders : null));
            }
            for (int i = 0; i < 100; i++) {
                assertThat(Watch.text(dsts[i])).isEqualTo("datagram " + i);
            }
            assertThat(senders[0]).isEqualTo(from.localAddress());
            assertThat(to.receiveBatch(dsts, null)).isEqualTo(WOULD_BLOCK);
            assertThat(to.receiveBatch(new ByteBuffer[0], null)).isZero();
            assertThat(from.sendBatch(new ByteBuffer[0], null)).isZero();
            assertThatThrownBy(() -> from.sendBatch(srcs, new InetSocketAddress[1]))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("each datagram needs an address: datagrams=100, addresses=1");
        }
    }

    @Test
    void ofABatchWhatComesBeforeTheErrorIsSent() throws Exception {
        try (Watch watch = new Watch(Selectors.EPOLL);
                UdpSocket from = UdpSocket.bind(Pair.anyPort());
                UdpSocket to = UdpSocket.bind(Pair.anyPort())) {
            watch.registry.register(to, 1, Interest.READABLE);
            InetSocketAddress v6 = Watch.at("::1", 7);
            ByteBuffer[] srcs = {bytes("one"), bytes("two")};
            assertThat(from.sendBatch(srcs, new InetSocketAddress[] {to.localAddress(), v6}))
                    .isEqualTo(1);
            assertThatThrownBy(() -> from.sendBatch(new ByteBuffer[] {srcs[1]}, new InetSocketAddress[] {v6}))
                    .isInstanceOf(SocketException.class)
                    .hasMessageStartingWith("Address family not supported: a socket of IPv4 reaches no IPv6")
                    .hasMessageContaining("EAFNOSUPPORT");
            assertThatThrownBy(() -> from.sendTo(srcs[1], v6))
                    .hasMessageStartingWith("Address family not supported: a socket of IPv4 reaches no IPv6")
                    .hasMessageContaining("EAFNOSUPPORT");
            assertThat(srcs[1].remaining()).isEqualTo(3);
            assertThat(receive(watch, to)).isEqualTo("one");
        }
    }

    @Test
    void theWildcardReceivesByBothFamilies() throws Exception {
        try (Watch watch = new Watch(Selectors.EPOLL);
                UdpSocket v4 = UdpSocket.bind(Pair.anyPort());
                UdpSocket v6 = UdpSocket.bind(Watch.at("::1", 0));
                UdpSocket both = UdpSocket.bind(new InetSocketAddress(0))) {
            watch.registry.register(both, 1, Interest.READABLE);
            int port = both.localAddress().getPort();
            assertThat(v4.sendTo(bytes("4"), Watch.at("127.0.0.1", port))).isEqualTo(1);
            assertThat(watch.obtain(1, () -> both.receiveFrom(ByteBuffer.allocate(1))))
                    .isEqualTo(v4.localAddress());
            assertThat(v6.sendTo(bytes("6"), Watch.at("::1", port))).isEqualTo(1);
            assertThat(watch.obtain(1, () -> both.receiveFrom(ByteBuffer.allocate(1))))
                    .isEqualTo(v6.localAddress());
            assertThat(both.sendTo(bytes("x"), v4.localAddress())).isEqualTo(1);
            both.connect(v4.localAddress());
            assertThat(both.send(bytes("x"))).isEqualTo(1);
            both.disconnect();
            assertThat(both.localAddress().getPort()).isEqualTo(port);
            assertThat(both.localAddress().getAddress().isAnyLocalAddress()).isTrue();
            assertThat(v4.sendTo(bytes("4"), Watch.at("127.0.0.1", port))).isEqualTo(1);
            assertThat(watch.obtain(1, () -> both.receiveFrom(ByteBuffer.allocate(1))))
                    .isEqualTo(v4.localAddress());
            assertThat(both.isOnlyV6()).isFalse();
            assertThat(v4.isOnlyV6()).isFalse();
            both.setTtl(5);
            assertThat(both.ttl()).isEqualTo(5);
            v4.setTtl(6);
            assertThat(v4.ttl()).isEqualTo(6);
        }
    }

    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    private static final InetSocketAddress ANY = Watch.at("0.0.0.0", 0);

    private static UdpSocket senderToGroups(NetworkInterface network) throws IOException {
        return UdpSocket.builder()
                .option(StandardSocketOptions.IP_MULTICAST_IF, network)
                .option(StandardSocketOptions.IP_MULTICAST_LOOP, true)
                .option(StandardSocketOptions.IP_MULTICAST_TTL, 0)
                .bind(new InetSocketAddress(LOOPBACK, 0));
    }

    @Test
    void aGroupIsJoinedAndLeft() throws Exception {
        NetworkInterface network = NetworkInterface.getByInetAddress(LOOPBACK);
        InetAddress group = InetAddress.ofLiteral("239.255.77.1");
        UdpSocket.Builder shared = UdpSocket.builder().option(StandardSocketOptions.SO_REUSEADDR, true);
        try (Watch watch = new Watch(Selectors.EPOLL);
                UdpSocket member = shared.bind(ANY);
                UdpSocket stranger = shared.bind(member.localAddress());
                UdpSocket sender = senderToGroups(network)) {
            watch.registry.register(member, 1, Interest.READABLE);
            InetSocketAddress to =
                    new InetSocketAddress(group, member.localAddress().getPort());
            member.join(group, network);
            assertThatThrownBy(() -> member.join(group, network)).isInstanceOf(IOException.class);
            assertThat(sender.sendTo(bytes("to the group"), to)).isEqualTo(12);
            assertThat(receive(watch, member)).isEqualTo("to the group");
            assertThat(stranger.receive(ByteBuffer.allocate(9))).isEqualTo(WOULD_BLOCK);

            member.leave(group, network);
            assertThatThrownBy(() -> member.leave(group, network))
                    .isInstanceOf(SocketException.class)
                    .hasMessageStartingWith("Cannot assign requested address: the socket is no member of the group");
            sender.sendTo(bytes("to nobody"), to);
            sender.sendTo(bytes("last"), new InetSocketAddress(LOOPBACK, to.getPort()));
            // Of those who share a port one gets it; the other stays without.
            ByteBuffer dst = ByteBuffer.allocate(20);
            while (member.receive(dst) == WOULD_BLOCK && stranger.receive(dst) == WOULD_BLOCK) {
                watch.now();
            }
            assertThat(Watch.text(dst)).isEqualTo("last");
        }
    }

    @Test
    void aGroupIsJoinedForOneSource() throws Exception {
        NetworkInterface network = NetworkInterface.getByInetAddress(LOOPBACK);
        InetAddress group = InetAddress.ofLiteral("232.77.0.1");
        InetAddress elsewhere = InetAddress.ofLiteral("127.0.0.9");
        try (Watch watch = new Watch(Selectors.EPOLL);
                UdpSocket member = UdpSocket.bind(ANY);
                UdpSocket sender = senderToGroups(network)) {
            watch.registry.register(member, 1, Interest.READABLE);
            InetSocketAddress to =
                    new InetSocketAddress(group, member.localAddress().getPort());
            member.join(group, network, elsewhere);
            sender.sendTo(bytes("from another"), to);
            member.leave(group, network, elsewhere);
            member.join(group, network, LOOPBACK);
            sender.sendTo(bytes("from the source"), to);
            assertThat(receive(watch, member)).isEqualTo("from the source");
            member.leave(group, network, LOOPBACK);
            InetAddress otherFamily = InetAddress.ofLiteral("::1");
            assertThatThrownBy(() -> member.join(group, network, otherFamily))
                    .isInstanceOf(SocketException.class)
                    .hasMessageStartingWith("Address family not supported: group and source")
                    .hasMessageContaining("EAFNOSUPPORT");
            assertThatThrownBy(() -> member.join(LOOPBACK, network))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("a group has a multicast address");
        }
    }

    /** Loopback has no route to IPv6 groups: the kernel's own list tells who is a member. */
    @Test
    void anIpv6GroupIsJoinedAndLeft() throws Exception {
        InetAddress loopback = InetAddress.ofLiteral("::1");
        NetworkInterface network = NetworkInterface.getByInetAddress(loopback);
        InetAddress group = InetAddress.ofLiteral("ff11::77:1");
        InetAddress sourced = InetAddress.ofLiteral("ff31::77:2");
        String groupInHex = "ff110000000000000000000000770001";
        String sourcedInHex = "ff310000000000000000000000770002";
        try (UdpSocket member = UdpSocket.bind(new InetSocketAddress(loopback, 0))) {
            assertThat(Files.readString(Path.of("/proc/net/igmp6"))).doesNotContain(groupInHex);
            member.join(group, network);
            assertThat(Files.readString(Path.of("/proc/net/igmp6"))).contains(groupInHex);
            member.leave(group, network);
            assertThat(Files.readString(Path.of("/proc/net/igmp6"))).doesNotContain(groupInHex);
            member.join(sourced, network, loopback);
            assertThat(Files.readString(Path.of("/proc/net/mcfilter6"))).contains(sourcedInHex);
            member.leave(sourced, network, loopback);
            assertThat(Files.readString(Path.of("/proc/net/mcfilter6"))).doesNotContain(sourcedInHex);
            member.setOption(StandardSocketOptions.IP_MULTICAST_IF, network);
            assertThat(member.getOption(StandardSocketOptions.IP_MULTICAST_IF)).isEqualTo(network);
        }
    }

    @Test
    void optionsAreSetBeforeTheSocketIsBound() throws Exception {
        UdpSocket.Builder shared = UdpSocket.builder()
                .option(StandardSocketOptions.SO_REUSEPORT, true)
                .option(StandardSocketOptions.SO_BROADCAST, true)
                .option(StandardSocketOptions.SO_RCVBUF, 30_000);
        try (UdpSocket first = shared.bind(Pair.anyPort());
                UdpSocket second = shared.bind(first.localAddress())) {
            assertThat(second.localAddress()).isEqualTo(first.localAddress());
            assertThat(second.getOption(StandardSocketOptions.SO_BROADCAST)).isTrue();
            assertThat(second.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(30_000);
            second.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 3);
            assertThat(second.getOption(StandardSocketOptions.IP_MULTICAST_TTL)).isEqualTo(3);
            second.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, false);
            assertThat(second.getOption(StandardSocketOptions.IP_MULTICAST_LOOP))
                    .isFalse();
        }
    }

    @Test
    void aBroadcastHasToBeAllowed() throws Exception {
        InetSocketAddress everybody = Watch.at("255.255.255.255", 9);
        try (UdpSocket socket = UdpSocket.bind(Watch.at("0.0.0.0", 0))) {
            assertThatThrownBy(() -> socket.sendTo(bytes("x"), everybody))
                    .hasMessageStartingWith("Permission denied: a broadcast address needs SO_BROADCAST");
        }
    }
}
