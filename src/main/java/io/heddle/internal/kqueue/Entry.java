package io.heddle.internal.kqueue;

import io.heddle.internal.sys.Kevent;
import io.heddle.poll.spi.Readiness;

/**
 * One watched descriptor: kqueue has a filter for each direction, and these belong together. Guarded by its selector's
 * lock.
 */
final class Entry {
    private static final int DIRECTIONS = Readiness.READABLE | Readiness.WRITABLE;
    private static final int TRIGGERS = Readiness.ONESHOT | Readiness.LEVEL;

    final int fd;
    final long key;

    /** As registered: bits of {@link Readiness}. */
    int interest;

    /** A one shot that was reported: what its other filter says is not. */
    boolean fired;

    /** What was found and is not reported yet. */
    int ready;

    Entry(int fd, long key) {
        this.fd = fd;
        this.key = key;
    }

    /** The filters that there are, as bits of {@link Readiness}. */
    int directions() {
        return interest & DIRECTIONS;
    }

    /** What a filter is added with. */
    static int flags(int interest) {
        return Kevent.EV_ADD
                | Kevent.EV_ENABLE
                | switch (interest & TRIGGERS) {
                    case Readiness.ONESHOT -> Kevent.EV_DISPATCH;
                    case Readiness.LEVEL -> 0;
                    default -> Kevent.EV_CLEAR;
                };
    }

    /** Its filters are new, and say anew what there is. */
    void arm(int newInterest) {
        interest = newInterest;
        fired = false;
        ready = 0;
    }

    /** Takes what a filter says; false if it is nothing, or what is found already. */
    boolean find(int bits) {
        if (fired) {
            return false;
        }
        boolean first = ready == 0;
        ready |= bits;
        return first;
    }

    /** What to report; zero for nothing. */
    int take() {
        int taken = ready;
        ready = 0;
        fired |= taken != 0 && (interest & Readiness.ONESHOT) != 0;
        return taken;
    }
}
