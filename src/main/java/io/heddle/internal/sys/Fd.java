package io.heddle.internal.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.invoke.MethodHandle;

/** What every descriptor can do: close(2), fcntl(2), ioctl(2). Answers the result, or the negated errno. */
public final class Fd {
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final long FIONREAD = 0x541B;

    private Fd() {}

    /** close(2). On Linux the number is free again whatever the answer is, EINTR included: never repeat it. */
    public static int close(int fd) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: no memory is passed but errno, which `s` keeps alive.
            return Linking.result((int) Close.CALL.invokeExact(s.errno, fd), s.errno);
        } catch (Throwable t) {
            throw Linking.impossible(t);
        }
    }

    /** ioctl(FIONREAD): how many bytes can be read without waiting. */
    public static int readable(int fd) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: FIONREAD writes one int, `value` has 16 bytes.
            int r = (int) Ioctl.CALL.invokeExact(s.errno, fd, FIONREAD, s.value);
            return r < 0 ? -s.lastErrno() : s.value.get(JAVA_INT, 0);
        } catch (Throwable t) {
            throw Linking.impossible(t);
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
            int dup = (int) Fcntl.CALL.invokeExact(s.errno, fd, F_DUPFD_CLOEXEC, numbers - 1);
            return dup >= 0 && close(dup) == 0;
        } catch (Throwable t) {
            throw Linking.impossible(t);
        }
    }

    private static final class Close {
        static final MethodHandle CALL = Linking.plain("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
    }

    private static final class Fcntl {
        static final MethodHandle CALL =
                Linking.variadic("fcntl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT), 2);
    }

    private static final class Ioctl {
        static final MethodHandle CALL =
                Linking.variadic("ioctl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS), 2);
    }
}
