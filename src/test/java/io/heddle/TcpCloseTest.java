package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Faults;
import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Closing from anywhere, at any time: calls in progress end, the peer learns of it, and the number is not reused. */
@Behaviour
@SuppressWarnings("try") // Closing is what is tested.
class TcpCloseTest {
    private static void assertSocketClosed(Throwable thrown) {
        assertThat(thrown).isExactlyInstanceOf(SocketException.class).hasMessage("Socket closed");
    }

    @EveryCaller
    void closeEndsAReadAndThePeerSeesTheEndAtOnce(Caller caller) throws Exception {
        for (Duration timeout : new Duration[] {Duration.ZERO, Duration.ofMinutes(10)}) {
            try (Pair pair = Pair.open()) {
                pair.local().setReadTimeout(timeout);
                Task<Integer> reading =
                        caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
                pair.local().close();

                assertSocketClosed(reading.failure());
                assertThat(pair.peer().getInputStream().read()).isEqualTo(-1);
                assertThat(reading.endedInterrupted()).isFalse();
            }
        }
    }

    @EveryCaller
    void aSendThatMeetsTheCloseSaysThatTheSocketWasClosed(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            // What the kernel answers when close() has shut the output and the send comes just then.
            Faults.plan((function, first) -> {
                if (!function.equals("send")) {
                    return Faults.NONE;
                }
                pair.local().close();
                return -Errno.EPIPE;
            });
            assertSocketClosed(caller.failureOf(() -> pair.local().write(new byte[1])));
        } finally {
            Faults.plan(null);
        }
    }

    @EveryCaller
    void closeEndsAWriteAndThePeerStillGetsWhatTheKernelTook(Caller caller) throws Exception {
        try (Pair pair = Pair.narrow()) {
            Task<Boolean> writing = caller.startRun(() -> pair.local().write(Bytes.from(0, 5_000_000)))
                    .awaitWaiting();
            pair.local().close();

            assertSocketClosed(writing.failure());
            long arrived = Bytes.checkToEnd(pair.peer().getInputStream(), 0);
            assertThat(arrived).isPositive().isLessThan(5_000_000);
        }
    }

    @EveryCaller
    void closeEndsAReaderAndAWriterAtTheSameTime(Caller caller) throws Exception {
        try (Pair pair = Pair.narrow()) {
            Task<Boolean> writing = caller.startRun(() -> pair.local().write(new byte[5_000_000]))
                    .awaitWaiting();
            Task<Integer> reading =
                    caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
            pair.local().close();

            assertSocketClosed(writing.failure());
            assertSocketClosed(reading.failure());
        }
    }

    @EveryCaller
    void closeEndsAnAccept(Caller caller) throws Exception {
        for (Duration timeout : new Duration[] {Duration.ZERO, Duration.ofMinutes(10)}) {
            try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
                Task<TcpSocket> accepting =
                        caller.start(() -> listener.accept(timeout)).awaitWaiting();
                listener.close();

                assertSocketClosed(accepting.failure());
                assertThat(listener.isOpen()).isFalse();
            }
        }
    }

    @Test
    void closeEndsAllWhoQueue() throws Exception {
        try (Pair pair = Pair.open();
                TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            List<Task<?>> waiting = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                for (Caller caller : Caller.values()) {
                    waiting.add(caller.start(() -> pair.local().read(new byte[1])));
                    waiting.add(caller.start(() -> listener.accept()));
                }
            }
            for (Task<?> task : waiting) {
                task.awaitParked();
            }
            pair.local().close();
            listener.close();
            for (Task<?> task : waiting) {
                assertSocketClosed(task.failure());
            }
        }
    }

    @EveryCaller
    void aThreadThatIsCloserAndReaderInOneGetsTheSameAnswer(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            assertSocketClosed(caller.failureOf(() -> {
                pair.local().close();
                pair.local().read(new byte[1]);
            }));
        }
    }

    @Test
    void closingAgainDoesNothing() throws Exception {
        try (Pair pair = Pair.open();
                TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            for (int i = 0; i < 3; i++) {
                pair.local().close();
                pair.local().inputStream().close();
                listener.close();
                assertThat(listener.close(Duration.ofMillis(1))).isTrue();
                assertThat(pair.local().isOpen()).isFalse();
                assertThat(listener.isOpen()).isFalse();
            }
        }
    }

    @Test
    void everyCallOnAClosedSocketSaysSo() throws Exception {
        try (Pair pair = Pair.open()) {
            TcpSocket socket = pair.local();
            socket.close();
            List<Caller.Work> calls = List.of(
                    () -> socket.read(new byte[1]),
                    () -> socket.read(ByteBuffer.allocate(1)),
                    () -> socket.read(MemorySegment.ofArray(new byte[1])),
                    () -> socket.readFully(new byte[1]),
                    () -> socket.inputStream().read(),
                    () -> socket.inputStream().available(),
                    () -> socket.available(),
                    () -> socket.write(new byte[1]),
                    () -> socket.write(ByteBuffer.allocateDirect(1)),
                    () -> socket.write(MemorySegment.ofArray(new byte[1])),
                    () -> socket.write(new ByteBuffer[] {ByteBuffer.allocate(1)}),
                    () -> socket.outputStream().write(1));
            assertAllFail(calls, "Socket closed");
            // The JDK has another text for what is not a transfer.
            assertAllFail(
                    List.of(
                            () -> socket.shutdownInput(),
                            () -> socket.shutdownOutput(),
                            () -> socket.setOption(StandardSocketOptions.TCP_NODELAY, true),
                            () -> socket.getOption(StandardSocketOptions.TCP_NODELAY)),
                    "Socket is closed");
        }
    }

    private static void assertAllFail(List<Caller.Work> calls, String text) {
        for (int i = 0; i < calls.size(); i++) {
            assertThatThrownBy(calls.get(i)::run)
                    .as("call " + i)
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage(text);
        }
    }

    @Test
    void everyCallOnAClosedListenerSaysSo() throws Exception {
        TcpListener listener = TcpListener.bind(Pair.anyPort());
        listener.close();
        List<Caller.Work> calls = List.of(
                () -> listener.accept(),
                () -> listener.accept(Duration.ofMillis(1)),
                () -> listener.serve(socket -> {}),
                () -> listener.setOption(StandardSocketOptions.SO_REUSEADDR, true),
                () -> listener.getOption(StandardSocketOptions.SO_REUSEADDR));
        assertAllFail(calls, "Socket is closed");
    }

    @Test
    void addressesThatAreKnownStayKnown() throws Exception {
        try (Pair pair = Pair.open();
                TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            InetSocketAddress remote = pair.local().remoteAddress();
            InetSocketAddress listening = listener.localAddress();
            pair.local().close();
            listener.close();

            assertThat(pair.local().remoteAddress()).isEqualTo(remote);
            assertThat(pair.local().localAddress().getAddress().isAnyLocalAddress())
                    .isTrue();
            assertThat(listener.localAddress()).isEqualTo(listening);
            assertThat(pair.local().toString()).contains("open=false");
            assertThat(listener.toString()).contains("open=false");
        }
    }

    @EveryCaller
    void aReaderNeverReadsFromTheNextOwnerOfItsNumber(Caller caller) throws Exception {
        for (int round = 0; round < 100; round++) {
            try (Pair old = Pair.open()) {
                List<Task<Integer>> readers = new ArrayList<>();
                for (int i = 0; i < 3; i++) {
                    readers.add(caller.start(() -> old.local().read(new byte[8])));
                }
                for (Task<Integer> reader : readers) {
                    reader.awaitParked();
                }
                old.local().close();
                try (Pair fresh = Pair.open();
                        Pair second = Pair.open()) {
                    fresh.deliver((byte) 1);
                    second.deliver((byte) 2);
                    for (Task<Integer> reader : readers) {
                        assertSocketClosed(reader.failure());
                    }
                    assertThat(fresh.local().available()).isEqualTo(1);
                    assertThat(second.local().available()).isEqualTo(1);
                    Task<Integer> reading = caller.start(() -> {
                        int n = fresh.local().read(new byte[8]);
                        return n + fresh.local().read(new byte[8]);
                    });
                    reading.awaitWaiting();
                    fresh.peer().getOutputStream().write(3);
                    assertThat(reading.get()).isEqualTo(2);
                }
            }
        }
    }

    @EveryCaller
    void closeThatRacesWithDataLosesNeither(Caller caller) throws Exception {
        for (int round = 0; round < 200; round++) {
            try (Pair pair = Pair.open()) {
                Task<Integer> reading = caller.start(() -> pair.local().read(new byte[1]));
                Task<Boolean> closing = Caller.PLATFORM_THREAD.startRun(pair.local()::close);
                pair.peer().getOutputStream().write(1);
                try {
                    assertThat(reading.get()).isEqualTo(1);
                } catch (SocketException e) {
                    assertSocketClosed(e);
                }
                assertThat(closing.get()).isTrue();
            }
        }
    }

    @Test
    void closeByManyThreadsAtOnceClosesOnce() throws Exception {
        for (int round = 0; round < 50; round++) {
            try (Pair pair = Pair.open()) {
                List<Task<?>> closers = new ArrayList<>();
                for (Caller caller : Caller.values()) {
                    closers.add(caller.start(() -> pair.local().read(new byte[1])));
                    closers.add(caller.startRun(pair.local()::close));
                }
                for (Task<?> closer : closers) {
                    Await.until("the call has ended", closer::isDone);
                }
                assertThat(pair.peer().getInputStream().read()).isEqualTo(-1);
            }
        }
    }
}
