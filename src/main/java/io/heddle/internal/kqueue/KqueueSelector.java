package io.heddle.internal.kqueue;

import io.heddle.internal.sys.Doorbell;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Errors;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.Kevent;
import io.heddle.internal.sys.Kqueue;
import io.heddle.internal.sys.NativeMemory;
import io.heddle.internal.sys.Scratch;
import io.heddle.poll.spi.Pollable;
import io.heddle.poll.spi.Readiness;
import io.heddle.poll.spi.Selector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * {@link Selector} over kqueue(2): the kernel's own edges, one shots and levels. What the two filters of one descriptor
 * say in one select is one report. The kernel takes a second registration of a number for a change of the first; so
 * numbers are kept here.
 */
public final class KqueueSelector implements Selector {
    private static final int SIZE_FIRST = 64;
    private static final int SIZE_MAX = 1 << 16;

    /** One for each filter. */
    private static final int CHANGES_MAX = 2;

    /** The doorbell's udata: keys are not negative. */
    private static final long BELL = -1;

    private final Kevent layout = Kqueue.layout();
    private final int kq;

    /** Null: it is woken by EVFILT_USER. */
    private final @Nullable Doorbell doorbell;

    /** The change that rings; never written again. */
    private final ByteBuffer ring;

    /** Guards everything below but what is of the thread that selects. It is not held while that waits. */
    private final ReentrantLock lock = new ReentrantLock();

    private final ByteBuffer changes;
    private int changeCount;

    /** By descriptor. */
    private @Nullable Entry[] byFd = new Entry[SIZE_FIRST];

    // Of the thread that selects.
    private final Scratch scratch = Scratch.own();
    private final Queue<Entry> found = new ArrayDeque<>();
    private ByteBuffer events;
    private int size = SIZE_FIRST;

    private KqueueSelector(int kq, @Nullable Doorbell doorbell) {
        this.kq = kq;
        this.doorbell = doorbell;
        ring = NativeMemory.allocate(layout.size);
        layout.set(ring, 0, 0, layout.user, 0, Kevent.NOTE_TRIGGER, BELL);
        changes = NativeMemory.allocate(CHANGES_MAX * layout.size);
        events = NativeMemory.allocate(size * layout.size);
    }

    /** Opens one that is woken by EVFILT_USER, or by a pipe where there is no such thing. */
    public static KqueueSelector open() throws IOException {
        return open(Kqueue.layout().user == 0 ? Doorbell.openBsdPipe() : null);
    }

    /** Opens one that is woken by the doorbell, and closes it; null: by EVFILT_USER. */
    public static KqueueSelector open(@Nullable Doorbell doorbell) throws IOException {
        int kq = -1;
        boolean done = false;
        try {
            kq = Kqueue.create();
            if (kq < 0) {
                throw Errors.ofFile("kqueue", -kq, "");
            }
            KqueueSelector selector = new KqueueSelector(kq, doorbell);
            selector.addBell();
            done = true;
            return selector;
        } finally {
            // An Error counts, too: there may be no native memory left, or no library.
            if (!done) {
                close(kq, doorbell);
            }
        }
    }

    private void addBell() throws IOException {
        changeCount = 1;
        int flags = Kevent.EV_ADD | Kevent.EV_RECEIPT;
        if (doorbell == null) {
            layout.set(changes, 0, 0, layout.user, flags | Kevent.EV_CLEAR, 0, BELL);
        } else {
            layout.set(changes, 0, doorbell.fd(), layout.read, flags, 0, BELL);
        }
        int errno = apply(false);
        if (errno != 0) {
            throw Errors.ofFile("kevent", errno, "kq=" + kq);
        }
    }

    // Any thread

