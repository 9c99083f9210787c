package io.heddle.internal.socket;

import java.lang.ref.Cleaner;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** Closes sockets that nobody can reach any more. */
public final class Leaks {
    private static final ReentrantLock LOCK = new ReentrantLock();

    /** Made for the first socket, under LOCK. No constant: if no thread can be had then, the next socket asks again. */
    private static volatile @Nullable Cleaner cleaner;

    private Leaks() {}

    /** Has it closed by {@code Cleanable.clean()}, or when the owner is forgotten. */
    public static Cleaner.Cleanable register(Object owner, Runnable close) {
        Cleaner known = cleaner;
        return (known != null ? known : create()).register(owner, close);
    }

    private static Cleaner create() {
        LOCK.lock();
        try {
            Cleaner known = cleaner;
            if (known == null) {
                known = Cleaner.create(Leaks::newThread);
                cleaner = known;
            }
            return known;
        } finally {
            LOCK.unlock();
        }
    }

    private static Thread newThread(Runnable task) {
        Thread thread = new Thread(null, task, "heddle-cleaner", 0, false);
        thread.setDaemon(true);
        return thread;
    }
}
