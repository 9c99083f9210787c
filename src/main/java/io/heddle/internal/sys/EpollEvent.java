package io.heddle.internal.sys;

import java.nio.ByteBuffer;

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

    private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");

    /** Bytes of one event. That these numbers are right is proved by the first poller, on the real kernel. */
    public static final int SIZE = size(PACKED);

    private static final int DATA = dataOffset(PACKED);

    private EpollEvent() {}

    static int size(boolean packed) {
        return packed ? 12 : 16;
    }

    static int dataOffset(boolean packed) {
        return packed ? 4 : 8;
    }

    public static int events(ByteBuffer array, int index) {
        return array.getInt(index * SIZE);
    }

    public static long data(ByteBuffer array, int index) {
        return array.getLong(index * SIZE + DATA);
    }

    static void set(ByteBuffer memory, int at, int events, long data) {
        memory.putInt(at, events).putLong(at + DATA, data);
    }
}
