package io.heddle.internal.sys;

/** pipe(2) and fcntl(2), for systems where pipe2(2) is not known to be. Answers zero, or the negated errno. */
final class PosixPipe {
    private static final int F_SETFD = 2;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int FD_CLOEXEC = 1;

    private PosixPipe() {}

    /** Opens a pipe, non-blocking and close-on-exec: {@code ends[0]} is read, {@code ends[1]} written. */
    static int open(int[] ends, int nonBlock) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: the kernel writes two ints, `value` has 16 bytes.
            int r = Linking.call(Open.CALL, s, s.value());
            if (r < 0) {
                return r;
            }
            ends[0] = s.intValue();
            ends[1] = (int) (s.longValue() >>> 32);
            for (int i = 0; i < 2 && r >= 0; i++) {
                r = prepare(s, ends[i], nonBlock);
            }
            if (r < 0) {
                Fd.close(ends[0]);
                Fd.close(ends[1]);
            }
            return r;
        }
    }

    private static int prepare(Scratch s, int fd, int nonBlock) {
        // SAFETY: no memory is passed but errno, which `s` keeps alive.
        int r = Linking.call(Open.FCNTL, s, fd, F_SETFD, FD_CLOEXEC);
        int flags = r < 0 ? r : Linking.call(Open.FCNTL, s, fd, F_GETFL, 0);
        return flags < 0 ? flags : Linking.call(Open.FCNTL, s, fd, F_SETFL, flags | nonBlock);
    }

    private static final class Open {
        static final Downcall CALL = Linking.plain("pipe");
        static final Downcall FCNTL = Linking.variadic("fcntl", 2);
    }
}
