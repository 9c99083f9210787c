package io.heddle.poll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.nio.JdkSelector;
import io.heddle.internal.sys.Kernel;
import io.heddle.poll.spi.Pollable;
import io.heddle.poll.spi.Selector;
import io.heddle.testing.Caller;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.Task;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What is peculiar to the selector that watches channels: their kinds, their connects, registrations under a poll that
 * waits. Of their ends it tells readable and writable only. What it has in common with others is where
 * {@link EverySelector} is.
 */
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JdkSelectorTest {
    private static final Interest R = Interest.READABLE;
    private static final Interest W = Interest.WRITABLE;
    private static final Interest RW = R.add(W);

    private final List<SelectableChannel> opened = new ArrayList<>();
    private SocketChannel near;
    private SocketChannel far;
    private ChannelSource source;

    @BeforeEach
    void open() throws IOException {
        SocketChannel[] ends = pair();
        near = ends[0];
        far = ends[1];
        source = ChannelSource.of(near);
    }

    @AfterEach
    void close() throws IOException {
        for (SelectableChannel each : opened) {
            each.close();
        }
    }

    private <C extends SelectableChannel> C nonBlocking(C channel) throws IOException {
        opened.add(channel);
        channel.configureBlocking(false);
        return channel;
    }

    private SocketChannel[] pair() throws IOException {
        try (ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            SocketChannel client = SocketChannel.open(server.getLocalAddress());
            return new SocketChannel[] {nonBlocking(client), nonBlocking(server.accept())};
        }
    }

    private static Polling polling() throws IOException {
        return new Polling(Poll.open(Selectors.JDK));
    }

    // Ends

    @Test
    void theEndAndAResetAreReadable() throws Exception {
        try (Polling polling = polling()) {
            polling.registry.register(source, 7, R);
            far.shutdownOutput();
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            polling.expectNothing();
            polling.registry.reregister(source, 7, RW);
            far.setOption(java.net.StandardSocketOptions.SO_LINGER, 0);
            far.close();
            polling.expect(7, Seen.BOTH);
            polling.expectNothing();
        }
    }

    // Kinds of channels

    @Test
    void aListenerADatagramAndAPipe() throws Exception {
        ServerSocketChannel listener = nonBlocking(ServerSocketChannel.open());
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        DatagramChannel datagram = nonBlocking(DatagramChannel.open());
        datagram.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Pipe pipe = Pipe.open();
        Pipe.SourceChannel reader = nonBlocking(pipe.source());
        Pipe.SinkChannel writer = nonBlocking(pipe.sink());
        try (Polling polling = polling()) {
            polling.registry.register(ChannelSource.of(listener), 1, RW);
            polling.registry.register(ChannelSource.of(datagram), 2, R);
            polling.registry.register(ChannelSource.of(reader), 3, RW);
            polling.expectNothing();
            polling.registry.register(ChannelSource.of(writer), 4, RW);
            assertThat(polling.next(4)).isEqualTo(Seen.WRITABLE);
            assertThat(writer.write(ByteBuffer.allocate(1))).isEqualTo(1);
            assertThat(polling.next(3)).isEqualTo(Seen.READABLE);
            datagram.send(ByteBuffer.allocate(1), datagram.getLocalAddress());
            assertThat(polling.next(2)).isEqualTo(Seen.READABLE);
            opened.add(SocketChannel.open(listener.getLocalAddress()));
            assertThat(polling.next(1)).isEqualTo(Seen.READABLE);
            opened.add(listener.accept());
            polling.expectNothing();
        }
    }

    @Test
    void theEndOfAConnectIsWritable() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Polling polling = polling()) {
            for (Trigger trigger : Trigger.values()) {
                SocketChannel connecting = connecting(server.getLocalSocketAddress());
                ChannelSource connect = ChannelSource.of(connecting);
                polling.registry.register(connect, 7, RW, trigger);
                assertThat(polling.next(7)).as("%s", trigger).isEqualTo(Seen.WRITABLE);
                assertThat(connecting.finishConnect()).isTrue();
                polling.registry.reregister(connect, 8, RW, trigger);
                assertThat(polling.next(8)).as("%s", trigger).isEqualTo(Seen.WRITABLE);
                polling.registry.deregister(connect);
            }
        }
    }

    private SocketChannel connecting(SocketAddress to) throws IOException {
        for (; ; ) {
            SocketChannel channel = nonBlocking(SocketChannel.open());
            if (!channel.connect(to)) {
                return channel;
            }
        }
    }

    /** The JDK looks for the end of a connect for ever, finds it, and does not tell. */
    @Test
    void aConnectThatWasFinishedBeforeItsEventIsWritableAndDoesNotSpin() throws Exception {
        CountingSelects selector = new CountingSelects(JdkSelector.open());
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Polling polling = new Polling(Poll.open(() -> selector))) {
            for (Trigger trigger : Trigger.values()) {
                SocketChannel connecting = connecting(server.getLocalSocketAddress());
                ChannelSource connect = ChannelSource.of(connecting);
                polling.registry.register(connect, 7, W, trigger);
                while (!connecting.finishConnect()) {
                    Thread.onSpinWait();
                }
                assertThat(polling.next(7)).as("%s", trigger).isEqualTo(Seen.WRITABLE);
                if (trigger != Trigger.LEVEL) {
                    selector.selects = 0;
                    assertThat(polling.once(Duration.ofMillis(20))).isEmpty();
                    assertThat(selector.selects).isLessThan(5);
                }
                polling.registry.deregister(connect);
            }
        }
    }

    @Test
    void aConnectThatIsFinishedUnderAPollIsWritable() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Polling polling = polling()) {
            Task<Map<Long, Seen>> poll = polling.startPolling();
            SocketChannel connecting = connecting(server.getLocalSocketAddress());
            ChannelSource connect = ChannelSource.of(connecting);
            polling.registry.register(connect, 7, W);
            while (!connecting.finishConnect()) {
                Thread.onSpinWait();
            }
            assertThat(poll.get()).containsOnly(Map.entry(7L, Seen.WRITABLE));
            polling.registry.deregister(connect);
        }
    }

    @Test
    void aRefusedConnectIsReported() throws Exception {
        SocketAddress nobody;
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = server.getLocalSocketAddress();
        }
        SocketChannel connecting = nonBlocking(SocketChannel.open());
        assertThat(connecting.connect(nobody)).isFalse();
        ChannelSource connect = ChannelSource.of(connecting);
        try (Polling polling = polling()) {
            polling.registry.register(connect, 7, W);
            assertThat(polling.next(7)).isEqualTo(Seen.WRITABLE);
            assertThatThrownBy(connecting::finishConnect).isInstanceOf(java.net.ConnectException.class);
            polling.expectNothing();
            connect.deregisterIfRegistered();
        }
    }

    private static final class CountingSelects extends ForwardingSelector {
        private int selects;

        CountingSelects(Selector real) {
            super(real);
        }

        @Override
        public void select(long timeoutNanos, int eventsMax, Sink sink) throws IOException {
            selects++;
            super.select(timeoutNanos, eventsMax, sink);
        }
    }

    // Refusals

    @Test
    void aDescriptorAndAChannelThatBlocksAreRefused() throws Exception {
        int counter = Kernel.eventFd();
        try (Polling polling = polling();
                Polling epoll = new Polling(Poll.open(Selectors.EPOLL))) {
            assertThatThrownBy(() -> polling.registry.register(FdSource.of(counter), 7, R))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessage("jdk watches channels, not descriptors: fd=" + counter);
            assertThatThrownBy(() -> epoll.registry.register(source, 7, R))
                    .isInstanceOf(UnsupportedOperationException.class)
                    .hasMessage("epoll watches descriptors, not channels: channel=" + near);
            far.configureBlocking(true);
            ChannelSource blocking = ChannelSource.of(far);
            assertThatThrownBy(() -> polling.registry.register(blocking, 7, W))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("a channel has to be non-blocking before it is registered: channel=");
            far.configureBlocking(false);
            polling.registry.register(blocking, 7, W);
            assertThat(polling.next(7)).isEqualTo(Seen.WRITABLE);
            assertThat(polling.poll.fd()).isEqualTo(-1);
            assertThat(polling.poll).hasToString("Poll[jdk]");
        }
        Kernel.close(counter);
    }

    @Test
    void aClosedChannelIsRefusedAndOneThatWasRegisteredForgotten() throws Exception {
        try (Polling polling = polling()) {
            ChannelSource closed = ChannelSource.of(far);
            polling.registry.register(closed, 7, RW);
            far.close();
            polling.expectNothing();
            closed.wouldBlock(R);
            closed.deregisterIfRegistered();
            assertThatThrownBy(() -> polling.registry.deregister(closed))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("I/O source not registered with `Registry`");
            assertThatThrownBy(() -> polling.registry.register(closed, 7, R))
                    .isInstanceOf(ClosedChannelException.class);
        }
    }

    // Waking and waiting

    /** A change may swallow the JDK's own memory of it. */
    @Test
    void aWakeBeforeADeregistrationIsNotLost() throws Exception {
        Selector selector = JdkSelector.open();
        Pollable channel = Pollable.of(near);
        for (int i = 0; i < 3; i++) {
            selector.register(channel, i, 1);
            selector.wake();
            selector.deregister(channel, i);
            // Waits for ever if it is.
            selector.select(Long.MAX_VALUE, 1, (key, ready) -> {
                throw new AssertionError("key=" + key);
            });
        }
        selector.close();
    }

    @Test
    void everyWakeIsFollowedByAnEventThoughOthersDeregister() throws Exception {
        long seed = ThreadLocalRandom.current().nextLong();
        System.out.println("seed: " + seed);
        Random random = new Random(seed);
        AtomicBoolean over = new AtomicBoolean();
        try (Polling polling = polling();
                Waker waker = Waker.create(polling.registry, 10)) {
            Task<Boolean> registrar = Caller.PLATFORM_THREAD.startRun(() -> {
                while (!over.get()) {
                    polling.registry.register(source, 7, R);
                    polling.registry.deregister(source);
                }
            });
            for (int i = 0; i < 2_000; i++) {
                int pause = random.nextInt(500);
                Task<Boolean> waking = null;
                if (i % 50 == 0) {
                    waking = Caller.PLATFORM_THREAD.startRun(waker::wake);
                } else {
                    waker.wake();
                }
                for (int j = 0; j < pause; j++) {
                    Thread.onSpinWait();
                }
                assertThat(polling.next(10)).as("seed=" + seed).isEqualTo(Seen.READABLE);
                if (waking != null) {
                    waking.get();
                }
            }
            over.set(true);
            registrar.get();
        }
    }

    @Test
    void anInterruptNeitherEndsAPollNorIsLost() throws Exception {
        CountingSelects selector = new CountingSelects(JdkSelector.open());
        try (Polling polling = new Polling(Poll.open(() -> selector));
                Waker waker = Waker.create(polling.registry, 10)) {
            Task<Boolean> poll = Caller.PLATFORM_THREAD.start(() -> {
                Thread.currentThread().interrupt();
                assertThat(polling.next(10)).isEqualTo(Seen.READABLE);
                return Thread.interrupted();
            });
            poll.awaitPolling();
            poll.thread().interrupt();
            poll.awaitPolling();
            waker.wake();
            assertThat(poll.get()).isTrue();
            assertThat(selector.selects).isLessThan(5);
        }
    }

    // Many

    @Test
    void manyChannelsThatAreClosedAreForgotten() throws Exception {
        try (Polling polling = polling()) {
            Pipe[] pipes = new Pipe[100];
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < pipes.length; i++) {
                    pipes[i] = Pipe.open();
                    polling.registry.register(ChannelSource.of(nonBlocking(pipes[i].source())), i, R);
                }
                for (int i = 0; i < pipes.length; i += 7) {
                    pipes[i].sink().write(ByteBuffer.allocate(1));
                    assertThat(polling.next(i)).isEqualTo(Seen.READABLE);
                }
                polling.expectNothing();
                for (Pipe pipe : pipes) {
                    // Not deregistered: the JDK lets them go with the next poll.
                    pipe.source().close();
                    pipe.sink().close();
                }
                polling.expectNothing();
            }
        }
    }
}
