package io.heddle.internal.sys;

import java.lang.invoke.MethodHandle;
import java.util.Objects;

/** What every descriptor can do: close(2), fcntl(2), ioctl(2). Answers the result, or the negated errno. */
public final class Fd {
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final long FIONREAD = 0x541B;

    private Fd() {}

    /** close(2). On Linux the number is free again whatever the answer is, EINTR included: never repeat it. */
    public static int close(int fd) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: no memory is passed but errno, which `s` keeps alive.
            return Linking.call(Close.CALL, s, fd);
        }
    }

    /** ioctl(FIONREAD): how many bytes can be read without waiting. */
    public static int readable(int fd) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: FIONREAD writes one int, `value` has 16 bytes.
            int r = Linking.call(Ioctl.CALL, s, fd, FIONREAD, s.value());
            return r < 0 ? r : s.intValue();
        }
    }

    /**
     * Makes the kernel size the descriptor table once for {@code numbers} descriptors, by a duplicate of
     * {@code fd} far up that is closed at once. Otherwise each doubling stalls one unlucky {@code socket()}
     * or {@code accept4()} for milliseconds. Answers false where the limit of descriptors is lower.
     */
    public static boolean reserve(int fd, int numbers) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: no memory is passed but errno, which `s` keeps alive.
            int dup = Linking.call(Fcntl.CALL, s, fd, F_DUPFD_CLOEXEC, numbers - 1);
            return dup >= 0 && close(dup) == 0;
        }
    }

    static void load() {
        Objects.requireNonNull(Close.CALL);
    }

    private static final class Close {
        static final MethodHandle CALL = Linking.plain("close");
    }

    private static final class Fcntl {
        static final MethodHandle CALL = Linking.plain("fcntl");
    }

    private static final class Ioctl {
        static final MethodHandle CALL = Linking.plain("ioctl");
    }
}
