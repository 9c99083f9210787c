package io.heddle.internal.readiness;

import io.heddle.internal.poller.Arming;
import io.heddle.internal.poller.Home;
import io.heddle.internal.poller.Homes;
import io.heddle.internal.poller.Poller;
import io.heddle.internal.poller.Ready;
import io.heddle.internal.timer.Timer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One descriptor as the pollers know it: who waits for which direction, where it is watched, and the one
 * timer that guards both deadlines.
 *
 * <p>The descriptor is registered at its first wait, with the home of the thread that waits. Methods that
 * wait are for the one reader and the one writer, between acquire and release of the descriptor's life.
 */
public final class Registration extends Timer {
    /** {@link #await}: something changed, look again. */
    public static final int WOKEN = 0;
    /** {@link #await}: the deadline has passed. */
    public static final int TIMED_OUT = 1;
    /** {@link #await}: the virtual thread is interrupted; its status is still set. */
    public static final int INTERRUPTED = 2;

    private static final int READER_INTEREST = Ready.READABLE | Ready.READ_CLOSED;

    private static final VarHandle HOME;
    private static final VarHandle SCHEDULED_AT;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            HOME = lookup.findVarHandle(Registration.class, "home", Home.class);
            SCHEDULED_AT = lookup.findVarHandle(Registration.class, "scheduledAt", Home.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** The reader's, or acceptor's, side. */
    public final Readiness reader = new Readiness();
    /** The writer's, or connector's, side. */
    public final Readiness writer = new Readiness();

    private final int fd;
    private final long token;
    private final Homes homes;

    /** Null until the first wait. A waiter: null to its home, by CAS; back to null by leave(). */
    private volatile @Nullable Home home;

    /** The home whose poller watches; behind home. Set by the waiter that set home, once the poller knows. */
    private volatile @Nullable Home watchedAt;

    /** Bits of Ready.STICKY that were ever reported. Written by the owner of home, read by the reader. */
    private volatile int sticky;

    /** Where the timer is linked, or on its way to. Set by waiters before schedule(); to null by fire(). */
    private volatile @Nullable Home scheduledAt;

    /** When it will fire, or earlier; meaningless unless scheduledAt is home. */
    private volatile long scheduledForNanos;

    /** Set once by discard(). */
    private volatile boolean discarded;

    /** Creates a registration for an open descriptor; nothing is watched yet. */
    public Registration(int fd, Homes homes) {
        this.fd = fd;
        this.token = Registrations.newToken(fd);
        this.homes = homes;
    }

    /** The descriptor's number. */
    public int fd() {
        return fd;
    }

    long token() {
        return token;
    }

    /** Whether data, the end, an error or urgent data may hide behind a short read. */
    public boolean isSticky() {
        return sticky != 0;
    }

    /** Before the first wait: here a short read never means that there is no more. */
    public void distrustShortReads() {
        sticky = Ready.PRIORITY;
    }

    /**
     * Waits until the direction is ready, halted, past its deadline, or the virtual thread is interrupted.
     * May also return {@link #WOKEN} for no reason: the caller tries again in a loop.
     *
     * @return WOKEN, TIMED_OUT, INTERRUPTED, or the negated errno with which the kernel refused to watch
     */
    public int await(Readiness direction, boolean timed, long deadlineNanos) {
        if (timed && deadlineNanos - System.nanoTime() <= 0) {
            return TIMED_OUT;
        }
        Thread me = Thread.currentThread();
        boolean virtual = me.isVirtual();
        if (virtual && me.isInterrupted()) {
            return INTERRUPTED;
        }
        if (!direction.publish(me, timed && virtual, deadlineNanos)) {
            return WOKEN;
        }
        int armed = -1;
        try {
            armed = arm();
        } finally {
            if (armed < 0) {
                direction.withdraw(me);
            }
        }
        if (armed < 0) {
            return armed;
        }
        return virtual
                ? parkVirtual(me, direction, timed, deadlineNanos)
                : parkPlatform(me, direction, timed, deadlineNanos);
    }

    /**
     * Waits until the deadline; returns early if the direction is halted, woken, or the virtual thread is interrupted.
     * Readiness does not end it: the caller knows that there is something, and cannot take it. Registers nothing.
     *
     * @param over set before the direction is woken; looked at once this thread can be woken
     */
    public int pause(Readiness direction, long deadlineNanos, AtomicBoolean over) {
        Thread me = Thread.currentThread();
        boolean virtual = me.isVirtual();
        boolean interrupted = false;
        int outcome = WOKEN;
        direction.clear();
        direction.publish(me, false, 0);
        while (!direction.isHalted() && !over.get()) {
            if (!direction.isWaiting(me)) {
                if (!direction.clear()) {
                    break;
                }
                direction.publish(me, false, 0);
                continue;
            }
            long left = deadlineNanos - System.nanoTime();
            if (left <= 0) {
                outcome = TIMED_OUT;
                break;
            }
            if (virtual && me.isInterrupted()) {
                outcome = INTERRUPTED;
                break;
            }
            LockSupport.parkNanos(left);
            interrupted |= !virtual && Thread.interrupted();
        }
        direction.withdraw(me);
        if (interrupted) {
            me.interrupt();
        }
        return outcome;
    }

    private int parkVirtual(Thread me, Readiness direction, boolean timed, long deadlineNanos) {
        Home armedAt = home;
        // Not watched yet: whoever is about to finish watch() guards us, too; if it fails no timer is left behind.
        if (timed && armedAt != null && watchedAt == armedAt) {
            guard(armedAt, deadlineNanos);
        }
        // Published, now look: halt() and evict() do the opposite (they change, then wake), so one of the
        // two always sees the other.
        while (direction.isWaiting(me)) {
            if (direction.isHalted() || !isHome(armedAt)) {
                direction.withdraw(me);
                return WOKEN;
            }
            if (me.isInterrupted()) {
                direction.withdraw(me);
                return INTERRUPTED;
            }
            LockSupport.park();
        }
        if (timed && deadlineNanos - System.nanoTime() <= 0) {
            return TIMED_OUT;
        }
        return WOKEN;
    }

    /** As parkVirtual; an interrupt is put aside meanwhile, since a pending one would make park spin. */
    private int parkPlatform(Thread me, Readiness direction, boolean timed, long deadlineNanos) {
        Home armedAt = home;
        boolean interrupted = false;
        int outcome = WOKEN;
        while (direction.isWaiting(me)) {
            if (direction.isHalted() || !isHome(armedAt)) {
                break;
            }
            if (timed) {
                long left = deadlineNanos - System.nanoTime();
                if (left <= 0) {
                    outcome = TIMED_OUT;
                    break;
                }
                LockSupport.parkNanos(left);
            } else {
                LockSupport.park();
            }
            interrupted |= Thread.interrupted();
        }
        direction.withdraw(me);
        if (interrupted) {
            me.interrupt();
        }
        return outcome;
    }

    /** Whether this is where the descriptor is watched; not so for null. */
    private boolean isHome(@Nullable Home candidate) {
        return candidate != null && home == candidate;
    }

    /** Makes sure that the poller will report what the published waiters wait for, or that they look again. */
    int arm() {
        Home present = home;
        if (present == null) {
            return watch(homes.current());
        }
        if (present.poller().arming() == Arming.EDGE || watchedAt != present) {
            // Not watched yet: whoever is about to finish watch() looks for us afterwards.
            return 0;
        }
        return rearm(present);
    }

    private int watch(Home mine) {
        if (!HOME.compareAndSet(this, null, mine)) {
            return 0;
        }
        Poller poller = mine.poller();
        int armed = interest();
        int result = Poller.CLOSED;
        try {
            Registrations.add(this);
            result = poller.watch(fd, token, armed);
        } finally {
            if (result < 0) {
                leave(mine);
            }
        }
        if (result < 0) {
            return result == Poller.CLOSED ? 0 : result;
        }
        watchedAt = mine;
        // The other direction may have published itself after interest() and before watchedAt, and left to us what it
        // had to arm.
        guardTimed(reader, mine);
        guardTimed(writer, mine);
        return poller.arming() == Arming.ONESHOT && (interest() & ~armed) != 0 ? rearm(mine) : 0;
    }

    private void guardTimed(Readiness direction, Home at) {
        if (direction.hasTimedWaiter()) {
            guard(at, direction.deadlineNanos());
        }
    }

    /*
     * Two threads may rearm at once, each with the interest it saw, and the kernel keeps the last. So each
     * looks again after its call: whoever came last in the kernel sees the other's published waiter.
     */
    private int rearm(Home at) {
        int armed;
        int result;
        do {
            armed = interest();
            result = at.poller().rearm(fd, token, armed);
        } while (result >= 0 && (interest() & ~armed) != 0);
        if (result == Poller.CLOSED) {
            leave(at);
            return 0;
        }
        return result;
    }

    /**
     * Any thread: the home has ended, or has refused to watch; whoever waits looks for another one. Several may come
     * to this at once and another waiter may have gone on to the next home already. So one of them moves home, and
     * all that belongs to a home is told by comparing it with home and is not reset here.
     */
    private void leave(Home from) {
        if (HOME.compareAndSet(this, from, null)) {
            reader.wake();
            writer.wake();
        }
    }

    private int interest() {
        return (reader.hasWaiter() ? READER_INTEREST : 0) | (writer.hasWaiter() ? Ready.WRITABLE : 0);
    }

    /** Called by the owner of home, with what the kernel reported. */
    void ready(int bits) {
        int fresh = bits & Ready.STICKY & ~sticky;
        if (fresh != 0) {
            sticky |= fresh;
        }
        boolean read = (bits & Ready.WAKES_READER) != 0;
        boolean write = (bits & Ready.WAKES_WRITER) != 0;
        if (read) {
            reader.ready();
        }
        if (write) {
            writer.ready();
        }
        Home present = home;
        if (present != null && present.poller().arming() == Arming.ONESHOT) {
            // The report has disarmed both directions: the other waiter must arm again.
            if (!read) {
                reader.wake();
            }
            if (!write) {
                writer.wake();
            }
        }
    }

    /*
     * Deadlines. One timer serves both directions and is left alone while it fires early enough: re-arming
     * a read timeout of 30 s on every read touches two fields. Firing wakes whoever is due and links the
     * timer again for the other; the waiter decides by its own clock, so a stale fire times nothing out.
     *
     * A waiter publishes itself with its deadline, then guard() reads `scheduledAt`; fire() clears that, then reads
     * the waiters. Either the waiter schedules, or the firing sees its deadline.
     */
    void guard(Home at, long deadlineNanos) {
        if (scheduledAt == at && scheduledForNanos - deadlineNanos <= 0) {
            return;
        }
        scheduledForNanos = deadlineNanos;
        scheduledAt = at;
        at.schedule(this, deadlineNanos);
        if (!isHome(at)) {
            // It has ended and may have dropped the timer, on which the other waiter may rely by now; unless that one
            // has scheduled it with the next home already.
            SCHEDULED_AT.compareAndSet(this, at, null);
            reader.wake();
            writer.wake();
        }
    }

    @Override
    protected void fire(long nowNanos) {
        scheduledAt = null;
        long left = Math.min(leftNanos(reader, nowNanos), leftNanos(writer, nowNanos));
        Home present = home;
        if (left != Long.MAX_VALUE && present != null) {
            scheduledForNanos = nowNanos + left;
            scheduledAt = present;
            present.schedule(this, nowNanos + left);
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

    /** Any thread: no wait lasts longer from now on. */
    public void halt() {
        reader.halt();
        writer.halt();
    }

    /** The last user, just before it closes the descriptor: nothing refers to the number any more. */
    public void discard() {
        // It is in the table once it was watched, and stays there from one home to the next.
        Registrations.remove(this);
        Home last = home;
        if (last != null) {
            last.poller().forget(fd);
            home = null;
        }
        // fire() may be about to schedule once more: it sets `scheduledAt`, then its home asks isDead().
        discarded = true;
        Home at = scheduledAt;
        if (at != null) {
            at.cancel(this);
        }
    }

    @Override
    public boolean isDead() {
        return discarded;
    }

    /** The owner of a home that ends, after it has closed the poller. */
    void evict(Home ending) {
        if (isHome(ending)) {
            leave(ending);
        }
    }

    @Override
    public String toString() {
        return "Registration[fd=" + fd + ", reader=" + reader + ", writer=" + writer + ", sticky="
                + Ready.describe(sticky) + ", home=" + home + "]";
    }
}
