package io.heddle.internal.carrier;

import io.heddle.internal.timer.Timer;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A timed park, sleep or wait of a virtual thread, as {@code VirtualThread} hands it to its scheduler and
 * cancels it. Nobody ever waits for the result.
 */
final class Delayed extends Timer implements ScheduledFuture<@Nullable Object> {
    private static final VarHandle COMMAND;

    static {
        try {
            COMMAND = MethodHandles.lookup().findVarHandle(Delayed.class, "command", Runnable.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Where it was scheduled; after that carrier's end its successor knows it. */
    private final Carrier carrier;

    final long dueNanos;

    /** Null once it ran or was cancelled, whichever takes it out first: cancelling drops it at once. */
    private volatile @Nullable Runnable command;

    private volatile boolean cancelled;

    Delayed(Carrier carrier, Runnable command, long dueNanos) {
        this.carrier = carrier;
        this.command = command;
        this.dueNanos = dueNanos;
    }

    @Override
    protected void fire(long nowNanos) {
        Runnable taken = (Runnable) COMMAND.getAndSet(this, null);
        if (taken != null) {
            taken.run();
        }
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        if (COMMAND.getAndSet(this, null) == null) {
            return false;
        }
        cancelled = true;
        carrier.cancel(this);
        return true;
    }

    @Override
    public boolean isDead() {
        return isDone();
    }

    @Override
    public boolean isCancelled() {
        return cancelled;
    }

    @Override
    public boolean isDone() {
        return command == null;
    }

    @Override
    public @Nullable Object get() throws InterruptedException, ExecutionException {
        return outcome();
    }

    @Override
    public @Nullable Object get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException {
        return outcome();
    }

    private @Nullable Object outcome() {
        if (cancelled) {
            throw new CancellationException();
        }
        if (!isDone()) {
            throw new IllegalStateException("a carrier's timer cannot be waited for");
        }
        return null;
    }

    @Override
    public long getDelay(TimeUnit unit) {
        return unit.convert(dueNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(java.util.concurrent.Delayed other) {
        return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
}
