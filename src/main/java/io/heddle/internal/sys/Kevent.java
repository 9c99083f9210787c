package io.heddle.internal.sys;

import java.nio.ByteBuffer;

/**
 * {@code struct kevent} and the numbers of {@code <sys/event.h>} that differ between systems, all of 64 bits. From the
 * headers of macOS (xnu, 2021), OpenBSD (event.h 1.74, of 2025), NetBSD (event.h 1.45, of 2021, which is the older of
 * its two) and libkqueue for Linux; for FreeBSD, from 12 on, and the younger of NetBSD from kevent(2) and libc, which
 * add {@code ext[4]}.
 *
 * <pre>
 *   macOS, OpenBSD, libkqueue                          FreeBSD: the same and ext[4] behind, 64 bytes
 *   0       8        10      12       16     24        32
 *   +-------+--------+-------+--------+------+---------+
 *   | ident | filter | flags | fflags | data |  udata  |
 *   +-------+--------+-------+--------+------+---------+
 *
 *   NetBSD 9                                                   NetBSD 10: ext[4] behind, 72 bytes
 *   0       8        12      16       20        24     32        40
 *   +-------+--------+-------+--------+---------+------+---------+
 *   | ident | filter | flags | fflags | padding | data |  udata  |
 *   +-------+--------+-------+--------+---------+------+---------+
 * </pre>
 */
public enum Kevent {
    MACOS("kevent", false, 32, -1, -2, -10),
    FREEBSD("kevent", false, 64, -1, -2, -11),
    // Has had EVFILT_USER for a short time only: it is woken by a pipe.
    OPENBSD("kevent", false, 32, -1, -2, 0),
    // The plain name is that of older structs, for programs that were linked then.
    NETBSD_9("__kevent50", true, 40, 0, 1, 0),
    NETBSD_10("__kevent100", true, 72, 0, 1, 0),
    LIBKQUEUE("kevent", false, 32, -1, -2, -11);

    public static final int EV_ADD = 0x1;
    public static final int EV_DELETE = 0x2;
    public static final int EV_ENABLE = 0x4;
    /** Like an edge: nothing more until something happens. */
    public static final int EV_CLEAR = 0x20;
    /** Answer each change by an entry with EV_ERROR, and report nothing else. */
    public static final int EV_RECEIPT = 0x40;
    /** Report once, and then nothing until it is added again or enabled. */
    public static final int EV_DISPATCH = 0x80;

    public static final int EV_ERROR = 0x4000;
    public static final int EV_EOF = 0x8000;

    /** For EVFILT_USER: report it. */
    public static final int NOTE_TRIGGER = 0x0100_0000;

    /** O_NONBLOCK of all the BSDs. */
    static final int BSD_O_NONBLOCK = 0x4;

    private static final int FILTER = 8;

    /** The function that takes this struct. */
    final String function;

    /** Whether filter and flags are ints, and not shorts. */
    private final boolean wide;

    /** Bytes of one. */
    public final int size;

    /** EVFILT_READ and EVFILT_WRITE. */
    public final int read;

    public final int write;

    /** EVFILT_USER; zero: there is none. */
    public final int user;

    Kevent(String function, boolean wide, int size, int read, int write, int user) {
        this.function = function;
        this.wide = wide;
        this.size = size;
        this.read = read;
        this.write = write;
        this.user = user;
    }

    /** Writes entry {@code index}, all of it. */
    public void set(ByteBuffer array, int index, long ident, int filter, int flags, int fflags, long udata) {
        int at = index * size;
        for (int i = 0; i < size; i += 8) {
            array.putLong(at + i, 0);
        }
        array.putLong(at, ident);
        if (wide) {
            array.putInt(at + FILTER, filter).putInt(at + 12, flags).putInt(at + 16, fflags);
        } else {
            array.putShort(at + FILTER, (short) filter)
                    .putShort(at + 10, (short) flags)
                    .putInt(at + 12, fflags);
        }
        array.putLong(at + (wide ? 32 : 24), udata);
    }

    public long ident(ByteBuffer array, int index) {
        return array.getLong(index * size);
    }

    public int filter(ByteBuffer array, int index) {
        int at = index * size + FILTER;
        return wide ? array.getInt(at) : array.getShort(at);
    }

    public int flags(ByteBuffer array, int index) {
        return wide ? array.getInt(index * size + 12) : array.getShort(index * size + 10) & 0xffff;
    }

    public int fflags(ByteBuffer array, int index) {
        return array.getInt(index * size + (wide ? 16 : 12));
    }

    /** With EV_ERROR an errno, or zero. */
    public long data(ByteBuffer array, int index) {
        return array.getLong(index * size + (wide ? 24 : 16));
    }

    public long udata(ByteBuffer array, int index) {
        return array.getLong(index * size + (wide ? 32 : 24));
    }
}
