package io.heddle.poll;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * What threads of the program have made ready, wakers and user-space sources, until a poll reports it. Any thread adds,
 * without a lock; the one that polls takes. First in, first out.
 */
final class ReadyQueue {
    /*
     * To those who add, a stack (Treiber 1986). Who finds it empty rings; so many additions are one ring. Who polls
     * takes the whole stack after the selector has forgotten the ring. If somebody adds between these two, the ring is
     * one too many and ends a later wait, which goes on. The other way round, the ring would be forgotten with the one
     * before, and who rang be left waiting.
     */

    /** One that can be made ready: in one queue for ever, and there at most once. */
    abstract static class Entry {
        private final AtomicBoolean queued = new AtomicBoolean();
        private @Nullable Entry next;

        /**
         * Who polls: adds an event, if there is still something to say. Not called with full events.
         *
         * @return whether to queue up again, for the next poll
         */
        abstract boolean report(Events events);

        /**
         * Whether it was not queued. A swap in any case: who takes the entry out sees what all who swapped have done.
         */
        private boolean queue() {
            return !queued.getAndSet(true);
        }
    }

    /** Null: the poll is closed, and sources that were registered with it do not keep it. */
    private volatile @Nullable Runnable ring;

    /** A ring has failed, and who rang was told: whoever adds next rings in any case. */
    private volatile boolean unrung;

    private final AtomicReference<@Nullable Entry> top = new AtomicReference<>();

    // Of who polls: what was taken from the stack, in order.
    private @Nullable Entry first;
    private @Nullable Entry last;

    ReadyQueue(Runnable ring) {
        this.ring = ring;
    }

    /** Any thread: has the entry reported, by a poll that waits now or by the next one. */
    void add(Entry entry) {
        if (entry.queue()) {
            Entry below;
            do {
                below = top.get();
                entry.next = below;
            } while (!top.compareAndSet(below, entry));
            if (below == null) {
                ring();
                return;
            }
        }
        if (unrung) {
            ring();
        }
    }

    private void ring() {
        Runnable present = ring;
        if (present != null) {
            // Before it rings: if another one's ring fails meanwhile, that is not forgotten.
            unrung = false;
            boolean rung = false;
            try {
                present.run();
                rung = true;
            } finally {
                if (!rung) {
                    unrung = true;
                }
            }
        }
    }

    boolean isOpen() {
        return ring != null;
    }

    void close() {
        ring = null;
    }

    /** Who polls: whether nothing waits to be reported. */
    boolean isEmpty() {
        return first == null && top.get() == null;
    }

    /** Who polls: reports what there is room for; answers whether that was all. */
    boolean report(Events events) {
        takeAll();
        Entry end = last;
        for (Entry entry = first; entry != null; entry = first) {
            if (events.isFull()) {
                return false;
            }
            first = entry.next;
            if (first == null) {
                last = null;
            }
            entry.next = null;
            // By a swap, and before the look: who makes it ready after the look, queues it anew.
            boolean wasQueued = entry.queued.getAndSet(false);
            assert wasQueued : "in the queue, and not marked so";
            if (entry.report(events) && entry.queue()) {
                append(entry, entry);
            }
            if (entry == end) {
                return true;
            }
        }
        return true;
    }

    /** Moves the stack behind what was taken before, turned round. */
    private void takeAll() {
        Entry newest = top.getAndSet(null);
        if (newest != null) {
            Entry oldest = null;
            for (Entry entry = newest; entry != null; ) {
                Entry below = entry.next;
                entry.next = oldest;
                oldest = entry;
                entry = below;
            }
            append(oldest, newest);
        }
    }

    private void append(@Nullable Entry from, Entry to) {
        if (last == null) {
            first = from;
        } else {
            last.next = from;
        }
        last = to;
    }
}
