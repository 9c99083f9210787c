package io.heddle.internal.sys;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import org.jspecify.annotations.Nullable;

/**
 * Links C functions; the only class that knows the linker.
 *
 * <p>A new shape of call costs some ten milliseconds to link, another function of a known shape a tenth of one,
 * and a program waits for that before its first byte. So there are three shapes, and no more:
 *
 * <ul>
 *   <li>{@link #plain}: may block. All arguments are longs, memory is passed by its address.
 *   <li>{@link #critical}: the same without a change of the thread's state. It holds back every safepoint of the
 *       virtual machine while it runs, and is only for calls that cannot block.
 *   <li>{@link #transfer}: {@code recv} and {@code send}, critical, with a heap array as their buffer. Bounded by
 *       {@link Socket#TRANSFER_MAX} and MSG_DONTWAIT.
 * </ul>
 *
 * <p>An int or a pointer passed as a long is what the calling conventions of x86-64 (System V) and aarch64 (AAPCS64)
 * put into a register anyway, and arguments beyond those of the function are ignored; an int result is the low half
 * of the long. That holds for {@code fcntl} and {@code ioctl} with their variable arguments, too, as Linux passes
 * those in the same registers.
 *
 * <p>One more is for kqueue(2) alone: {@link #variadic}, since macOS on aarch64 passes variable arguments on the
 * stack.
 */
@SuppressWarnings("restricted") // Native code may be linked in this package only; see LayeringTest.
final class Linking {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");

