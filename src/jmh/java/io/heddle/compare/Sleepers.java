package io.heddle.compare;

import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/*
 * Question: do a million sleeping virtual threads all wake, none too early, how late, and at what cost?
 *
 * Workload: threads that park until a deadline, random in ten seconds that begin when all of them sleep; no other work.
 *
 * Baseline: the same on the JDK's scheduler, whose timers belong to one thread.
 * Not measured: timers that are cancelled (TimerWheelBenchmark), a machine with other work. Lateness holds the wait for
 * a carrier behind others that are due. CPU is that of the whole process, the start of the threads, collector and
 * compiler among it.
 *
 * Run: mvn -q -B -ntp -Pcompare verify -Dcompare.main=Sleepers -Dcompare.args="3 1000000", rounds and threads
 */
public final class Sleepers {
    private static final long SPREAD_NANOS = 10_000_000_000L;
    private static final long START_NANOS_PER_THREAD = 20_000;
    private static final long START_NANOS_MIN = 1_000_000_000L;
    private static final int DIGITS = 3;
    private static final long SEED = 42;

    private Sleepers() {}

    /** Rounds and threads; or a side and threads: one measured process. */
    public static void main(String[] given) throws Exception {
        String[] args = given.length > 0 ? given : new String[] {"3", "1000000"};
        int threads = Integer.parseInt(args[1]);
        if (args[0].equals("HEDDLE") || args[0].equals("JDK")) {
            measure(Side.valueOf(args[0]), threads);
            System.exit(0);
        }
        Turns turns = new Turns();
        turns.take(Integer.parseInt(args[0]), side -> turns.putAll(side, Turns.start(Sleepers.class, side, threads)));
        turns.print(threads + " threads sleep until a random deadline");
    }

    private static void measure(Side side, int threads) throws IOException, InterruptedException {
        SplittableRandom random = new SplittableRandom(SEED);
        Histogram lateness = new ConcurrentHistogram(TimeUnit.MINUTES.toNanos(10), DIGITS);
        AtomicLong early = new AtomicLong();
        CountDownLatch woken = new CountDownLatch(threads);
        long pid = ProcessHandle.current().pid();
        long cpu = Turns.cpuMicros(pid);
        long base = System.nanoTime() + Math.max(START_NANOS_MIN, threads * START_NANOS_PER_THREAD);
        for (int i = 0; i < threads; i++) {
            long deadline = base + random.nextLong(SPREAD_NANOS);
            Thread sleeper = side.start(() -> {
                long left = deadline - System.nanoTime();
                LockSupport.parkNanos(left);
                long late = System.nanoTime() - deadline;
                if (late < 0) {
                    early.incrementAndGet();
                } else {
                    lateness.recordValue(late);
                }
                woken.countDown();
            });
            assert sleeper.isVirtual();
        }
        if (System.nanoTime() - base >= 0) {
            throw new IOException("all threads must sleep before the first wakes: threads=" + threads);
        }
        woken.await();
        Turns.tell("woken", lateness.getTotalCount() + early.get());
        Turns.tell("woken too early", early.get());
        Turns.tell("lateness, median, µs", lateness.getValueAtPercentile(50) / 1e3);
        Turns.tell("lateness, 99 %, µs", lateness.getValueAtPercentile(99) / 1e3);
        Turns.tell("lateness, 99.9 %, µs", lateness.getValueAtPercentile(99.9) / 1e3);
        Turns.tell("lateness, worst, µs", lateness.getMaxValue() / 1e3);
        Turns.tell("CPU, ms", (Turns.cpuMicros(pid) - cpu) / 1e3);
    }
}
