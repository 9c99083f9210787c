package io.heddle.poll;

import io.heddle.poll.spi.Readiness;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;

/**
 * Ends a poll from another thread, by an event. The event is readable and needs no answer: there is no other until the
 * next {@link #wake}.
 *
 * {@snippet file="io/heddle/poll/PollExamples.java" region="waker"}
 *
 * <p>A poll has one waker at a time. For several reasons to wake, use a queue beside it, or a {@link UserSource} for
 * each.
 */
public final class Waker implements Closeable {
    private final Registry registry;
    private final long token;
    private final ReadyQueue.Entry entry = new ReadyQueue.Entry() {
        @Override
        boolean report(Events events) {
            events.add(token, Readiness.READABLE);
            return false;
        }
    };
    private volatile boolean closed;

    private Waker(Registry registry, long token) {
        this.registry = registry;
        this.token = token;
    }

    /**
     * Makes the waker of a poll.
     *
     * @param registry the poll's
     * @param token what the events are to carry: any number
     * @return the waker; the poll is not woken yet
     * @throws IllegalStateException if the poll has a waker that is not closed
     * @throws java.nio.channels.ClosedSelectorException if the poll is closed
     * @throws IOException if the system refuses, which none of today's selectors does
     */
    public static Waker create(Registry registry, long token) throws IOException {
        registry.enter();
        try {
            Waker waker = new Waker(registry, token);
            if (!registry.addWaker(waker)) {
                throw new IllegalStateException("Only a single `Waker` can be active per `Poll` instance");
            }
            return waker;
        } finally {
            registry.leave();
        }
    }

    /**
     * Ends the present poll, or the next one, with an event. Several wakes before that poll may be one event. Never
     * waits, and allocates nothing. What this thread has done before can be seen by the other one when it has the
     * event.
     *
     * <p>Does nothing once this or the poll is closed.
     *
     * @throws IOException if the system refuses, which may happen over kqueue if it has no memory left. A poll that
     *     waits goes on to wait, the next one has the event; and the next wake tries again
     */
    public void wake() throws IOException {
        if (!closed) {
            try {
                registry.queue().add(entry);
            } catch (UncheckedIOException refused) {
                throw Objects.requireNonNull(refused.getCause());
            }
        }
    }

    /** Lets the poll have another waker. A wake that came before is still reported. Idempotent. */
    @Override
    public void close() {
        closed = true;
        registry.removeWaker(this);
    }

    /** Names the token. */
    @Override
    public String toString() {
        return "Waker[token=" + token + "]";
    }
}
