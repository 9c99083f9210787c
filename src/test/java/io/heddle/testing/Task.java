package io.heddle.testing;

import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Function;
import java.util.function.Predicate;

/** Work on a thread of its own, and what came of it. */
public final class Task<T> {
    private static final int LOOKS_IN_KERNEL = 5;

    private final FutureTask<T> outcome;
    private final Thread thread;

    /** Written by the thread when the work has ended. */
    private volatile boolean interrupted;

    /** Starts it on a thread of the caller's making. */
    public static Task<Boolean> on(Function<Runnable, Thread> threads, Caller.Work work) {
        return new Task<>(threads, () -> {
            work.run();
            return true;
        });
    }

    /** The same of work with a result. */
    public static <T> Task<T> of(Function<Runnable, Thread> threads, Callable<T> work) {
        return new Task<>(threads, work);
    }

    Task(Function<Runnable, Thread> threads, Callable<T> work) {
        outcome = new FutureTask<>(() -> {
            try {
                return work.call();
            } finally {
                interrupted = Thread.currentThread().isInterrupted();
            }
        });
        thread = threads.apply(outcome);
        thread.start();
    }

    /** The thread that does it. */
    public Thread thread() {
        return thread;
    }

    /** Interrupts the thread. */
    public void interrupt() {
        thread.interrupt();
    }

    /** Whether the work has ended. */
    public boolean isDone() {
        return outcome.isDone();
    }

    /** Waits for the end: answers the result, or throws what the work threw. */
    public T get() throws Exception {
        try {
            return outcome.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception thrown) {
                throw thrown;
            }
            throw e.getCause() instanceof Error error ? error : new AssertionError(e);
        }
    }

    /** Waits for the end, which must be an exception. */
    public Throwable failure() throws InterruptedException {
        try {
            T result = outcome.get();
            throw new AssertionError("should have failed: result=" + result);
        } catch (ExecutionException e) {
            return e.getCause() == null ? e : e.getCause();
        }
    }

    /** Waits for the end: whether the thread's interrupt status was set then. */
    public boolean endedInterrupted() throws InterruptedException {
        try {
            T ignored = outcome.get();
        } catch (ExecutionException e) {
            // Only the status is asked for.
            assert e.getCause() != null;
        }
        return interrupted;
    }

    /** Waits until the thread is parked on its socket, or waits in a call of the JDK's sockets. */
    public Task<T> awaitWaiting() throws Exception {
        int[] looks = new int[1];
        return await("waiting on a socket", () -> {
            if (isWaiting(thread)) {
                return true;
            }
            // On a platform thread the JDK waits in the kernel. A call that does not is not seen so often in a row.
            looks[0] = isInKernel() ? looks[0] + 1 : 0;
            return looks[0] >= LOOKS_IN_KERNEL;
        });
    }

    /** Whether the thread is parked on its socket. */
    public static boolean isWaiting(Thread thread) {
        return isParked(thread)
                && isIn(
                        thread,
                        frame -> frame.getClassName().equals("io.heddle.internal.readiness.Registration")
                                || frame.getClassName().startsWith("sun.nio.ch."));
    }

    private boolean isInKernel() {
        StackTraceElement[] frames = thread.getStackTrace();
        return frames.length > 0
                && frames[0].isNativeMethod()
                && frames[0].getClassName().startsWith("sun.nio.ch.");
    }

    /** Waits until the thread is parked behind another that uses the same direction of a socket. */
    public Task<T> awaitQueued() throws Exception {
        return await(
                "queued at a socket",
                () -> isParked(thread)
                        && isIn(thread, frame -> frame.getClassName().endsWith("ReentrantLock")));
    }

    /** Waits until the thread is parked, wherever that is. */
    public Task<T> awaitParked() throws Exception {
        return await("parked", () -> isParked(thread));
    }

    /**
     * Waits until the thread waits in the selector of a poll. A call that does not wait is not seen so often in a row.
     */
    public Task<T> awaitPolling() throws Exception {
        int[] looks = new int[1];
        return await("polling", () -> {
            looks[0] = isIn(thread, Task::isOfSelector) ? looks[0] + 1 : 0;
            return looks[0] >= LOOKS_IN_KERNEL;
        });
    }

    private static boolean isOfSelector(StackTraceElement frame) {
        return frame.getClassName().equals("io.heddle.internal.sys.Linking")
                || frame.getClassName().equals("sun.nio.ch.EPoll");
    }

    private Task<T> await(String what, Await.Condition condition) throws Exception {
        Await.until(what, () -> {
            if (outcome.isDone()) {
                throw new AssertionError("ended before it was " + what + ": " + outcome);
            }
            return condition.holds();
        });
        return this;
    }

    private static boolean isIn(Thread thread, Predicate<StackTraceElement> where) {
        return Arrays.stream(thread.getStackTrace()).anyMatch(where);
    }

    private static boolean isParked(Thread thread) {
        Thread.State state = thread.getState();
        return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
    }

    @Override
    public String toString() {
        return "Task[" + thread + ", " + outcome + "]";
    }
}
