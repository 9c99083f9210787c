package io.heddle.testing;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** The waits of the JDK that end by themselves. */
public enum TimedWait {
    /** {@code Thread.sleep}. */
    SLEEP {
        @Override
        public void await(long nanos) throws InterruptedException {
            TimeUnit.NANOSECONDS.sleep(nanos);
        }
    },
    /** {@code LockSupport.parkNanos}, which may end for no reason. */
    PARK {
        @Override
        public void await(long nanos) throws InterruptedException {
            long startNanos = System.nanoTime();
            for (long left = nanos; left > 0; left = nanos - (System.nanoTime() - startNanos)) {
                LockSupport.parkNanos(left);
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
            }
        }
    },
    /** {@code tryLock} of a lock that nobody will release. */
    LOCK {
        @Override
        public void await(long nanos) throws InterruptedException {
            ReentrantLock lock = new ReentrantLock();
            Await.end(Thread.ofPlatform().start(lock::lock));
            if (lock.tryLock(nanos, TimeUnit.NANOSECONDS)) {
                throw new AssertionError("locked by two: " + lock);
            }
        }
    },
    /** {@code Object.wait}, in milliseconds. */
    MONITOR {
        @Override
        public void await(long nanos) throws InterruptedException {
            long millis = nanos == Long.MAX_VALUE ? Long.MAX_VALUE : (nanos + 999_999) / 1_000_000;
            Object monitor = new Object();
            long startNanos = System.nanoTime();
            synchronized (monitor) {
                do {
                    monitor.wait(millis);
                } while (System.nanoTime() - startNanos < nanos);
            }
        }
    },
    /** {@code Future.get}. */
    FUTURE {
        @Override
        public void await(long nanos) throws Exception {
            try {
                Object nothing = new CompletableFuture<Object>().get(nanos, TimeUnit.NANOSECONDS);
                throw new AssertionError("completed by nobody: " + nothing);
            } catch (TimeoutException e) {
                assert nanos < Long.MAX_VALUE : e;
            }
        }
    };

    /** Waits so long. */
    public abstract void await(long nanos) throws Exception;
}
