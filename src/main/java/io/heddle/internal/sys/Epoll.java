package io.heddle.internal.sys;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** epoll(7), one method per system call: no policy, no retry, no exception. Answers the negated errno. */
public final class Epoll {
    public static final int CTL_ADD = 1;
    public static final int CTL_DEL = 2;
    public static final int CTL_MOD = 3;
    private static final int EPOLL_CLOEXEC = 0x80000;

    private Epoll() {}

    /** epoll_create1(2), close-on-exec. */
    public static int create() {
        try (Scratch s = Scratch.take()) {
            // SAFETY: no memory is passed but errno, which `s` keeps alive.
            return Linking.call(Create.CALL, s, EPOLL_CLOEXEC);
        }
    }

    /** epoll_ctl(2). */
    public static int control(int epfd, int op, int fd, int events, long data) {
        try (Scratch s = Scratch.take()) {
            s.setEvent(events, data);
            // SAFETY: the kernel reads one epoll_event, at most the 16 bytes of `value`, and keeps no pointer.
            return Linking.call(Control.CALL, s, epfd, op, fd, s.value());
        }
    }

    /** epoll_wait(2) with timeout 0. The {@code Scratch} is the caller's own. */
    public static int poll(Scratch s, int epfd, MemorySegment events, int eventsMax) {
        assert events.byteSize() >= (long) eventsMax * EpollEvent.SIZE;
        // SAFETY: the kernel writes at most eventsMax entries, checked above. Critical, as timeout 0 never waits.
        return Linking.call(Poll.CALL, s, epfd, events.address(), eventsMax, 0);
    }

    /** epoll_wait(2): waits up to {@code timeoutMillis}, -1 for ever. */
    public static int await(Scratch s, int epfd, MemorySegment events, int eventsMax, int timeoutMillis) {
        assert events.byteSize() >= (long) eventsMax * EpollEvent.SIZE;
        // SAFETY: as in poll; `events` is alive because the caller holds the buffer that it is part of.
        return Linking.call(Wait.CALL, s, epfd, events.address(), eventsMax, timeoutMillis);
    }

    /** Whether the C library has epoll_pwait2(2); the kernel (5.11) may still answer ENOSYS. */
    public static boolean hasNanosecondWait() {
        return Linking.exists("epoll_pwait2");
    }

    /** epoll_pwait2(2): waits up to {@code timeoutNanos}. */
    public static int awaitNanos(Scratch s, int epfd, MemorySegment events, int eventsMax, long timeoutNanos) {
        assert events.byteSize() >= (long) eventsMax * EpollEvent.SIZE;
        s.setValue(timeoutNanos / 1_000_000_000, timeoutNanos % 1_000_000_000);
        // SAFETY: as in await; struct timespec is two longs on 64-bit Linux; a null sigmask changes nothing.
        return Linking.call(Wait2.CALL, s, epfd, events.address(), eventsMax, s.value(), 0);
    }

    static void load() {
        Objects.requireNonNull(Control.CALL);
        Objects.requireNonNull(Poll.CALL);
        Objects.requireNonNull(Wait.CALL);
        if (hasNanosecondWait()) {
            Objects.requireNonNull(Wait2.CALL);
        }
    }

    private static final class Create {
        static final Downcall CALL = Linking.plain("epoll_create1");
    }

    private static final class Control {
        static final Downcall CALL = Linking.plain("epoll_ctl");
    }

    private static final class Poll {
        static final Downcall CALL = Linking.critical("epoll_wait");
    }

    private static final class Wait {
        static final Downcall CALL = Linking.plain("epoll_wait");
    }

    private static final class Wait2 {
        static final Downcall CALL = Linking.plain("epoll_pwait2");
    }
}
