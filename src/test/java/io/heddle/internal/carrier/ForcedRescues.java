package io.heddle.internal.carrier;

import io.heddle.testing.Await;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;

/** Takes carriers from their workers at random moments, again and again, until it is closed. */
public final class ForcedRescues implements AutoCloseable {
    private final Thread thread;
    private volatile boolean closed;
    private volatile long count;

    private ForcedRescues(Carriers carriers, long seed, long pauseMaxNanos) {
        SplittableRandom random = new SplittableRandom(seed);
        thread = Thread.ofPlatform().name("forced-rescues").start(() -> {
            long taken = 0;
            while (!closed) {
                LockSupport.parkNanos(random.nextLong(pauseMaxNanos));
                if (carriers.rescueNow(random.nextInt(carriers.count()))) {
                    count = ++taken;
                }
            }
        });
    }

    /** Begins; the pauses between two are random up to that. */
    public static ForcedRescues begin(Carriers carriers, long seed, long pauseMaxNanos) {
        return new ForcedRescues(carriers, seed, pauseMaxNanos);
    }

    /** How many there were. */
    public long count() {
        return count;
    }

    @Override
    public void close() {
        closed = true;
        Await.end(thread);
    }
}
