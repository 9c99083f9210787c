package io.heddle.internal.pollfd;

import io.heddle.internal.sys.Doorbell;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Errors;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.PollFds;
import io.heddle.internal.sys.PosixPoll;
import io.heddle.internal.sys.Scratch;
import io.heddle.poll.spi.Pollable;
import io.heddle.poll.spi.Selector;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * {@link Selector} over poll(2), which knows levels only. Edges and one shots are made here: what was reported is not
 * asked for again until {@link #rearm} or {@link #reregister}. Each select takes time for every descriptor that is
 * registered.
 */
public final class PollSelector implements Selector {
    private static final long MILLI = 1_000_000;

    // Probed once: a C library without the function, then a seccomp filter that does not know it.
    private static volatile boolean nanosecondWait = PosixPoll.hasNanosecondWait();

    private final Doorbell doorbell;

    /** Guards everything below but what is of the thread that selects. It is not held while that waits. */
    private final ReentrantLock lock = new ReentrantLock();

    /** By descriptor. */
    private @Nullable Entry[] byFd = new Entry[64];

    /** What the array does not have yet, or has no more. Whoever adds to it rings if somebody waits by the array. */
    private final List<Entry> changes = new ArrayList<>();

    /** Whether the thread that selects is in poll(2). */
    private boolean waiting;

    /** How many threads wait until it is out, since what it has handed to poll(2) is in use until then. */
    private int expectingReturn;

    private final Condition returned = lock.newCondition();

    // Of the thread that selects. The doorbell has index 0, the entry at index i of `polled` has index i + 1.
    private final PollFds fds = new PollFds();
    private final List<Entry> polled = new ArrayList<>();
    private final Scratch scratch = Scratch.own();

    /** Where to begin to look, so that nobody is always last. */
    private int first;

    private PollSelector(Doorbell doorbell) {
        this.doorbell = doorbell;
        fds.set(fds.append(), doorbell.fd(), PollFds.IN);
    }

    /** Opens one that is woken by an eventfd, or by a pipe where there is none. */
    public static PollSelector open() throws IOException {
        return open(Doorbell.open());
    }

    /** Opens one that is woken by the doorbell, and closes it. */
    public static PollSelector open(Doorbell doorbell) {
        boolean done = false;
        try {
            PollSelector selector = new PollSelector(doorbell);
            done = true;
            return selector;
        } finally {
            // There may be no native memory left.
            if (!done) {
                doorbell.close();
            }
        }
    }

    // Any thread

    @Override
    public void register(Pollable source, long key, int interest) throws IOException {
        int fd = source.fd();
        if (fd < 0) {
            throw source.unsupported("poll");
        }
        // Otherwise the table below would grow to any number.
        int flags = Fd.isCloseOnExec(fd);
        if (flags < 0) {
            throw Errors.of("fcntl", -flags, source.toString());
        }
        lock.lock();
        try {
            if (fd >= byFd.length) {
                byFd = Arrays.copyOf(byFd, Math.max(fd + 1, byFd.length * 2));
            }
            if (byFd[fd] != null) {
                throw source.numberRegistered();
            }
            Entry entry = new Entry(fd, key);
            byFd[fd] = entry;
            entry.arm(interest);
            change(entry);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void reregister(Pollable source, long key, int interest) {
        lock.lock();
        try {
            Entry entry = find(source, key);
            if (entry == null) {
                throw source.notRegistered();
            }
            entry.arm(interest);
            change(entry);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void deregister(Pollable source, long key) {
        lock.lock();
        try {
            Entry entry = find(source, key);
            if (entry == null) {
                throw source.notRegistered();
            }
            byFd[entry.fd] = null;
            entry.removed = true;
            change(entry);
            awaitReturn(entry);
        } finally {
            lock.unlock();
        }
    }

    /** While poll(2) has a descriptor it is not really closed by close(2): its port stays in use, its peer waits on. */
    private void awaitReturn(Entry entry) {
        if (entry.index >= 0) {
            expectingReturn++;
            while (waiting && entry.index >= 0) {
                returned.awaitUninterruptibly();
            }
            expectingReturn--;
        }
    }

    @Override
    public boolean needsRearm() {
        return true;
    }

    @Override
    public void rearm(Pollable source, long key, int interest) {
        lock.lock();
        try {
            Entry entry = find(source, key);
            if (entry != null && entry.rearm(interest)) {
                change(entry);
            }
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Entry find(Pollable source, long key) {
        int fd = source.fd();
        Entry found = fd < byFd.length ? byFd[fd] : null;
        return found != null && found.key == key ? found : null;
    }

    /** Has the array brought up to date before the next wait, and ends the present one. */
    private void change(Entry entry) {
        if (!entry.changed) {
            entry.changed = true;
            changes.add(entry);
        }
        if (waiting) {
            doorbell.ring();
        }
    }

    @Override
    public void wake() {
        doorbell.ring();
    }

    // The thread that selects

    @Override
    public void select(long timeoutNanos, int eventsMax, Sink sink) throws IOException {
        lock.lock();
        try {
            applyChanges();
            waiting = true;
        } finally {
            lock.unlock();
        }
        int n = await(timeoutNanos);
        lock.lock();
        try {
            waiting = false;
            if (expectingReturn > 0) {
                returned.signalAll();
            }
            if (n > 0) {
                report(n, eventsMax, sink);
            }
        } finally {
            lock.unlock();
        }
        // EAGAIN: the kernel had no memory at the moment.
        if (n < 0 && n != -Errno.EINTR && !Errno.isAgain(-n)) {
            throw Errors.of("poll", -n, "descriptors=" + fds.size());
        }
    }

    private void applyChanges() {
        for (int i = 0; i < changes.size(); i++) {
            Entry entry = changes.get(i);
            entry.changed = false;
            if (entry.removed) {
                remove(entry);
            } else {
                if (entry.index < 0) {
                    // First what may fail: the next select begins here again.
                    int index = fds.append() - 1;
                    polled.add(entry);
                    entry.index = index;
                }
                ask(entry);
            }
        }
        changes.clear();
    }

    private void remove(Entry entry) {
        if (entry.index >= 0) {
            Entry last = polled.removeLast();
            if (last != entry) {
                polled.set(entry.index, last);
                last.index = entry.index;
            }
            fds.removeByLast(entry.index + 1);
            entry.index = -1;
        }
    }

    private void ask(Entry entry) {
        fds.set(entry.index + 1, entry.silent ? -1 : entry.fd, entry.armed);
    }

    private int await(long timeoutNanos) {
        if (timeoutNanos == 0 || timeoutNanos == Long.MAX_VALUE) {
            return PosixPoll.await(scratch, fds, timeoutNanos == 0 ? 0 : -1);
        }
        if (nanosecondWait) {
            int n = PosixPoll.awaitNanos(scratch, fds, timeoutNanos);
            if (n != -Errno.ENOSYS && n != -Errno.EPERM) {
                return n;
            }
            nanosecondWait = false;
        }
        // Rounds up: a wait may end late, never early.
        long millis = Math.min(Integer.MAX_VALUE, (timeoutNanos - 1) / MILLI + 1);
        return PosixPoll.await(scratch, fds, (int) millis);
    }

    /** Hands on what poll(2) has found, in the array as it was when it began to wait. */
    private void report(int found, int eventsMax, Sink sink) {
        int unseen = found;
        if (fds.revents(0) != 0) {
            doorbell.reset(scratch);
            unseen--;
        }
        int size = polled.size();
        int room = eventsMax;
        int at = first < size ? first : 0;
        for (int i = 0; i < size && unseen > 0 && room > 0; i++) {
            int revents = fds.revents(at + 1);
            if (revents != 0) {
                unseen--;
                room -= report(polled.get(at), revents, sink);
            }
            at = at + 1 < size ? at + 1 : 0;
        }
        first = at;
    }

    private int report(Entry entry, int revents, Sink sink) {
        int taken = entry.removed ? 0 : entry.take(revents);
        if (taken == 0) {
            return 0;
        }
        // What is asked for next is known now, unless somebody has changed it meanwhile.
        if (!entry.changed) {
            ask(entry);
        }
        sink.ready(entry.key, Entry.ready(taken));
        return 1;
    }

    @Override
    public void close() {
        doorbell.close();
    }

    @Override
    public String toString() {
        return "poll";
    }
}
