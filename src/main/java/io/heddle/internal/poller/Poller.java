package io.heddle.internal.poller;

/**
 * What waits on behalf of all: a set of watched descriptors in the kernel. Nothing above this interface
 * knows which mechanism it has.
 *
 * <p>An implementation promises:
 *
 * <ul>
 *   <li>a descriptor that is ready when it is armed is reported by the next {@link #poll};
 *   <li>a report carries the token of its arming unchanged;
 *   <li>{@link #wake} is remembered: if it comes before {@link #poll}, that poll does not wait;
 *   <li>spurious reports are allowed, lost reports are not;
 *   <li>after {@link #close} every other method does nothing and answers {@link #CLOSED}.
 * </ul>
 *
 * <p>Errors are answered as negated errnos, which whoever waited turns into an exception.
 */
public interface Poller {
    /** Answered by a poller that has been closed. */
    int CLOSED = Integer.MIN_VALUE;

    /** Receives the reports of one {@link #poll}, on the polling thread. */
    @FunctionalInterface
    interface Sink {
        /** One report: {@code ready} has bits of {@link Ready}. */
        void ready(long token, int ready);
    }

    /** A descriptor that is readable while there are reports, so that another poller can watch this one. */
    int fd();

    /** How this poller is armed. */
    Arming arming();

    /**
     * Any thread. Begins to watch: under {@link Arming#EDGE} for everything, under {@link Arming#ONESHOT}
     * for the given bits of {@link Ready} once.
     */
    int watch(int fd, long token, int interest);

    /** Any thread. Arms a watched descriptor anew; {@link Arming#ONESHOT} only. */
    int rearm(int fd, long token, int interest);

    /**
     * Any thread. Ends the watch; must come before the descriptor is closed. Linux forgets by itself what is closed,
     * but epoll_wait(2) holds the file that it looks at: closed just then, it stays open until that thread leaves the
     * kernel, which may be at the next event only, and the peer learns nothing.
     */
    int forget(int fd);

    /**
     * Owner only. Waits up to {@code timeoutNanos}, 0 to look and return, {@link Long#MAX_VALUE} for ever, and
     * hands at most {@code reportsMax} reports to the sink. Returns how many, or a negated errno.
     */
    int poll(long timeoutNanos, int reportsMax, Sink sink);

    /** Any thread. Ends the present or the next waiting {@link #poll} of the owner. */
    void wake();

    /** How many descriptors are watched; exact when nobody changes it. */
    int watched();

    /** Owner only, once. */
    void close();
}