    private static final FunctionDescriptor LONGS =
            FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
    private static final FunctionDescriptor TRANSFER =
            FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);

    private static final Class<?> NATIVE = MemorySegment.NULL.getClass();
    private static final Class<?> INTS = MemorySegment.ofArray(new int[0]).getClass();

    static {
        // Every errno is read as the int at offset 0 of a four-byte segment.
        if (Linker.Option.captureStateLayout().byteSize() != 4) {
            throw new AssertionError("capture state layout: " + Linker.Option.captureStateLayout());
        }
    }

    private Linking() {}

    /** {@code (MemorySegment errno, long, long, long, long, long, long) -> long}. */
    static MethodHandle plain(String name) {
        return link(name, LONGS, ERRNO);
    }

    /** As {@link #plain}, for calls that never block. */
    static MethodHandle critical(String name) {
        return link(name, LONGS, ERRNO, Linker.Option.critical(true));
    }

    /** {@code (MemorySegment errno, int fd, MemorySegment buffer, long length, int flags) -> long}. */
    static MethodHandle transfer(String name) {
        return link(name, TRANSFER, ERRNO, Linker.Option.critical(true));
    }

    /** As {@link #plain}, from the library of that path; null is the C library. */
    static MethodHandle plain(String name, @Nullable String library) {
        return link(lookup(library), name, LONGS, ERRNO);
    }

    /** As {@link #plain}, where the arguments behind the first few are variable. */
    static MethodHandle variadic(String name, int fixed) {
        return link(name, LONGS, ERRNO, Linker.Option.firstVariadicArg(fixed));
    }

    /** Loads the library, once and for ever; an IllegalArgumentException says why that cannot be. */
    private static SymbolLookup lookup(@Nullable String library) {
        try {
            return library == null ? LINKER.defaultLookup() : SymbolLookup.libraryLookup(library, Arena.global());
        } catch (IllegalCallerException denied) {
            throw new IllegalStateException(NativeAccess.DENIED, denied);
        }
    }

    private static MethodHandle link(String name, FunctionDescriptor type, Linker.Option... options) {
        return link(LINKER.defaultLookup(), name, type, options);
    }

    private static MethodHandle link(
            SymbolLookup where, String name, FunctionDescriptor type, Linker.Option... options) {
        try {
            return Faults.named(
                    name,
                    LINKER.downcallHandle(
                            where.find(name)
                                    .orElseThrow(() -> new IllegalArgumentException("no such function: " + name)),
                            type,
                            options));
        } catch (IllegalCallerException denied) {
            throw new IllegalStateException(NativeAccess.DENIED, denied);
        }
    }

    static boolean exists(String name) {
        return LINKER.defaultLookup().find(name).isPresent();
    }

    /** Calls a plain or critical function; answers its int result, or the negated errno where that is -1. */
    static int call(MethodHandle function, Scratch s, long a, long b, long c, long d, long e, long f) {
        int fault = Faults.ON ? Faults.decide(function, a) : Faults.NONE;
        if (fault != Faults.NONE && !Faults.happensAllTheSame(function)) {
            return fault;
        }
        try {
            long result = (long) function.invokeExact(of(NATIVE, s.errno), a, b, c, d, e, f);
            if (fault != Faults.NONE) {
                return fault;
            }
            return (int) result != -1 ? (int) result : -s.lastErrno();
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int call(MethodHandle function, Scratch s, long a, long b, long c, long d, long e) {
        return call(function, s, a, b, c, d, e, 0);
    }

    static int call(MethodHandle function, Scratch s, long a, long b, long c, long d) {
        return call(function, s, a, b, c, d, 0, 0);
    }

    static int call(MethodHandle function, Scratch s, long a, long b, long c) {
        return call(function, s, a, b, c, 0, 0, 0);
    }

    static int call(MethodHandle function, Scratch s, long a, long b) {
        return call(function, s, a, b, 0, 0, 0, 0);
    }

    static int call(MethodHandle function, Scratch s, long a) {
        return call(function, s, a, 0, 0, 0, 0, 0);
    }

    /** Calls recv or send; answers how many bytes were moved, or the negated errno. */
    static int transfer(MethodHandle function, ErrnoCell errno, int fd, MemorySegment buffer, int len, int flags) {
        assert len <= Socket.TRANSFER_MAX && len <= buffer.byteSize() : "len=" + len + ", buffer=" + buffer;
        int fault = Faults.ON ? Faults.decide(function, fd) : Faults.NONE;
        if (fault < 0) {
            return fault;
        }
        int most = Math.min(len, fault);
        try {
            // SAFETY: the kernel touches at most len bytes, which the buffer has, and errno's four. The critical call
            // pins heap arrays, and MSG_DONTWAIT bounds the time it does so by the copying of len bytes.
            long n = (long) function.invokeExact(of(INTS, errno.segment), fd, buffer, (long) most, flags);
            return n >= 0 ? (int) n : -errno.value[0];
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** The same with an errno of the pool, for callers that do not keep threads out of each other's way. */
    static int transfer(MethodHandle function, MemorySegment buffer, int fd, int len, int flags) {
        assert len <= Socket.TRANSFER_MAX && len <= buffer.byteSize() : "len=" + len + ", buffer=" + buffer;
        int fault = Faults.ON ? Faults.decide(function, fd) : Faults.NONE;
        if (fault < 0) {
            return fault;
        }
        int most = Math.min(len, fault);
        try (Scratch s = Scratch.take()) {
            // SAFETY: as above; `s` keeps errno alive.
            long n = (long) function.invokeExact(of(NATIVE, s.errno), fd, buffer, (long) most, flags);
            return n >= 0 ? (int) n : -s.lastErrno();
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /**
     * Tells the compiler of what class the segment is. A downcall makes a slice of the one for errno, by a method that
     * all kinds of segments share: as soon as a process uses three of them, the compiler cannot tell whose that is, and
     * the slice is garbage.
     */
    private static MemorySegment of(Class<?> kind, MemorySegment segment) {
        if (segment.getClass() != kind) {
            throw new AssertionError("a segment of " + kind + " is needed: " + segment);
        }
        return segment;
    }

    /** A downcall declares Throwable and throws nothing: what arrives here is a defect of ours. */
    private static AssertionError impossible(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
        return new AssertionError("a downcall threw a checked exception", thrown);
    }
}
