package io.heddle.testing;

import io.heddle.Heddle;
import java.util.concurrent.Callable;

/** Who calls a socket: each kind of thread has a poller of its own kind. */
public enum Caller {
    /** On a carrier that polls for itself; in hosted mode the same as the next. */
    HEDDLE_THREAD {
        @Override
        Thread newThread(Runnable work) {
            return Heddle.shared().threadFactory().newThread(work);
        }
    },
    /** On the JDK's scheduler. */
    JDK_VIRTUAL_THREAD {
        @Override
        Thread newThread(Runnable work) {
            // A virtual thread would hand down its own scheduler.
            assert !Thread.currentThread().isVirtual() : "start it from a platform thread";
            return Thread.ofVirtual().unstarted(work);
        }
    },
    /** One that blocks as a whole. */
    PLATFORM_THREAD {
        @Override
        Thread newThread(Runnable work) {
            return Thread.ofPlatform().daemon().name("caller-platform").unstarted(work);
        }
    };

    abstract Thread newThread(Runnable work);

    /** Another such thread, for one that is such a thread itself: a virtual thread hands down its scheduler. */
    public Thread sibling(Runnable work) {
        return isVirtual() ? Thread.ofVirtual().unstarted(work) : newThread(work);
    }

    /** Work without a result. */
    @FunctionalInterface
    public interface Work {
        /** Does it. */
        void run() throws Exception;
    }

    /** Whether an interrupt ends its calls. */
    public boolean isVirtual() {
        return this != PLATFORM_THREAD;
    }

    /** Starts such a thread. */
    public <T> Task<T> start(Callable<T> work) {
        return new Task<>(this::newThread, work);
    }

    /** Starts such a thread. */
    public Task<Boolean> startRun(Work work) {
        return start(() -> {
            work.run();
            return true;
        });
    }

    /** Has it done on such a thread, and answers or throws what came of it. */
    public <T> T call(Callable<T> work) throws Exception {
        return start(work).get();
    }

    /** Has it done on such a thread, and throws what it throws. */
    public void run(Work work) throws Exception {
        boolean done = startRun(work).get();
        assert done;
    }

    /** Has it done on such a thread; it must fail. */
    public Throwable failureOf(Work work) throws Exception {
        return startRun(work).failure();
    }
}
