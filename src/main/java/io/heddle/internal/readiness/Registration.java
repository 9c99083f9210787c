package io.heddle.internal.readiness;

import io.heddle.internal.poller.Arming;
import io.heddle.internal.poller.Home;
import io.heddle.internal.poller.Homes;
import io.heddle.internal.poller.Poller;
import io.heddle.internal.poller.Ready;
import io.heddle.internal.poller.RunningHome;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * One descriptor as the pollers know it: who waits for which direction, and where it is watched.
 *
 * <p>The descriptor is registered at its first wait, with the home of the thread that waits, and moves if threads of
 * another one go on waiting for it. Methods that wait are for the one reader and the one writer, between acquire and
 * release of the descriptor's life.
 */
public final class Registration {
    /** {@link #await}: something changed, look again. */
    public static final int WOKEN = 0;
    /** {@link #await}: the deadline has passed. */
    public static final int TIMED_OUT = 1;
    /** {@link #await}: the virtual thread is interrupted; its status is still set. */
    public static final int INTERRUPTED = 2;

    private static final int READER_INTEREST = Ready.READABLE | Ready.READ_CLOSED;

    private static final VarHandle STAY;

    static {
        try {
            STAY = MethodHandles.lookup().findVarHandle(Registration.class, "stay", Stay.class);
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

    /** Null until the first wait. Changed by CAS, see begin() and leave(), and by the last user. */
    private volatile @Nullable Stay stay;

    /** Bits of Ready.STICKY that were reported. Of two pollers that report at once one may win; it is not 0 again. */
    private volatile int sticky;

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

    /** Where it is watched; null if nowhere. */
    @Nullable
    Stay stay() {
        return stay;
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
        Stay armedAt = stay;
        // Not watched yet: whoever is about to finish that guards us, too; if it fails no timer is left behind.
        if (timed && armedAt != null && armedAt.isWatched()) {
            armedAt.guard(deadlineNanos);
        }
        // Published, now look: halt() and evict() do the opposite (they change, then wake), so one of the
        // two always sees the other.
        while (direction.isWaiting(me)) {
            if (direction.isHalted() || armedAt == null || stay != armedAt) {
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
        Stay armedAt = stay;
        boolean interrupted = false;
        int outcome = WOKEN;
        while (direction.isWaiting(me)) {
            if (direction.isHalted() || armedAt == null || stay != armedAt) {
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

    /** Makes sure that the poller will report what the published waiters wait for, or that they look again. */
    int arm() {
        Stay present = stay;
        if (present == null) {
            return begin(null, homes.current());
        }
        RunningHome running = homes.running();
        if (running == present.home) {
            present.countNativeWait();
        } else if (running != null) {
            if (wantsToMove(present, running)) {
                return move(present, running);
            }
            running.countForeignWait();
        }
        if (present.home.poller().arming() == Arming.EDGE || !present.isWatched()) {
            // Not watched yet: whoever is about to finish that looks for us afterwards.
            return 0;
        }
        return rearm(present);
    }

    /** The policy: no move without a gain, none while the other direction waits, whose thread may be at home there. */
    private boolean wantsToMove(Stay present, Home to) {
        return !(reader.hasWaiter() && writer.hasWaiter()) && present.countForeignWait(to);
    }

    /*
     * The descriptor is out of the old poller before it is in the new one, which reports what is ready when it comes.
     * Reports of the old one may be on their way: they carry the same token and wake somebody for nothing at most.
     */
    private int move(Stay from, RunningHome to) {
        if (!from.claim()) {
            // Somebody else moves it, and looks for us afterwards.
            return 0;
        }
        boolean thrown = true;
        try {
            from.home.poller().forget(fd);
            int result = begin(from, to);
            thrown = false;
            return result;
        } finally {
            if (thrown) {
                leave(from);
            }
        }
    }

    private int begin(@Nullable Stay last, Home at) {
        Stay mine = new Stay(this, at);
        if (!STAY.compareAndSet(this, last, mine)) {
            return 0;
        }
        Poller poller = at.poller();
        int armed = interest();
        int result = Poller.CLOSED;
        try {
            if (last != null) {
                last.cancelTimer();
            } else {
                Registrations.add(this);
            }
            result = poller.watch(fd, token, armed);
        } finally {
            if (result < 0) {
                leave(mine);
            }
        }
        if (result < 0) {
            // Whom a move fails for is not refused yet: it looks for a home as if it had none.
            return result == Poller.CLOSED || last != null ? 0 : result;
        }
        mine.setWatched();
        if (last != null && at instanceof RunningHome running) {
            running.countMoveIn();
        }
        // The other direction may have published itself after interest() and before setWatched(), and left to us what
        // it had to arm.
        mine.guardTimed(reader);
        mine.guardTimed(writer);
        if (poller.arming() == Arming.EDGE) {
            return 0;
        }
        // Also if it wants less than was armed: then a report has come already, and has disarmed both directions.
        int wanted = interest();
        return wanted != 0 && wanted != armed ? rearm(mine) : 0;
    }

    /*
     * Two threads may rearm at once, each with the interest it saw, and the kernel keeps the last. So each
     * looks again after its call: whoever came last in the kernel sees the other's published waiter.
     */
    private int rearm(Stay at) {
        int armed;
        int result;
        do {
            armed = interest();
            result = at.home.poller().rearm(fd, token, armed);
        } while (result >= 0 && (interest() & ~armed) != 0);
        if (result == Poller.CLOSED) {
            leave(at);
            return 0;
        }
        // Refused, as the other waiter has moved it away, or is about to: it looks for us afterwards.
        return result < 0 && (stay != at || !at.isWatched()) ? 0 : result;
    }

    /** Any thread: the home has ended, or has refused to watch. Whoever waits looks for another one. */
    private void leave(Stay from) {
        if (STAY.compareAndSet(this, from, null)) {
            from.cancelTimer();
            reader.wake();
            writer.wake();
        }
    }

    private int interest() {
        return (reader.hasWaiter() ? READER_INTEREST : 0) | (writer.hasWaiter() ? Ready.WRITABLE : 0);
    }

    /** Called by the owner of a home, with what the kernel reported. */
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
        Stay present = stay;
        if (present != null && present.home.poller().arming() == Arming.ONESHOT) {
            // The report has disarmed both directions: the other waiter must arm again.
            if (!read) {
                reader.wake();
            }
            if (!write) {
                writer.wake();
            }
        }
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
        Stay last = stay;
        if (last != null) {
            last.home.poller().forget(fd);
            stay = null;
            last.cancelTimer();
        }
    }

    /** The owner of a home that ends, after it has closed the poller. */
    void evict(Home ending) {
        Stay present = stay;
        if (present != null && present.home == ending) {
            leave(present);
        }
    }

    @Override
    public String toString() {
        return "Registration[fd=" + fd + ", reader=" + reader + ", writer=" + writer + ", sticky="
                + Ready.describe(sticky) + ", home=" + (stay == null ? "none" : stay) + "]";
    }
}
