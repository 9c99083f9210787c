package io.heddle.internal.sys;

import java.lang.invoke.MethodHandle;

/**
 * {@code struct pollfd} and poll(2): what one descriptor is ready for now.
 *
 * <pre>
 *   0      4        6         8
 *   +------+--------+---------+
 *   |  fd  | events | revents |
 *   +------+--------+---------+
 * </pre>
 */
public final class PollFd {
    public static final int IN = 0x1;
    public static final int PRI = 0x2;
    public static final int OUT = 0x4;
    public static final int ERR = 0x8;
    public static final int HUP = 0x10;
    public static final int NVAL = 0x20;

    private PollFd() {}

    /** poll(2) of one descriptor, which returns at once: what it is ready for of these events, or the negated errno. */
    public static int look(int fd, int events) {
        try (Scratch s = Scratch.take()) {
            s.setValue(fd, events);
            // SAFETY: the kernel reads and writes the 8 bytes of one pollfd; `value` has 16.
            int r = Linking.call(Poll.CALL, s, s.value(), 1, 0);
            return r < 0 ? r : (int) (s.longValue() >>> 48);
        }
    }

    private static final class Poll {
        static final MethodHandle CALL = Linking.plain("poll");
    }
}
