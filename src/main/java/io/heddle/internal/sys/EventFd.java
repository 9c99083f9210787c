package io.heddle.internal.sys;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Objects;

/** eventfd(2): a counter in the kernel, used as a doorbell that remembers. Answers the negated errno. */
public final class EventFd {
    private static final int EFD_NONBLOCK = 0x800;
    private static final int EFD_CLOEXEC = 0x80000;

    /** The value every signal adds; read only, so all threads may share it. */
    private static final MemorySegment ONE = Arena.global().allocate(8, 8);

    static {
        ONE.set(JAVA_LONG, 0, 1);
    }

    private EventFd() {}

    /** Opens a counter of zero, non-blocking and close-on-exec. */
    public static int open() {
        try (Scratch s = Scratch.take()) {
            // SAFETY: no memory is passed but errno, which `s` keeps alive.
            return Linking.call(Open.CALL, s.errno, 0, EFD_NONBLOCK | EFD_CLOEXEC);
        }
    }

    /** Adds one. EAGAIN (the counter is at its ceiling) means that a signal is pending anyway. */
    public static int signal(int fd) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: the kernel reads the 8 bytes of ONE. Critical, as a non-blocking eventfd never waits.
            int n = Linking.call(Write.CALL, s.errno, fd, ONE.address(), 8);
            return n == 8 ? 0 : n;
        }
    }

    /** Sets the counter back to zero. EAGAIN: it was. */
    public static int reset(int fd) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: the kernel writes 8 bytes, `value` has 16. Critical, as in signal.
            int n = Linking.call(Read.CALL, s.errno, fd, s.value.address(), 8);
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
