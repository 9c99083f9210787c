package io.heddle.internal.poller;

import io.heddle.internal.timer.Timer;

/** Where a descriptor is watched: a poller and a clock, both served by one owner at a time. */
public interface Home {
    /** The poller that reports for descriptors of this home. */
    Poller poller();

    /**
     * Any thread, never waits, never fires inline: makes sure that the timer fires, on the owner, no later
     * than soon after {@code atNanos}. A timer that is linked for an earlier time stays as it is.
     */
    void schedule(Timer timer, long atNanos);

    /** Any thread, never waits: unlinks a timer that {@linkplain Timer#isDead is dead}, soon. */
    void cancel(Timer timer);

    /**
     * How many waits in a row for one descriptor, all of threads of one {@link RunningHome}, are borne here; those of
     * threads that no home runs are left out. At the next one the descriptor moves there.
     */
    int foreignWaitsMax();
}
