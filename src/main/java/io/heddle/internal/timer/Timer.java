package io.heddle.internal.timer;

import org.jspecify.annotations.Nullable;

/**
 * Something that happens at a point of the {@link System#nanoTime} line. Intrusive: a timer is its own
 * list node, so linking and unlinking allocate nothing. It belongs to at most one {@link TimerWheel}.
 */
public abstract class Timer {
    static final int UNLINKED = -1;

    // Owner of the wheel only.
    @Nullable
    Timer next;

    @Nullable
    Timer previous;

    /** UNLINKED; or an index into the wheel's near heap; or NEAR_MAX + level * 64 + slot. */
    int place = UNLINKED;

    long atNanos;

    /** Creates an unlinked timer. */
    protected Timer() {}

    /**
     * Called by the wheel's owner at or after the time, never before, with the timer unlinked: it may be
     * linked again from here.
     */
    protected abstract void fire(long nowNanos);

    /**
     * Any thread: whether nobody wants it to fire any more, which then stays so. The owner asks before it links the
     * timer, as a cancel may overtake the schedule that came before it.
     */
    public boolean isDead() {
        return false;
    }

    /** The wheel's owner only: whether it will fire. */
    public final boolean isLinked() {
        return place != UNLINKED;
    }

    /** The wheel's owner only: when it will fire, if it is linked. */
    public final long atNanos() {
        return atNanos;
    }
}
