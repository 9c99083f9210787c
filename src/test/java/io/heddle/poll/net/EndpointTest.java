package io.heddle.poll.net;

import static io.heddle.poll.net.Watch.bytes;
import static io.heddle.poll.net.WouldBlock.WOULD_BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.Kernel;
import io.heddle.internal.sys.Socket;
import io.heddle.poll.Event;
import io.heddle.poll.Interest;
import io.heddle.poll.Selectors;
import io.heddle.testing.Caller;
import io.heddle.testing.ChildJvm;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What all sources of this package promise of their descriptor. */
@SuppressWarnings("try") // Closing is what is tested.
@Leakproof
class EndpointTest {
    private static final UnixDomainSocketAddress UNNAMED = UnixDomainSocketAddress.of("");

    /** One of each. */
    enum Each {
        TCP_LISTENER {
            @Override
            Endpoint open() throws IOException {
                return TcpListener.bind(Pair.anyPort());
            }

            @Override
            Endpoint adopt(int fd) throws IOException {
                return TcpListener.fromFd(fd);
            }
        },
        TCP_STREAM {
            @Override
            Endpoint open() throws IOException {
                try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
                    return TcpStream.connect(listener.localAddress());
                }
            }

            @Override
            Endpoint adopt(int fd) throws IOException {
                return TcpStream.fromFd(fd);
            }
        },
        UDP {
            @Override
            Endpoint open() throws IOException {
                return UdpSocket.bind(Pair.anyPort());
            }

            @Override
            Endpoint adopt(int fd) throws IOException {
                return UdpSocket.fromFd(fd);
            }
        },
        UNIX_LISTENER {
            @Override
            Endpoint open() throws IOException {
                return UnixListener.bind(UNNAMED);
            }

            @Override
            Endpoint adopt(int fd) throws IOException {
                return UnixListener.fromFd(fd);
            }
        },
        UNIX_STREAM {
            @Override
            Endpoint open() throws IOException {
                try (UnixListener listener = UnixListener.bind(UNNAMED)) {
                    return UnixStream.connect(listener.localAddress());
                }
            }

            @Override
            Endpoint adopt(int fd) throws IOException {
                return UnixStream.fromFd(fd);
            }
        },
        UNIX_DATAGRAM {
            @Override
            Endpoint open() throws IOException {
                return UnixDatagram.unbound();
            }

            @Override
            Endpoint adopt(int fd) throws IOException {
                return UnixDatagram.fromFd(fd);
            }
        };

        abstract Endpoint open() throws IOException;

