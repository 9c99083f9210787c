package io.heddle.poll;

import io.heddle.poll.spi.Selector;
import io.heddle.poll.spi.SelectorProvider;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedSelectorException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * Waits until one or more of the sources of its {@link #registry} are ready. See the package for how it is used.
 *
 * <h2>Concurrency</h2>
 *
 * <p>One thread at a time may poll. The registry and the waker are for any thread, and so is {@link #close}. A poll
 * waits in a system call: a virtual thread that polls holds its carrier for as long. An interrupt does not end a poll;
 * a {@link Waker} does.
 */
public final class Poll implements Closeable {
    private static final long FOR_EVER = Long.MAX_VALUE;
    private static final long SECONDS_MAX = Long.MAX_VALUE / 1_000_000_000;

    private final Selector selector;
    private final Registry registry;
    private final AtomicBoolean polling = new AtomicBoolean();

    // Of who polls:
    private final Selector.Sink sink = this::report;
    private @Nullable Events filling;

    /** The last poll had no room for all that the program has made ready: the next one begins with that. */
    private boolean beginsWithQueue;

    private Poll(Selector selector) {
        this.selector = selector;
        registry = new Registry(selector);
    }

    /**
     * Opens a poll with the best selector there is, or with the one that {@code -Dheddle.selector=} names:
     * {@code epoll}, {@code poll}, {@code kqueue} or {@code jdk}.
     *
     * @return a poll with nothing registered
     * @throws IllegalArgumentException if {@code -Dheddle.selector=} names none
     * @throws UnsupportedOperationException if the selector is not available; the message says why
     * @throws IOException if the process or the system has no descriptors or memory left
     */
    public static Poll open() throws IOException {
        return open(Selectors.AUTO);
    }

    /**
     * Opens a poll with a selector of that kind.
     *
     * @param kind what to wait with
     * @return a poll with nothing registered
     * @throws UnsupportedOperationException if it is not available; the message says why
     * @throws IOException if the process or the system has no descriptors or memory left
     */
    public static Poll open(Selectors kind) throws IOException {
        return open(kind.provider());
    }

    /**
     * Opens a poll with a selector of one's own, which the poll closes in the end.
     *
     * @param provider what opens the selector
     * @return a poll with nothing registered
     * @throws IOException if the provider throws it
     */
    public static Poll open(SelectorProvider provider) throws IOException {
        return new Poll(Objects.requireNonNull(provider.open()));
    }

    /** {@return where sources are registered; always the same} */
    public Registry registry() {
        return registry;
    }

    /**
     * Waits for ever until there is an event.
     *
     * @param events takes the events, and is cleared before
     * @return how many there are: one or more
     * @throws IllegalStateException if another thread polls
     * @throws ClosedSelectorException if the poll is closed, or is being closed while this waits
     * @throws IOException if the system refuses, and there is no event to report
     */
    public int poll(Events events) throws IOException {
        return poll(events, FOR_EVER);
    }

    /**
     * Waits until there is an event, or the time is over, but not less. Where the system interrupts the wait, it goes
     * on with the time that is left.
     *
     * @param events takes the events, and is cleared before
     * @param timeout how long to wait; {@link Duration#ZERO} looks and returns. More than 292 years are for ever
     * @return how many events there are; 0: the time is over
     * @throws IllegalArgumentException if the timeout is negative
     * @throws IllegalStateException if another thread polls
     * @throws ClosedSelectorException if the poll is closed, or is being closed while this waits
     * @throws IOException if the system refuses, and there is no event to report
     */
    public int poll(Events events, Duration timeout) throws IOException {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("timeout must not be negative: timeout=" + timeout);
        }
        return poll(events, timeout.toSeconds() >= SECONDS_MAX ? FOR_EVER : timeout.toNanos());
    }

    private int poll(Events events, long timeoutNanos) throws IOException {
        if (!polling.compareAndSet(false, true)) {
            throw new IllegalStateException("Only one thread at a time may poll");
        }
        try {
            registry.enter();
            try {
                events.clear();
                filling = events;
                return fill(events, timeoutNanos);
            } finally {
                filling = null;
                registry.leave();
            }
        } finally {
            polling.set(false);
        }
    }

    private int fill(Events events, long timeoutNanos) throws IOException {
        boolean timed = timeoutNanos != 0 && timeoutNanos != FOR_EVER;
        long startNanos = timed ? System.nanoTime() : 0;
        long leftNanos = timeoutNanos;
        ReadyQueue queue = registry.queue();
        for (; ; ) {
            boolean queueFirst = beginsWithQueue;
            beginsWithQueue = false;
            if (queueFirst) {
                queue.report(events);
            }
            if (events.room() > 0) {
                boolean mayWait = events.isEmpty() && queue.isEmpty();
                select(mayWait ? leftNanos : 0, events);
            }
            if (!queueFirst) {
                beginsWithQueue = !queue.report(events);
            }
            if (!registry.isOpen()) {
                events.clear();
                throw new ClosedSelectorException();
            }
            if (!events.isEmpty() || timeoutNanos == 0) {
                return end(events);
            }
            // An interrupted wait, a ring that was answered before, an event of what is deregistered: not the caller's.
            if (timed) {
                leftNanos = timeoutNanos - (System.nanoTime() - startNanos);
                if (leftNanos <= 0) {
                    return end(events);
                }
            }
        }
    }

    private void select(long timeoutNanos, Events events) throws IOException {
        try {
            selector.select(timeoutNanos, events.room(), sink);
        } catch (IOException | RuntimeException e) {
            // No other poll would report these events. The next one tries again, and tells if it still fails.
            if (events.isEmpty()) {
                throw e;
            }
        }
    }

    private int end(Events events) {
        if (!registry.queue().isEmpty()) {
            try {
                // The ring may be forgotten, and fd() has to be readable.
                registry.ring();
            } catch (UncheckedIOException e) {
                // No other poll would report these events; and the next one looks into the queue before it waits.
                if (events.isEmpty()) {
                    throw e;
                }
            }
        }
        return events.size();
    }

    /** Called by the selector, on the thread that polls. */
    private void report(long key, int ready) {
        Registration registration = registry.find(key);
        Events events = filling;
        if (registration != null && events != null) {
            events.add(registration.token, ready);
        }
    }

    /**
     * A descriptor that is readable while there are events, so that this poll can be watched by another one, or by
     * anything that watches descriptors. Not to be read, written or closed.
     *
     * @return its number, or -1 if the selector has none
     * @throws ClosedSelectorException if the poll is closed
     */
    public int fd() {
        registry.enter();
        try {
            return selector.fd();
        } finally {
            registry.leave();
        }
    }

    /** {@return whether {@link #close} was not called yet} */
    public boolean isOpen() {
        return registry.isOpen();
    }

    /**
     * Deregisters everything and gives the selector back; the sources remain open, and may be registered elsewhere. A
     * thread that polls now gets a {@link ClosedSelectorException}. Idempotent.
     */
    @Override
    public void close() {
        registry.close();
    }

    /** Names the selector. */
    @Override
    public String toString() {
        return "Poll[" + selector + "]";
    }
}
