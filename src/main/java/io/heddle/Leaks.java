package io.heddle;

import java.lang.ref.Cleaner;

/** Closes sockets that nobody can reach any more. */
final class Leaks {
    static final Cleaner CLEANER = Cleaner.create(task -> {
        Thread thread = new Thread(null, task, "heddle-cleaner", 0, false);
        thread.setDaemon(true);
        return thread;
    });

    private Leaks() {}
}
