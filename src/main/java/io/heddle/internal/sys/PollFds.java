package io.heddle.internal.sys;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * A growing array of {@code struct pollfd}, poll(2). A negative descriptor is passed over by the kernel.
 *
 * <pre>
 *   0        4        6         8
 *   +--------+--------+---------+
 *   |   fd   | events | revents |
 *   +--------+--------+---------+
 * </pre>
 */
public final class PollFds {
    public static final int IN = 0x1;
    public static final int PRI = 0x2;
    public static final int OUT = 0x4;
    public static final int ERR = 0x8;
    public static final int HUP = 0x10;
    /** The descriptor is closed. */
    public static final int NVAL = 0x20;

    /** Linux only: elsewhere the end of what can be read is something to read. */
    public static final int RDHUP = NativeAccess.BSD ? 0 : 0x2000;

    private static final int ENTRY = 8;
    private static final int EVENTS = 4;
    private static final int REVENTS = 6;
    private static final int FIRST_SIZE = 16;

    /** Its garbage collection frees it: hold this object during the call. */
    private ByteBuffer memory;

    private long address;
    private int size;

    /** Creates an empty array. */
    public PollFds() {
        memory = NativeMemory.allocate(FIRST_SIZE * ENTRY);
        address = MemorySegment.ofBuffer(memory).address();
    }

    public int size() {
        return size;
    }

    /** Appends an entry that asks for nothing of nobody; returns its index. */
    public int append() {
        if (size * ENTRY == memory.capacity()) {
            ByteBuffer old = memory;
            memory = NativeMemory.allocate(old.capacity() * 2).put(0, old, 0, old.capacity());
            address = MemorySegment.ofBuffer(memory).address();
        }
        set(size, -1, 0);
        return size++;
    }

    public void set(int index, int fd, int events) {
        memory.putInt(index * ENTRY, fd)
                .putShort(index * ENTRY + EVENTS, (short) events)
                .putShort(index * ENTRY + REVENTS, (short) 0);
    }

    /** Puts the last entry in the place of this one. */
    public void removeByLast(int index) {
        size--;
        memory.putLong(index * ENTRY, memory.getLong(size * ENTRY));
    }

    /** What the kernel reported last. */
    public int revents(int index) {
        return memory.getShort(index * ENTRY + REVENTS) & 0xffff;
    }

    long address() {
        return address;
    }
}
