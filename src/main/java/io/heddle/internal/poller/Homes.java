package io.heddle.internal.poller;

import org.jspecify.annotations.Nullable;

/** Finds the home of the calling thread. */
@FunctionalInterface
public interface Homes {
    /** The carrier that runs the calling virtual thread, or the hosted poller for any other thread. */
    Home current();

    /**
     * The home that also runs the calling thread, so that a report there wakes it on the spot; null if there is none.
     * Starts nothing.
     */
    default @Nullable RunningHome running() {
        return null;
    }
}
