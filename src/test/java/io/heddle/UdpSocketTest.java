package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Errno;
import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.DatagramChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;

/** UDP beside the JDK's, which is the other end. What waits is in {@link WaitingCallTest}. */
@Behaviour
class UdpSocketTest {
    private static final Duration SOON = Duration.ofMillis(20);

    private static DatagramSocket theirs() throws Exception {
        DatagramSocket socket = new DatagramSocket(Pair.anyPort());
        socket.setSoTimeout(30_000);
        return socket;
    }

    private static InetSocketAddress addressOf(DatagramSocket socket) {
        return (InetSocketAddress) socket.getLocalSocketAddress();
    }

    private static DatagramPacket receive(DatagramSocket socket) throws Exception {
        DatagramPacket packet = new DatagramPacket(new byte[70_000], 70_000);
        socket.receive(packet);
        return packet;
    }

    private static byte[] bytesOf(DatagramPacket packet) {
        return Arrays.copyOf(packet.getData(), packet.getLength());
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        ThreadLocalRandom.current().nextBytes(bytes);
        return bytes;
    }

    @EveryCaller
    void datagramsOfEverySizeGoBothWaysInEveryKindOfBuffer(Caller caller) throws Exception {
        try (UdpSocket ours = UdpSocket.bind(Pair.anyPort());
                DatagramSocket theirs = theirs()) {
            for (int length : new int[] {0, 1, 1500, 65_507}) {
                byte[] bytes = random(length);
                for (ByteBuffer src : new ByteBuffer[] {
                    ByteBuffer.wrap(bytes),
                    ByteBuffer.allocateDirect(length).put(bytes).flip(),
                    ByteBuffer.wrap(bytes).asReadOnlyBuffer()
                }) {
                    assertThat(caller.call(() -> ours.sendTo(src, addressOf(theirs))))
                            .isEqualTo(length);
                    assertThat(src.hasRemaining()).isFalse();
                    DatagramPacket packet = receive(theirs);
                    assertThat(bytesOf(packet)).isEqualTo(bytes);
                    assertThat(packet.getSocketAddress()).isEqualTo(ours.localAddress());
                }
                for (Supplier<ByteBuffer> room : List.<Supplier<ByteBuffer>>of(
                        () -> ByteBuffer.allocate(70_000),
                        () -> ByteBuffer.allocateDirect(70_000),
                        () -> ByteBuffer.allocate(140_000).position(3))) {
                    theirs.send(new DatagramPacket(bytes, length, ours.localAddress()));
                    ByteBuffer dst = room.get();
                    int from = dst.position();
                    assertThat(caller.call(() -> ours.receiveFrom(dst))).isEqualTo(addressOf(theirs));
                    assertThat(dst.slice(from, dst.position() - from)).isEqualTo(ByteBuffer.wrap(bytes));

                    theirs.send(new DatagramPacket(bytes, length, ours.localAddress()));
                    ByteBuffer again = room.get();
                    assertThat(caller.call(() -> ours.receive(again))).isEqualTo(length);
                    assertThat(again.slice(from, again.position() - from)).isEqualTo(ByteBuffer.wrap(bytes));
                }
            }
        }
    }

    @EveryCaller
    void whatHasNoRoomIsLostAndTheNextIsWhole(Caller caller) throws Exception {
        try (UdpSocket ours = UdpSocket.bind(Pair.anyPort());
                UdpSocket peer = UdpSocket.bind(Pair.anyPort())) {
            peer.sendTo(new byte[] {1, 2, 3}, ours.localAddress());
            peer.sendTo(new byte[] {4}, ours.localAddress());
            byte[] two = new byte[2];
            assertThat(caller.call(() -> ours.receive(two))).isEqualTo(2);
            assertThat(two).containsExactly(1, 2);
            assertThat(caller.call(() -> ours.receive(two))).isEqualTo(1);
            assertThat(two).containsExactly(4, 2);
        }
    }

