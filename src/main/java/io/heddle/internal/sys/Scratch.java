package io.heddle.internal.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Native working memory of one plain call: errno, an address, an option, an event. Taken before the
 * call and given back after it, by any thread; the pool makes that free of allocation.
 *
 * <p>A thread-local would be simpler and wrong: a million virtual threads would keep a million.
 */
public final class Scratch implements AutoCloseable {
    /*
     * A slot holds null or a Scratch that nobody uses. take() swaps null in, close() puts back where it
     * finds null. When all slots are taken a new one is made, when all are full the surplus is dropped;
     * its memory belongs to an automatic arena and goes with it.
     */
    private static final int SLOTS = 64;
    private static final AtomicReferenceArray<Scratch> POOL = new AtomicReferenceArray<>(SLOTS);

    /** Four bytes. */
    final MemorySegment errno;
    /** {@code struct sockaddr_storage}, 128 bytes. */
    final MemorySegment address;
    /** {@code socklen_t}. */
    final MemorySegment length;
    /** Sixteen bytes: an int, a {@code struct linger}, a {@code struct timespec}, an epoll_event. */
    final MemorySegment value;

    private Scratch() {
        MemorySegment all = Arena.ofAuto().allocate(160, 8);
        address = all.asSlice(0, SockAddr.STORAGE_SIZE);
        value = all.asSlice(128, 16);
        errno = all.asSlice(144, 4);
        length = all.asSlice(148, 4);
    }

    static Scratch take() {
        int start = (int) Thread.currentThread().threadId();
        for (int i = 0; i < 4; i++) {
            int slot = (start + i) & (SLOTS - 1);
            if (POOL.getPlain(slot) != null) {
                Scratch found = POOL.getAndSet(slot, null);
                if (found != null) {
                    return found;
                }
            }
        }
        return new Scratch();
    }

    /** Gives it back. The caller must not touch it again. */
    @Override
    public void close() {
        int start = (int) Thread.currentThread().threadId();
        for (int i = 0; i < 4; i++) {
            int slot = (start + i) & (SLOTS - 1);
            if (POOL.getPlain(slot) == null && POOL.compareAndSet(slot, null, this)) {
                return;
            }
        }
    }
}
