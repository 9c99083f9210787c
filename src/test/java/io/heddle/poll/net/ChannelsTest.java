package io.heddle.poll.net;

import static io.heddle.poll.net.Watch.bytes;
import static io.heddle.poll.net.WouldBlock.WOULD_BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.poll.Interest;
import io.heddle.poll.Poll;
import io.heddle.poll.Selectors;
import io.heddle.poll.Setting;
import io.heddle.testing.FullBacklog;
import io.heddle.testing.Pair;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sockets that are channels: what is like that of descriptors is in the other tests, here is what is not. */
@Leakproof
class ChannelsTest {
    private static final UnixDomainSocketAddress UNNAMED = UnixDomainSocketAddress.of("");

    @TempDir
    Path directory;

    @BeforeEach
    void openChannels() {
        Setting.set("jdk");
    }

    @AfterEach
    void openDescriptors() {
        Setting.clear();
    }

    private UnixDomainSocketAddress file() {
        return UnixDomainSocketAddress.of(directory.resolve("sock"));
    }

    private static void refuses(String what, ThrowingCallable call) {
        assertThatThrownBy(call)
                .as(what)
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage("a channel of java.nio cannot " + what
                        + "; sockets are channels where there are no native calls, and with -Dheddle.selector=jdk");
    }

    @Test
    void whatAChannelCannotDoIsRefusedInOneSentence() throws Exception {
        ByteBuffer buffer = ByteBuffer.allocate(1);
        ByteBuffer[] buffers = {buffer};
        try (UnixListener listener = UnixListener.bind(file());
                UnixStream unix = UnixStream.connect(file());
                TcpListener tcpListener = TcpListener.bind(Pair.anyPort());
                TcpStream tcp = TcpStream.connect(tcpListener.localAddress());
                UdpSocket udp = UdpSocket.bind(Pair.anyPort());
                Pipe pipe = Pipe.open()) {
            refuses("take over a descriptor", () -> TcpStream.fromFd(0));
            refuses("take over a descriptor", () -> Pipe.Receiver.fromFd(0));
            refuses("give its descriptor away", tcp::detachFd);
            refuses("tell its descriptor", () -> tcp.tryIo(Interest.READABLE, fd -> fd));
            refuses("block", () -> pipe.sender().setBlocking(true));
            refuses("be one of a pair of Unix sockets", UnixStream::pair);
            refuses("be one of a pair of Unix sockets", UnixDatagram::pair);
            refuses("be a Unix datagram socket", UnixDatagram::unbound);
            refuses("have an abstract name", () -> UnixListener.bind(UnixDomainSocketAddress.of("@name")));
            refuses("have an abstract name", () -> UnixListener.bind(UNNAMED));
            refuses("have an abstract name", () -> UnixStream.connect(UnixDomainSocketAddress.of("@name")));
            refuses("pass descriptors", () -> unix.write(buffer, new int[] {0}));
            refuses("take descriptors that are passed", () -> unix.read(buffer, PassedDescriptors.withCapacity(1)));
            refuses("tell who its peer is", unix::peerCredentials);
            refuses("peek", () -> unix.peek(buffer));
            refuses("peek", () -> udp.peek(buffer));
            refuses("peek", () -> udp.peekFrom(buffer));
            refuses("send several datagrams at once", () -> udp.sendBatch(buffers, null));
            refuses("receive several datagrams at once", () -> udp.receiveBatch(buffers, null));
            refuses("tell the hops of its packets", tcp::ttl);
            refuses("set the hops of its packets", () -> tcpListener.setTtl(3));
            refuses(
                    "leave the interface of a group to the kernel",
                    () -> udp.join(InetAddress.getByName("239.1.1.1"), null));
            assertThat(tcp.fd()).isEqualTo(-1);
            Watch.found(listener.accept()).close();
        }
    }

    @Test
    void thePollThatIsTakenWatchesThem() throws Exception {
        try (Poll poll = Poll.open();
                Poll epoll = Poll.open(Selectors.EPOLL);
                TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            assertThat(poll).hasToString("Poll[jdk]");
            poll.registry().register(listener, 1, Interest.READABLE);
            poll.registry().deregister(listener);
            assertThatThrownBy(() -> epoll.registry().register(listener, 1, Interest.READABLE))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessageStartingWith("epoll watches descriptors, not channels: channel=");
            Setting.clear();
            try (TcpListener descriptor = TcpListener.bind(Pair.anyPort())) {
                assertThat(descriptor.fd()).isNotNegative();
                assertThatThrownBy(() -> poll.registry().register(descriptor, 1, Interest.READABLE))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessage("jdk watches channels, not descriptors: fd=" + descriptor.fd());
            }
        }
    }

    @Test
    void closingDeregistersAndReallyCloses() throws Exception {
        try (Watch watch = new Watch(Selectors.JDK)) {
            TcpStream[] pair = watch.tcpPair();
            pair[0].close();
            pair[0].close();
            assertThat(watch.drive(2, () -> pair[1].read(ByteBuffer.allocate(1))))
                    .isEqualTo(-1);
            assertThat(pair[0].toString()).isEqualTo("TcpStream[closed]");
            assertThatThrownBy(() -> pair[0].read(ByteBuffer.allocate(1)))
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Socket is closed");
            assertThatThrownBy(() -> watch.registry.register(pair[0], 1, Interest.READABLE))
                    .hasMessage("Socket is closed");
            assertThatThrownBy(() -> watch.registry.deregister(pair[0])).isInstanceOf(IllegalStateException.class);
            pair[1].close();
            Pipe pipe = Pipe.open();
            pipe.close();
            assertThatThrownBy(() -> pipe.sender().write(bytes("x"))).hasMessage("Pipe is closed");
        }
    }