    @EveryCaller
    void aConnectedSocketHearsItsPeerOnlyUntilItDisconnects(Caller caller) throws Exception {
        try (UdpSocket ours = UdpSocket.bind(new InetSocketAddress(0));
                UdpSocket peer = UdpSocket.bind(Pair.anyPort());
                UdpSocket stranger = UdpSocket.bind(Pair.anyPort())) {
            int port = ours.localAddress().getPort();
            InetSocketAddress here = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            assertThat(ours.remoteAddress()).isNull();
            assertThatThrownBy(() -> ours.send(new byte[1]))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("Destination address required");
            for (int round = 0; round < 2; round++) {
                ours.connect(peer.localAddress());
                assertThat(ours.remoteAddress()).isEqualTo(peer.localAddress());
                assertThat(ours.localAddress()).isEqualTo(here);
                stranger.sendTo(new byte[] {1}, here);
                peer.sendTo(new byte[] {2}, here);
                ByteBuffer dst = ByteBuffer.allocate(1);
                assertThat(caller.call(() -> ours.receiveFrom(dst))).isEqualTo(peer.localAddress());
                assertThat(dst.get(0)).isEqualTo((byte) 2);
                caller.run(() -> ours.send(new byte[] {3}));
                assertThat(peer.receive(new byte[1])).isEqualTo(1);

                ours.disconnect();
                assertThat(ours.remoteAddress()).isNull();
                assertThat(ours.localAddress().getPort()).isEqualTo(port);
                stranger.sendTo(new byte[] {4}, here);
                assertThat(caller.call(() -> ours.receiveFrom(ByteBuffer.allocate(1))))
                        .isEqualTo(stranger.localAddress());
            }
        }
    }

    @EveryCaller
    void aPortWhereNobodyIsIsToldToConnectedSocketsOnlyAndOnce(Caller caller) throws Exception {
        InetSocketAddress nobody;
        try (UdpSocket gone = UdpSocket.bind(Pair.anyPort())) {
            nobody = gone.localAddress();
        }
        try (UdpSocket ours = UdpSocket.bind(Pair.anyPort())) {
            ours.setReadTimeout(SOON);
            ours.sendTo(new byte[1], nobody);
            assertThat(caller.failureOf(() -> ours.receive(new byte[1]))).isInstanceOf(SocketTimeoutException.class);

            ours.connect(nobody);
            ours.setReadTimeout(Duration.ofMinutes(1));
            Task<Integer> receiving =
                    caller.start(() -> ours.receive(new byte[1])).awaitWaiting();
            ours.send(new byte[1]);
            assertThat(receiving.failure())
                    .isInstanceOf(PortUnreachableException.class)
                    .hasMessageStartingWith("ICMP Port Unreachable");
            ours.setReadTimeout(SOON);
            assertThat(caller.failureOf(() -> ours.receive(new byte[1]))).isInstanceOf(SocketTimeoutException.class);
            assertThat(ours.isOpen()).isTrue();
        }
    }