        abstract Endpoint adopt(int fd) throws IOException;
    }

    @ParameterizedTest
    @EnumSource(Each.class)
    void aDescriptorNeverWaitsAndIsCloseOnExec(Each each) throws Exception {
        try (Endpoint endpoint = each.open()) {
            assertThat(Fd.isBlocking(endpoint.fd())).isZero();
            assertThat(Fd.isCloseOnExec(endpoint.fd())).isEqualTo(1);
            assertThat(endpoint.isOpen()).isTrue();
            assertThat(endpoint.toString()).contains("fd=" + endpoint.fd());
        }
    }

    @ParameterizedTest
    @EnumSource(Each.class)
    void whatIsInUseIsNotGivenAway(Each each) throws Exception {
        try (Endpoint endpoint = each.open()) {
            assertThat(endpoint.tryIo(Interest.READABLE, fd -> {
                        assertThatThrownBy(endpoint::detachFd)
                                .isInstanceOf(IllegalStateException.class)
                                .hasMessageContaining("users=1");
                        return 7;
                    }))
                    .isEqualTo(7);
            assertThat(endpoint.isOpen()).isTrue();
            int fd = endpoint.detachFd();
            assertThatThrownBy(endpoint::detachFd).isInstanceOf(IOException.class);
            assertThat(Fd.close(fd)).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource(Each.class)
    void whatIsGivenAwayStaysOpenAndIsTakenOver(Each each) throws Exception {
        try (Watch watch = new Watch(Selectors.EPOLL)) {
            Endpoint before = each.open();
            watch.registry.register(before, 1, Watch.BOTH);
            int fd = before.detachFd();
            before.close();
            assertThat(before.isOpen()).isFalse();
            assertThat(Fd.setBlocking(fd, true)).isZero();
            for (Each other : Each.values()) {
                if (other != each) {
                    assertThatThrownBy(() -> other.adopt(fd))
                            .isInstanceOf(SocketException.class)
                            .hasMessageStartingWith("the descriptor must be ");
                }
            }
            assertThat(Fd.isBlocking(fd)).isEqualTo(1);
            try (Endpoint after = each.adopt(fd)) {
                assertThat(after.fd()).isEqualTo(fd);
                assertThat(Fd.isBlocking(fd)).isZero();
                watch.registry.register(after, 2, Watch.BOTH);
                watch.registry.deregister(after);
            }
            assertThat(Fd.isBlocking(fd)).isEqualTo(-Errno.EBADF);
        }
    }

    @Test
    void whatIsNoSocketIsNotTakenOver() throws Exception {
        try (Pipe pipe = Pipe.open()) {
            int fd = pipe.receiver().fd();
            for (Each each : Each.values()) {
                assertThatThrownBy(() -> each.adopt(fd))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("ENOTSOCK");
            }
            assertThat(pipe.receiver().isOpen()).isTrue();
        }
        assertThatThrownBy(() -> UdpSocket.fromFd(1 << 20))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("EBADF");
    }

    @ParameterizedTest
    @EnumSource(Each.class)
    void closingDeregistersAndIsDoneOnce(Each each) throws Exception {
        for (Selectors kind : List.of(Selectors.EPOLL, Selectors.POLL)) {
            try (Watch watch = new Watch(kind)) {
                Endpoint endpoint = each.open();
                watch.registry.register(endpoint, 1, Watch.BOTH);
                int fd = endpoint.fd();
                endpoint.close();
                endpoint.close();
                assertThat(endpoint.fd()).isEqualTo(-1);
                assertThat(endpoint.toString()).contains("closed");
                assertThat(Fd.isBlocking(fd)).isEqualTo(-Errno.EBADF);
                assertThat(watch.now()).isZero();
                assertThatThrownBy(() -> watch.registry.register(endpoint, 1, Watch.BOTH))
                        .isInstanceOf(IOException.class)
                        .hasMessage("Socket is closed");
                assertThatThrownBy(() -> watch.registry.reregister(endpoint, 1, Watch.BOTH))
                        .hasMessage("Socket is closed");
                assertThatThrownBy(() -> watch.registry.deregister(endpoint)).isInstanceOf(IllegalStateException.class);
                // The number belongs to another socket now, which the selector may watch.
                try (Endpoint next = each.open()) {
                    watch.registry.register(next, 2, Watch.BOTH);
                    watch.registry.deregister(next);
                }
            }
        }
    }

    @Test
    void everyCallOnWhatIsClosedSaysSo() throws Exception {
        ByteBuffer buffer = ByteBuffer.allocate(1);
        ByteBuffer[] buffers = {buffer};
        TcpListener listener = (TcpListener) Each.TCP_LISTENER.open();
        TcpStream stream = (TcpStream) Each.TCP_STREAM.open();
        UdpSocket udp = (UdpSocket) Each.UDP.open();
        UnixListener unixListener = (UnixListener) Each.UNIX_LISTENER.open();
        UnixStream unix = (UnixStream) Each.UNIX_STREAM.open();
        UnixDatagram datagram = (UnixDatagram) Each.UNIX_DATAGRAM.open();
        for (Endpoint each : List.of(listener, stream, udp, unixListener, unix, datagram)) {
            each.close();
        }
        List<ThrowingCallable> calls = List.of(
                listener::accept,
                listener::localAddress,
                listener::ttl,
                listener::takeError,
                listener::detachFd,
                stream::finishConnect,
                stream::localAddress,
                stream::remoteAddress,
                () -> stream.read(buffer),
                () -> stream.peek(buffer),
                () -> stream.read(buffers),
                () -> stream.write(buffer),
                () -> stream.write(buffers),
                stream::shutdownInput,
                stream::shutdownOutput,
                () -> stream.setTtl(1),
                () -> stream.setOption(StandardSocketOptions.TCP_NODELAY, true),
                () -> stream.getOption(StandardSocketOptions.TCP_NODELAY),
                () -> stream.tryIo(Interest.READABLE, fd -> fd),
                () -> udp.connect(Pair.anyPort()),
                udp::disconnect,
                () -> udp.send(buffer),
                () -> udp.sendTo(buffer, Pair.anyPort()),
                () -> udp.sendBatch(buffers, null),
                () -> udp.receive(buffer),
                () -> udp.receiveFrom(buffer),
                () -> udp.peekFrom(buffer),
                () -> udp.receiveBatch(buffers, null),
                () -> udp.leave(InetAddress.ofLiteral("239.1.1.1"), null),
                unixListener::accept,
                unixListener::localAddress,
                unix::peerCredentials,
                unix::remoteAddress,
                () -> unix.write(buffer, new int[0]),
                () -> unix.read(buffer, PassedDescriptors.withCapacity(1)),
                () -> datagram.connect(UNNAMED),
                () -> datagram.sendTo(buffer, UNNAMED),
                () -> datagram.receiveFrom(buffer),
                datagram::localAddress);
        for (ThrowingCallable call : calls) {
            assertThatThrownBy(call).isExactlyInstanceOf(SocketException.class).hasMessage("Socket is closed");
        }
        Pipe pipe = Pipe.open();
        pipe.close();
        assertThatThrownBy(() -> pipe.receiver().read(buffer)).hasMessage("Pipe is closed");
        assertThatThrownBy(() -> pipe.sender().write(buffer)).hasMessage("Pipe is closed");
        assertThatThrownBy(() -> pipe.sender().setBlocking(true)).hasMessage("Pipe is closed");
    }

    @EveryNativeSelector
    void aCallOfOnesOwnThatWouldBlockIsReportedWhenItWouldNoMore(Selectors kind) throws Exception {
        UnixStream[] pair = UnixStream.pair();
        try (Watch watch = new Watch(kind);
                UnixStream near = pair[0];
                UnixStream far = pair[1]) {
            watch.registry.register(far, 1, Interest.READABLE);
            ByteBuffer dst = ByteBuffer.allocate(9);
            FdOperation receive = fd -> {
                int n = Socket.receive(fd, dst, 0);
                return n == -Errno.EAGAIN ? WOULD_BLOCK : n;
            };
            for (int round = 0; round < 5; round++) {
                assertThat(far.tryIo(Interest.READABLE, receive)).isEqualTo(WOULD_BLOCK);
                near.write(bytes("own"));
                watch.until(1, Event::isReadable);
                assertThat(far.tryIo(Interest.READABLE, receive)).isEqualTo(3);
            }
        }
    }

    @Test
    void aNumberIsNotClosedUnderACallOfOnesOwn() throws Exception {
        UnixStream[] pair = UnixStream.pair();
        try (UnixStream near = pair[0];
                UnixStream far = pair[1]) {
            int result = far.tryIo(Interest.READABLE, fd -> {
                far.close();
                assertThat(far.isOpen()).isFalse();
                return Fd.isCloseOnExec(fd);
            });
            assertThat(result).isEqualTo(1);
            assertThatThrownBy(() -> near.write(bytes("x"))).hasMessage("Broken pipe");
        }
    }

    @Test
    void callsRegistrationsAndCloseMayComeAtOnce() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed: " + seed);
        Random random = new Random(seed);
        for (int round = 0; round < 200; round++) {
            Selectors kind = random.nextBoolean() ? Selectors.EPOLL : Selectors.POLL;
            int pause = random.nextInt(2_000);
            try (Watch watch = new Watch(kind)) {
                UnixStream[] pair = UnixStream.pair();
                Task<Integer> reader = Caller.PLATFORM_THREAD.start(() -> untilClosed(pair[0]));
                Task<Integer> registrar = Caller.PLATFORM_THREAD.start(() -> registerUntilClosed(watch, pair[0]));
                for (int i = 0; i < pause; i++) {
                    Thread.onSpinWait();
                }
                pair[0].close();
                // A number that is taken at once: a late call or registration would meet it.
                UnixStream[] next = UnixStream.pair();
                next[0].write(bytes("not for the others"));
                assertThat(reader.get()).as("seed=" + seed).isZero();
                assertThat(registrar.get()).as("seed=" + seed).isNotNegative();
                assertThat(watch.now()).as("seed=" + seed).isZero();
                for (UnixStream each : List.of(pair[1], next[0], next[1])) {
                    each.close();
                }
            }
        }
    }

    /** How many bytes there were. */
    private static int untilClosed(UnixStream stream) throws IOException {
        int bytes = 0;
        for (; ; ) {
            try {
                bytes += Math.max(stream.read(ByteBuffer.allocate(100)), 0);
            } catch (SocketException closed) {
                assertThat(closed).hasMessage("Socket is closed");
                return bytes;
            }
        }
    }

    private static int registerUntilClosed(Watch watch, UnixStream stream) throws IOException {
        for (int rounds = 0; ; rounds++) {
            try {
                watch.registry.register(stream, 1, Interest.READABLE);
                watch.registry.reregister(stream, 1, Interest.READABLE);
                watch.registry.deregister(stream);
            } catch (SocketException closed) {
                assertThat(closed).hasMessage("Socket is closed");
                return rounds;
            } catch (IllegalStateException deregistered) {
                assertThat(stream.isOpen()).isFalse();
            }
        }
    }

    /** #415, #776, #1944: the poll dies first. */
    @EverySelector
    void aSourceThatOutlivesItsPollIsReallyClosed(Selectors kind) throws Exception {
        TcpStream[] pair;
        try (Watch watch = new Watch(kind)) {
            pair = watch.tcpPair();
        }
        TcpStream near = pair[0];
        TcpStream far = pair[1];
        near.close();
        near.close();
        try (Watch watch = new Watch(kind)) {
            watch.registry.register(far, 2, Interest.READABLE);
            assertThat(watch.drive(2, () -> far.read(ByteBuffer.allocate(1)))).isEqualTo(-1);
            far.close();
        }
    }

    /** A peer that has gone is an exception, and no signal, which would end a process that does not expect it. */
    @Test
    void writingToNobodyRaisesNoSignal() throws Exception {
        Kernel.block(Kernel.SIGPIPE, true);
        int signals = Kernel.signals(Kernel.SIGPIPE);
        UnixStream[] streams = UnixStream.pair();
        UnixDatagram[] datagrams = UnixDatagram.pair();
        try (UnixStream near = streams[0];
                UnixDatagram sender = datagrams[0]) {
            streams[1].close();
            datagrams[1].close();
            assertThatThrownBy(() -> near.write(bytes("x"))).hasMessage("Broken pipe");
            assertThatThrownBy(() -> near.write(new ByteBuffer[] {bytes("x"), bytes("y")}))
                    .hasMessage("Broken pipe");
            assertThatThrownBy(() -> sender.send(bytes("x"))).isInstanceOf(IOException.class);
            assertThat(Kernel.read(signals, 128)).as("a signal").isEqualTo(-Errno.EAGAIN);
        }
        // That it would have been seen: a pipe has no way to write without it.
        int[] ends = Kernel.pipe();
        Kernel.close(ends[0]);
        assertThat(Kernel.write(ends[1], 1)).isEqualTo(-Errno.EPIPE);
        assertThat(Kernel.read(signals, 128)).isEqualTo(128);
        Kernel.close(ends[1]);
        Kernel.close(signals);
        Kernel.block(Kernel.SIGPIPE, false);
    }

    @Test
    void withoutNativeAccessTheSocketsAreChannels() throws Exception {
        try (ChildJvm child = ChildJvm.startWithoutNativeAccess(DeniedProgram.class)) {
            assertThat(child.await("epoll ")).contains("--enable-native-access=");
            assertThat(child.await("poll ")).contains("--enable-native-access=");
            assertThat(child.await("auto ")).startsWith("Poll[jdk");
            assertThat(child.await("came ")).isEqualTo("1 42");
        }
    }
}
