package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Behaviour;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The failing cases that were reproduced before Heddle was designed, as its users would meet them. Two more are beside
 * their classes: the poisoned flags of a socket that is registered before it connects, and the lost second look.
 */
@Behaviour
class StarredRulesTest {
    private static final long SEED = Long.getLong("heddle.seed", 42);

    // A platform thread whose interrupt status is set would spin in park.

    @Test
    void aPlatformThreadThatIsInterruptedDoesNotSpin() throws Exception {
        try (Pair pair = Pair.open();
                TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            Duration timeout = Duration.ofMillis(300);
            pair.local().setReadTimeout(timeout);
            assertThat(busyShare(() -> pair.local().read(new byte[1]))).isLessThan(0.5);
            assertThat(busyShare(() -> listener.accept(timeout))).isLessThan(0.5);
        }
    }

    /** What part of a timed call a thread computes that is interrupted all the time. */
    private static double busyShare(Caller.Work timedCall) throws Exception {
        return Caller.PLATFORM_THREAD.call(() -> {
            var threads = ManagementFactory.getThreadMXBean();
            long startNanos = System.nanoTime();
            long startCpuNanos = threads.getCurrentThreadCpuTime();
            Thread.currentThread().interrupt();
            try {
                timedCall.run();
                throw new AssertionError("should time out");
            } catch (SocketTimeoutException e) {
                assertThat(Thread.currentThread().isInterrupted()).isTrue();
            }
            long cpuNanos = threads.getCurrentThreadCpuTime() - startCpuNanos;
            return (double) cpuNanos / (System.nanoTime() - startNanos);
        });
    }

    // Urgent data splits a read as a lack of data does: what lies behind it must not be waited for.

    @EveryCaller
    void urgentDataHidesNothingThatComesBehindIt(Caller caller) throws Exception {
        Random sizes = new Random(SEED);
        try (Pair pair = Pair.open()) {
            Socket peer = pair.peer();
            for (int round = 0; round < 100; round++) {
                int before = sizes.nextInt(20);
                int behind = 1 + sizes.nextInt(20);
                byte[] dst = new byte[before + behind];
                if (round % 3 == 0) {
                    // All of it is there, and reported, before anybody reads.
                    send(peer, before, behind);
                    caller.run(Thread::yield);
                    caller.run(Thread::yield);
                }
                Task<Boolean> reading = caller.startRun(() -> pair.local().readFully(dst));
                if (round % 3 == 1) {
                    reading.awaitWaiting();
                }
                if (round % 3 != 0) {
                    send(peer, before, behind);
                }
                assertThat(reading.get())
                        .as("round=" + round + ", seed=" + SEED)
                        .isTrue();
                Bytes.check(dst, dst.length, 0);
            }
        }
    }

    private static void send(Socket peer, int before, int behind) throws IOException {
        peer.getOutputStream().write(Bytes.from(0, before));
        peer.sendUrgentData('!');
        peer.getOutputStream().write(Bytes.from(before, behind));
    }

