package io.heddle.poll.spi;

import java.io.IOException;

/**
 * A mechanism of the system that tells which of many sources are ready.
 *
 * <h2>What an implementation may rely on</h2>
 *
 * <ul>
 *   <li>{@link #register}, {@link #reregister} and {@link #deregister} are called by one thread at a time, and
 *       {@link #select} by one thread at a time; but these two, {@link #rearm} and {@link #wake} run at the same time.
 *   <li>A key is never negative, and names one registration: from {@code register} to {@code deregister}.
 *   <li>{@link #close} is called once, and after it nothing else; before it, whoever is in a call has left.
 * </ul>
 *
 * <h2>What it promises</h2>
 *
 * <ul>
 *   <li>What is ready when it is registered or registered anew is reported by a {@code select} that is running or by
 *       the next one. So is, for an edge, every change from not ready to ready.
 *   <li>A report carries the key of its registration. Reports of a key after its {@code deregister} are allowed: they
 *       are dropped above.
 *   <li>Reports that are not true, or no more, are allowed; lost ones are not.
 *   <li>A {@code wake} before {@code select} is remembered.
 * </ul>
 */
public interface Selector {
    /** Receives the reports of one {@link #select}, on its thread. */
    @FunctionalInterface
    interface Sink {
        /**
         * One report.
         *
         * @param key of the registration
         * @param ready bits of {@link Readiness}, the low six
         */
        void ready(long key, int ready);
    }

    /**
     * Begins to watch.
     *
     * @param source what to watch
     * @param key what to report it by
     * @param interest bits of {@link Readiness}: one or more of READABLE, WRITABLE and PRIORITY; ONESHOT or LEVEL or,
     *     for edges, neither
     * @throws IllegalStateException if it is watched already: {@link Pollable#numberRegistered}
     * @throws UnsupportedOperationException if nothing like it can be watched: {@link Pollable#unsupported}
     * @throws IOException if this one cannot be watched
     */
    void register(Pollable source, long key, int interest) throws IOException;

    /**
     * Watches the same for something else, in another way, or once more: what is ready now is reported anew.
     *
     * @param source what is watched
     * @param key as it was registered
     * @param interest as in {@link #register}
     * @throws IllegalStateException if it is not watched: {@link Pollable#notRegistered}
     * @throws IOException if the system refuses
     */
    void reregister(Pollable source, long key, int interest) throws IOException;

    /**
     * Ends to watch. When this has returned or thrown, the source is watched no more, and nothing of it is in use: it
     * may be closed.
     *
     * @param source what is watched
     * @param key as it was registered
     * @throws IllegalStateException if it is not watched: {@link Pollable#notRegistered}
     * @throws IOException if the system refuses
     */
    void deregister(Pollable source, long key) throws IOException;

    /**
     * Whether edges are made here and not by the system, so that {@link #rearm} has to be called. A constant.
     *
     * @return whether to call {@code rearm}; false if not overridden
     */
    default boolean needsRearm() {
        return false;
    }

    /**
     * An operation on the source has found that it would block: the next readiness is a new edge. Called only if
     * {@link #needsRearm}; by any thread, possibly for a key that is deregistered. Does nothing for sources with
     * another trigger than edges.
     *
     * @param source what is watched
     * @param key as it was registered
     * @param interest what it would block for: READABLE, WRITABLE, PRIORITY, or several; what was not asked for at the
     *     registration counts for nothing
     */
    default void rearm(Pollable source, long key, int interest) {}

    /**
     * Waits until something is ready, the time is over, or {@link #wake} is called. May return early for no reason.
     *
     * @param timeoutNanos how long: 0 to look and return, {@link Long#MAX_VALUE} for ever. Never rounded down, never
     *     to 0
     * @param eventsMax the most reports to make, at least 1; what is ready beyond is reported next time
     * @param sink where to
     * @throws IOException if the system refuses
     */
    void select(long timeoutNanos, int eventsMax, Sink sink) throws IOException;

    /**
     * Ends the present {@link #select}, or the next.
     *
     * @throws java.io.UncheckedIOException if the system refuses
     */
    void wake();

    /**
     * A descriptor that is readable while there is something to report, so that another selector can watch this one.
     *
     * @return its number, or -1 if there is none, as is if not overridden
     */
    default int fd() {
        return -1;
    }

    /** Gives everything back. What is watched is left alone. */
    void close();
}
