package io.heddle.poll;

/** How often a source that is ready is reported. */
public enum Trigger {
    /**
     * Once for each change from not ready to ready, and once if it is ready when it is registered. What was begun has
     * to be repeated until it would block. What is used if nothing is said.
     */
    EDGE,
    /**
     * Once, and then nothing until {@link Registry#reregister}, which reports again at once if the source is still
     * ready. The event carries everything the source is ready for.
     */
    ONESHOT,
    /** By every poll, as long as it is ready. */
    LEVEL
}
