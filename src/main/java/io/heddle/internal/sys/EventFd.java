package io.heddle.internal.sys;

import java.lang.invoke.MethodHandle;
import java.util.Objects;

/** eventfd(2): a counter in the kernel, used as a doorbell that remembers. Answers the negated errno. */
public final class EventFd {
    private static final int EFD_NONBLOCK = 0x800;
    private static final int EFD_CLOEXEC = 0x80000;

    private EventFd() {}

    /** Opens a counter of zero, non-blocking and close-on-exec. */
    public static int open() {
        try (Scratch s = Scratch.take()) {
            // SAFETY: no memory is passed but errno, which `s` keeps alive.
            return Linking.call(Open.CALL, s, 0, EFD_NONBLOCK | EFD_CLOEXEC);
        }
    }

    /** Adds one. EAGAIN (the counter is at its ceiling) means that a signal is pending anyway. */
    public static int signal(int fd) {
        try (Scratch s = Scratch.take()) {
            s.setValue(1L, 0L);
            // SAFETY: the kernel reads 8 bytes, `value` has 16. Critical, as a non-blocking eventfd never waits.
            int n = Linking.call(Write.CALL, s, fd, s.value(), 8);
            return n == 8 ? 0 : n;
        }
    }

    /** Sets the counter back to zero. EAGAIN: it was. */
    public static int reset(int fd) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: the kernel writes 8 bytes, `value` has 16. Critical, as in signal.
            int n = Linking.call(Read.CALL, s, fd, s.value(), 8);
            return n == 8 ? 0 : n;
        }
    }

    static void load() {
        Objects.requireNonNull(Write.CALL);
        Objects.requireNonNull(Read.CALL);
    }

    private static final class Open {
        static final MethodHandle CALL = Linking.plain("eventfd");
    }

    private static final class Write {
        static final MethodHandle CALL = Linking.critical("write");
    }

    private static final class Read {
        static final MethodHandle CALL = Linking.critical("read");
    }
}
