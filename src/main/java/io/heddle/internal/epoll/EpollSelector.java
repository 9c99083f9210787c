package io.heddle.internal.epoll;

import io.heddle.internal.sys.Doorbell;
import io.heddle.internal.sys.Epoll;
import io.heddle.internal.sys.EpollEvent;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Errors;
import io.heddle.poll.spi.Pollable;
import io.heddle.poll.spi.Readiness;
import io.heddle.poll.spi.Selector;
import java.io.IOException;

/** {@link Selector} over epoll(7): the kernel's own edges, one shots and levels. */
public final class EpollSelector implements Selector {
    private static final int SIZE_FIRST = 64;

    /** What is ready beyond is reported by the next select, whatever the caller has room for. */
    private static final int SIZE_MAX = 1 << 16;

    private final EpollSet set;

    private EpollSelector(EpollSet set) {
        this.set = set;
    }

    /** Opens one that is woken by an eventfd. */
    public static EpollSelector open() throws IOException {
        return open(Doorbell.open());
    }

    /** Opens one that is woken by the doorbell, and closes it. */
    public static EpollSelector open(Doorbell doorbell) throws IOException {
        return new EpollSelector(EpollSet.open(doorbell, SIZE_FIRST));
    }

    @Override
    public void register(Pollable source, long key, int interest) throws IOException {
        control(Epoll.CTL_ADD, source, events(interest), key);
    }

    @Override
    public void reregister(Pollable source, long key, int interest) throws IOException {
        control(Epoll.CTL_MOD, source, events(interest), key);
    }

    @Override
    public void deregister(Pollable source, long key) throws IOException {
        control(Epoll.CTL_DEL, source, 0, key);
    }

    private void control(int op, Pollable source, int events, long key) throws IOException {
        int fd = source.fd();
        if (fd < 0) {
            throw source.unsupported("epoll");
        }
        int errno = -set.control(op, fd, events, key);
        switch (errno) {
            case 0 -> {}
            case Errno.EEXIST -> throw source.numberRegistered();
            case Errno.ENOENT ->
                // The registry asks for nothing that it has not registered.
                throw new IOException("a source must be deregistered before its descriptor is closed: "
                        + "epoll_ctl: errno=ENOENT, " + source);
            case Errno.EPERM ->
                throw new IOException("epoll watches what can be waited for, not regular files and directories: "
                        + "epoll_ctl: errno=EPERM, " + source);
            default -> throw Errors.of("epoll_ctl", errno, source.toString());
        }
    }

    private static int events(int interest) {
        int events = (interest & Readiness.READABLE) != 0 ? EpollEvent.IN | EpollEvent.RDHUP : 0;
        events |= (interest & Readiness.WRITABLE) != 0 ? EpollEvent.OUT : 0;
        events |= (interest & Readiness.PRIORITY) != 0 ? EpollEvent.PRI : 0;
        return events
                | switch (interest & (Readiness.ONESHOT | Readiness.LEVEL)) {
                    case Readiness.ONESHOT -> EpollEvent.ONESHOT;
                    case Readiness.LEVEL -> 0;
                    default -> EpollEvent.ET;
                };
    }

    @Override
    public void select(long timeoutNanos, int eventsMax, Sink sink) throws IOException {
        int room = Math.min(eventsMax, SIZE_MAX);
        if (room > set.size()) {
            set.grow(room);
        }
        int n = set.fill(room, timeoutNanos);
        if (n < 0 && n != -Errno.EINTR) {
            throw Errors.of("epoll_wait", -n, "epfd=" + set.epfd);
        }
        for (int i = 0; i < n; i++) {
            long key = set.data(i);
            if (key == EpollSet.DOORBELL) {
                set.silence();
            } else {
                sink.ready(key, ready(set.events(i)));
            }
        }
    }

    static int ready(int events) {
        int ready = (events & (EpollEvent.IN | EpollEvent.PRI)) != 0 ? Readiness.READABLE : 0;
        ready |= (events & EpollEvent.OUT) != 0 ? Readiness.WRITABLE : 0;
        ready |= (events & EpollEvent.PRI) != 0 ? Readiness.PRIORITY : 0;
        ready |= (events & EpollEvent.ERR) != 0 ? Readiness.ERROR : 0;
        ready |= isReadClosed(events) ? Readiness.READ_CLOSED : 0;
        ready |= isWriteClosed(events) ? Readiness.WRITE_CLOSED : 0;
        return ready;
    }

    private static boolean isReadClosed(int events) {
        int ended = EpollEvent.IN | EpollEvent.RDHUP;
        return (events & EpollEvent.HUP) != 0 || (events & ended) == ended;
    }

    /** An error alone, or of what could be written: the reader of a pipe is gone. */
    private static boolean isWriteClosed(int events) {
        int failed = EpollEvent.OUT | EpollEvent.ERR;
        return (events & EpollEvent.HUP) != 0 || (events & failed) == failed || events == EpollEvent.ERR;
    }

    @Override
    public void wake() {
        set.ring();
    }

    @Override
    public int fd() {
        return set.epfd;
    }

    @Override
    public void close() {
        set.close();
    }

    @Override
    public String toString() {
        return "epoll, epfd=" + set.epfd;
    }
}