    @Override
    public void register(Pollable source, long key, int interest) throws IOException {
        int fd = source.fd();
        if (fd < 0) {
            throw source.unsupported("kqueue");
        }
        lock.lock();
        try {
            if (fd < byFd.length && byFd[fd] != null) {
                throw source.numberRegistered();
            }
            Entry entry = new Entry(fd, key);
            int errno = add(entry, interest);
            if (errno != 0) {
                // One filter may be there, and the other not.
                delete(entry, Readiness.READABLE | Readiness.WRITABLE);
                throw Errors.ofFile("kevent", errno, source.toString());
            }
            if (fd >= byFd.length) {
                byFd = Arrays.copyOf(byFd, Math.max(fd + 1, byFd.length * 2));
            }
            // A report that comes before this finds no entry, and waits for the lock.
            byFd[fd] = entry;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void reregister(Pollable source, long key, int interest) throws IOException {
        lock.lock();
        try {
            Entry entry = find(source.fd(), key);
            if (entry == null) {
                throw source.notRegistered();
            }
            // How often a filter reports is said when it is new; and one that is new says what is there.
            int before = entry.interest;
            int errno = delete(entry, entry.directions());
            errno = errno != 0 ? errno : add(entry, interest);
            if (errno != 0) {
                delete(entry, Readiness.READABLE | Readiness.WRITABLE);
                int again = add(entry, before);
                throw Errors.ofFile(
                        "kevent", errno, again == 0 ? source.toString() : source + ", and nothing is watched");
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void deregister(Pollable source, long key) throws IOException {
        lock.lock();
        try {
            Entry entry = find(source.fd(), key);
            if (entry == null) {
                throw source.notRegistered();
            }
            byFd[entry.fd] = null;
            entry.ready = 0;
            int errno = delete(entry, entry.directions());
            if (errno != 0) {
                throw Errors.ofFile("kevent", errno, source.toString());
            }
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Entry find(int fd, long key) {
        Entry entry = fd >= 0 && fd < byFd.length ? byFd[fd] : null;
        return entry != null && entry.key == key ? entry : null;
    }

    /** Adds filters, or arms them anew, and notes the interest if that was done. */
    private int add(Entry entry, int interest) {
        changeCount = 0;
        // In this order: of a pair of reports the one that comes first is the one that is written to.
        if ((interest & Readiness.WRITABLE) != 0) {
            change(entry, layout.write, Entry.flags(interest));
        }
        if ((interest & Readiness.READABLE) != 0) {
            change(entry, layout.read, Entry.flags(interest));
        }
        int errno = apply(false);
        if (errno == 0) {
            entry.arm(interest);
        }
        return errno;
    }

    private int delete(Entry entry, int directions) {
        changeCount = 0;
        if ((directions & Readiness.WRITABLE) != 0) {
            change(entry, layout.write, Kevent.EV_DELETE);
        }
        if ((directions & Readiness.READABLE) != 0) {
            change(entry, layout.read, Kevent.EV_DELETE);
        }
        return apply(true);
    }

    private void change(Entry entry, int filter, int flags) {
        layout.set(changes, changeCount++, entry.fd, filter, flags | Kevent.EV_RECEIPT, 0, entry.key);
    }

    /**
     * Makes the changes, all of them though one may fail; zero, or the errno of the first that has failed.
     *
     * @param deletes whether they delete, all of them or none
     */
    private int apply(boolean deletes) {
        if (changeCount == 0) {
            return 0;
        }
        int n = Kqueue.change(kq, changes, changeCount);
        if (n < 0) {
            // Interrupted: the changes were made, and the array is as it was.
            return n == -Errno.EINTR ? 0 : -n;
        }
        return firstFailure(layout, changes, n, deletes);
    }

    /** The errno of the first receipt that tells of a failure, whatever stands before it; zero if there is none. */
    static int firstFailure(Kevent layout, ByteBuffer receipts, int count, boolean deletes) {
        for (int i = 0; i < count; i++) {
            boolean receipt = (layout.flags(receipts, i) & Kevent.EV_ERROR) != 0;
            int errno = receipt ? (int) layout.data(receipts, i) : 0;
            if (errno != 0 && !isHarmless(deletes, errno)) {
                return errno;
            }
        }
        return 0;
    }

    private static boolean isHarmless(boolean delete, int errno) {
        // The other end of a pipe is closed: old versions of macOS say so and watch it all the same. And what is
        // deleted may be gone by itself, with its descriptor.
        return delete ? errno == Errno.ENOENT || errno == Errno.EBADF : errno == Errno.EPIPE;
    }

    @Override
    public void wake() {
        if (doorbell != null) {
            doorbell.ring();
            return;
        }
        int errno = -Kqueue.trigger(kq, ring);
        // Interrupted: it has rung.
        if (errno > 0 && errno != Errno.EINTR) {
            throw new UncheckedIOException(Errors.ofFile("kevent", errno, "kq=" + kq));
        }
    }

    // The thread that selects

    @Override
    public void select(long timeoutNanos, int eventsMax, Sink sink) throws IOException {
        // Both filters of each, and the bell. What one filter of a one shot says after the other was reported is lost.
        int room = (int) Math.min(2L * eventsMax + 1, SIZE_MAX);
        if (room > size) {
            events = NativeMemory.allocate(room * layout.size);
            size = room;
        }
        int n = Kqueue.await(scratch, kq, events, room, found.isEmpty() ? timeoutNanos : 0);
        if (n < 0 && n != -Errno.EINTR) {
            throw Errors.ofFile("kevent", -n, "kq=" + kq);
        }
        lock.lock();
        try {
            for (int i = 0; i < n; i++) {
                find(i);
            }
            report(eventsMax, sink);
        } finally {
            lock.unlock();
        }
        if (!found.isEmpty()) {
            // The kernel knows no more of these, and the descriptor has to be readable.
            wake();
        }
    }

    /** What there is no room for is first the next time. */
    private void report(int eventsMax, Sink sink) {
        int room = eventsMax;
        while (room > 0 && !found.isEmpty()) {
            Entry entry = found.remove();
            int ready = entry.take();
            // Nothing: it was deregistered, or registered anew, since it was found.
            if (ready != 0) {
                sink.ready(entry.key, ready);
                room--;
            }
        }
    }

    private void find(int index) {
        long key = layout.udata(events, index);
        if (key == BELL) {
            if (doorbell != null) {
                doorbell.reset(scratch);
            }
            return;
        }
        Entry entry = find((int) layout.ident(events, index), key);
        if (entry != null && entry.find(ready(layout, events, index))) {
            found.add(entry);
        }
    }

    /** What an entry says, as bits of {@link Readiness}. */
    static int ready(Kevent layout, ByteBuffer events, int index) {
        boolean read = layout.filter(events, index) == layout.read;
        int flags = layout.flags(events, index);
        int ready = read ? Readiness.READABLE : Readiness.WRITABLE;
        if ((flags & Kevent.EV_ERROR) != 0) {
            ready |= Readiness.ERROR;
        }
        if ((flags & Kevent.EV_EOF) != 0) {
            ready |= read ? Readiness.READ_CLOSED : Readiness.WRITE_CLOSED;
            ready |= layout.fflags(events, index) != 0 ? Readiness.ERROR : 0;
        }
        return ready;
    }

    @Override
    public int fd() {
        return kq;
    }

    @Override
    public void close() {
        close(kq, doorbell);
    }

    private static void close(int kq, @Nullable Doorbell doorbell) {
        if (doorbell != null) {
            doorbell.close();
        }
        if (kq >= 0) {
            Fd.close(kq);
        }
    }

    @Override
    public String toString() {
        return "kqueue, kq=" + kq;
    }
}
