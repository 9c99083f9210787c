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
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
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
    private static final MethodHandle NARROW;

    static {
        try {
            NARROW = MethodHandles.lookup()
                    .findStatic(
                            Linking.class, "narrow", MethodType.methodType(MemorySegment.class, MemorySegment.class));
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
        // Every errno is read as the int at offset 0 of a four-byte segment.
        if (Linker.Option.captureStateLayout().byteSize() != 4) {
            throw new AssertionError("capture state layout: " + Linker.Option.captureStateLayout());
        }
    }

    private Linking() {}

    /** {@code (MemorySegment errno, long, long, long, long, long, long) -> long}. */
    static Downcall plain(String name) {
        return link(name, LONGS, ERRNO);
    }

    /** As {@link #plain}, for calls that never block. */
    static Downcall critical(String name) {
        return link(name, LONGS, ERRNO, Linker.Option.critical(true));
    }

    /** {@code (MemorySegment errno, int fd, MemorySegment buffer, long length, int flags) -> long}. */
    static Transfer transfer(String name) {
        return new Transfer(name, handle(LINKER.defaultLookup(), name, TRANSFER, ERRNO, Linker.Option.critical(true)));
    }

    /** As {@link #plain}, from the library of that path; null is the C library. */
    static Downcall plain(String name, @Nullable String library) {
        return new Downcall(name, narrowed(handle(lookup(library), name, LONGS, ERRNO)));
    }

    /** As {@link #plain}, where the arguments behind the first few are variable. */
    static Downcall variadic(String name, int fixed) {
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

    private static Downcall link(String name, FunctionDescriptor type, Linker.Option... options) {
        return new Downcall(name, narrowed(handle(LINKER.defaultLookup(), name, type, options)));
    }

    private static MethodHandle narrowed(MethodHandle downcall) {
        return MethodHandles.filterArguments(downcall, 0, NARROW);
    }

    /**
     * Tells the compiler what class the segment is of. A downcall makes a slice of the one for errno, by a method of
     * all kinds of segments: where a program uses several, the compiler cannot tell what that calls, and the slice is
     * garbage.
     */
    private static MemorySegment narrow(MemorySegment errno) {
        return ofClass(NATIVE, errno);
    }

    private static MemorySegment ofClass(Class<?> type, MemorySegment errno) {
        if (errno.getClass() != type) {
            throw new AssertionError("errno must be in a " + type + ": " + errno);
        }
        return errno;
    }

    private static MethodHandle handle(
            SymbolLookup where, String name, FunctionDescriptor type, Linker.Option... options) {
        try {
            return LINKER.downcallHandle(
                    where.find(name).orElseThrow(() -> new IllegalArgumentException("no such function: " + name)),
                    type,
                    options);
        } catch (IllegalCallerException denied) {
            throw new IllegalStateException(NativeAccess.DENIED, denied);
        }
    }

    static boolean exists(String name) {
        return LINKER.defaultLookup().find(name).isPresent();
    }

    /** Calls a plain or critical function; answers its int result, or the negated errno where that is -1. */
    static int call(Downcall function, Scratch s, long a, long b, long c, long d, long e, long f) {
        int fault = Faults.ON ? Faults.decide(function.name, a) : Faults.NONE;
        if (fault != Faults.NONE && !Faults.happensAllTheSame(function.name)) {
            return fault;
        }
        try {
            long result = (long) function.handle.invokeExact(s.errno, a, b, c, d, e, f);
            if (fault != Faults.NONE) {
                return fault;
            }
            return (int) result != -1 ? (int) result : -s.lastErrno();
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    static int call(Downcall function, Scratch s, long a, long b, long c, long d, long e) {
        return call(function, s, a, b, c, d, e, 0);
    }

    static int call(Downcall function, Scratch s, long a, long b, long c, long d) {
        return call(function, s, a, b, c, d, 0, 0);
    }

    static int call(Downcall function, Scratch s, long a, long b, long c) {
        return call(function, s, a, b, c, 0, 0, 0);
    }

    static int call(Downcall function, Scratch s, long a, long b) {
        return call(function, s, a, b, 0, 0, 0, 0);
    }

    static int call(Downcall function, Scratch s, long a) {
        return call(function, s, a, 0, 0, 0, 0, 0);
    }

    /** Calls recv or send; answers how many bytes were moved, or the negated errno. */
    static int transfer(Transfer function, ErrnoCell errno, int fd, MemorySegment buffer, int len, int flags) {
        assert len <= Socket.TRANSFER_MAX && len <= buffer.byteSize() : "len=" + len + ", buffer=" + buffer;
        int fault = Faults.ON ? Faults.decide(function.name(), fd) : Faults.NONE;
        if (fault < 0) {
            return fault;
        }
        int most = Math.min(len, fault);
        try {
            // SAFETY: the kernel touches at most len bytes, which the buffer has, and errno's four. The critical call
            // pins heap arrays, and MSG_DONTWAIT bounds the time it does so by the copying of len bytes.
            long n = (long) function.handle().invokeExact(ofClass(INTS, errno.segment), fd, buffer, (long) most, flags);
            return n >= 0 ? (int) n : -errno.value[0];
        } catch (Throwable t) {
            throw impossible(t);
        }
    }

    /** The same with an errno of the pool, for callers that do not keep threads out of each other's way. */
    static int transfer(Transfer function, MemorySegment buffer, int fd, int len, int flags) {
        assert len <= Socket.TRANSFER_MAX && len <= buffer.byteSize() : "len=" + len + ", buffer=" + buffer;
        int fault = Faults.ON ? Faults.decide(function.name(), fd) : Faults.NONE;
        if (fault < 0) {
            return fault;
        }
        int most = Math.min(len, fault);
        try (Scratch s = Scratch.take()) {
            // SAFETY: as above; `s` keeps errno alive.
            long n = (long) function.handle().invokeExact(narrow(s.errno), fd, buffer, (long) most, flags);
            return n >= 0 ? (int) n : -s.lastErrno();
        } catch (Throwable t) {
            throw impossible(t);
        }
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
