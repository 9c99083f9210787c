package io.heddle.internal.epoll;

import io.heddle.internal.sys.Doorbell;
import io.heddle.internal.sys.Epoll;
import io.heddle.internal.sys.EpollEvent;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Errors;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.NativeMemory;
import io.heddle.internal.sys.Scratch;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * An epoll descriptor, the doorbell in it, and the memory for what it reports. No policy; answers the negated errno.
 */
final class EpollSet {
    /** The doorbell's token: negative, as is its low half, so nobody else has it; and all its bytes differ. */
    static final long DOORBELL = 0xFEDC_BA98_8765_4321L;

    private static final long MILLI = 1_000_000;

    // Probed once: a C library without the function, then a kernel (before 5.11) that answers ENOSYS.
    private static volatile boolean nanosecondWait = Epoll.hasNanosecondWait();

    /** Set once the layout of events has been proved on this kernel. */
    private static volatile boolean proved;

    final int epfd;
    private final Doorbell doorbell;

    // Owner only: native memory of fill(). Its garbage collection frees it.
    private final Scratch scratch = Scratch.own();
    private ByteBuffer events;
    private MemorySegment memory;
    private int size;

    private EpollSet(int epfd, Doorbell doorbell, int size) {
        this.epfd = epfd;
        this.doorbell = doorbell;
        this.size = size;
        events = NativeMemory.allocate(size * EpollEvent.SIZE);
        memory = MemorySegment.ofBuffer(events);
    }

    /**
     * Opens one with room for so many events.
     *
     * @param doorbell is closed with the set, or if this fails
     */
    static EpollSet open(Doorbell doorbell, int size) throws IOException {
        int epfd = -1;
        boolean done = false;
        try {
            epfd = Epoll.create();
            if (epfd < 0) {
                throw Errors.of("epoll_create1", -epfd, "");
            }
            EpollSet set = new EpollSet(epfd, doorbell, size);
            int added = set.control(Epoll.CTL_ADD, doorbell.fd(), EpollEvent.IN, DOORBELL);
            if (added < 0) {
                throw Errors.of("epoll_ctl", -added, "fd=" + doorbell.fd());
            }
            if (!proved) {
                set.proveLayout();
                proved = true;
            }
            done = true;
            return set;
        } finally {
            // An Error counts, too: there may be no native memory left.
            if (!done) {
                doorbell.close();
                if (epfd >= 0) {
                    Fd.close(epfd);
                }
            }
        }
    }

    /** A wrong layout of epoll_event would corrupt memory silently; here it stops the program. */
    private void proveLayout() {
        ring();
        int n = fill(size, 0);
        if (n != 1 || data(0) != DOORBELL || events(0) != EpollEvent.IN) {
            throw new AssertionError("epoll_event has another layout here: size=" + EpollEvent.SIZE + ", os.arch="
                    + System.getProperty("os.arch"));
        }
        silence();
    }

    /** Any thread: epoll_ctl(2). */
    int control(int op, int fd, int events, long data) {
        return Epoll.control(epfd, op, fd, events, data);
    }

    int size() {
        return size;
    }

    /** Owner: makes room for more events. */
    void grow(int newSize) {
        events = NativeMemory.allocate(newSize * EpollEvent.SIZE);
        memory = MemorySegment.ofBuffer(events);
        size = newSize;
    }

    /**
     * Owner: waits, for ever with {@link Long#MAX_VALUE}; answers how many events there are, up to {@code eventsMax}.
     */
    int fill(int eventsMax, long timeoutNanos) {
        return timeoutNanos == 0 ? Epoll.poll(scratch, epfd, memory, eventsMax) : await(eventsMax, timeoutNanos);
    }

    private int await(int eventsMax, long timeoutNanos) {
        if (timeoutNanos == Long.MAX_VALUE) {
            return Epoll.await(scratch, epfd, memory, eventsMax, -1);
        }
        if (nanosecondWait) {
            int n = Epoll.awaitNanos(scratch, epfd, memory, eventsMax, timeoutNanos);
            // A kernel before 5.11, or a seccomp filter that is older than the call.
            if (n != -Errno.ENOSYS && n != -Errno.EPERM) {
                return n;
            }
            nanosecondWait = false;
        }
        // Rounds up: a wait may end late, never early.
        long millis = Math.min(Integer.MAX_VALUE, (timeoutNanos - 1) / MILLI + 1);
        return Epoll.await(scratch, epfd, memory, eventsMax, (int) millis);
    }

    /** Owner: an event's bits, until the next fill. */
    int events(int index) {
        return EpollEvent.events(events, index);
    }

    /** Owner: an event's data; {@link #DOORBELL} has to be silenced. */
    long data(int index) {
        return EpollEvent.data(events, index);
    }

    /** Any thread, until close. */
    void ring() {
        doorbell.ring();
    }

    /** Owner. */
    void silence() {
        doorbell.reset(scratch);
    }

    /** Once, when nobody uses it. */
    void close() {
        doorbell.close();
        Fd.close(epfd);
    }
}
