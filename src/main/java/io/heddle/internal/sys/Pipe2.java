package io.heddle.internal.sys;

/** pipe2(2). Answers zero, or the negated errno. */
public final class Pipe2 {
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;

    private Pipe2() {}

    /** Opens a pipe, non-blocking and close-on-exec: {@code ends[0]} is read, {@code ends[1]} written. */
    public static int open(int[] ends) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: the kernel writes two ints, `value` has 16 bytes.
            int r = Linking.call(Open.CALL, s, s.value(), O_NONBLOCK | O_CLOEXEC);
            if (r >= 0) {
                ends[0] = s.intValue();
                ends[1] = (int) (s.longValue() >>> 32);
            }
            return r;
        }
    }

    private static final class Open {
        static final Downcall CALL = Linking.plain("pipe2");
    }
}
