package io.heddle.internal.readiness;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The park and wake handshake of one direction of one descriptor: at most one thread waits, any thread
 * wakes. Knows no carrier and no kernel.
 *
 * <p>After the semaphores of Go's runtime, {@code netpoll.go}; here the thread is published in one step,
 * since parking a Java thread needs no commit function.
 */
public final class Readiness {
    /*
     *                 publish()                        ready()
     *     +------+ ---------------> +---------+ ---------------------> +-------+
     *     | IDLE |                  | WAITING |                        | READY |
     *     +------+ <--------------- +---------+                        +-------+
     *      ^    |   wake()                                              |    ^
     *      |    |   withdraw()                                          |    |
     *      |    +-------------------- ready() --------------------------+----+
     *      +------------------------- consume() ------------------------+
     *
     * Notes:
     *  - IDLE is null, READY is itself, WAITING is the waiting Thread.
     *  - publish() on READY consumes it and answers false: there is no need to wait.
     *  - ready() on READY, wake() on IDLE and READY do nothing.
     *  - A thread parks only while the word is itself. Whoever takes it out unparks it, once. An unpark
     *    from anywhere else makes it look at the word and park again.
     *  - halted is set for ever, then wake() is called; a waiter publishes itself, then looks at halted.
     *    One of the two sees the other. In the other order the waiter would sleep for ever.
     */
    private static final Object READY = new Object() {
        @Override
        public String toString() {
            return "ready";
        }
    };

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(Readiness.class, "state", Object.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Null, READY, or the waiting Thread. Waiter: null to Thread and back. Others: see the picture. */
    private volatile @Nullable Object state;

    /** Written once, by whoever closes the descriptor or shuts this direction; read by the waiter. */
    private volatile boolean halted;

    // Written by the waiter before it publishes itself; read by the timer's owner after it saw the waiter.
    private boolean timed;
    private long deadlineNanos;

    /** Creates an idle direction. */
    public Readiness() {}

    /**
     * Called by the one thread that reads (or writes), before the system call whose result tells whether
     * there is anything to wait for: what becomes ready after this is remembered. Answers whether it was ready.
     */
    public boolean clear() {
        if (state == READY) {
            state = null;
            return true;
        }
        return false;
    }

    /** The waiter announces itself and its deadline; false if there is no need to wait. */
    public boolean publish(Thread waiter, boolean isTimed, long atNanos) {
        timed = isTimed;
        deadlineNanos = atNanos;
        if (STATE.compareAndSet(this, null, waiter)) {
            return true;
        }
        assert state == READY : "two threads wait on one direction: " + this;
        state = null;
        return false;
    }

    /** The waiter leaves. If it was taken out by ready(), READY stays for the next wait. */
    public void withdraw(Thread waiter) {
        STATE.compareAndSet(this, waiter, null);
    }

    /** Whether the published waiter has to go on waiting. */
    public boolean isWaiting(Thread waiter) {
        return state == waiter;
    }

    /** Whether anybody waits. */
    public boolean hasWaiter() {
        return state instanceof Thread;
    }

    /** Any thread: the kernel says that this direction can go on. */
    public void ready() {
        for (; ; ) {
            Object seen = state;
            if (seen == READY) {
                return;
            }
            if (STATE.compareAndSet(this, seen, READY)) {
                if (seen instanceof Thread waiter) {
                    LockSupport.unpark(waiter);
                }
                return;
            }
        }
    }

    /** Any thread: makes the waiter, if there is one, look at the world again. */
    public void wake() {
        Object seen = state;
        if (seen instanceof Thread waiter && STATE.compareAndSet(this, seen, null)) {
            LockSupport.unpark(waiter);
        }
    }

    /** Any thread: ends the present wait and every later one. */
    public void halt() {
        halted = true;
        wake();
    }

    /** Whether {@link #halt} was called. */
    public boolean isHalted() {
        return halted;
    }

    /** The timer's owner: whether somebody waits with a deadline. */
    boolean hasTimedWaiter() {
        return hasWaiter() && timed;
    }

    /** The timer's owner, after hasTimedWaiter(). */
    long deadlineNanos() {
        return deadlineNanos;
    }

    @Override
    public String toString() {
        Object seen = state;
        return (seen == null ? "idle" : seen instanceof Thread waiter ? "waiting=" + waiter : "ready")
                + (halted ? ", halted" : "");
    }
}
