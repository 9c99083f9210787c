package io.heddle.internal.carrier;

import java.util.concurrent.atomic.AtomicLongArray;

/** What a carrier or a hosted poller has done since it began. Anybody reads; a moment's truth. */
final class Counters {
    /*
     * The owner's counts are handed on with all else that it owns, so it reads them plainly, and writes them
     * opaquely so that nobody reads half a number or an old one for ever. What others count goes with a system call
     * or a CAS on a shared word, beside which an atomic addition is nothing.
     */

    /** A cache line on each side: who reads what lies beside shall not pay for each count. */
    private static final int PADDING = 64 / Long.BYTES;

    private final AtomicLongArray counts = new AtomicLongArray(PADDING + Count.values().length + PADDING);

    /** Owner only. */
    void add(Count what, long number) {
        int at = at(what);
        counts.setOpaque(at, counts.getPlain(at) + number);
    }

    /** Any thread, for what the owner does not count. */
    void addShared(Count what, long number) {
        counts.getAndAdd(at(what), number);
    }

    long get(Count what) {
        return counts.getOpaque(at(what));
    }

    @SuppressWarnings("EnumOrdinal") // Nothing but this object's own array depends on it.
    private static int at(Count what) {
        return PADDING + what.ordinal();
    }
}
