package io.heddle.poll;

import io.heddle.poll.spi.Readiness;
import java.io.Closeable;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A source that the program makes ready, and not the system: what a subclass says by {@link #setReadiness} is reported
 * as that of a descriptor is. {@code io.heddle.poll.loop.Registration} is one ready to use.
 *
 * <ul>
 *   <li>What was said before the source is registered is remembered, and reported when it is.
 *   <li>Registered for edges, each time something of interest is said is an edge, and reported once, also if it was
 *       said before; what is said several times before a poll is reported once. If it is taken back before a poll,
 *       nothing is reported.
 *   <li>One-shot and level-triggered it is as any other source.
 *   <li>No system call is made but one to wake a poll, none of these sources costs a descriptor, and there may be any
 *       number of them. If there are more events than one poll can take, they and the system's take turns.
 * </ul>
 *
 * <p>Every method is for any thread, at any time, and never waits.
 */
public abstract class UserSource implements Source, Closeable {
    private static final int ONE_TIME = Readiness.INTERESTS + 1;
    private static final UserRegistration CLOSED = new UserRegistration();

    /** What it is ready for, as bits of {@link Readiness}; above them, how often something was said. */
    private final AtomicLong said = new AtomicLong();

    /*
     * Null: registered nowhere. Who sets readiness writes `said`, then reads this and what it wants; who registers
     * writes those, then reads `said`. So one of them sees the other, and queues the registration; if both do, it is
     * queued once.
     */
    private final AtomicReference<@Nullable UserRegistration> registration = new AtomicReference<>();

    /** Creates a source that is ready for nothing, and registered nowhere. */
    protected UserSource() {}

    /**
     * Says what this is ready for, in place of what was said before. What this thread has done before can be seen by
     * the one that has the event. Nothing if this is closed.
     *
     * @param readiness its trigger counts for nothing
     */
    protected final void setReadiness(Interest readiness) {
        say(readiness.bits & Readiness.INTERESTS);
    }

    /** Says that this is ready for nothing. */
    protected final void clearReadiness() {
        say(0);
    }

    private void say(int ready) {
        UserRegistration before = registration.get();
        if (before == CLOSED) {
            return;
        }
        long now;
        do {
            now = said.get();
        } while (!said.compareAndSet(now, (now & -ONE_TIME) + ONE_TIME | ready));
        UserRegistration present = registration.get();
        if (present != null) {
            present.queueIfReady();
        }
    }

    /** {@return what this is ready for, as was said last; empty for nothing} */
    protected final Optional<Interest> readiness() {
        return Interest.ofBits((int) said() & Readiness.INTERESTS);
    }

    final long said() {
        return said.get();
    }

    final @Nullable UserRegistration registration() {
        return registration.get();
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if this is registered already, here or elsewhere, or closed
     * @throws java.nio.channels.ClosedSelectorException if the poll is closed
     */
    @Override
    public final void register(Registry registry, long token, Interest interest) {
        registry.enter();
        try {
            UserRegistration mine = new UserRegistration(this, registry, token, interest);
            UserRegistration present = registration.get();
            boolean free = present == null || (present != CLOSED && !present.isAlive());
            if (!free || !registration.compareAndSet(present, mine)) {
                throw new IllegalStateException(
                        present == CLOSED
                                ? "A source that is closed cannot be registered: " + this
                                : "I/O source already registered with a `Registry`: " + this);
            }
            mine.queueIfReady();
        } finally {
            registry.leave();
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if this is not registered there
     * @throws java.nio.channels.ClosedSelectorException if the poll is closed
     */
    @Override
    public final void reregister(Registry registry, long token, Interest interest) {
        registry.enter();
        try {
            UserRegistration present = registration.get();
            if (present != null && present.isAlive() && !present.isOf(registry)) {
                throw new IllegalStateException("I/O source already registered with a different `Registry`: " + this);
            }
            if (present == null || !present.isAlive()) {
                throw notRegistered();
            }
            present.want(token, interest);
            present.queueIfReady();
        } finally {
            registry.leave();
        }
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalStateException if this is not registered there
     * @throws java.nio.channels.ClosedSelectorException if the poll is closed
     */
    @Override
    public final void deregister(Registry registry) {
        registry.enter();
        try {
            UserRegistration present = registration.get();
            if (present == null || !present.isOf(registry) || !registration.compareAndSet(present, null)) {
                throw notRegistered();
            }
        } finally {
            registry.leave();
        }
    }

    private IllegalStateException notRegistered() {
        return new IllegalStateException("I/O source not registered with `Registry`: " + this);
    }

    /** Deregisters this for good, if it is registered. What is said afterwards counts for nothing. Idempotent. */
    @Override
    public final void close() {
        registration.set(CLOSED);
    }

    /** Names what it is ready for. */
    @Override
    public final String toString() {
        return getClass().getSimpleName() + "[readiness="
                + readiness().map(Interest::toString).orElse("none") + "]";
    }
}
