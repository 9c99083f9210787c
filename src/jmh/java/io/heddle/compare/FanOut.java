package io.heddle.compare;

import java.util.Collection;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;

/*
 * Question: does one virtual thread that starts many give work to all carriers, and how long does it take?
 *
 * Workload: one virtual thread starts 10,000 children, each of which computes for some 50 µs; two carriers.
 *
 * Baseline: the same on the JDK's scheduler with a parallelism of two. On two idle CPUs the least time is half of
 * children times 50 µs.
 * Not measured: children that wait, and what they share of a cache. Counted are platform threads, which are what a
 * virtual thread can name: one of Heddle's that was taken for blocked counts beside the one that came for it. The
 * computation is a fixed count of steps, set by a clock at the start, so that a descheduled child is not shorter; a
 * slower CPU during the run makes it longer.
 *
 * Run: mvn -q -B -ntp -Pcompare verify -Dcompare.main=FanOut -Dcompare.args="5 10000", rounds and children
 */
public final class FanOut {
    private static final long CHILD_NANOS = 50_000;
    private static final int WARM_UP = 3;

    private FanOut() {}

    /** Rounds and children; or a side and children: one measured process. */
    public static void main(String[] given) throws Exception {
        String[] args = given.length > 0 ? given : new String[] {"5", "10000"};
        int children = Integer.parseInt(args[1]);
        if (args[0].equals("HEDDLE") || args[0].equals("JDK")) {
            measure(Side.valueOf(args[0]), children);
            System.exit(0);
        }
        Turns turns = new Turns();
        turns.take(Integer.parseInt(args[0]), side -> turns.putAll(side, Turns.start(FanOut.class, side, children)));
        turns.print("one virtual thread starts " + children + " children of 50 µs each");
    }

    private static void measure(Side side, int children) throws InterruptedException {
        long steps = calibrate();
        for (int i = 0; i < WARM_UP; i++) {
            long nanos = fanOut(side, children / 10, steps, new ConcurrentHashMap<>());
            assert nanos > 0;
        }
        Map<String, LongAdder> ran = new ConcurrentHashMap<>();
        long nanos = fanOut(side, children, steps, ran);
        Collection<LongAdder> counts = ran.values();
        long most = counts.stream().mapToLong(LongAdder::sum).max().orElseThrow();
        Turns.tell("elapsed, ms", nanos / 1e6);
        Turns.tell("carrier threads that ran children", counts.size());
        Turns.tell("children on the busiest, %", 100.0 * most / children);
        Turns.tell("children on all others, %", 100.0 * (children - most) / children);
    }

    private static long fanOut(Side side, int children, long steps, Map<String, LongAdder> ran)
            throws InterruptedException {
        CountDownLatch done = new CountDownLatch(children);
        long start = System.nanoTime();
        Thread parent = side.start(() -> {
            for (int i = 0; i < children; i++) {
                // Not side.start(): that would give each to the next carrier.
                Thread child = Thread.startVirtualThread(() -> {
                    compute(steps);
                    ran.computeIfAbsent(carrierThread(), name -> new LongAdder())
                            .increment();
                    done.countDown();
                });
                assert child.isVirtual();
            }
        });
        done.await();
        long nanos = System.nanoTime() - start;
        parent.join();
        return nanos;
    }

    /** What follows the at sign of {@code VirtualThread[#30]/runnable@ForkJoinPool-1-worker-1}. */
    private static String carrierThread() {
        String text = Thread.currentThread().toString();
        return text.substring(text.lastIndexOf('@') + 1);
    }

    private static volatile long sink;

    private static void compute(long steps) {
        long x = steps;
        for (long i = 0; i < steps; i++) {
            x ^= x << 13;
            x ^= x >>> 7;
            x ^= x << 17;
        }
        sink = x;
    }

    private static long calibrate() {
        long steps = 1_000;
        long nanos = 0;
        for (int i = 0; i < 2_000; i++) {
            long start = System.nanoTime();
            compute(steps);
            nanos = Math.max(1, System.nanoTime() - start);
        }
        for (int i = 0; i < 20; i++) {
            long least = Long.MAX_VALUE;
            for (int j = 0; j < 20; j++) {
                long start = System.nanoTime();
                compute(steps);
                least = Math.min(least, Math.max(1, System.nanoTime() - start));
            }
            nanos = least;
            steps = Math.max(1, steps * CHILD_NANOS / nanos);
        }
        return steps;
    }
}
