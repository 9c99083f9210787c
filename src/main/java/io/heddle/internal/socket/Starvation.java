package io.heddle.internal.socket;

import io.heddle.internal.readiness.Registration;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Listeners that found no free descriptor, and the news that one has come back. */
final class Starvation {
    private static final ConcurrentLinkedQueue<Registration> STARVED = new ConcurrentLinkedQueue<>();

    private Starvation() {}

    static void add(Registration listener) {
        STARVED.add(listener);
    }

    static void remove(Registration listener) {
        STARVED.remove(listener);
    }

    /** Any thread, after close(2). Costs one read while nobody starves. */
    static void descriptorReturned() {
        for (Registration listener : STARVED) {
            listener.reader.wake();
        }
    }
}
