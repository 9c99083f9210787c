package io.heddle.testing;

import java.util.concurrent.locks.LockSupport;

/** Waiting for what other threads or the kernel will do. The test's own timeout ends a wait that is in vain. */
public final class Await {
    private static final long LOOK_EVERY_NANOS = 200_000;

    private Await() {}

    /** Something that will hold, once. */
    @FunctionalInterface
    public interface Condition {
        /** Whether it holds now. */
        boolean holds() throws Exception;
    }

    /**
     * Returns when the condition holds.
     *
     * @throws AssertionError if the thread is interrupted before, as the test's timeout does
     */
    public static void until(String what, Condition condition) throws Exception {
        while (!condition.holds()) {
            LockSupport.parkNanos(LOOK_EVERY_NANOS);
            if (Thread.interrupted()) {
                throw new AssertionError("gave up waiting: until=" + what);
            }
        }
    }

    /** The same, but for no longer than that: answers whether the condition holds. */
    public static boolean until(String what, long nanos, Condition condition) throws Exception {
        long startNanos = System.nanoTime();
        until(what, () -> condition.holds() || System.nanoTime() - startNanos >= nanos);
        return condition.holds();
    }

    /**
     * Returns when the thread has ended.
     *
     * @throws AssertionError if the caller is interrupted before, as the test's timeout does
     */
    public static void end(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError("gave up waiting: until the end of " + thread, e);
        }
    }
}
