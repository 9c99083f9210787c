package io.heddle.internal.epoll;

import io.heddle.internal.poller.Arming;
import io.heddle.internal.poller.DescriptorLife;
import io.heddle.internal.poller.Poller;
import io.heddle.internal.poller.Ready;
import io.heddle.internal.sys.Epoll;
import io.heddle.internal.sys.EpollEvent;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Errors;
import io.heddle.internal.sys.EventFd;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.NativeMemory;
import io.heddle.internal.sys.Scratch;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;

/** {@link Poller} over epoll(7), with an eventfd(2) as its doorbell. */
public final class EpollPoller implements Poller {
    /** The doorbell's token: its low half is negative, so no descriptor has it, and all its bytes differ. */
    private static final long DOORBELL = 0xFEDC_BA98_8765_4321L;

    private static final int EVENTS_MAX = 256;
    private static final long MILLI = 1_000_000;
    private static final int EDGE_EVENTS =
            EpollEvent.IN | EpollEvent.OUT | EpollEvent.RDHUP | EpollEvent.PRI | EpollEvent.ET;

    // Probed once: a C library without the function, then a kernel (before 5.11) that answers ENOSYS.
    private static volatile boolean nanosecondWait = Epoll.hasNanosecondWait();

    /** Set once the layout of events has been proved on this kernel. */
    private static volatile boolean proved;

    private final Arming arming;
    private final int epfd;
    private final int doorbell;
    private final AtomicInteger watched = new AtomicInteger();

    /** Guards both numbers against use after close(): every method but poll() is for any thread. */
    private final DescriptorLife life = new DescriptorLife();

    // Owner only: native memory of poll(). Its garbage collection frees it.
    private final ByteBuffer events = NativeMemory.allocate(EVENTS_MAX * EpollEvent.SIZE);
    private final MemorySegment eventsMemory = MemorySegment.ofBuffer(events);
    private final Scratch scratch = Scratch.own();

    private EpollPoller(Arming arming, int epfd, int doorbell) {
        this.arming = arming;
        this.epfd = epfd;
        this.doorbell = doorbell;
    }

    /**
     * Opens a poller.
     *
     * @throws IOException if the process or the system has no descriptors or memory left
     */
    public static EpollPoller open(Arming arming) throws IOException {
        int epfd = Epoll.create();
        if (epfd < 0) {
            throw Errors.of("epoll_create1", -epfd, "");
        }
        int doorbell = EventFd.open();
        if (doorbell < 0) {
            Fd.close(epfd);
            throw Errors.of("eventfd", -doorbell, "");
        }
        int added = Epoll.control(epfd, Epoll.CTL_ADD, doorbell, EpollEvent.IN, DOORBELL);
        if (added < 0) {
            Fd.close(doorbell);
            Fd.close(epfd);
            throw Errors.of("epoll_ctl", -added, "fd=" + doorbell);
        }
        EpollPoller poller = new EpollPoller(arming, epfd, doorbell);
        if (!proved) {
            poller.proveLayout();
            proved = true;
        }
        return poller;
    }

    /** A wrong layout of epoll_event would corrupt memory silently; here it stops the program. */
    private void proveLayout() {
        EventFd.signal(doorbell);
        int n = Epoll.poll(scratch, epfd, eventsMemory, EVENTS_MAX);
        if (n != 1 || EpollEvent.data(events, 0) != DOORBELL || EpollEvent.events(events, 0) != EpollEvent.IN) {
            throw new AssertionError("epoll_event has another layout here: size=" + EpollEvent.SIZE + ", os.arch="
                    + System.getProperty("os.arch"));
        }
        EventFd.reset(scratch, doorbell);
    }

    @Override
    public Arming arming() {
        return arming;
    }

    @Override
    public int fd() {
        return epfd;
    }

    @Override
    public int watch(int fd, long token, int interest) {
        int result = control(Epoll.CTL_ADD, fd, token, interest);
        if (result >= 0) {
            watched.incrementAndGet();
        }
        return result;
    }

