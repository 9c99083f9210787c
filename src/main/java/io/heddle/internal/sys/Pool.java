package io.heddle.internal.sys;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * Keeps objects that are used for one call each, as {@link Scratch} keeps its own. An object belongs to nobody but its
 * taker until it is given back; where all slots are full it is left to the garbage collection.
 */
final class Pool<T> {
    private static final int TRIES = 4;

    private final AtomicReferenceArray<T> slots;
    private final Supplier<T> maker;

    /**
     * Creates an empty pool.
     *
     * @param slots how many objects are kept at most, a power of two
     */
    Pool(int slots, Supplier<T> maker) {
        this.slots = new AtomicReferenceArray<>(slots);
        this.maker = maker;
    }

    T take() {
        int start = (int) Thread.currentThread().threadId();
        for (int i = 0; i < TRIES; i++) {
            int slot = (start + i) & (slots.length() - 1);
            if (slots.getPlain(slot) != null) {
                T found = slots.getAndSet(slot, null);
                if (found != null) {
                    return found;
                }
            }
        }
        return maker.get();
    }

    void give(T used) {
        int start = (int) Thread.currentThread().threadId();
        for (int i = 0; i < TRIES; i++) {
            int slot = (start + i) & (slots.length() - 1);
            if (slots.getPlain(slot) == null && slots.compareAndSet(slot, null, used)) {
                return;
            }
        }
    }
}
