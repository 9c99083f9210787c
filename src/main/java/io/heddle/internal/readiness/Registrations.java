package io.heddle.internal.readiness;

import io.heddle.internal.poller.Home;
import io.heddle.internal.poller.Poller;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * All watched descriptors of the process, by number. The kernel hands out the lowest free number, so the
 * table is dense. An event carries number and generation; one of an earlier generation is dropped, so that
 * it cannot wake the next owner of a recycled number.
 */
public final class Registrations {
    private static final int CHUNK_BITS = 10;
    private static final int CHUNK = 1 << CHUNK_BITS;
    private static final int CHUNKS = 1 << 14; // 16 million descriptors, beyond fs.nr_open's default

    // A chunk is made by whoever needs it first and never goes; a slot is written by the registration
    // that owns the descriptor and read by whoever polls.
    private static final AtomicReferenceArray<@Nullable AtomicReferenceArray<@Nullable Registration>> TABLE =
            new AtomicReferenceArray<>(CHUNKS);

    private static final AtomicInteger GENERATION = new AtomicInteger();

    /** Hands events of any poller to their registration. */
    public static final Poller.Sink SINK = Registrations::ready;

    private Registrations() {}

    /** The descriptor's number and a generation that none of the last four billion registrations has had. */
    static long newToken(int fd) {
        return ((long) GENERATION.incrementAndGet() << 32) | fd;
    }

    /** Enters a registration, which may be in it already. */
    static void add(Registration registration) {
        int fd = registration.fd();
        chunk(fd >>> CHUNK_BITS).set(fd & (CHUNK - 1), registration);
    }

    static void remove(Registration registration) {
        int fd = registration.fd();
        chunk(fd >>> CHUNK_BITS).compareAndSet(fd & (CHUNK - 1), registration, null);
    }

    private static void ready(long token, int bits) {
        int fd = (int) token;
        Registration registration = chunk(fd >>> CHUNK_BITS).get(fd & (CHUNK - 1));
        if (registration != null && registration.token() == token) {
            registration.ready(bits);
        }
    }

    /** The owner of a home that ends: all its registrations look for another one. */
    public static void evictAll(Home ending) {
        for (int i = 0; i < CHUNKS; i++) {
            AtomicReferenceArray<@Nullable Registration> chunk = TABLE.get(i);
            for (int j = 0; chunk != null && j < CHUNK; j++) {
                Registration registration = chunk.get(j);
                if (registration != null) {
                    registration.evict(ending);
                }
            }
        }
    }

    /** How many descriptors are registered; for tests and statistics. */
    public static int count() {
        int count = 0;
        for (int i = 0; i < CHUNKS; i++) {
            AtomicReferenceArray<@Nullable Registration> chunk = TABLE.get(i);
            for (int j = 0; chunk != null && j < CHUNK; j++) {
                count += chunk.get(j) == null ? 0 : 1;
            }
        }
        return count;
    }

    private static AtomicReferenceArray<@Nullable Registration> chunk(int index) {
        AtomicReferenceArray<@Nullable Registration> chunk = TABLE.get(index);
        if (chunk == null) {
            chunk = new AtomicReferenceArray<>(CHUNK);
            AtomicReferenceArray<@Nullable Registration> raced = TABLE.compareAndExchange(index, null, chunk);
            return raced == null ? chunk : raced;
        }
        return chunk;
    }
}
