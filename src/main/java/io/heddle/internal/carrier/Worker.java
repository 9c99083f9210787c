package io.heddle.internal.carrier;

import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A platform thread that serves a carrier, or waits as a spare until the monitor has one for it. Never
 * interrupted: virtual threads borrow its interrupt status.
 */
final class Worker extends Thread {
    private static final long RETIRE_AFTER_NANOS = 30_000_000_000L;

    final int number;
    final Carriers carriers;

    /** The carrier it serves, or believes to serve while its task runs. Read on this thread only. */
    @Nullable
    Carrier carrier;

    /** Written by whoever gives it a carrier, after taking it out of the spares; cleared by the worker. */
    private volatile @Nullable Carrier assigned;

    Worker(Carriers carriers, int number) {
        // Neither inheritable thread locals nor the context class loader of whoever happens to start us.
        super(null, null, name(number), 0, false);
        this.carriers = carriers;
        this.number = number;
        setDaemon(true);
        setContextClassLoader(ClassLoader.getSystemClassLoader());
    }

    static String name(int number) {
        return "heddle-worker-" + number;
    }

    @Override
    public void run() {
        while (awaitAssignment()) {
            Carrier mine = assigned;
            assert mine != null;
            assigned = null;
            carrier = mine;
            mine.serve(this);
            carrier = null;
            carriers.addSpare(this);
        }
        carriers.left(this);
    }

    /** Gives a spare, or a worker that was never started, its carrier. */
    void assign(Carrier next) {
        assert assigned == null : "assigned twice: " + this;
        assigned = next;
        LockSupport.unpark(this);
    }

    /** Waits as a spare; false when it is not needed any more. */
    private boolean awaitAssignment() {
        long deadlineNanos = System.nanoTime() + RETIRE_AFTER_NANOS;
        while (assigned == null) {
            long left = deadlineNanos - System.nanoTime();
            // Whoever takes us out of the spares assigns: then wait for that.
            if ((left <= 0 || carriers.isClosed()) && carriers.removeSpare(this)) {
                return false;
            }
            LockSupport.parkNanos(this, Math.max(left, 1_000_000));
        }
        return true;
    }
}