    @EveryCaller
    void urgentDataAloneDoesNotEndARead(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            for (int round = 0; round < 20; round++) {
                byte[] dst = new byte[8];
                Task<Integer> reading =
                        caller.start(() -> pair.local().read(dst)).awaitWaiting();
                pair.peer().sendUrgentData('!');
                reading.awaitWaiting();
                pair.peer().getOutputStream().write(round);
                assertThat(reading.get()).isEqualTo(1);
                assertThat(dst[0]).isEqualTo((byte) round);
            }
        }
    }

    // Linux reports a reset once: to a send, and the next recv answers zero.

    @EveryCaller
    void aResetThatSendHasTakenIsNotTheEndForRecv(Caller caller) throws Exception {
        for (int round = 0; round < 20; round++) {
            try (Pair pair = Pair.narrow()) {
                Task<Boolean> writing = caller.startRun(() -> pair.local().write(new byte[5_000_000]))
                        .awaitWaiting();
                pair.reset();
                assertThat(writing.failure()).isExactlyInstanceOf(SocketException.class);
                assertThat(caller.failureOf(() -> pair.local().read(new byte[1])))
                        .isExactlyInstanceOf(SocketException.class)
                        .hasMessage("Connection reset");
            }
        }
    }

    // A class initialiser that waits on a socket blocks the only thread that polls for its event.

    private static final Queue<TcpSocket> FOR_INITIALIZERS = new ConcurrentLinkedQueue<>();

    private static int readOne() {
        try {
            return FOR_INITIALIZERS.remove().inputStream().read();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static final class First {
        static final int VALUE = readOne();
    }

    private static final class Second {
        static final int VALUE = readOne();
    }

    private static final class Third {
        static final int VALUE = readOne();
    }

    @Test
    void classInitializersThatReadDoNotStopTheirOnlyCarrier() throws Exception {
        try (Heddle heddle = Heddle.open(1)) {
            List<IntSupplier> initializers = new ArrayList<>(List.of(() -> First.VALUE));
            if (heddle.mode() == Heddle.Mode.CARRIERS) {
                // The JDK's scheduler has no more carriers than CPUs to lose.
                initializers.add(() -> Second.VALUE);
                initializers.add(() -> Third.VALUE);
            }
            List<Pair> pairs = new ArrayList<>();
            try {
                List<Task<Boolean>> reading = new ArrayList<>();
                for (IntSupplier initializer : initializers) {
                    Pair pair = Pair.open();
                    pairs.add(pair);
                    FOR_INITIALIZERS.add(pair.local());
                    reading.add(Task.on(
                            heddle.threadFactory()::newThread,
                            () -> assertThat(initializer.getAsInt()).isEqualTo(7)));
                }
                for (Task<Boolean> task : reading) {
                    task.awaitWaiting();
                }
                for (Pair pair : pairs) {
                    pair.peer().getOutputStream().write(7);
                }
                for (Task<Boolean> task : reading) {
                    assertThat(task.get()).isTrue();
                }
            } finally {
                for (Pair pair : pairs) {
                    pair.close();
                }
            }
        }
    }

    // A worker that comes back to a carrier it has lost must not take its wake-ups along.

    @Test
    void aCarrierIsServedWhileATaskHoldsItsWorkerAndAfterwards() throws Exception {
        try (Heddle heddle = Heddle.open(1);
                Pair pair = Pair.open()) {
            for (int round = 0; round < 10; round++) {
                AtomicBoolean release = new AtomicBoolean();
                Task<Boolean> holding = Task.on(heddle.threadFactory()::newThread, () -> {
                    while (!release.get()) {
                        Thread.onSpinWait();
                    }
                });
                converse(heddle, pair, 20);
                assertThat(holding.isDone()).isFalse();
                release.set(true);
                assertThat(holding.get()).isTrue();
                converse(heddle, pair, 20);
            }
        }
    }

    /** Each message finds the reader parked, so each needs a wake-up. */
    private static void converse(Heddle heddle, Pair pair, int messages) throws Exception {
        for (int i = 0; i < messages; i++) {
            byte value = (byte) i;
            Task<Boolean> reading = Task.on(heddle.threadFactory()::newThread, () -> {
                byte[] dst = new byte[1];
                assertThat(pair.local().read(dst)).isEqualTo(1);
                assertThat(dst[0]).isEqualTo(value);
            });
            reading.awaitWaiting();
            pair.peer().getOutputStream().write(value);
            assertThat(reading.get()).isTrue();
        }
    }

    // The descriptor table doubles under whoever opens the next descriptor, who then waits for milliseconds.

    @Test
    void theDescriptorTableHasItsFullSizeFromTheStart() throws Exception {
        long limit = number(Path.of("/proc/self/limits"), "Max open files +(\\d+)");
        long size = number(Path.of("/proc/self/status"), "FDSize:\\s+(\\d+)");
        long wanted = Long.highestOneBit(Math.min(limit, 1 << 16));
        assertThat(size).as("limit=" + limit).isGreaterThanOrEqualTo(wanted);
    }

    private static long number(Path file, String pattern) throws IOException {
        Matcher matcher = Pattern.compile(pattern).matcher(Files.readString(file));
        assertThat(matcher.find()).as(pattern).isTrue();
        return Long.parseLong(matcher.group(1));
    }
}
