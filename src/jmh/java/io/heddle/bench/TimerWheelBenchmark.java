package io.heddle.bench;

import io.heddle.internal.timer.Timer;
import io.heddle.internal.timer.TimerWheel;
import java.util.PriorityQueue;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Question: what does a timeout cost that is scheduled and cancelled, and one that fires, while many others wait?
 *
 * <p>Workload: "cancel" schedules a timer in 30 s and cancels it, as each timed read does. "fire" goes on to the
 * earliest timer, fires it and schedules it anew, 1 to 1,000 ms ahead; time is a number here, nobody waits for it.
 *
 * <p>Baseline: {@link PriorityQueue}, a heap that one thread owns as it does the wheel; and the JDK's timers for any
 * thread, {@link ScheduledThreadPoolExecutor} and the delays of {@link ForkJoinPool}, by which the JDK's scheduler ends
 * timed parks. Those fire by the real clock, so "fire" is for them a batch of tasks that are due at once.
 *
 * <p>Not measured: a timer scheduled from another thread than the owner, which goes through the owner's inbox; how late
 * a timer fires. The figures of the JDK's timers hold their locks and futures and, for "fire", the hand-over to another
 * thread, which are none of their heaps'; what the pool's own thread does for a cancelled delay is not in "cancel".
 *
 * <p>Run: {@code mvn -q -B -ntp -Pbench verify -Djmh.args="TimerWheelBenchmark -prof gc"}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class TimerWheelBenchmark {
    private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final long HOUR_NANOS = TimeUnit.HOURS.toNanos(1);
    private static final int DELAYS = 1024;
    private static final int BATCH = 1000;

    /** How many other timers wait. */
    @Param({"1", "10000"})
    public int waiting;

    private final long[] delaysNanos = new long[DELAYS];
    private int delay;
    private long nowNanos;

    private TimerWheel wheel;
    private PriorityQueue<Due> heap;
    private ScheduledThreadPoolExecutor executor;
    private ForkJoinPool pool;

    private final Timer wheelTimeout = new Again();
    private final Due heapTimeout = new Due();

    /** Stays in the wheel: each time it fires it is scheduled again. */
    private final class Again extends Timer {
        @Override
        protected void fire(long firedNanos) {
            wheel.link(this, firedNanos + nextDelayNanos());
        }
    }

    private static final class Due implements Comparable<Due> {
        long atNanos;

        @Override
        public int compareTo(Due other) {
            return Long.signum(atNanos - other.atNanos);
        }
    }

    /** Schedules those that wait. */
    @Setup(Level.Trial)
    public void fill() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < DELAYS; i++) {
            delaysNanos[i] = random.nextLong(1_000_000, 1_000_000_000);
        }
        wheel = new TimerWheel(nowNanos);
        heap = new PriorityQueue<>();
        executor = new ScheduledThreadPoolExecutor(1);
        executor.setRemoveOnCancelPolicy(true);
        pool = new ForkJoinPool(1);
        for (int i = 0; i < waiting; i++) {
            // No two at the same time, so that one operation fires one timer.
            wheel.link(new Again(), nowNanos + nextDelayNanos() + i);
            addToHeap(new Due(), nextDelayNanos() + i);
            // Far enough not to fire during the trial.
            executor.schedule(TimerWheelBenchmark::idle, HOUR_NANOS + i, TimeUnit.NANOSECONDS);
            pool.schedule(TimerWheelBenchmark::idle, HOUR_NANOS + i, TimeUnit.NANOSECONDS);
        }
    }

    /** Ends the threads of the JDK's timers. */
    @TearDown(Level.Trial)
    public void close() {
        executor.shutdownNow();
        pool.shutdownNow();
    }

    /** A timeout that is not needed. */
    @Benchmark
    public void cancelWheel() {
        wheel.link(wheelTimeout, nowNanos + TIMEOUT_NANOS);
        wheel.unlink(wheelTimeout);
    }

    /** The same; removing searches the array, and finds a late timer at its end. */
    @Benchmark
    public void cancelHeap() {
        addToHeap(heapTimeout, TIMEOUT_NANOS);
        heap.remove(heapTimeout);
    }

    /** The same, behind all others as above; a future knows its place in the executor's heap. */
    @Benchmark
    public boolean cancelExecutor() {
        return cancel(executor);
    }

    /** The same; the pool's timer thread forgets the cancelled one later. */
    @Benchmark
    public boolean cancelForkJoin() {
        return cancel(pool);
    }

    /** The next timer's time comes. */
    @Benchmark
    public long fireWheel() {
        do {
            nowNanos += wheel.nextDelayNanos(nowNanos);
        } while (wheel.advance(nowNanos) == 0);
        return nowNanos;
    }

    /** The same. */
    @Benchmark
    public long fireHeap() {
        Due due = heap.remove();
        nowNanos = due.atNanos;
        addToHeap(due, nextDelayNanos());
        return nowNanos;
    }

    /** Tasks that are due at once. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void fireExecutor() throws InterruptedException {
        fire(executor);
    }

    /** The same. */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public void fireForkJoin() throws InterruptedException {
        fire(pool);
    }

    private static boolean cancel(ScheduledExecutorService timers) {
        return timers.schedule(TimerWheelBenchmark::idle, 2 * HOUR_NANOS, TimeUnit.NANOSECONDS)
                .cancel(false);
    }

    private static void fire(ScheduledExecutorService timers) throws InterruptedException {
        CountDownLatch left = new CountDownLatch(BATCH);
        for (int i = 0; i < BATCH; i++) {
            // Not zero, which needs no timer.
            timers.schedule(left::countDown, 1, TimeUnit.NANOSECONDS);
        }
        left.await();
    }

    private void addToHeap(Due due, long delayNanos) {
        due.atNanos = nowNanos + delayNanos;
        heap.add(due);
    }

    private long nextDelayNanos() {
        return delaysNanos[delay++ & (DELAYS - 1)];
    }

    private static void idle() {}
}
