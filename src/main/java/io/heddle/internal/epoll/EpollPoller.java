package io.heddle.internal.epoll;

import io.heddle.internal.poller.Arming;
import io.heddle.internal.poller.DescriptorLife;
import io.heddle.internal.poller.Poller;
import io.heddle.internal.poller.Ready;
import io.heddle.internal.sys.Doorbell;
import io.heddle.internal.sys.Epoll;
import io.heddle.internal.sys.EpollEvent;
import io.heddle.internal.sys.Errno;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/** {@link Poller} over epoll(7), with an eventfd(2) as its doorbell. */
public final class EpollPoller implements Poller {
    private static final int EVENTS_MAX = 256;
    private static final int EDGE_EVENTS =
            EpollEvent.IN | EpollEvent.OUT | EpollEvent.RDHUP | EpollEvent.PRI | EpollEvent.ET;

    private final Arming arming;
    // poll() is its owner's; all else of it any thread's.
    private final EpollSet set;
    private final AtomicInteger watched = new AtomicInteger();

    /** Guards both numbers against use after close(): every method but poll() is for any thread. */
    private final DescriptorLife life = new DescriptorLife();

    private EpollPoller(Arming arming, EpollSet set) {
        this.arming = arming;
        this.set = set;
    }

    /**
     * Opens a poller.
     *
     * @throws IOException if the process or the system has no descriptors or memory left
     */
    public static EpollPoller open(Arming arming) throws IOException {
        return new EpollPoller(arming, EpollSet.open(Doorbell.open(), EVENTS_MAX));
    }

    @Override
    public Arming arming() {
        return arming;
    }

    @Override
    public int fd() {
        return set.epfd;
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
            return set.control(op, fd, arming == Arming.EDGE ? EDGE_EVENTS : oneshotEvents(interest), token);
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
        int n = set.fill(Math.min(reportsMax, EVENTS_MAX), timeoutNanos);
        if (n == -Errno.EINTR) {
            // A stopped and continued process, a debugger. The owner comes again with what time is left.
            return 0;
        }
        int reports = n;
        for (int i = 0; i < n; i++) {
            long token = set.data(i);
            if (token == EpollSet.DOORBELL) {
                set.silence();
                reports--;
            } else {
                sink.ready(token, ready(set.events(i)));
            }
        }
        return reports;
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
                set.ring();
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
            set.close();
        }
    }

    @Override
    public String toString() {
        return "EpollPoller[epfd=" + set.epfd + ", arming=" + arming + ", watched=" + watched + "]";
    }
}
