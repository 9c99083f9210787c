package io.heddle.internal.carrier;

/** What is counted of a carrier or a hosted poller. */
public enum Count {
    /** Tasks begun; a task is a virtual thread from resume to park. */
    TASKS,
    /** Looks into the kernel, waiting or not. */
    POLLS,
    /** Descriptors reported ready. */
    EVENTS,
    /** Polls that were allowed to wait. */
    PARKS,
    /** Timers whose time came. */
    TIMERS,
    /** Tasks of siblings taken, also those that were about to be queued at a sibling that sleeps. */
    STEALS_IN,
    /** Doorbells rung because the owner slept. By whoever rings. */
    WAKES,
    /** Tasks that siblings took. By the thieves. */
    STEALS_OUT,
    /** Take-overs from a worker that did not come back. By the monitor. */
    RESCUES,
    /** Waits of its threads for a descriptor that another home watches. By these threads. */
    FOREIGN_WAITS,
    /** Descriptors that came from another home. By the thread that waits. */
    MOVES_IN
}