    @Override
    public int rearm(int fd, long token, int interest) {
        assert arming == Arming.ONESHOT;
        return control(Epoll.CTL_MOD, fd, token, interest);
    }

    @Override
    public int forget(int fd) {
        int result = control(Epoll.CTL_DEL, fd, 0, 0);
        if (result >= 0) {
            watched.decrementAndGet();
        }
        return result;
    }

    private int control(int op, int fd, long token, int interest) {
        if (!life.acquire()) {
            return CLOSED;
        }
        try {
            return Epoll.control(epfd, op, fd, arming == Arming.EDGE ? EDGE_EVENTS : oneshotEvents(interest), token);
        } finally {
            release();
        }
    }

    /*
     * Level-triggered until it fires. PRI is left out: an urgent byte that nobody reads keeps it set, and
     * every wait would end at once. It is not needed either, as IN stays set behind an urgent mark.
     */
    private static int oneshotEvents(int interest) {
        int bits = EpollEvent.ONESHOT;
        bits |= (interest & Ready.READABLE) != 0 ? EpollEvent.IN : 0;
        bits |= (interest & Ready.READ_CLOSED) != 0 ? EpollEvent.RDHUP : 0;
        bits |= (interest & Ready.WRITABLE) != 0 ? EpollEvent.OUT : 0;
        return bits;
    }

    @Override
    public int poll(long timeoutNanos, int reportsMax, Sink sink) {
        int room = Math.min(reportsMax, EVENTS_MAX);
        int n = timeoutNanos == 0 ? Epoll.poll(scratch, epfd, eventsMemory, room) : await(timeoutNanos, room);
        if (n == -Errno.EINTR) {
            // A stopped and continued process, a debugger. The owner comes again with what time is left.
            return 0;
        }
        int reports = n;
        for (int i = 0; i < n; i++) {
            long token = EpollEvent.data(events, i);
            if (token == DOORBELL) {
                EventFd.reset(scratch, doorbell);
                reports--;
            } else {
                sink.ready(token, ready(EpollEvent.events(events, i)));
            }
        }
        return reports;
    }

    private int await(long timeoutNanos, int room) {
        if (timeoutNanos == Long.MAX_VALUE) {
            return Epoll.await(scratch, epfd, eventsMemory, room, -1);
        }
        if (nanosecondWait) {
            int n = Epoll.awaitNanos(scratch, epfd, eventsMemory, room, timeoutNanos);
            // A kernel before 5.11, or a seccomp filter that is older than the call.
            if (n != -Errno.ENOSYS && n != -Errno.EPERM) {
                return n;
            }
            nanosecondWait = false;
        }
        // Rounds up: a wait may end late, never early.
        long millis = Math.min(Integer.MAX_VALUE, (timeoutNanos - 1) / MILLI + 1);
        return Epoll.await(scratch, epfd, eventsMemory, room, (int) millis);
    }

    private static int ready(int events) {
        int bits = 0;
        bits |= (events & EpollEvent.IN) != 0 ? Ready.READABLE : 0;
        bits |= (events & EpollEvent.OUT) != 0 ? Ready.WRITABLE : 0;
        bits |= (events & EpollEvent.PRI) != 0 ? Ready.PRIORITY : 0;
        bits |= (events & EpollEvent.RDHUP) != 0 ? Ready.READ_CLOSED : 0;
        bits |= (events & EpollEvent.HUP) != 0 ? Ready.HANGUP : 0;
        bits |= (events & EpollEvent.ERR) != 0 ? Ready.ERROR : 0;
        return bits;
    }

    @Override
    public void wake() {
        if (life.acquire()) {
            try {
                EventFd.signal(doorbell);
            } finally {
                release();
            }
        }
    }

    @Override
    public int watched() {
        return watched.get();
    }

    @Override
    public void close() {
        if (life.beginClose()) {
            release();
        }
    }

    private void release() {
        if (life.release()) {
            Fd.close(doorbell);
            Fd.close(epfd);
        }
    }

    @Override
    public String toString() {
        return "EpollPoller[epfd=" + epfd + ", arming=" + arming + ", watched=" + watched + "]";
    }
}
