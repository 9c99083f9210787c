package io.heddle.internal.carrier;

import java.util.concurrent.Semaphore;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Platform threads for work that would block a carrier, while the virtual thread that wants it parks. To that thread it
 * is as if it did the work itself: it goes on when the work has ended and not before, and its interrupts are the
 * work's.
 *
 * <p>How many work at once is a matter of permits and not of the pool: whoever gets none parks in a fair queue, and the
 * pool needs neither a queue nor a refusal.
 */
public final class BlockingCalls {
    private static final AtomicLong NUMBERS = new AtomicLong();

    private final Semaphore permits;
    private final ThreadPoolExecutor threads;

    /**
     * Starts no thread yet.
     *
     * @param max how many calls run at once
     * @param idleNanos after how long without work a thread ends
     */
    public BlockingCalls(int max, long idleNanos) {
        permits = new Semaphore(max, true);
        threads = new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                idleNanos,
                TimeUnit.NANOSECONDS,
                new SynchronousQueue<>(),
                BlockingCalls::newThread);
    }

    private static Thread newThread(Runnable task) {
        // Neither inheritable thread locals nor the context class loader of whoever happens to need it.
        Thread thread = new Thread(null, task, "heddle-blocking-" + NUMBERS.incrementAndGet(), 0, false);
        thread.setDaemon(true);
        thread.setContextClassLoader(ClassLoader.getSystemClassLoader());
        return thread;
    }

    /**
     * Has it done, and returns when it has ended.
     *
     * @param work must not throw
     */
    public void run(Runnable work) {
        permits.acquireUninterruptibly();
        Call call = new Call(work);
        try {
            threads.execute(call);
        } catch (Throwable t) {
            // No thread can be had.
            permits.release();
            call.giveBackInterrupt();
            throw t;
        }
        call.await();
    }

    private final class Call implements Runnable {
        private final Runnable work;
        private final Thread caller = Thread.currentThread();
        private final ReentrantLock lock = new ReentrantLock();

        // Under lock.
        private boolean interrupted = Thread.interrupted();
        private @Nullable Thread worker;

        /** Written by the worker, under lock; the caller waits for it without. */
        private volatile boolean ended;

        Call(Runnable work) {
            this.work = work;
        }

        @Override
        public void run() {
            begin();
            try {
                work.run();
            } finally {
                end();
                permits.release();
                LockSupport.unpark(caller);
            }
        }

        private void begin() {
            lock.lock();
            try {
                Thread me = Thread.currentThread();
                worker = me;
                if (interrupted) {
                    me.interrupt();
                }
            } finally {
                lock.unlock();
            }
        }

        /** What the work has left of an interrupt is the caller's again, and the next work begins without. */
        private void end() {
            lock.lock();
            try {
                interrupted = Thread.interrupted();
                worker = null;
                ended = true;
            } finally {
                lock.unlock();
            }
        }

        private void interrupt() {
            lock.lock();
            try {
                interrupted = true;
                if (worker != null) {
                    worker.interrupt();
                }
            } finally {
                lock.unlock();
            }
        }

        void await() {
            while (!ended) {
                LockSupport.park(this);
                if (Thread.interrupted()) {
                    interrupt();
                }
            }
            giveBackInterrupt();
        }

        /** One that nobody has heeded: the work has not begun, or has left it, or had ended. */
        void giveBackInterrupt() {
            if (interrupted) {
                caller.interrupt();
            }
        }
    }
}
