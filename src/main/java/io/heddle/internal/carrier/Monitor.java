package io.heddle.internal.carrier;

import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * Looks every few milliseconds for a carrier whose worker has been in one task since the last look, and
 * gives that carrier to a spare: its other threads must not wait for a native call, a class initialiser or
 * a long computation. Sleeps while all carriers sleep, so an idle process makes no wake-ups.
 */
final class Monitor extends Thread {
    /*
     * carrierWoke() and run() are Dekker's pattern: a carrier clears its gate, then looks whether the
     * monitor is parked; the monitor marks itself parked, then looks at the gates.
     *
     * A task is told by the epoch in the ownership word and not by the clock. A round in which the monitor
     * itself came late counts half: the whole process may have stood still, but not again and again.
     */
    private final Carriers carriers;
    private final List<Carrier> watched;
    private final long periodNanos;

    // This thread only.
    private final long[] seen;
    /** When that was seen first. */
    private final long[] sinceNanos;
    /** For which of them an event was written. */
    private final long[] told;
    /** In how many rounds the same task was met; one on time counts two, a late one counts one. */
    private final int[] halfRounds;

    /** Written by this thread; read by carriers that wake. */
    private volatile boolean parked;

    Monitor(Carriers carriers, List<Carrier> watched, long periodNanos) {
        super(null, null, "heddle-monitor", 0, false);
        this.carriers = carriers;
        this.watched = watched;
        this.periodNanos = periodNanos;
        this.seen = new long[watched.size()];
        this.sinceNanos = new long[watched.size()];
        this.told = new long[watched.size()];
        this.halfRounds = new int[watched.size()];
        setDaemon(true);
        setContextClassLoader(ClassLoader.getSystemClassLoader());
    }

    /** A carrier, after it slept. */
    void carrierWoke() {
        if (parked) {
            LockSupport.unpark(this);
        }
    }

    @Override
    public void run() {
        while (!carriers.isClosed()) {
            try {
                if (allAsleep()) {
                    awaitCarrier();
                    // What rang may have been the end, whose only ring this was.
                    continue;
                }
                long expectedNanos = System.nanoTime() + periodNanos;
                LockSupport.parkNanos(this, periodNanos);
                long nowNanos = System.nanoTime();
                boolean late = nowNanos - expectedNanos > periodNanos;
                for (int i = 0; i < seen.length; i++) {
                    look(i, watched.get(i), nowNanos, late);
                }
            } catch (Throwable t) {
                // The monitor is the last help of a blocked carrier: it goes on whatever happens.
                Reports.thrown("the monitor", t);
            }
        }
    }

    private void awaitCarrier() {
        parked = true;
        VarHandle.fullFence();
        while (allAsleep() && !carriers.isClosed()) {
            LockSupport.park(this);
        }
        parked = false;
    }

    private boolean allAsleep() {
        // By index: an iterator each round would be garbage for ever.
        for (int i = 0; i < seen.length; i++) {
            if (!watched.get(i).isAsleep()) {
                return false;
            }
        }
        return true;
    }

    private void look(int i, Carrier carrier, long nowNanos, boolean late) {
        long word = carrier.ownership.word();
        boolean sameTask = Ownership.isInTask(word) && word == seen[i];
        seen[i] = word;
        if (!sameTask) {
            sinceNanos[i] = nowNanos;
            halfRounds[i] = 0;
            return;
        }
        halfRounds[i] += late ? 1 : 2;
        if (halfRounds[i] / 2 >= carriers.roundsBeforeRescue() && carrier.hasBusiness()) {
            // Asked before another worker runs tasks there; the event, which may have to wait, comes after the rescue.
            boolean tell = FlightEvents.on && told[i] != word;
            Thread stuck = tell ? carrier.stuckIn(word) : null;
            boolean stillStuck = rescue(carrier, word);
            if (tell && stillStuck) {
                told[i] = word;
                FlightEvents.stalled(carrier, Ownership.workerOf(word), stuck, nowNanos - sinceNanos[i]);
            }
        }
    }

    /** Any thread: gives the carrier to a spare, if there is one; false if the task has ended meanwhile. */
    boolean rescue(Carrier carrier, long word) {
        Worker spare = carriers.takeSpare();
        if (spare == null) {
            return true;
        }
        if (!carrier.ownership.takeOver(word, spare.number)) {
            carriers.addSpare(spare);
            return false;
        }
        carrier.counters.addShared(Count.RESCUES, 1);
        spare.assign(carrier);
        if (FlightEvents.on) {
            FlightEvents.rescued(carrier, Ownership.workerOf(word), spare.number);
        }
        return true;
    }
}
