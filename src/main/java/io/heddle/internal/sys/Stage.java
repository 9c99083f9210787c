package io.heddle.internal.sys;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Native memory through which bytes pass where the kernel wants an address and their buffer cannot give one: a heap
 * buffer has none, and the memory of an arena may be freed by another thread during the call. Taken before a call and
 * given back after it.
 */
final class Stage implements AutoCloseable {
    /** As much as a pipe holds, and more than the longest UDP datagram. */
    static final int SIZE = 64 * 1024;

    /** The class of scopes that no arena ends, those of {@link ByteBuffer#allocateDirect}. */
    private static final Class<?> ENDLESS =
            MemorySegment.ofBuffer(ByteBuffer.allocateDirect(0)).scope().getClass();

    /** As much as a datagram of a Unix socket may have by default. */
    private static final int LARGE_SIZE = 256 * 1024;

    private static final Pool<Stage> POOL = new Pool<>(16, () -> new Stage(SIZE));
    private static final Pool<Stage> LARGE = new Pool<>(2, () -> new Stage(LARGE_SIZE));

    final ByteBuffer memory;
    final long address;

    private Stage(int bytes) {
        memory = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        address = MemorySegment.ofBuffer(memory).address();
    }

    /** At least so many bytes, of which {@link #SIZE} are taken most cheaply. */
    static Stage take(int bytesMin) {
        if (bytesMin <= SIZE) {
            return POOL.take();
        }
        Stage large = LARGE.take();
        // One that is too small is left to the garbage collection: the pool comes to have what is asked for.
        return large.memory.capacity() >= bytesMin ? large : new Stage(Integer.highestOneBit(bytesMin - 1) << 1);
    }

    /** Where the bytes of a buffer are, from its position on, for as long as it is reachable; zero: on a stage only. */
    static long addressOf(ByteBuffer buffer) {
        if (!buffer.isDirect()) {
            return 0;
        }
        MemorySegment bytes = MemorySegment.ofBuffer(buffer);
        return bytes.scope().getClass() == ENDLESS ? bytes.address() : 0;
    }

    /**
     * Brings bytes to the stage. The copy is checked: it fails, and harms nothing, where the buffer's memory is freed
     * or another thread's.
     */
    void load(int at, ByteBuffer src, int length) {
        memory.put(at, src, src.position(), length);
    }

    /** Fails as {@link #unload} would, before the kernel has given up bytes for which there is no place. */
    void ensureTakes(ByteBuffer dst) {
        if (dst.hasRemaining()) {
            memory.put(0, dst, dst.position(), 1);
        }
    }

    /** Brings bytes from the stage, checked as in {@link #load}. */
    void unload(int at, ByteBuffer dst, int length) {
        dst.put(dst.position(), memory, at, length);
    }

    @Override
    public void close() {
        (memory.capacity() == SIZE ? POOL : LARGE).give(this);
    }
}