    @Test
    void aConnectUnderWayIsNeitherDoneNorFailed() throws Exception {
        try (FullBacklog full = FullBacklog.open();
                TcpStream stream =
                        TcpStream.connect((InetSocketAddress) full.server().getLocalSocketAddress())) {
            assertThat(stream.finishConnect()).isFalse();
            assertThat(stream.takeError()).isNull();
            assertThat(stream.remoteAddress()).isNull();
            assertThat(stream.write(bytes("early"))).isEqualTo(WOULD_BLOCK);
            assertThat(stream.read(ByteBuffer.allocate(1))).isEqualTo(WOULD_BLOCK);
            assertThatThrownBy(stream::shutdownOutput).hasMessageStartingWith("Transport endpoint is not connected");
        }
    }

    /** #1564: EAGAIN is no connect that is under way. */
    @Test
    void aFullBacklogOfAUnixSocketRefusesAtOnce() throws Exception {
        List<Closeable> waiting = new ArrayList<>();
        try (UnixListener listener = UnixListener.builder().backlog(1).bind(file())) {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 5; i++) {
                            waiting.add(UnixStream.connect(file()));
                        }
                    })
                    .isInstanceOf(SocketException.class)
                    .hasMessage("Resource temporarily unavailable");
            assertThat(waiting).hasSize(2);
            assertThat(listener.localAddress()).isEqualTo(file());
        } finally {
            for (Closeable each : waiting) {
                each.close();
            }
        }
    }

    @Test
    void aDatagramArrivesWithItsSenderAndARefusalIsTold() throws Exception {
        UdpSocket from = UdpSocket.bind(Pair.anyPort());
        try (Watch watch = new Watch(Selectors.JDK);
                UdpSocket to = UdpSocket.bind(Pair.anyPort())) {
            watch.registry.register(to, 1, Interest.READABLE);
            ByteBuffer dst = ByteBuffer.allocate(4);
            assertThat(to.receive(dst)).isEqualTo(WOULD_BLOCK);
            from.sendTo(bytes("datagram"), to.localAddress());
            assertThat(watch.obtain(1, () -> to.receiveFrom(dst))).isEqualTo(from.localAddress());
            assertThat(Watch.text(dst)).isEqualTo("data");
            InetSocketAddress gone = from.localAddress();
            to.connect(gone);
            assertThatThrownBy(() -> to.sendTo(bytes("x"), Pair.anyPort()))
                    .isInstanceOf(SocketException.class)
                    .hasMessageStartingWith("Transport endpoint is already connected");
            String empty = "send an empty datagram while it is connected";
            refuses(empty, () -> to.send(ByteBuffer.allocate(0)));
            refuses(empty, () -> to.sendTo(ByteBuffer.allocate(0), gone));
            from.close();
            assertThat(to.send(bytes("x"))).isEqualTo(1);
            assertThatThrownBy(() -> watch.drive(1, () -> to.receive(ByteBuffer.allocate(9))))
                    .isInstanceOf(PortUnreachableException.class);
            assertThat(to.takeError()).isNull();
            to.disconnect();
            assertThat(to.remoteAddress()).isNull();
            assertThatThrownBy(() -> to.send(bytes("x"))).hasMessageStartingWith("Destination address required");
            assertThat(to.isOnlyV6()).isFalse();
        }
    }

    @Test
    void aGroupIsJoinedAndLeft() throws Exception {
        InetAddress group = InetAddress.getByName("239.255.77.2");
        NetworkInterface network = NetworkInterface.getByInetAddress(Watch.loopback());
        try (Watch watch = new Watch(Selectors.JDK);
                UdpSocket member = UdpSocket.bind(new InetSocketAddress(0));
                UdpSocket sender = UdpSocket.builder()
                        .option(StandardSocketOptions.IP_MULTICAST_IF, network)
                        .bind(Pair.anyPort())) {
            watch.registry.register(member, 1, Interest.READABLE);
            member.join(group, network);
            assertThatThrownBy(() -> member.join(group, network)).isInstanceOf(IOException.class);
            sender.sendTo(
                    bytes("group"),
                    new InetSocketAddress(group, member.localAddress().getPort()));
            assertThat(watch.drive(1, () -> member.receive(ByteBuffer.allocate(9))))
                    .isEqualTo(5);
            member.leave(group, network);
            assertThatThrownBy(() -> member.leave(group, network))
                    .isInstanceOf(SocketException.class)
                    .hasMessageStartingWith("Cannot assign requested address: the socket is no member of the group");
        }
    }

    @Test
    void optionsAreThoseOfTheChannel() throws Exception {
        try (TcpListener listener = TcpListener.builder()
                        .option(StandardSocketOptions.SO_RCVBUF, 20_000)
                        .bind(Pair.anyPort());
                TcpStream stream = TcpStream.builder()
                        .option(StandardSocketOptions.TCP_NODELAY, true)
                        .local(Watch.at("127.0.0.1", 0))
                        .connect(listener.localAddress())) {
            assertThat(stream.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
            assertThat(listener.supportedOptions()).contains(StandardSocketOptions.SO_RCVBUF);
            assertThatThrownBy(() -> stream.getOption(StandardSocketOptions.SO_BROADCAST))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThat(stream.localAddress().getAddress()).isEqualTo(Watch.loopback());
        }
    }
}
