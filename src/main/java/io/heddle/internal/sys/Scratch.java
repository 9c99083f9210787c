package io.heddle.internal.sys;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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

    /*
     * 0                            128              144     148      152
     * +----------------------------+----------------+-------+--------+
     * | struct sockaddr_storage    | value          | errno | length |
     * +----------------------------+----------------+-------+--------+
     *
     * A buffer and not a segment: the first use of a segment's accessors costs milliseconds at the start.
     */
    private static final int VALUE = 128;
    private static final int ERRNO = 144;
    private static final int LENGTH = 148;
    private static final int SIZE = 152;

    /** In the machine's byte order. Its garbage collection frees the memory: hold this object during the call. */
    private final ByteBuffer memory;

    /** Where the linker puts errno. */
    final MemorySegment errno;

    private final long base;

    private Scratch(ByteBuffer memory) {
        this.memory = memory;
        errno = MemorySegment.ofBuffer(memory).asSlice(ERRNO, 4);
        base = errno.address() - ERRNO;
    }

    /** Memory for an owner that keeps it, such as a poller. */
    public static Scratch own() {
        return new Scratch(NativeMemory.allocate(SIZE));
    }

    int lastErrno() {
        return memory.getInt(ERRNO);
    }

    /** The memory itself; a socket address is at its start. */
    ByteBuffer memory() {
        return memory;
    }

    /** Address of 128 bytes: {@code struct sockaddr_storage}. */
    long address() {
        return base;
    }

    /** Address of a {@code socklen_t}. */
    long length() {
        return base + LENGTH;
    }

    void setLength(int bytes) {
        memory.putInt(LENGTH, bytes);
    }

    int lengthValue() {
        return memory.getInt(LENGTH);
    }

    /** Address of 16 bytes: an int, a {@code struct linger}, a {@code struct timespec}, an epoll_event. */
    long value() {
        return base + VALUE;
    }

    int intValue() {
        return memory.getInt(VALUE);
    }

    long longValue() {
        return memory.getLong(VALUE);
    }

    void setValue(int first, int second) {
        memory.putInt(VALUE, first).putInt(VALUE + 4, second);
    }

    void setValue(long first, long second) {
        memory.putLong(VALUE, first).putLong(VALUE + 8, second);
    }

    /** Puts an {@code epoll_event} there. */
    void setEvent(int events, long data) {
        EpollEvent.set(memory, VALUE, events, data);
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
        return new Scratch(ByteBuffer.allocateDirect(SIZE).order(ByteOrder.nativeOrder()));
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
