package io.heddle.poll.loop;

import io.heddle.poll.Waker;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedSelectorException;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Sends messages to an {@link EventLoop}, from any thread. A loop that waits is woken; one that is busy costs no system
 * call. What this thread has done before it sends can be seen by the handler that has the message.
 *
 * <p>The loop takes a limited number of messages that are not handled yet. One more is refused, or waits for room, as
 * the caller likes.
 *
 * @param <M> the messages
 */
public final class Sender<M> {
    private final int capacity;
    private final Waker waker;
    private final BooleanSupplier isRunner;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition room = lock.newCondition();

    // Under the lock. The loop looks for messages and says that it sleeps, a sender adds one and looks who sleeps: so
    // either the loop has the message, or the sender wakes it.
    private final ArrayDeque<M> messages = new ArrayDeque<>();
    private boolean sleeping;

    /** Written under the lock. */
    private volatile boolean closed;

    Sender(int capacity, Waker waker, BooleanSupplier isRunner) {
        this.capacity = capacity;
        this.waker = waker;
        this.isRunner = isRunner;
    }

    /**
     * Sends a message if there is room for it. Never waits.
     *
     * @param message what to send
     * @return whether it is sent; false: the loop has as many as it takes
     * @throws ClosedSelectorException if the loop is closed
     */
    public boolean trySend(M message) {
        Objects.requireNonNull(message);
        boolean wake;
        lock.lock();
        try {
            checkOpen();
            if (messages.size() >= capacity) {
                return false;
            }
            wake = add(message);
        } finally {
            lock.unlock();
        }
        wakeIf(wake);
        return true;
    }

    /**
     * Sends a message, and waits for room if there is none: also while nobody runs the loop.
     *
     * @param message what to send
     * @throws IllegalStateException if this thread runs the loop, and would wait for itself
     * @throws ClosedSelectorException if the loop is closed, or is being closed while this waits
     * @throws InterruptedException if the thread is interrupted before it has sent the message
     */
    public void send(M message) throws InterruptedException {
        Objects.requireNonNull(message);
        boolean wake;
        lock.lockInterruptibly();
        try {
            checkOpen();
            while (messages.size() >= capacity) {
                if (isRunner.getAsBoolean()) {
                    throw new IllegalStateException(
                            "The thread that runs the loop cannot wait for room: capacity=" + capacity);
                }
                room.await();
                checkOpen();
            }
            wake = add(message);
        } finally {
            lock.unlock();
        }
        wakeIf(wake);
    }

    private void checkOpen() {
        if (closed) {
            throw new ClosedSelectorException();
        }
    }

    private boolean add(M message) {
        messages.add(message);
        boolean wake = sleeping;
        sleeping = false;
        return wake;
    }

    private void wakeIf(boolean wake) {
        if (wake) {
            try {
                waker.wake();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    // The loop's side

    /** Says that the loop sleeps, unless there is a message: answers whether it may. */
    boolean prepareSleep() {
        lock.lock();
        try {
            sleeping = messages.isEmpty();
            return sleeping;
        } finally {
            lock.unlock();
        }
    }

    /** The loop sleeps no more: answers whether there is a message. */
    boolean endSleep() {
        lock.lock();
        try {
            sleeping = false;
            return !messages.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    @Nullable
    M take() {
        lock.lock();
        try {
            M message = messages.poll();
            if (message != null) {
                room.signal();
            }
            return message;
        } finally {
            lock.unlock();
        }
    }

    boolean isOpen() {
        return !closed;
    }

    void close() {
        lock.lock();
        try {
            closed = true;
            messages.clear();
            room.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Says how many messages are not handled yet. */
    @Override
    public String toString() {
        lock.lock();
        try {
            return "Sender[messages=" + messages.size() + ", capacity=" + capacity + (closed ? ", closed]" : "]");
        } finally {
            lock.unlock();
        }
    }
}
