package io.heddle.poll.net;

import static io.heddle.poll.net.Watch.bytes;
import static io.heddle.poll.net.Watch.found;
import static io.heddle.poll.net.WouldBlock.WOULD_BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Fd;
import io.heddle.poll.Event;
import io.heddle.poll.Interest;
import io.heddle.poll.Selectors;
import io.heddle.testing.Caller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.FullBacklog;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // Closing is part of what is tested.
@Leakproof
class TcpTest {
    private static final int BIG = 3_000_000;

    private static InetSocketAddress nobody() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return (InetSocketAddress) server.getLocalSocketAddress();
        }
    }

    @EverySelector
    void aRefusedConnectFailsEachTimeItIsAsked(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind);
                TcpStream stream = TcpStream.connect(nobody())) {
            watch.registry.register(stream, 1, Interest.WRITABLE);
            assertThatThrownBy(() -> watch.connected(1, stream))
                    .isInstanceOf(ConnectException.class)
                    .hasMessage("Connection refused");
            assertThatThrownBy(stream::finishConnect).hasMessage("Connection refused");
            assertThat(stream.takeError()).isNull();
            assertThat(stream.remoteAddress()).isNull();
        }
    }

    @EverySelector
    void theErrorOfARefusedConnectIsTakenOnceAndTheConnectStaysFailed(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind);
                TcpStream stream = TcpStream.connect(nobody())) {
            watch.registry.register(stream, 1, Interest.WRITABLE);
            watch.until(1, event -> event.isWritable() || event.isError());
            if (Watch.takesErrors(kind)) {
                assertThat(stream.takeError()).isNull();
                return;
            }
            assertThat(stream.takeError())
                    .isExactlyInstanceOf(ConnectException.class)
                    .hasMessage("Connection refused");
            assertThat(stream.takeError()).isNull();
            assertThatThrownBy(stream::finishConnect).hasMessage("Connection refused");
        }
    }

    /** The kernel tells the error to the first, who is just about to ask; the second must wait for what that hears. */
    @Test
    void twoWhoFinishAConnectBothLearnThatItFailed() throws Exception {
        try (Watch watch = new Watch(Selectors.EPOLL);
                TcpStream stream = TcpStream.connect(nobody())) {
            watch.registry.register(stream, 1, Interest.WRITABLE);
            watch.until(1, event -> event.isWritable() || event.isError());
            List<Task<Boolean>> second = new ArrayList<>();
            try (FaultPlan plan = FaultPlan.before("getsockopt", 1, () -> second.add(queuedBehind(stream)))) {
                assertThatThrownBy(stream::finishConnect).hasMessage("Connection refused");
                assertThat(plan.wasMet()).isTrue();
            }
            assertThat(second.getFirst().failure()).hasMessage("Connection refused");
        }
    }

    private static Task<Boolean> queuedBehind(TcpStream stream) {
        try {
            return Caller.PLATFORM_THREAD.start(stream::finishConnect).awaitQueued();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aConnectUnderWayIsNeitherDoneNorFailed() throws Exception {
        try (FullBacklog full = FullBacklog.open();
                TcpStream stream =
                        TcpStream.connect((InetSocketAddress) full.server().getLocalSocketAddress())) {
            assertThat(stream.finishConnect()).isFalse();
            assertThat(stream.takeError()).isNull();
            assertThat(stream.finishConnect()).isFalse();
            assertThat(stream.remoteAddress()).isNull();
            assertThat(stream.write(bytes("early"))).isEqualTo(WOULD_BLOCK);
        }
    }

    @EverySelector
    void bothEndsKnowEachOther(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind)) {
            TcpStream[] pair = watch.tcpPair();
            try (TcpStream near = pair[0];
                    TcpStream far = pair[1]) {
                assertThat(near.remoteAddress()).isEqualTo(far.localAddress());
                assertThat(far.remoteAddress()).isEqualTo(near.localAddress());
                assertThat(near.finishConnect()).isTrue();
                assertThat(far.finishConnect()).isTrue();
                for (TcpStream end : kind == Selectors.JDK ? new TcpStream[0] : pair) {
                    assertThat(Fd.isBlocking(end.fd())).isZero();
                    assertThat(Fd.isCloseOnExec(end.fd())).isEqualTo(1);
                }
            }
        }
    }

    @EverySelector
    void everyByteArrivesThoughBothDirectionsWouldBlock(Selectors kind) throws Exception {
        byte[] sent = new byte[BIG];
        new Random(4711).nextBytes(sent);
        try (Watch watch = new Watch(kind)) {
            TcpStream[] pair = watch.tcpPair();
            try (TcpStream near = pair[0];
                    TcpStream far = pair[1]) {
                near.setOption(StandardSocketOptions.SO_SNDBUF, 30_000);
                far.setOption(StandardSocketOptions.SO_SNDBUF, 30_000);
                ByteBuffer heap = ByteBuffer.wrap(sent);
                ByteBuffer direct = ByteBuffer.allocateDirect(BIG).put(sent).flip();
                ByteBuffer toFar = ByteBuffer.allocateDirect(BIG);
                ByteBuffer toNear = ByteBuffer.allocate(BIG);
                int full = 0;
                while (toFar.hasRemaining() || toNear.hasRemaining()) {
                    full += repeat(heap, near::write) + repeat(direct, far::write);
                    int empty = repeat(toFar, far::read) + repeat(toNear, near::read);
                    if (empty > 0) {
                        watch.any();
                    }
                }
                assertThat(full).isPositive();
                assertThat(toFar.flip()).isEqualTo(ByteBuffer.wrap(sent));
                assertThat(toNear.array()).isEqualTo(sent);
            }
        }
    }

    @FunctionalInterface
    private interface Transfer {
        int move(ByteBuffer buffer) throws IOException;
    }

    /** Until the buffer is used up, which answers 0, or until it would block, which answers 1. */
    private static int repeat(ByteBuffer buffer, Transfer transfer) throws IOException {
        while (buffer.hasRemaining()) {
            int n = transfer.move(buffer);
            assertThat(n).isNotEqualTo(-1);
            if (n == WOULD_BLOCK) {
                return 1;
            }
        }
        return 0;
    }

    @EverySelector
    void whatWouldBlockIsReportedWhenItWouldNoMore(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind)) {
            TcpStream[] pair = watch.tcpPair();
            try (TcpStream near = pair[0];
                    TcpStream far = pair[1]) {
                for (int round = 0; round < 20; round++) {
                    assertThat(far.read(ByteBuffer.allocate(1))).isEqualTo(WOULD_BLOCK);
                    assertThat(near.write(bytes("x"))).isEqualTo(1);
                    watch.until(2, Event::isReadable);
                    if (kind == Selectors.JDK) {
                        assertThat(far.read(ByteBuffer.allocate(9))).isEqualTo(1);
                        assertThat(far.read(ByteBuffer.allocate(9))).isEqualTo(WOULD_BLOCK);
                    } else {
                        assertThat(far.peek(ByteBuffer.allocate(9))).isEqualTo(1);
                        assertThat(far.read(ByteBuffer.allocate(9))).isEqualTo(1);
                        // Only a peek finds that there is no more.
                        assertThat(far.peek(ByteBuffer.allocate(9))).isEqualTo(WOULD_BLOCK);
                    }
                    assertThat(near.write(bytes("y"))).isEqualTo(1);
                    watch.until(2, Event::isReadable);
                    assertThat(far.read(new ByteBuffer[] {ByteBuffer.allocate(9)}))
                            .isEqualTo(1);
                    assertThat(far.read(new ByteBuffer[] {ByteBuffer.allocate(9)}))
                            .isEqualTo(WOULD_BLOCK);
                }
                while (near.write(ByteBuffer.allocate(100_000)) != WOULD_BLOCK) {}
                Watch.Counting drain = () -> far.read(ByteBuffer.allocateDirect(1 << 20));
                Thread drainer = Thread.ofPlatform().name("caller-drainer").start(() -> drainQuietly(drain));
                watch.until(1, Event::isWritable);
                near.shutdownOutput();
                drainer.join();
            }
        }
    }

    private static void drainQuietly(Watch.Counting drain) {
        try {
            while (drain.run() != -1) {
                Thread.onSpinWait();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @EverySelector
    void whatWasWrittenBeforeCloseIsDelivered(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind)) {
            TcpStream[] pair = watch.tcpPair();
            try (TcpStream near = pair[0];
                    TcpStream far = pair[1]) {
                int written = near.write(ByteBuffer.allocate(50_000));
                near.close();
                ByteBuffer dst = ByteBuffer.allocate(60_000);
                while (watch.drive(2, () -> far.read(dst)) >= 0) {}
                assertThat(dst.position()).isEqualTo(written);
            }
        }
    }

    @EverySelector
    void halfACloseEndsOneDirectionOnly(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind)) {
            TcpStream[] pair = watch.tcpPair();
            try (TcpStream near = pair[0];
                    TcpStream far = pair[1]) {
                near.write(bytes("last"));
                near.shutdownOutput();
                assertThat(watch.text(2, 4, far)).isEqualTo("last");
                assertThat(watch.drive(2, () -> far.read(ByteBuffer.allocate(1))))
                        .isEqualTo(-1);
                if (kind != Selectors.JDK) {
                    assertThat(watch.drive(2, () -> far.peek(ByteBuffer.allocate(1))))
                            .isEqualTo(-1);
                }
                assertThatThrownBy(() -> near.write(bytes("x")))
                        .isInstanceOf(SocketException.class)
                        .hasMessage("Broken pipe");
                far.write(bytes("answer"));
                assertThat(watch.text(1, 6, near)).isEqualTo("answer");
                near.shutdownInput();
                assertThat(near.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            }
        }
    }

    @EveryNativeSelector
    void aPeekTakesNothing(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind)) {
            TcpStream[] pair = watch.tcpPair();
            try (TcpStream near = pair[0];
                    TcpStream far = pair[1]) {
                near.write(bytes("peeked"));
                ByteBuffer dst = ByteBuffer.allocate(9).position(1);
                assertThat(watch.drive(2, () -> far.peek(dst))).isEqualTo(6);
                assertThat(dst.position()).isEqualTo(1);
                assertThat(dst.get(1)).isEqualTo((byte) 'p');
                assertThat(watch.text(2, 6, far)).isEqualTo("peeked");
                assertThat(far.peek(dst)).isEqualTo(WOULD_BLOCK);
            }
        }
    }

    @EverySelector
    void severalBuffersAreWrittenAndReadInTheirOrder(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind)) {
            TcpStream[] pair = watch.tcpPair();
            try (TcpStream near = pair[0];
                    TcpStream far = pair[1]) {
                ByteBuffer[] srcs = {
                    bytes("one "),
                    bytes(""),
                    ByteBuffer.allocateDirect(3).put(bytes("two")).flip(),
                    bytes(" three")
                };
                assertThat(near.write(srcs)).isEqualTo(13);
                assertThat(srcs).noneMatch(ByteBuffer::hasRemaining);
                assertThat(near.write(srcs)).isZero();
                ByteBuffer[] dsts = {ByteBuffer.allocateDirect(5), ByteBuffer.allocate(20)};
                while (dsts[0].position() + dsts[1].position() < 13) {
                    assertThat(watch.drive(2, () -> far.read(dsts))).isPositive();
                }
                assertThat(Watch.text(dsts[0]) + "|" + Watch.text(dsts[1])).isEqualTo("one t|wo three");
                near.close();
                assertThat(watch.drive(2, () -> far.read(new ByteBuffer[] {ByteBuffer.allocate(1)})))
                        .isEqualTo(-1);
                assertThat(far.read(new ByteBuffer[0])).isZero();
            }
        }
    }

    @EverySelector
    void aResetIsAnErrorAndNoEnd(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind)) {
            TcpStream[] pair = watch.tcpPair();
            try (TcpStream near = pair[0];
                    TcpStream far = pair[1]) {
                near.setOption(StandardSocketOptions.SO_LINGER, 0);
                near.close();
                assertThatThrownBy(() -> watch.drive(2, () -> far.read(ByteBuffer.allocate(1))))
                        .isExactlyInstanceOf(SocketException.class)
                        .hasMessage("Connection reset");
            }
        }
    }

    @EveryNativeSelector
    void aResetThatIsTakenAsAnErrorSaysSo(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind)) {
            TcpStream[] pair = watch.tcpPair();
            try (TcpStream near = pair[0];
                    TcpStream far = pair[1]) {
                near.setOption(StandardSocketOptions.SO_LINGER, 0);
                near.close();
                watch.until(2, Event::isError);
                if (Watch.takesErrors(kind)) {
                    assertThat(far.takeError()).isNull();
                    return;
                }
                assertThat(far.takeError()).hasMessage("Connection reset by peer");
                assertThat(far.takeError()).isNull();
                assertThat(far.finishConnect()).isTrue();
            }
        }
    }

    @Test
    void nothingIsReadIntoNoRoomAndNothingWrittenFromNone() throws Exception {
        try (Watch watch = new Watch(Selectors.EPOLL)) {
            TcpStream[] pair = watch.tcpPair();
            try (TcpStream near = pair[0];
                    TcpStream far = pair[1]) {
                assertThat(far.read(ByteBuffer.allocate(0))).isZero();
                assertThat(near.write(ByteBuffer.allocate(0))).isZero();
                ByteBuffer readOnly = ByteBuffer.allocate(1).asReadOnlyBuffer();
                assertThatThrownBy(() -> far.read(readOnly)).isInstanceOf(ReadOnlyBufferException.class);
                assertThatThrownBy(() -> far.read(new ByteBuffer[] {readOnly}))
                        .isInstanceOf(ReadOnlyBufferException.class);
                assertThat(near.write(readOnly)).isEqualTo(1);
                assertThat(readOnly.hasRemaining()).isFalse();
                assertThat(watch.text(2, 1, far)).isEqualTo("\0");
            }
        }
    }

    @EverySelector
    void oneEventMayStandForManyConnections(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind);
                TcpListener listener = TcpListener.builder().backlog(8).bind(Pair.anyPort())) {
            watch.registry.register(listener, 1, Interest.READABLE);
            assertThat(listener.accept()).isNull();
            for (int round = 0; round < 3; round++) {
                TcpStream[] streams = new TcpStream[5];
                for (int i = 0; i < streams.length; i++) {
                    streams[i] = TcpStream.connect(listener.localAddress());
                }
                for (TcpStream stream : streams) {
                    try (TcpStream accepted = watch.obtain(1, listener::accept)) {
                        assertThat(accepted.isOpen()).isTrue();
                    }
                    stream.close();
                }
                assertThat(listener.accept()).isNull();
            }
        }
    }

    @Test
    void optionsAreSetBeforeTheSocketIsBoundOrConnected() throws Exception {
        TcpListener.Builder shared = TcpListener.builder().option(StandardSocketOptions.SO_REUSEPORT, true);
        try (TcpListener first = shared.bind(Pair.anyPort());
                TcpListener second = shared.bind(first.localAddress());
                TcpStream stream = TcpStream.builder()
                        .option(StandardSocketOptions.SO_RCVBUF, 20_000)
                        .option(StandardSocketOptions.TCP_NODELAY, true)
                        .option(StandardSocketOptions.SO_KEEPALIVE, true)
                        .option(ExtendedSocketOptions.TCP_KEEPIDLE, 33)
                        .local(Watch.at("127.0.0.1", 0))
                        .connect(second.localAddress())) {
            assertThat(first.localAddress()).isEqualTo(second.localAddress());
            assertThat(stream.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(20_000);
            assertThat(stream.getOption(StandardSocketOptions.TCP_NODELAY)).isTrue();
            assertThat(stream.getOption(StandardSocketOptions.SO_KEEPALIVE)).isTrue();
            assertThat(stream.getOption(ExtendedSocketOptions.TCP_KEEPIDLE)).isEqualTo(33);
            assertThat(stream.supportedOptions()).contains(StandardSocketOptions.SO_LINGER);
            assertThat(first.getOption(StandardSocketOptions.SO_REUSEADDR)).isTrue();
            assertThatThrownBy(() -> stream.getOption(StandardSocketOptions.SO_BROADCAST))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> TcpListener.builder().option(StandardSocketOptions.SO_LINGER, 1))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> TcpListener.builder().backlog(0)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void anAddressIsBoundOnce() throws Exception {
        try (TcpListener first = TcpListener.bind(Pair.anyPort())) {
            assertThatThrownBy(() -> TcpListener.bind(first.localAddress()))
                    .isInstanceOf(BindException.class)
                    .hasMessageStartingWith("Address already in use");
        }
    }

    @Test
    void anAddressHasToBeResolved() {
        InetSocketAddress unresolved = InetSocketAddress.createUnresolved("nowhere.example", 1);
        assertThatThrownBy(() -> TcpListener.bind(unresolved)).isInstanceOf(UnknownHostException.class);
        assertThatThrownBy(() -> TcpStream.connect(unresolved)).isInstanceOf(UnknownHostException.class);
        assertThatThrownBy(() -> UdpSocket.bind(unresolved)).isInstanceOf(UnknownHostException.class);
    }

    @Test
    void theWildcardListensOnBothFamilies() throws Exception {
        try (Watch watch = new Watch(Selectors.EPOLL);
                TcpListener listener = TcpListener.bind(new InetSocketAddress(0))) {
            watch.registry.register(listener, 1, Interest.READABLE);
            InetSocketAddress v4 = Watch.at("127.0.0.1", listener.localAddress().getPort());
            try (TcpStream stream = TcpStream.connect(v4);
                    TcpStream accepted = watch.obtain(1, listener::accept)) {
                assertThat(found(accepted.remoteAddress()).getAddress()).isEqualTo(v4.getAddress());
                assertThat(accepted.remoteAddress()).isEqualTo(stream.localAddress());
            }
        }
    }

    @Test
    void theHopsOfItsPacketsAreSet() throws Exception {
        try (Watch watch = new Watch(Selectors.EPOLL);
                TcpListener listener = TcpListener.bind(new InetSocketAddress(0))) {
            TcpStream[] pair = watch.tcpPair();
            try (TcpStream near = pair[0];
                    TcpStream far = pair[1]) {
                near.setTtl(7);
                assertThat(near.ttl()).isEqualTo(7);
                assertThat(far.ttl()).isNotEqualTo(7);
                listener.setTtl(9);
                assertThat(listener.ttl()).isEqualTo(9);
                assertThatThrownBy(() -> near.setTtl(0)).isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> near.setTtl(256)).isInstanceOf(IllegalArgumentException.class);
            }
        }
    }
}
