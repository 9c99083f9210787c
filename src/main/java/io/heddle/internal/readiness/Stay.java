package io.heddle.internal.readiness;

import io.heddle.internal.poller.Home;
import io.heddle.internal.timer.Timer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * The time that a registration has with one home, and the one timer that guards both deadlines there. It never comes
 * back: whoever holds one that is over cannot take it for a later one with the same home, and its timer is in no other
 * wheel.
 */
final class Stay extends Timer {
    /*
     *                 setWatched()                   claim(), one winner
     *   +-----------+ -----------> +---------+ -----------------------------> +-----------+
     *   | unwatched |              | watched |                                | unwatched | then the next stay
     *   +-----------+              +---------+                                +-----------+
     *
     * While it is unwatched, a waiter that has published itself leaves arming and deadline to whoever watches
     * next: that one looks at the waiters when it has done so. So none moves on before the descriptor has arrived. A
     * waiter that saw an older stay may still arm at the home it saw, which is refused there or arms too much.
     */
    private static final VarHandle WATCHED;

    static {
        try {
            WATCHED = MethodHandles.lookup().findVarHandle(Stay.class, "watched", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    final Home home;
    private final Registration registration;

    /** See the picture. */
    private volatile boolean watched;

    /** Whether the timer is linked, or on its way. Set by waiters before schedule(); cleared by fire(). */
    private volatile boolean scheduled;

    /** When it will fire, or earlier; meaningless unless scheduled. */
    private volatile long scheduledForNanos;

    // Written by waiters of both directions, without order: a wrong count moves a descriptor late or early.
    private @Nullable Home suitor;
    private int foreignWaits;

    Stay(Registration registration, Home home) {
        this.registration = registration;
        this.home = home;
    }

    /** The waiter that began it, once the poller knows. */
    void setWatched() {
        watched = true;
    }

    boolean isWatched() {
        return watched;
    }

    /** A waiter that wants to move the descriptor: true for one of them, who then must begin another stay. */
    boolean claim() {
        return WATCHED.compareAndSet(this, true, false);
    }

    /** A thread of this home waits. */
    void countNativeWait() {
        if (foreignWaits != 0) {
            foreignWaits = 0;
            suitor = null;
        }
    }

    /** A thread of another home waits: whether this is one too many. */
    boolean countForeignWait(Home its) {
        foreignWaits = its == suitor ? foreignWaits + 1 : 1;
        suitor = its;
        return foreignWaits > home.foreignWaitsMax();
    }

    /*
     * Deadlines. One timer serves both directions and is left alone while it fires early enough: re-arming
     * a read timeout of 30 s on every read touches two fields. Firing wakes whoever is due and links the
     * timer again for the other; the waiter decides by its own clock, so a stale fire times nothing out.
     *
     * A waiter publishes itself with its deadline, then guard() reads `scheduled`; fire() clears that, then reads
     * the waiters. Either the waiter schedules, or the firing sees its deadline.
     *
     * If the stay is over meanwhile the home may drop the timer: whoever ended it wakes the waiters afterwards, or
     * guards them in the next one.
     */
    void guard(long deadlineNanos) {
        if (scheduled && scheduledForNanos - deadlineNanos <= 0) {
            return;
        }
        schedule(deadlineNanos);
    }

    /** For a direction that may have left its deadline to whoever watches. */
    void guardTimed(Readiness direction) {
        if (direction.hasTimedWaiter()) {
            guard(direction.deadlineNanos());
        }
    }

    private void schedule(long atNanos) {
        scheduledForNanos = atNanos;
        scheduled = true;
        boolean sent = false;
        try {
            home.schedule(this, atNanos);
            sent = true;
        } finally {
            if (!sent) {
                // No memory for the message: a later deadline may not rely on this one.
                scheduled = false;
            }
        }
    }

    @Override
    protected void fire(long nowNanos) {
        scheduled = false;
        long left = Math.min(leftNanos(registration.reader, nowNanos), leftNanos(registration.writer, nowNanos));
        if (left != Long.MAX_VALUE && !isDead()) {
            schedule(nowNanos + left);
        }
    }

    /** Wakes a waiter that is due; otherwise says when to come again. */
    private static long leftNanos(Readiness direction, long nowNanos) {
        if (!direction.hasTimedWaiter()) {
            return Long.MAX_VALUE;
        }
        long left = direction.deadlineNanos() - nowNanos;
        if (left <= 0) {
            direction.wake();
            return Long.MAX_VALUE;
        }
        return left;
    }

    /** Whoever ended it: unlinks the timer. fire() may be about to schedule once more, and asks isDead() afterwards. */
    void cancelTimer() {
        if (scheduled) {
            home.cancel(this);
        }
    }

    @Override
    public boolean isDead() {
        return registration.stay() != this;
    }

    @Override
    public String toString() {
        return "Stay[" + home + (watched ? "" : ", unwatched") + (scheduled ? ", guarded" : "") + "]";
    }
}
