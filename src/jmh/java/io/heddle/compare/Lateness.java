package io.heddle.compare;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/*
 * Question: how late does a virtual thread wake from a short wait if the process does nothing else?
 *
 * Workload: one virtual thread that waits for 10 us, 100 us, 1 ms and 10 ms, by parkNanos and by Thread.sleep, again
 * and again, for about a second each after as long a warm-up. Lateness is what passes beyond the time asked for.
 *
 * Baseline: the same on the JDK's scheduler, whose timers belong to a platform thread of its own.
 * Not measured: several waits at once (Sleepers), a carrier with other work. The machine must be idle: a CPU that has
 * to come out of a deep sleep first is in every figure of both sides.
 *
 * Run: mvn -q -B -ntp -Pcompare verify -Dcompare.main=Lateness -Dcompare.args="3 1000", rounds and milliseconds
 */
public final class Lateness {
    private static final long[] WAITS_NANOS = {10_000, 100_000, 1_000_000, 10_000_000};
    private static final int DIGITS = 3;

    private Lateness() {}

    private enum Wait {
        PARK("parkNanos") {
            @Override
            void pause(long nanos) {
                LockSupport.parkNanos(nanos);
            }
        },
        SLEEP("sleep") {
            @Override
            void pause(long nanos) throws InterruptedException {
                TimeUnit.NANOSECONDS.sleep(nanos);
            }
        };

        final String text;

        Wait(String text) {
            this.text = text;
        }

        abstract void pause(long nanos) throws InterruptedException;
    }

    /** Rounds and milliseconds; or a side and milliseconds: one measured process. */
    public static void main(String[] given) throws Exception {
        String[] args = given.length > 0 ? given : new String[] {"3", "1000"};
        long spanNanos = TimeUnit.MILLISECONDS.toNanos(Long.parseLong(args[1]));
        if (args[0].equals("HEDDLE") || args[0].equals("JDK")) {
            Side.valueOf(args[0]).start(() -> measureAll(spanNanos)).join();
            System.exit(0);
        }
        Turns turns = new Turns();
        turns.take(Integer.parseInt(args[0]), side -> turns.putAll(side, Turns.start(Lateness.class, side, args[1])));
        turns.print("one thread waits, and nothing else happens");
    }

    private static void measureAll(long spanNanos) {
        try {
            for (Wait wait : Wait.values()) {
                for (long nanos : WAITS_NANOS) {
                    measure(wait, nanos, spanNanos);
                    tell(wait.text + ' ' + nanos / 1_000 + " µs", measure(wait, nanos, spanNanos));
                }
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts", e);
        }
    }

    /** Early ones count, too: there must be none. */
    private static final class Latenesses {
        final Histogram histogram = new Histogram(TimeUnit.MINUTES.toNanos(1), DIGITS);
        int early;

        void add(long lateNanos) {
            if (lateNanos < 0) {
                early++;
            } else {
                histogram.recordValue(lateNanos);
            }
        }
    }

    private static Latenesses measure(Wait wait, long nanos, long spanNanos) throws InterruptedException {
        Latenesses found = new Latenesses();
        long begin = System.nanoTime();
        for (long now = begin; now - begin < spanNanos; now = System.nanoTime()) {
            wait.pause(nanos);
            found.add(System.nanoTime() - now - nanos);
        }
        return found;
    }

    private static void tell(String name, Latenesses found) {
        Turns.tell(name + ", times", found.histogram.getTotalCount() + found.early);
        Turns.tell(name + ", too early", found.early);
        Turns.tell(name + ", late by, median, µs", found.histogram.getValueAtPercentile(50) / 1e3);
        Turns.tell(name + ", late by, 99 %, µs", found.histogram.getValueAtPercentile(99) / 1e3);
    }
}
