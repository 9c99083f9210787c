package io.heddle.internal.sys;

import static java.lang.foreign.MemoryLayout.PathElement.groupElement;
import static java.lang.foreign.MemoryLayout.paddingLayout;
import static java.lang.foreign.MemoryLayout.structLayout;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;

/**
 * {@code struct epoll_event}, epoll_ctl(2).
 *
 * <pre>
 *   x86-64, packed               all others
 *   0        4          12       0        4         8          16
 *   +--------+----------+        +--------+---------+----------+
 *   | events |   data   |        | events | padding |   data   |
 *   +--------+----------+        +--------+---------+----------+
 * </pre>
 */
public final class EpollEvent {
    public static final int IN = 0x1;
    public static final int PRI = 0x2;
    public static final int OUT = 0x4;
    public static final int ERR = 0x8;
    public static final int HUP = 0x10;
    public static final int RDHUP = 0x2000;
    public static final int ONESHOT = 1 << 30;
    public static final int ET = 1 << 31;

    private static final boolean PACKED = packed(System.getProperty("os.arch"));

    static final StructLayout LAYOUT = layout(PACKED);

    public static final long SIZE = LAYOUT.byteSize();
    private static final long EVENTS = LAYOUT.byteOffset(groupElement("events"));
    private static final long DATA = LAYOUT.byteOffset(groupElement("data"));

    static {
        // A wrong layout corrupts memory silently; a wrong layout here stops the program.
        if (SIZE != (PACKED ? 12 : 16) || EVENTS != 0 || DATA != (PACKED ? 4 : 8)) {
            throw new AssertionError("epoll_event layout: size=" + SIZE + ", events=" + EVENTS + ", data=" + DATA);
        }
    }

    private EpollEvent() {}

    static boolean packed(String arch) {
        return arch.equals("amd64");
    }

    static StructLayout layout(boolean packed) {
        return packed
                ? structLayout(JAVA_INT.withName("events"), JAVA_LONG_UNALIGNED.withName("data"))
                : structLayout(JAVA_INT.withName("events"), paddingLayout(4), JAVA_LONG.withName("data"));
    }

    public static int events(MemorySegment array, int index) {
        return array.get(JAVA_INT_UNALIGNED, index * SIZE + EVENTS);
    }

    public static long data(MemorySegment array, int index) {
        return array.get(JAVA_LONG_UNALIGNED, index * SIZE + DATA);
    }

    static void set(MemorySegment event, int events, long data) {
        event.set(JAVA_INT_UNALIGNED, EVENTS, events);
        event.set(JAVA_LONG_UNALIGNED, DATA, data);
    }
}
