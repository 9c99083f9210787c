package io.heddle.internal.sys;

/**
 * splice(2): moves bytes between a pipe and another descriptor, as references to the kernel's own pages. Answers how
 * many bytes were moved, zero at the end of what is read, or the negated errno.
 */
public final class Splice {
    private static final int SPLICE_F_NONBLOCK = 2;

    private Splice() {}

    /**
     * Moves at most so many bytes. Does not wait for the pipe; for the other descriptor only if that blocks.
     *
     * @param from the pipe, or {@code to} is one
     */
    public static int move(int from, int to, int bytesMax) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: no memory is passed but errno, which `s` keeps alive: the null pointers stand for no offsets.
            // There is no MSG_NOSIGNAL here: the virtual machine has a handler for SIGPIPE, which does nothing.
            return Linking.call(Call.CALL, s, from, 0, to, 0, bytesMax, SPLICE_F_NONBLOCK);
        }
    }

    private static final class Call {
        static final Downcall CALL = Linking.plain("splice");
    }
}
