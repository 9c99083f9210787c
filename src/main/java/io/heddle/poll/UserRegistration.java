package io.heddle.poll;

import io.heddle.poll.spi.Readiness;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** One user-space source as its registry knows it, from register to deregister. */
final class UserRegistration extends ReadyQueue.Entry {
    /** What was asked for: by identity, as each request is one. */
    private record Wanted(long token, int interest) {
        boolean has(int bit) {
            return (interest & bit) != 0;
        }
    }

    private final @Nullable UserSource source;
    private final @Nullable ReadyQueue queue;

    /** Null: nothing, after the one shot. */
    private final AtomicReference<@Nullable Wanted> wanted;

    // Of who polls: what was reported last, to whom.
    private long reportedSaid;
    private @Nullable Wanted reportedWanted;

    UserRegistration(UserSource source, Registry registry, long token, Interest interest) {
        this.source = source;
        queue = registry.queue();
        wanted = new AtomicReference<>(new Wanted(token, interest.bits));
    }

    /** Stands for one that was and will not be again. */
    UserRegistration() {
        source = null;
        queue = null;
        wanted = new AtomicReference<>();
    }

    boolean isOf(Registry asked) {
        return queue == asked.queue();
    }

    /** Whether its poll is open. */
    boolean isAlive() {
        return queue != null && queue.isOpen();
    }

    void want(long token, Interest interest) {
        wanted.set(new Wanted(token, interest.bits));
    }

    /** Any thread, after it has changed what is said or wanted. */
    void queueIfReady() {
        if (source != null && queue != null && ready(source.said(), wanted.get()) != 0) {
            queue.add(this);
        }
    }

    private static int ready(long said, @Nullable Wanted wanted) {
        return wanted == null ? 0 : (int) said & wanted.interest & Readiness.INTERESTS;
    }

    @Override
    boolean report(Events events) {
        if (source == null) {
            return false;
        }
        Wanted now;
        long said;
        int ready;
        do {
            now = wanted.get();
            said = source.said();
            ready = ready(said, now);
            boolean stale = source.registration() != this;
            if (now == null || ready == 0 || stale) {
                return false;
            }
            boolean told = said == reportedSaid && now == reportedWanted;
            if (told && !now.has(Readiness.LEVEL)) {
                return false;
            }
            // Fails if it is registered anew meanwhile, which is to be reported then.
        } while (now.has(Readiness.ONESHOT) && !wanted.compareAndSet(now, null));
        reportedSaid = said;
        reportedWanted = now;
        events.add(now.token, ready);
        return now.has(Readiness.LEVEL);
    }
}
