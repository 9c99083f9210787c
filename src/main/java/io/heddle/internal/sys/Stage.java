package io.heddle.internal.sys;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Native memory through which the bytes of heap buffers pass where the kernel wants an address. Taken before a call and
 * given back after it.
 */
final class Stage implements AutoCloseable {
    /** As much as a pipe holds, and more than the longest UDP datagram. */
    static final int SIZE = 64 * 1024;

    private static final Pool<Stage> POOL = new Pool<>(16, () -> new Stage(SIZE));

    final ByteBuffer memory;
    final long address;

    private Stage(int bytes) {
        memory = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        address = MemorySegment.ofBuffer(memory).address();
    }

    /** At least so many bytes; more than {@link #SIZE} are made for this one call. */
    static Stage take(int bytesMin) {
        return bytesMin <= SIZE ? POOL.take() : new Stage(bytesMin);
    }

    @Override
    public void close() {
        if (memory.capacity() == SIZE) {
            POOL.give(this);
        }
    }
}
