package io.heddle.internal.sys;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * Links C functions; the only class that knows the linker.
 *
 * <p>A handle costs some milliseconds to link, so each lives in a holder class of its own that is
 * initialised by the first call. Plain calls change the thread's state and may block. Critical calls
 * do not: they hold back every safepoint of the virtual machine while they run, and are therefore only
 * for functions that cannot block and copy a bounded number of bytes.
 */
@SuppressWarnings("restricted") // Native code may be linked in this package only; see LayeringTest.
final class Linking {
    private static final Linker LINKER = Linker.nativeLinker();
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");

    static {
        // Every errno is read as the int at offset 0 of a four-byte segment.
        if (Linker.Option.captureStateLayout().byteSize() != 4) {
            throw new AssertionError("capture state layout: " + Linker.Option.captureStateLayout());
        }
    }

    private Linking() {}

    /** A call that may block; its first argument is a native segment for errno. */
    static MethodHandle plain(String name, FunctionDescriptor type) {
        return link(name, type, ERRNO);
    }

    /** As {@link #plain} for C functions with variable arguments. */
    static MethodHandle variadic(String name, FunctionDescriptor type, int firstVariadic) {
        return link(name, type, ERRNO, Linker.Option.firstVariadicArg(firstVariadic));
    }

    /** A call that never blocks; heap segments may be passed, for errno as well. */
    static MethodHandle critical(String name, FunctionDescriptor type) {
        return link(name, type, ERRNO, Linker.Option.critical(true));
    }

    private static MethodHandle link(String name, FunctionDescriptor type, Linker.Option... options) {
        try {
            return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), type, options);
        } catch (IllegalCallerException denied) {
            throw new IllegalStateException(NativeAccess.DENIED, denied);
        }
    }

    static boolean exists(String name) {
        return LINKER.defaultLookup().find(name).isPresent();
    }

    /** The int result as it is, or the negated errno where it is -1. */
    static int result(int result, MemorySegment errno) {
        return result >= 0 ? result : -errno.get(JAVA_INT, 0);
    }

    /** A downcall declares Throwable and throws nothing: what arrives here is a defect of ours. */
    static AssertionError impossible(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown instanceof RuntimeException exception) {
            throw exception;
        }
        return new AssertionError("a downcall threw a checked exception", thrown);
    }
}
