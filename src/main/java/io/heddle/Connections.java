package io.heddle;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * The connections that a listener serves: how many there may be, and who waits for one to end. Does not refer to
 * the listener, so that a forgotten one can be closed.
 *
 * @param <S> what the listener accepts
 */
final class Connections<S extends Connection> {
    private final int max;
    private final Set<S> open = ConcurrentHashMap.newKeySet();
    /** Places taken, also by who is about to accept; under lock, and only if there is a maximum. */
    private int taken;

    private final ReentrantLock lock = new ReentrantLock();
    /** A connection has ended, or the listener is closed. */
    private final Condition changed = lock.newCondition();

    Connections(int max) {
        this.max = max;
    }

    void add(S connection) {
        open.add(connection);
    }

    void end(S connection) {
        connection.close();
        open.remove(connection);
        if (max != Integer.MAX_VALUE || open.isEmpty()) {
            leave();
        }
    }

    /** Gives back a place that {@link #awaitRoom} gave. */
    void leave() {
        lock.lock();
        try {
            taken -= max != Integer.MAX_VALUE ? 1 : 0;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void signal() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits while there are as many as there may be, and takes a place. Answers false, and takes none, if the listener
     * does not listen any more. An interrupt ends the
     * wait of a virtual thread only, as in every call that waits on a socket.
     */
    boolean awaitRoom(BooleanSupplier listening) throws InterruptedException {
        if (max == Integer.MAX_VALUE) {
            return true;
        }
        lock.lock();
        try {
            while (listening.getAsBoolean() && taken >= max) {
                if (Thread.currentThread().isVirtual()) {
                    changed.await();
                } else {
                    changed.awaitUninterruptibly();
                }
            }
            if (!listening.getAsBoolean()) {
                return false;
            }
            taken++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until there are none; answers whether that came in time. */
    boolean awaitNone(long timeoutNanos) throws InterruptedException {
        long left = timeoutNanos;
        lock.lock();
        try {
            while (!open.isEmpty() && left > 0) {
                left = changed.awaitNanos(left);
            }
            return open.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    void closeAll() {
        open.forEach(Connection::close);
    }

    int count() {
        return open.size();
    }
}
