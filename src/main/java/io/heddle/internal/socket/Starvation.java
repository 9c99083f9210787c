package io.heddle.internal.socket;

import io.heddle.internal.readiness.Registration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Listeners that found no free descriptor, and the news that one has come back. */
final class Starvation {
    private static final Set<Registration> STARVED = ConcurrentHashMap.newKeySet();

    private Starvation() {}

    /** Lists a listener; answers whether it was listed already. */
    static boolean add(Registration listener) {
        return !STARVED.add(listener);
    }

    static void remove(Registration listener) {
        if (!STARVED.isEmpty()) {
            STARVED.remove(listener);
        }
    }

    /** Any thread, after close(2). Costs one read while nobody starves. */
    static void descriptorReturned() {
        if (!STARVED.isEmpty()) {
            STARVED.forEach(listener -> listener.reader.wake());
        }
    }
}
