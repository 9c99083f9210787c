package io.heddle.internal.poller;

/** Finds the home of the calling thread. */
@FunctionalInterface
public interface Homes {
    /** The carrier that runs the calling virtual thread, or the hosted poller for any other thread. */
    Home current();
}