    @Test
    void whatCannotBeSentSaysWhy() throws Exception {
        try (UdpSocket ours = UdpSocket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0))) {
            InetSocketAddress port0 = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);
            assertThatThrownBy(() -> ours.sendTo(new byte[1], port0))
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessageStartingWith("Can't send to port 0");
            assertThatThrownBy(() -> ours.connect(port0)).hasMessageStartingWith("Can't connect to port 0");
            assertThatThrownBy(() -> ours.sendTo(new byte[65_508], ours.localAddress()))
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessageStartingWith("Message too long");
            assertThatThrownBy(() -> ours.sendTo(new byte[1], new InetSocketAddress(InetAddress.ofLiteral("::1"), 1)))
                    .hasMessageStartingWith("An IPv4 socket reaches no IPv6 address");
            assertThatThrownBy(() -> ours.connect(new InetSocketAddress(InetAddress.ofLiteral("::1"), 1)))
                    .hasMessageStartingWith("An IPv4 socket reaches no IPv6 address");
            assertThatThrownBy(() -> ours.sendTo(new byte[1], InetSocketAddress.createUnresolved("nobody", 1)))
                    .isExactlyInstanceOf(UnknownHostException.class);
            assertThatThrownBy(() -> ours.receive(ByteBuffer.allocate(1).asReadOnlyBuffer()))
                    .isInstanceOf(ReadOnlyBufferException.class);
            assertThatThrownBy(() -> UdpSocket.bind(ours.localAddress()))
                    .isInstanceOf(BindException.class)
                    .hasMessageStartingWith("Address already in use");
            assertThat(ours.isOpen()).isTrue();
        }
    }

    @EveryCaller
    void aBatchMovesAsManyAsThereAre(Caller caller) throws Exception {
        int count = 150;
        try (UdpSocket ours = UdpSocket.builder()
                        .option(StandardSocketOptions.SO_RCVBUF, 1 << 20)
                        .bind(Pair.anyPort());
                UdpSocket peer = UdpSocket.bind(Pair.anyPort())) {
            ByteBuffer[] srcs = new ByteBuffer[count];
            InetSocketAddress[] to = new InetSocketAddress[count];
            for (int i = 0; i < count; i++) {
                ByteBuffer src = i % 2 == 0 ? ByteBuffer.allocate(4) : ByteBuffer.allocateDirect(4);
                srcs[i] = src.putInt(0, i);
                to[i] = ours.localAddress();
            }
            caller.run(() -> peer.sendMany(srcs, to));
            assertThat(srcs).allMatch(src -> !src.hasRemaining());

            ByteBuffer[] dsts = new ByteBuffer[40];
            InetSocketAddress[] from = new InetSocketAddress[40];
            for (int received = 0; received < count; ) {
                for (int i = 0; i < dsts.length; i++) {
                    dsts[i] = i % 3 == 0 ? ByteBuffer.allocate(100) : ByteBuffer.allocateDirect(100);
                }
                int n = caller.call(() -> ours.receiveMany(dsts, from));
                assertThat(n).isEqualTo(Math.min(dsts.length, count - received));
                for (int i = 0; i < n; i++) {
                    assertThat(dsts[i].flip().getInt()).isEqualTo(received++);
                    assertThat(dsts[i].hasRemaining()).isFalse();
                    assertThat(from[i]).isEqualTo(peer.localAddress());
                }
            }

            peer.connect(ours.localAddress());
            for (ByteBuffer src : srcs) {
                src.clear();
            }
            caller.run(() -> peer.sendMany(Arrays.copyOf(srcs, 3)));
            assertThat(ours.receive(new byte[4])).isEqualTo(4);
        }
    }

    @Test
    void aBatchThatMeetsAnErrorHasSentWhatCameBefore() throws Exception {
        try (UdpSocket ours = UdpSocket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0))) {
            ByteBuffer[] srcs = {ByteBuffer.allocate(1), ByteBuffer.allocate(2), ByteBuffer.allocate(3)};
            InetSocketAddress[] to = {ours.localAddress(), new InetSocketAddress(InetAddress.ofLiteral("::1"), 9), ours.localAddress()};
            assertThatThrownBy(() -> ours.sendMany(srcs, to)).hasMessageStartingWith("An IPv4 socket reaches no IPv6");
            assertThat(srcs[0].hasRemaining()).isFalse();
            assertThat(srcs[1].remaining()).isEqualTo(2);
            assertThat(srcs[2].remaining()).isEqualTo(3);
            assertThat(ours.receive(new byte[9])).isEqualTo(1);
            assertThatThrownBy(() -> ours.sendMany(srcs, Arrays.copyOf(to, 2)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> ours.receiveMany(srcs, new InetSocketAddress[1]))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @EveryCaller
    void aSendThatWouldBlockWaits(Caller caller) throws Exception {
        try (UdpSocket ours = UdpSocket.bind(Pair.anyPort());
                UdpSocket peer = UdpSocket.bind(Pair.anyPort())) {
            for (String function : new String[] {"sendmsg", "sendmmsg", "send"}) {
                try (FaultPlan plan = FaultPlan.failing(function, Errno.EAGAIN, 1)) {
                    caller.run(() -> {
                        switch (function) {
                            case "sendmsg" -> ours.sendTo(new byte[1], peer.localAddress());
                            case "sendmmsg" ->
                                ours.sendMany(
                                        new ByteBuffer[] {ByteBuffer.allocate(1)},
                                        new InetSocketAddress[] {peer.localAddress()});
                            default -> ours.connect(peer.localAddress()).send(new byte[1]);
                        }
                    });
                    assertThat(plan.calls(function)).isEqualTo(2);
                }
                assertThat(peer.receive(new byte[1])).isEqualTo(1);
            }
        }
    }

    @EveryCaller
    void anErrorOfOneCallLeavesTheSocketUsable(Caller caller) throws Exception {
        try (UdpSocket ours = UdpSocket.bind(Pair.anyPort())) {
            InetSocketAddress self = ours.localAddress();
            for (int errno : new int[] {Errno.ENOBUFS, Errno.ENOMEM, Errno.EPERM, Errno.ENETUNREACH, Errno.EHOSTUNREACH}) {
                for (String function : new String[] {"sendmsg", "recvmsg"}) {
                    try (FaultPlan plan = FaultPlan.failing(function, errno, 1)) {
                        assertThat(caller.failureOf(() -> {
                                    ours.sendTo(new byte[1], self);
                                    ours.receiveFrom(ByteBuffer.allocate(1));
                                }))
                                .isInstanceOf(SocketException.class);
                        assertThat(plan.wasMet()).isTrue();
                    }
                }
                // Sent before its receive failed.
                assertThat(ours.receive(new byte[1])).isEqualTo(1);
            }
            try (FaultPlan plan = FaultPlan.failing("recvmsg", Errno.EINTR, 1)) {
                ours.sendTo(new byte[1], self);
                assertThat(caller.call(() -> ours.receiveFrom(ByteBuffer.allocate(1)))).isEqualTo(self);
                assertThat(plan.wasMet()).isTrue();
            }
        }
    }

    @EveryCaller
    void aFailedBindLeavesNothingOpen(Caller caller) throws Exception {
        for (String function : new String[] {"socket", "setsockopt", "bind", "getsockname"}) {
            try (FaultPlan plan = FaultPlan.failing(function, Errno.ENOBUFS, 1)) {
                assertThat(caller.failureOf(() -> UdpSocket.bind(Pair.anyPort()).close()))
                        .isInstanceOf(SocketException.class);
                assertThat(plan.wasMet()).isTrue();
            }
        }
    }

    // Groups

    private static NetworkInterface loopback() throws Exception {
        return NetworkInterface.getByInetAddress(InetAddress.getLoopbackAddress());
    }

    /** A group is heard on the loopback interface, by those who have joined it and while they have. */
    @EveryCaller
    void aGroupIsHeardByThoseWhoHaveJoinedIt(Caller caller) throws Exception {
        for (String name : new String[] {"239.1.2.3", "ff02::1234:5678"}) {
            InetAddress group = InetAddress.ofLiteral(name);
            try (UdpSocket member = UdpSocket.bind(new InetSocketAddress(0));
                    UdpSocket other = UdpSocket.builder()
                            .option(StandardSocketOptions.SO_REUSEADDR, true)
                            .bind(new InetSocketAddress(0));
                    UdpSocket sender = UdpSocket.builder()
                            .option(StandardSocketOptions.IP_MULTICAST_IF, loopback())
                            .option(StandardSocketOptions.IP_MULTICAST_TTL, 1)
                            .option(StandardSocketOptions.IP_MULTICAST_LOOP, true)
                            .bind(new InetSocketAddress(0))) {
                InetSocketAddress to =
                        new InetSocketAddress(group, member.localAddress().getPort());
                InetSocketAddress toOther =
                        new InetSocketAddress(group, other.localAddress().getPort());
                member.join(group, loopback());
                sender.sendTo(new byte[] {1, 2}, to);
                assertThat(caller.call(() -> member.receive(new byte[9]))).isEqualTo(2);

                // Not a member, though somebody else on this machine is.
                other.setReadTimeout(SOON);
                sender.sendTo(new byte[1], toOther);
                assertThat(caller.failureOf(() -> other.receive(new byte[1])))
                        .isInstanceOf(SocketTimeoutException.class);

                assertThatThrownBy(() -> member.join(group, loopback()))
                        .isInstanceOf(SocketException.class)
                        .hasMessageStartingWith("Already a member of group");
                member.leave(group, loopback());
                assertThatThrownBy(() -> member.leave(group, loopback()))
                        .isInstanceOf(SocketException.class)
                        .hasMessageStartingWith("Not a member of group");
                member.setReadTimeout(SOON);
                sender.sendTo(new byte[1], to);
                assertThat(caller.failureOf(() -> member.receive(new byte[1])))
                        .isInstanceOf(SocketTimeoutException.class);
            }
        }
    }

    @Test
    void aGroupMayBeJoinedForOneSource() throws Exception {
        InetAddress group = InetAddress.ofLiteral("232.1.2.3");
        InetAddress localhost = InetAddress.ofLiteral("127.0.0.1");
        try (UdpSocket member = UdpSocket.bind(new InetSocketAddress(0));
                UdpSocket sender = UdpSocket.builder()
                        .option(StandardSocketOptions.IP_MULTICAST_IF, loopback())
                        .bind(new InetSocketAddress(localhost, 0))) {
            InetSocketAddress to =
                    new InetSocketAddress(group, member.localAddress().getPort());
            member.setReadTimeout(SOON);
            member.join(group, loopback(), InetAddress.ofLiteral("127.0.0.9"));
            sender.sendTo(new byte[1], to);
            assertThatThrownBy(() -> member.receive(new byte[1])).isInstanceOf(SocketTimeoutException.class);

            member.join(group, loopback(), localhost);
            sender.sendTo(new byte[1], to);
            assertThat(member.receive(new byte[1])).isEqualTo(1);
            member.leave(group, loopback(), localhost);
            sender.sendTo(new byte[1], to);
            assertThatThrownBy(() -> member.receive(new byte[1])).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void whatIsNoGroupOrNotOfTheSocketsFamilyIsRefused() throws Exception {
        try (UdpSocket ours = UdpSocket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0))) {
            assertThatThrownBy(() -> ours.join(InetAddress.ofLiteral("127.0.0.1"), null))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> ours.join(InetAddress.ofLiteral("ff02::1"), null))
                    .hasMessageStartingWith("Socket, group and source must be of one family");
            assertThatThrownBy(() ->
                            ours.join(InetAddress.ofLiteral("232.1.1.1"), loopback(), InetAddress.ofLiteral("::1")))
                    .hasMessageStartingWith("Socket, group and source must be of one family");
        }
    }

    // Options

    @Test
    void theOptionsAreThoseOfTheJdk() throws Exception {
        try (DatagramChannel theirs = DatagramChannel.open();
                UdpSocket ours = UdpSocket.bind(Pair.anyPort())) {
            Set<Object> differing = new HashSet<>(theirs.supportedOptions());
            differing.removeAll(UdpSocket.supportedOptions());
            assertThat(differing).isEmpty();
            assertThat(UdpSocket.supportedOptions()).hasSameSizeAs(theirs.supportedOptions());
            assertThat(ours.getOption(StandardSocketOptions.SO_BROADCAST)).isTrue();
            assertThat(ours.getOption(StandardSocketOptions.IP_MULTICAST_LOOP)).isTrue();
            assertThat(ours.getOption(StandardSocketOptions.IP_MULTICAST_TTL)).isEqualTo(1);
        }
    }

    @Test
    void everyOptionKeepsItsValueOnSocketsOfBothFamilies() throws Exception {
        for (InetSocketAddress local :
                new InetSocketAddress[] {new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), new InetSocketAddress(0)}) {
            try (UdpSocket ours = UdpSocket.bind(local)) {
                for (boolean on : new boolean[] {true, false}) {
                    ours.setOption(StandardSocketOptions.SO_BROADCAST, on)
                            .setOption(StandardSocketOptions.SO_REUSEADDR, on)
                            .setOption(StandardSocketOptions.SO_REUSEPORT, on)
                            .setOption(StandardSocketOptions.IP_MULTICAST_LOOP, on)
                            .setOption(ExtendedSocketOptions.IP_DONTFRAGMENT, on);
                    assertThat(ours.getOption(StandardSocketOptions.SO_BROADCAST))
                            .isEqualTo(on);
                    assertThat(ours.getOption(StandardSocketOptions.SO_REUSEADDR))
                            .isEqualTo(on);
                    assertThat(ours.getOption(StandardSocketOptions.SO_REUSEPORT))
                            .isEqualTo(on);
                    assertThat(ours.getOption(StandardSocketOptions.IP_MULTICAST_LOOP))
                            .isEqualTo(on);
                    assertThat(ours.getOption(ExtendedSocketOptions.IP_DONTFRAGMENT))
                            .isEqualTo(on);
                }
                ours.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 7)
                        .setOption(StandardSocketOptions.IP_TOS, 0x10)
                        .setOption(StandardSocketOptions.SO_SNDBUF, 65_536)
                        .setOption(StandardSocketOptions.SO_RCVBUF, 65_536);
                assertThat(ours.getOption(StandardSocketOptions.IP_MULTICAST_TTL))
                        .isEqualTo(7);
                assertThat(ours.getOption(StandardSocketOptions.IP_TOS)).isEqualTo(0x10);
                assertThat(ours.getOption(StandardSocketOptions.SO_SNDBUF)).isEqualTo(65_536);
                assertThat(ours.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(65_536);
                assertThat((Object) ours.getOption(StandardSocketOptions.IP_MULTICAST_IF))
                        .isNull();
                ours.setOption(StandardSocketOptions.IP_MULTICAST_IF, loopback());
                assertThat(ours.getOption(StandardSocketOptions.IP_MULTICAST_IF))
                        .isEqualTo(loopback());
                assertThatThrownBy(() -> ours.setOption(StandardSocketOptions.TCP_NODELAY, true))
                        .isInstanceOf(UnsupportedOperationException.class);
                assertThatThrownBy(() -> ours.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 256))
                        .isInstanceOf(IllegalArgumentException.class);
            }
        }
    }

    @Test
    void aBroadcastNeedsItsOption() throws Exception {
        InetSocketAddress everybody = new InetSocketAddress(InetAddress.ofLiteral("127.255.255.255"), 9);
        try (UdpSocket ours = UdpSocket.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0))) {
            ours.sendTo(new byte[1], everybody);
            ours.setOption(StandardSocketOptions.SO_BROADCAST, false);
            assertThatThrownBy(() -> ours.sendTo(new byte[1], everybody)).hasMessageStartingWith("Permission denied");
        }
    }

    @Test
    void aWildcardIsBothFamiliesAndItsNameIsThatOfTheJdk() throws Exception {
        try (UdpSocket ours = UdpSocket.bind(new InetSocketAddress(0));
                DatagramChannel v6 = DatagramChannel.open(StandardProtocolFamily.INET6);
                DatagramChannel v4 = DatagramChannel.open(StandardProtocolFamily.INET)) {
            assertThat(ours.localAddress().getAddress().isAnyLocalAddress()).isTrue();
            int port = ours.localAddress().getPort();
            v6.send(ByteBuffer.allocate(6), new InetSocketAddress(InetAddress.ofLiteral("::1"), port));
            assertThat(ours.receive(new byte[9])).isEqualTo(6);
            v4.send(ByteBuffer.allocate(4), new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port));
            ByteBuffer dst = ByteBuffer.allocate(9);
            assertThat(ours.receiveFrom(dst).getAddress()).isEqualTo(InetAddress.ofLiteral("127.0.0.1"));
            assertThat(dst.position()).isEqualTo(4);
        }
    }

    @Test
    void everyCallOnAClosedSocketSaysSo() throws Exception {
        UdpSocket ours = UdpSocket.bind(Pair.anyPort());
        InetSocketAddress local = ours.localAddress();
        ours.close();
        ours.close();
        assertThat(ours.localAddress()).isEqualTo(local);
        assertThat(ours.toString()).contains("open=false");
        for (Caller.Work call : new Caller.Work[] {
            () -> ours.receive(new byte[1]),
            () -> ours.receiveFrom(ByteBuffer.allocate(1)),
            () -> ours.send(new byte[1]),
            () -> ours.sendTo(new byte[1], local),
            () -> ours.sendMany(new ByteBuffer[] {ByteBuffer.allocate(1)}),
            () -> ours.connect(local),
            () -> ours.disconnect(),
            () -> ours.join(InetAddress.ofLiteral("239.1.1.1"), null),
            () -> ours.getOption(StandardSocketOptions.SO_RCVBUF)
        }) {
            assertThatThrownBy(call::run)
                    .isExactlyInstanceOf(SocketException.class)
                    .message()
                    .isIn("Socket closed", "Socket is closed");
        }
    }

    // Books

    /** Every datagram arrives once or is lost in a full buffer, which the kernel counts; none comes twice or broken. */
    @EveryCaller
    void theBooksOfAHundredThousandDatagramsBalance(Caller caller) throws Exception {
        int count = caller == Caller.HEDDLE_THREAD ? 100_000 : 10_000;
        int window = 200;
        try (UdpSocket receiver = UdpSocket.builder()
                        .option(StandardSocketOptions.SO_RCVBUF, 4 << 20)
                        .bind(Pair.anyPort());
                UdpSocket sender = UdpSocket.bind(Pair.anyPort())) {
            sender.connect(receiver.localAddress());
            receiver.connect(sender.localAddress());
            receiver.setReadTimeout(Duration.ofSeconds(5));
            BitSet arrived = new BitSet(count);
            Task<Integer> receiving = caller.start(() -> {
                int doubled = 0;
                int last = -1;
                ByteBuffer dst = ByteBuffer.allocate(64);
                while (last < count) {
                    receiver.receive(dst.clear());
                    last = dst.flip().getInt();
                    if (last < count) {
                        doubled += arrived.get(last) ? 1 : 0;
                        arrived.set(last);
                    }
                    if (last % window == 0) {
                        receiver.send(dst.rewind());
                    }
                }
                return doubled;
            });
            caller.run(() -> {
                ByteBuffer src = ByteBuffer.allocate(4);
                for (int i = 0; i < count; i++) {
                    sender.send(src.clear().putInt(i).flip());
                    if (i % window == 0) {
                        sender.setReadTimeout(Duration.ofSeconds(30)).receive(new byte[4]);
                    }
                }
            });
            Await.until("the end has arrived", () -> {
                sender.send(ByteBuffer.allocate(4).putInt(count).flip());
                return receiving.isDone();
            });
            assertThat(receiving.get()).as("doubled").isZero();
            int lost = count - arrived.cardinality();
            if (lost > 0) {
                System.out.println("datagrams lost in full buffers: " + lost + " of " + count);
            }
            // A window fits into the buffer: nothing is lost unless the kernel had no room.
            assertThat(lost).isZero();
        }
    }
}
