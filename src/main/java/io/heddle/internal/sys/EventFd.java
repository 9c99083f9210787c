package io.heddle.internal.sys;

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

    /**
     * Adds one. Allocates nothing: carriers ring where they may not fail. The one failure of an open descriptor, EAGAIN
     * (the counter is at its ceiling), means that a signal is pending anyway, and is not reported.
     */
    public static void signal(int fd) {
        // SAFETY: the kernel reads the 8 bytes of a one that nobody changes; those who ring at the same time write
        // their errnos over each other's, and nobody reads them. Critical, as a non-blocking eventfd never waits.
        Linking.call(Write.CALL, Write.ONE, fd, Write.ONE.value(), 8);
    }

    /** Sets the counter back to zero. EAGAIN: it was. The {@code Scratch} is the caller's own. */
    public static int reset(Scratch s, int fd) {
        // SAFETY: the kernel writes 8 bytes, `value` has 16. Critical, as in signal.
        int n = Linking.call(Read.CALL, s, fd, s.value(), 8);
        return n == 8 ? 0 : n;
    }

    static void load() {
        Objects.requireNonNull(Write.CALL);
        Objects.requireNonNull(Read.CALL);
    }

    private static final class Open {
        static final Downcall CALL = Linking.plain("eventfd");
    }

    private static final class Write {
        static final Downcall CALL = Linking.critical("write");
        static final Scratch ONE = Scratch.own();

        static {
            ONE.setValue(1L, 0L);
        }
    }

    private static final class Read {
        static final Downcall CALL = Linking.critical("read");
    }
}
