package io.heddle.internal.sys;

/** pidfd_open(2), from Linux 5.3 on: a process as a descriptor, readable when it has ended. */
public final class PidFd {
    /** The same on x86-64 and aarch64. */
    private static final long SYS_PIDFD_OPEN = 434;

    private PidFd() {}

    /** A descriptor, close-on-exec; or the negated errno. */
    public static int open(int pid) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: no memory is passed but errno, which `s` keeps alive.
            return Linking.call(Syscall.CALL, s, SYS_PIDFD_OPEN, pid, 0);
        }
    }

    private static final class Syscall {
        static final Downcall CALL = Linking.plain("syscall");
    }
}
