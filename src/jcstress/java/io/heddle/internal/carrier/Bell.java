package io.heddle.internal.carrier;

import io.heddle.internal.poller.Arming;
import io.heddle.internal.poller.Poller;

/** A poller that watches nothing. Its poll waits to be rung, and comes back, too, when nobody is left who might. */
final class Bell implements Poller {
    private volatile boolean rung;
    private volatile boolean nobodyElseRings;

    /** The owner's: it slept, and would sleep for ever. */
    private boolean lost;

    /** Whoever might have rung, after it has done all it does. */
    void nobodyElseRings() {
        nobodyElseRings = true;
    }

    boolean wasLost() {
        return lost;
    }

    @Override
    public int poll(long timeoutNanos, int reportsMax, Sink sink) {
        if (timeoutNanos != Long.MAX_VALUE) {
            // It would come back by itself.
            return 0;
        }
        while (!rung) {
            // In this order: who rings does so before it says that it has done.
            if (nobodyElseRings && !rung) {
                lost = true;
                break;
            }
            Thread.yield();
        }
        rung = false;
        return 0;
    }

    @Override
    public void wake() {
        rung = true;
    }

    @Override
    public int fd() {
        return -1;
    }

    @Override
    public Arming arming() {
        return Arming.EDGE;
    }

    @Override
    public int watch(int fd, long token, int interest) {
        return 0;
    }

    @Override
    public int rearm(int fd, long token, int interest) {
        return 0;
    }

    @Override
    public int forget(int fd) {
        return 0;
    }

    @Override
    public int watched() {
        return 0;
    }

    @Override
    public void close() {}
}
