package io.heddle.internal.socket;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Listeners that found no free descriptor, and the news that one has come back. */
final class Starvation {
    private static final Set<ListenSocket<?>> STARVED = ConcurrentHashMap.newKeySet();

    private Starvation() {}

    /** Lists a listener; answers whether it was not listed before. */
    static boolean add(ListenSocket<?> listener) {
        return STARVED.add(listener);
    }

    static void remove(ListenSocket<?> listener) {
        if (!STARVED.isEmpty()) {
            STARVED.remove(listener);
        }
    }

    /** Any thread, after close(2). Costs one read while nobody starves. */
    static void descriptorReturned() {
        if (!STARVED.isEmpty()) {
            STARVED.forEach(listener -> listener.descriptorReturned());
        }
    }
}
