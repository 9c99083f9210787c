package io.heddle.internal.sys;

import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;

/** poll(2) and ppoll(2), one method per system call: no policy, no retry, no exception. Answers the negated errno. */
public final class PosixPoll {
    private PosixPoll() {}

    /** poll(2): waits up to {@code timeoutMillis}, -1 for ever. The {@code Scratch} is the caller's own. */
    public static int await(Scratch s, PollFds fds, int timeoutMillis) {
        try {
            // SAFETY: the kernel writes the revents of `size` entries, which the array has; it is kept alive below.
            return Linking.call(Poll.CALL, s, fds.address(), fds.size(), timeoutMillis);
        } finally {
            Reference.reachabilityFence(fds);
        }
    }

    /** Whether the C library has ppoll(2). */
    public static boolean hasNanosecondWait() {
        return Linking.exists("ppoll");
    }

    /** ppoll(2): waits up to {@code timeoutNanos}. */
    public static int awaitNanos(Scratch s, PollFds fds, long timeoutNanos) {
        s.setValue(timeoutNanos / 1_000_000_000, timeoutNanos % 1_000_000_000);
        try {
            // SAFETY: as in await; struct timespec is two longs on 64-bit systems; a null sigmask changes nothing.
            return Linking.call(PPoll.CALL, s, fds.address(), fds.size(), s.value(), 0);
        } finally {
            Reference.reachabilityFence(fds);
        }
    }

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

    private static final class PPoll {
        static final MethodHandle CALL = Linking.plain("ppoll");
    }
}
