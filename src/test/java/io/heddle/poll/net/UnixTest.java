package io.heddle.poll.net;

import static io.heddle.poll.net.Watch.bytes;
import static io.heddle.poll.net.WouldBlock.WOULD_BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Fd;
import io.heddle.poll.Event;
import io.heddle.poll.Interest;
import io.heddle.poll.Selectors;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("try") // Closing is part of what is tested.
@Leakproof
class UnixTest {
    private static final UnixDomainSocketAddress UNNAMED = UnixDomainSocketAddress.of("");

    @TempDir
    Path directory;

    private UnixDomainSocketAddress file() {
        return UnixDomainSocketAddress.of(directory.resolve("sock"));
    }

    private static UnixDomainSocketAddress abstractName(String name) {
        return UnixDomainSocketAddress.of(
                "@heddle-test-" + ProcessHandle.current().pid() + "-" + name);
    }

    @EverySelector
    void aConnectionIsAcceptedAndBytesGoBothWays(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind);
                UnixListener listener = UnixListener.bind(file())) {
            watch.registry.register(listener, 1, Interest.READABLE);
            for (int round = 0; round < 3; round++) {
                assertThat(listener.accept()).isNull();
                try (UnixStream near = UnixStream.connect(file());
                        UnixStream far = watch.obtain(1, listener::accept)) {
                    if (kind != Selectors.JDK) {
                        assertThat(Fd.isBlocking(far.fd())).isZero();
                        assertThat(Fd.isCloseOnExec(far.fd())).isEqualTo(1);
                    }
                    assertThat(near.finishConnect()).isTrue();
                    watch.registry.register(near, 2, Watch.BOTH);
                    watch.registry.register(far, 3, Watch.BOTH);
                    assertThat(far.read(ByteBuffer.allocate(1))).isEqualTo(WOULD_BLOCK);
                    assertThat(near.write(bytes("request"))).isEqualTo(7);
                    watch.until(3, Event::isReadable);
                    if (kind != Selectors.JDK) {
                        assertThat(far.peek(ByteBuffer.allocate(1))).isEqualTo(1);
                    }
                    assertThat(watch.text(3, 7, far)).isEqualTo("request");
                    assertThat(far.write(new ByteBuffer[] {bytes("ans"), bytes("wer")}))
                            .isEqualTo(6);
                    assertThat(watch.text(2, 6, near)).isEqualTo("answer");
                    near.shutdownOutput();
                    assertThat(watch.drive(3, () -> far.read(ByteBuffer.allocate(1))))
                            .isEqualTo(-1);
                    assertThat(far.takeError()).isNull();
                }
            }
        }
    }

    @Test
    void whoHasNoNameIsUnnamed() throws Exception {
        try (Watch watch = new Watch(Selectors.EPOLL);
                UnixListener listener = UnixListener.bind(file())) {
            watch.registry.register(listener, 1, Interest.READABLE);
            assertThat(listener.localAddress()).isEqualTo(file());
            try (UnixStream near = UnixStream.connect(file());
                    UnixStream far = watch.obtain(1, listener::accept)) {
                assertThat(near.localAddress()).isEqualTo(UNNAMED);
                assertThat(near.remoteAddress()).isEqualTo(file());
                assertThat(far.localAddress()).isEqualTo(file());
                assertThat(far.remoteAddress()).isEqualTo(UNNAMED);
            }
            UnixDomainSocketAddress name = abstractName("client");
            try (UnixStream near = UnixStream.builder().local(name).connect(file());
                    UnixStream far = watch.obtain(1, listener::accept)) {
                assertThat(near.localAddress()).isEqualTo(name);
                assertThat(far.remoteAddress()).isEqualTo(name);
            }
        }
    }

    @Test
    void aFileStaysAndNobodyListensAtAStaleOne() throws Exception {
        UnixListener.bind(file()).close();
        assertThat(Files.exists(file().getPath())).isTrue();
        assertThatThrownBy(() -> UnixStream.connect(file()))
                .isInstanceOf(ConnectException.class)
                .hasMessageStartingWith("Connection refused: nobody listens there any more");
        assertThatThrownBy(() -> UnixListener.bind(file()))
                .isInstanceOf(BindException.class)
                .hasMessageStartingWith("Address already in use");
        Files.delete(file().getPath());
        assertThatThrownBy(() -> UnixStream.connect(file()))
                .isInstanceOf(SocketException.class)
                .hasMessageStartingWith("No such file or directory");
        UnixListener.bind(file()).close();
    }

    @Test
    void aFullBacklogRefusesAtOnceAndLeavesNothing() throws Exception {
        List<UnixStream> waiting = new ArrayList<>();
        try (UnixListener listener = UnixListener.builder().backlog(1).bind(file())) {
            assertThatThrownBy(() -> {
                        for (int i = 0; i < 5; i++) {
                            waiting.add(UnixStream.connect(file()));
                        }
                    })
                    .isInstanceOf(SocketException.class)
                    .hasMessageStartingWith("Resource temporarily unavailable: the listener's backlog is full");
            assertThat(waiting).hasSize(2);
            Watch.found(listener.accept()).close();
            waiting.add(UnixStream.connect(file()));
        } finally {
            waiting.forEach(UnixStream::close);
        }
    }

    @Test
    void aPathHas107Bytes() throws Exception {
        String prefix = directory.resolve("x").toString();
        Path longest = Path.of(prefix + "x".repeat(107 - prefix.length()));
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(longest);
        try (UnixListener listener = UnixListener.bind(address);
                UnixStream stream = UnixStream.connect(address)) {
            assertThat(listener.localAddress()).isEqualTo(address);
            assertThat(stream.remoteAddress()).isEqualTo(address);
        }
        UnixDomainSocketAddress tooLong = UnixDomainSocketAddress.of(longest + "x");
        assertThatThrownBy(() -> UnixListener.bind(tooLong))
                .isInstanceOf(SocketException.class)
                .hasMessageStartingWith("Unix domain path too long: it may have 107 bytes");
        assertThatThrownBy(() -> UnixStream.connect(tooLong)).hasMessageStartingWith("Unix domain path too long");
        try (UnixDatagram datagram = UnixDatagram.unbound()) {
            assertThatThrownBy(() -> datagram.sendTo(bytes("x"), tooLong))
                    .hasMessageStartingWith("Unix domain path too long");
        }
    }

    @Test
    void anAbstractNameGoesWithItsSocket() throws Exception {
        UnixDomainSocketAddress name = abstractName("listener");
        try (UnixListener listener = UnixListener.bind(name);
                UnixStream stream = UnixStream.connect(name)) {
            assertThat(listener.localAddress()).isEqualTo(name);
            assertThat(stream.remoteAddress()).isEqualTo(name);
            assertThat(Files.exists(name.getPath())).isFalse();
            assertThatThrownBy(() -> UnixListener.bind(name)).isInstanceOf(BindException.class);
        }
        assertThatThrownBy(() -> UnixStream.connect(name)).isInstanceOf(ConnectException.class);
        UnixListener.bind(name).close();
    }

    @Test
    void theKernelChoosesAName() throws Exception {
        try (UnixListener listener = UnixListener.bind(UNNAMED);
                UnixStream stream = UnixStream.connect(listener.localAddress())) {
            assertThat(listener.localAddress().getPath().toString()).startsWith("@");
            assertThat(stream.finishConnect()).isTrue();
        }
    }

    @Test
    void aDirectoryThatIsNoneOrMissingIsNamed() {
        UnixDomainSocketAddress missing = UnixDomainSocketAddress.of(directory.resolve("no/such"));
        assertThatThrownBy(() -> UnixListener.bind(missing))
                .hasMessageStartingWith("No such file or directory")
                .hasMessageContaining("local=" + missing);
    }

    @Test
    void theFileSaysWhoMayConnect() throws Exception {
        try (UnixListener listener = UnixListener.bind(file())) {
            Files.setPosixFilePermissions(file().getPath(), PosixFilePermissions.fromString("---------"));
            if (isRoot()) {
                // Whom no permission stops: the kernel lets it in, and so do we.
                UnixStream.connect(file()).close();
                Watch.found(listener.accept()).close();
            } else {
                assertThatThrownBy(() -> UnixStream.connect(file())).hasMessageStartingWith("Permission denied");
            }
        }
    }

    private static boolean isRoot() throws IOException {
        return (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
    }

    @Test
    void theJdkUnderstandsUs() throws Exception {
        try (Watch watch = new Watch(Selectors.EPOLL);
                UnixListener listener = UnixListener.bind(file());
                SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            watch.registry.register(listener, 1, Interest.READABLE);
            channel.connect(file());
            try (UnixStream far = watch.obtain(1, listener::accept)) {
                watch.registry.register(far, 2, Interest.READABLE);
                channel.write(bytes("from the JDK"));
                assertThat(watch.text(2, 12, far)).isEqualTo("from the JDK");
                assertThat(far.remoteAddress()).isEqualTo(channel.getLocalAddress());
            }
        }
    }

    @Test
    void theOtherEndIsAProcessAndAUser() throws Exception {
        UnixStream[] pair = UnixStream.pair();
        UnixDatagram[] datagrams = UnixDatagram.pair();
        long uid = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        long gid = (int) Files.getAttribute(Path.of("/proc/self"), "unix:gid");
        PeerCredentials ours = new PeerCredentials(ProcessHandle.current().pid(), uid, gid);
        assertThat(pair[0].peerCredentials()).isEqualTo(ours);
        assertThat(datagrams[1].peerCredentials()).isEqualTo(ours);
        assertThat(pair[0].localAddress()).isEqualTo(UNNAMED);
        assertThat(pair[0].remoteAddress()).isEqualTo(UNNAMED);
        for (int i = 0; i < 2; i++) {
            pair[i].close();
            datagrams[i].close();
        }
    }

    @EveryNativeSelector
    void aFullPairIsWritableAgain(Selectors kind) throws Exception {
        UnixStream[] pair = UnixStream.pair();
        try (Watch watch = new Watch(kind);
                UnixStream near = pair[0];
                UnixStream far = pair[1]) {
            near.setOption(StandardSocketOptions.SO_SNDBUF, 20_000);
            watch.registry.register(near, 1, Interest.WRITABLE);
            long sent = 0;
            for (int round = 0; round < 5; round++) {
                for (int n = near.write(ByteBuffer.allocate(5_000));
                        n > 0;
                        n = near.write(ByteBuffer.allocate(5_000))) {
                    sent += n;
                }
                watch.now();
                long received = 0;
                for (int n = far.read(ByteBuffer.allocate(9_000)); n > 0; n = far.read(ByteBuffer.allocate(9_000))) {
                    received += n;
                }
                assertThat(received).isEqualTo(sent);
                sent = 0;
                watch.until(1, Event::isWritable);
            }
        }
    }

    @EveryNativeSelector
    void datagramsArriveWholeAndWithTheirSender(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind);
                UnixDatagram to = UnixDatagram.bind(file());
                UnixDatagram from = UnixDatagram.bind(abstractName("sender"));
                UnixDatagram nameless = UnixDatagram.unbound()) {
            watch.registry.register(to, 1, Interest.READABLE);
            for (int round = 0; round < 3; round++) {
                ByteBuffer dst = ByteBuffer.allocate(20);
                assertThat(to.receiveFrom(dst)).isNull();
                assertThat(from.sendTo(bytes("named"), file())).isEqualTo(5);
                watch.until(1, Event::isReadable);
                assertThat(to.peekFrom(dst)).isEqualTo(from.localAddress());
                assertThat(to.peek(dst)).isEqualTo(5);
                assertThat(to.receiveFrom(dst)).isEqualTo(from.localAddress());
                assertThat(Watch.text(dst)).isEqualTo("named");
                nameless.sendTo(bytes("nameless"), file());
                assertThat(watch.obtain(1, () -> to.receiveFrom(ByteBuffer.allocate(3))))
                        .isEqualTo(UNNAMED);
                nameless.sendTo(bytes(""), file());
                assertThat(watch.drive(1, () -> to.receive(ByteBuffer.allocate(3))))
                        .isZero();
                // To where it came from, which is an abstract name.
                assertThat(to.sendTo(bytes("answer"), from.localAddress())).isEqualTo(6);
                assertThat(from.receive(ByteBuffer.allocateDirect(9))).isEqualTo(6);
                assertThat(to.receive(dst)).isEqualTo(WOULD_BLOCK);
            }
        }
    }

    @Test
    void aConnectedDatagramSocketHasOnePeer() throws Exception {
        try (UnixDatagram peer = UnixDatagram.bind(abstractName("peer"));
                UnixDatagram other = UnixDatagram.bind(abstractName("other"));
                UnixDatagram socket = UnixDatagram.bind(abstractName("socket"))) {
            assertThat(socket.remoteAddress()).isNull();
            assertThatThrownBy(() -> socket.send(bytes("x"))).isInstanceOf(IOException.class);
            socket.connect(peer.localAddress());
            assertThat(socket.remoteAddress()).isEqualTo(peer.localAddress());
            assertThat(socket.send(bytes("to the peer"))).isEqualTo(11);
            assertThat(peer.receive(ByteBuffer.allocate(20))).isEqualTo(11);
            assertThatThrownBy(() -> other.sendTo(bytes("x"), socket.localAddress()))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("EPERM");
            peer.close();
            assertThatThrownBy(() -> socket.send(bytes("x"))).isInstanceOf(ConnectException.class);
            assertThatThrownBy(() -> socket.connect(UnixDomainSocketAddress.of(directory.resolve("none"))))
                    .hasMessageStartingWith("No such file or directory");
            try (UnixListener stream = UnixListener.bind(file())) {
                assertThatThrownBy(() -> other.connect(stream.localAddress()))
                        .hasMessageStartingWith("Protocol wrong type for socket");
            }
        }
    }

    @EveryNativeSelector
    void aFullQueueBlocksAndIsReportedToAConnectedSender(Selectors kind) throws Exception {
        UnixDatagram[] pair = UnixDatagram.pair();
        try (Watch watch = new Watch(kind);
                UnixDatagram near = pair[0];
                UnixDatagram far = pair[1]) {
            watch.registry.register(near, 1, Interest.WRITABLE);
            int sent = 0;
            while (near.send(bytes("x")) != WOULD_BLOCK) {
                sent++;
            }
            watch.now();
            int received = 0;
            while (far.receive(ByteBuffer.allocate(1)) != WOULD_BLOCK) {
                received++;
            }
            assertThat(received).isEqualTo(sent);
            watch.until(1, Event::isWritable);
            assertThat(near.send(bytes("x"))).isEqualTo(1);
        }
    }

    @Test
    void aDatagramOf150000BytesGoesWhole() throws Exception {
        UnixDatagram[] pair = UnixDatagram.pair();
        try (UnixDatagram near = pair[0];
                UnixDatagram far = pair[1]) {
            assertThat(near.send(ByteBuffer.allocate(150_000))).isEqualTo(150_000);
            ByteBuffer dst = ByteBuffer.allocate(150_001);
            assertThat(far.receive(dst)).isEqualTo(150_000);
            assertThat(dst.remaining()).isEqualTo(1);
            assertThatThrownBy(() -> near.send(ByteBuffer.allocate(10_000_000)))
                    .hasMessageStartingWith("Message too long");
        }
    }

    @Test
    void aDatagramSocketIsShutInOneDirection() throws Exception {
        UnixDatagram[] pair = UnixDatagram.pair();
        try (UnixDatagram near = pair[0];
                UnixDatagram far = pair[1]) {
            far.shutdownInput();
            assertThatThrownBy(() -> near.send(bytes("x"))).hasMessage("Broken pipe");
            assertThat(far.receive(ByteBuffer.allocate(1))).isEqualTo(WOULD_BLOCK);
            assertThat(far.send(bytes("x"))).isEqualTo(1);
            far.shutdownOutput();
            assertThatThrownBy(() -> far.send(bytes("x"))).hasMessage("Broken pipe");
            assertThat(near.receive(ByteBuffer.allocate(1))).isEqualTo(1);
        }
    }
}
