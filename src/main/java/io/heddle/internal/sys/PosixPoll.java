package io.heddle.internal.sys;

import java.lang.ref.Reference;
import org.jspecify.annotations.Nullable;

/** poll(2) and ppoll(2), one method per system call: no policy, no retry, no exception. Answers the negated errno. */
public final class PosixPoll {
    private PosixPoll() {}

    /** Null where it can be called, else one sentence that says why not. */
    public static @Nullable String missing() {
        return Probe.MISSING;
    }

    static @Nullable String missing(String os, String arch) {
        if (!os.equals("Linux") && !NativeAccess.isBsd(os)) {
            return "poll is known of Linux, macOS and the BSDs: os.name=" + os;
        }
        return switch (arch) {
            case "amd64", "x86_64", "aarch64" -> null;
            default -> "Heddle runs on x86-64 and aarch64: os.arch=" + arch;
        };
    }

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

    /** Asked once, as it links a function. */
    private static final class Probe {
        static final @Nullable String MISSING = probe();

        private static @Nullable String probe() {
            String missing = missing(System.getProperty("os.name"), System.getProperty("os.arch"));
            if (missing == null) {
                try {
                    NativeAccess.ensure();
                } catch (IllegalStateException denied) {
                    return denied.getMessage();
                }
            }
            return missing;
        }
    }

    private static final class Poll {
        static final Downcall CALL = Linking.plain("poll");
    }

    private static final class PPoll {
        static final Downcall CALL = Linking.plain("ppoll");
    }
}
