package io.heddle.internal.readiness;

import io.heddle.internal.poller.Arming;
import io.heddle.internal.poller.Poller;
import io.heddle.internal.poller.Ready;
import io.heddle.internal.poller.RunningHome;
import io.heddle.internal.timer.Timer;
import java.util.concurrent.atomic.AtomicInteger;

/** A home whose kernel is one word, for one descriptor, and whose timers are counted and never fire by themselves. */
final class WordHome implements RunningHome, Poller {
    /** Not watched. */
    static final int UNKNOWN = -1;

    private static final int ENOENT = 2;
    private static final int EEXIST = 17;

    /** How often somebody wanted a timer, by whichever thread. */
    final AtomicInteger scheduled = new AtomicInteger();

    /** What the kernel has the descriptor armed for; UNKNOWN if it is not watched. */
    private final AtomicInteger armed = new AtomicInteger(UNKNOWN);

    private volatile boolean closed;
    private volatile boolean cancelled;

    /** The owner's own, as its wheel is: whether the timer is in it. */
    private boolean linked;

    private final Arming arming;

    WordHome(Arming arming) {
        this.arming = arming;
    }

    int armed() {
        return armed.get();
    }

    /** The owner: reports what is readable if the kernel is armed for that, and disarms it, as one-shot does. */
    void reportReadable(Registration registration) {
        int before = armed.getAndUpdate(now -> isArmed(now, Ready.READABLE) ? 0 : now);
        if (isArmed(before, Ready.READABLE)) {
            registration.ready(Ready.READABLE);
        }
    }

    /** Whether a report of this would come. */
    boolean isArmed(int bit) {
        return isArmed(armed.get(), bit);
    }

    private static boolean isArmed(int word, int bit) {
        return word != UNKNOWN && (word & bit) != 0;
    }

    /** The owner, before it fires. */
    void unlink() {
        linked = false;
    }

    /** After all is done: whether a timer is left that nobody asked to take out. */
    boolean holdsTimer() {
        return linked && !cancelled;
    }

    @Override
    public Poller poller() {
        return this;
    }

    @Override
    public void schedule(Timer timer, long atNanos) {
        scheduled.getAndIncrement();
        if (!timer.isDead()) {
            linked = true;
        }
    }

    @Override
    public void cancel(Timer timer) {
        cancelled = true;
    }

    @Override
    public int foreignWaitsMax() {
        return 0;
    }

    @Override
    public void countForeignWait() {}

    @Override
    public void countMoveIn() {}

    @Override
    public int fd() {
        throw new AssertionError("nobody watches this poller");
    }

    @Override
    public Arming arming() {
        return arming;
    }

    @Override
    public int watch(int fd, long token, int interest) {
        if (closed) {
            return CLOSED;
        }
        return armed.compareAndSet(UNKNOWN, interest) ? 0 : -EEXIST;
    }

    @Override
    public int rearm(int fd, long token, int interest) {
        if (closed) {
            return CLOSED;
        }
        // The kernel keeps the last.
        return armed.getAndUpdate(now -> now == UNKNOWN ? UNKNOWN : interest) == UNKNOWN ? -ENOENT : 0;
    }

    @Override
    public int forget(int fd) {
        return armed.getAndSet(UNKNOWN) == UNKNOWN ? -ENOENT : 0;
    }

    @Override
    public int poll(long timeoutNanos, int reportsMax, Sink sink) {
        throw new AssertionError("nobody polls here");
    }

    @Override
    public void wake() {
        throw new AssertionError("nobody polls here");
    }

    @Override
    public int watched() {
        return 1;
    }

    @Override
    public void close() {
        closed = true;
    }
}
