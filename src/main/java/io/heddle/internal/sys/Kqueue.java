package io.heddle.internal.sys;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * kqueue(2) and kevent(2), one method per call: no policy, no retry, no exception. Answers the negated errno. On Linux
 * these are functions of the library that {@code -Dheddle.kqueue.library=} names.
 */
public final class Kqueue {
    private static final String PROPERTY = "heddle.kqueue.library";
    private static final int F_SETFD = 2;
    private static final int FD_CLOEXEC = 1;

    private Kqueue() {}

    /** Null where there is a kqueue, else one sentence that says why there is none. */
    public static @Nullable String missing() {
        return Probe.MISSING;
    }

    /** The struct of this system, where nothing is missing. */
    public static Kevent layout() {
        return Probe.LAYOUT;
    }

    /** kqueue(2), close-on-exec. A process that is forked by another thread meanwhile may get it, on some systems. */
    public static int create() {
        try (Scratch s = Scratch.take()) {
            // SAFETY: no memory is passed but errno, which `s` keeps alive.
            int kq = Linking.call(Create.CALL, s, 0);
            int set = kq < 0 ? 0 : Linking.call(Create.FCNTL, s, kq, F_SETFD, FD_CLOEXEC);
            if (set < 0) {
                Fd.close(kq);
                return set;
            }
            return kq;
        }
    }

    /**
     * kevent(2) of changes, of which each has EV_RECEIPT: their receipts take their places. Answers how many receipts
     * there are.
     */
    public static int change(int kq, ByteBuffer changes, int count) {
        assert changes.capacity() >= count * layout().size;
        long address = MemorySegment.ofBuffer(changes).address();
        try (Scratch s = Scratch.take()) {
            // SAFETY: the kernel reads and writes `count` entries, checked above; the buffer is kept alive below.
            return Linking.call(Change.CALL, s, kq, address, count, address, count, 0);
        } finally {
            Reference.reachabilityFence(changes);
        }
    }

    /** kevent(2) of one change that nobody wants a receipt for; the memory is read only, so any thread may pass it. */
    public static int trigger(int kq, ByteBuffer change) {
        assert change.capacity() >= layout().size;
        try (Scratch s = Scratch.take()) {
            // SAFETY: the kernel reads one entry, checked above; the buffer is kept alive below.
            return Linking.call(
                    Change.CALL, s, kq, MemorySegment.ofBuffer(change).address(), 1, 0, 0, 0);
        } finally {
            Reference.reachabilityFence(change);
        }
    }

    /**
     * kevent(2): waits up to {@code timeoutNanos}, for ever with {@link Long#MAX_VALUE}. The {@code Scratch} is the
     * caller's own.
     */
    public static int await(Scratch s, int kq, ByteBuffer events, int eventsMax, long timeoutNanos) {
        assert events.capacity() >= eventsMax * layout().size;
        boolean forEver = timeoutNanos == Long.MAX_VALUE;
        s.setValue(timeoutNanos / 1_000_000_000, timeoutNanos % 1_000_000_000);
        try {
            // SAFETY: the kernel writes at most eventsMax entries, checked above; struct timespec is two longs on
            // systems of
            // 64 bits; the buffer is kept alive below.
            return Linking.call(
                    Change.CALL,
                    s,
                    kq,
                    0,
                    0,
                    MemorySegment.ofBuffer(events).address(),
                    eventsMax,
                    forEver ? 0 : s.value());
        } finally {
            Reference.reachabilityFence(events);
        }
    }

    /** Asked once, as it links functions. */
    private static final class Probe {
        static final Kevent LAYOUT = find(System.getProperty("os.name"));

        /** The path of the library on Linux; null for the C library. */
        static final @Nullable String LIBRARY = LAYOUT == Kevent.LIBKQUEUE ? System.getProperty(PROPERTY) : null;

        static final @Nullable String MISSING = probe();

        private static Kevent find(String os) {
            return switch (os.toLowerCase(Locale.ROOT)) {
                case "mac os x" -> Kevent.MACOS;
                case "freebsd" -> Kevent.FREEBSD;
                case "openbsd" -> Kevent.OPENBSD;
                case "netbsd" -> Linking.exists(Kevent.NETBSD_10.function) ? Kevent.NETBSD_10 : Kevent.NETBSD_9;
                default -> Kevent.LIBKQUEUE;
            };
        }

        private static @Nullable String probe() {
            String os = System.getProperty("os.name");
            if (LAYOUT == Kevent.LIBKQUEUE && !os.equals("Linux")) {
                return "kqueue is a call of macOS and the BSDs: os.name=" + os;
            }
            if (LAYOUT == Kevent.LIBKQUEUE && LIBRARY == null) {
                return "kqueue is a call of macOS and the BSDs; on Linux name a libkqueue by -D" + PROPERTY
                        + "=/path/to/libkqueue.so";
            }
            if (!System.getProperty("sun.arch.data.model", "64").equals("64")) {
                return "Heddle knows the kqueue of systems of 64 bits: os.arch=" + System.getProperty("os.arch");
            }
            try {
                Downcall call = Linking.plain(LAYOUT.function, LIBRARY);
                assert call != null;
                return null;
            } catch (IllegalStateException denied) {
                return denied.getMessage();
            } catch (IllegalArgumentException absent) {
                return "There is no libkqueue that could be loaded: -D" + PROPERTY + "=" + LIBRARY + ": "
                        + absent.getMessage();
            }
        }
    }

    private static final class Create {
        static final Downcall CALL = Linking.plain("kqueue", Probe.LIBRARY);
        static final Downcall FCNTL = Linking.variadic("fcntl", 2);
    }

    private static final class Change {
        static final Downcall CALL = Linking.plain(Probe.LAYOUT.function, Probe.LIBRARY);
    }
}
