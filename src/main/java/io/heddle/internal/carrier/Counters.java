package io.heddle.internal.carrier;

import java.util.concurrent.atomic.AtomicLong;

/** What a carrier or a hosted poller has done since it began. Anybody reads; a moment's truth. */
final class Counters {
    /*
     * The owner's counts are handed on with all else that it owns, so it reads them plainly, and writes them
     * opaquely so that nobody reads half a number or an old one for ever. What others count goes with a system call
     * or a CAS on a shared word, beside which an atomic addition is nothing.
     *
     * Not padded: beside them lies what the owner writes for each task anyway, such as the ring.
     */
    private final AtomicLong[] counts = new AtomicLong[Count.values().length];

    Counters() {
        for (int i = 0; i < counts.length; i++) {
            counts[i] = new AtomicLong();
        }
    }

    /** Owner only. */
    void add(Count what, long number) {
        AtomicLong count = count(what);
        count.setOpaque(count.getPlain() + number);
    }

    /** Any thread, for what the owner does not count. */
    void addShared(Count what, long number) {
        count(what).getAndAdd(number);
    }

    long get(Count what) {
        return count(what).getOpaque();
    }

    @SuppressWarnings("EnumOrdinal") // Nothing but this object's own array depends on it.
    private AtomicLong count(Count what) {
        return counts[what.ordinal()];
    }
}
