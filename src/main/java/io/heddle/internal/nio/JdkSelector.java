package io.heddle.internal.nio;

import io.heddle.poll.spi.Pollable;
import io.heddle.poll.spi.Selector;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * {@link Selector} over {@link java.nio.channels.Selector}, which knows levels only, and channels only. Edges and one
 * shots are made here: what was found is not asked for again until {@link #rearm} or {@link #reregister}. The JDK does
 * not tell errors and ends from what is readable and writable, nor urgent data from other: those are never reported.
 */
public final class JdkSelector implements Selector {
    private static final long MILLI = 1_000_000;

    private final java.nio.channels.Selector jdk;

    /** Guards everything below but what is of the thread that selects. It is not held while that waits. */
    private final ReentrantLock lock = new ReentrantLock();

    /** What is to be reported, those first that have waited longest. */
    private final ArrayDeque<Entry> ready = new ArrayDeque<>();

    /** Sockets whose connect is looked for. Whether it has ended is asked before each wait: the JDK would spin. */
    private final List<Entry> connecting = new ArrayList<>();

    /** Whether a thread is in the JDK's select. */
    private boolean selecting;

    private final Condition returned = lock.newCondition();

    /**
     * There was a wake since the last select. The JDK remembers one, too, but {@link #deregister} may take it from
     * there. Written by any thread, before it wakes the JDK's.
     */
    private volatile boolean woken;

    // Of the thread that selects.
    private final List<SelectionKey> found = new ArrayList<>();
    private final Consumer<SelectionKey> finder = found::add;

    private JdkSelector(java.nio.channels.Selector jdk) {
        this.jdk = jdk;
    }

    /** Opens one with the system's default provider. */
    public static JdkSelector open() throws IOException {
        return new JdkSelector(java.nio.channels.Selector.open());
    }

    // Any thread

    @Override
    public void register(Pollable source, long key, int interest) throws IOException {
        SelectableChannel channel = source.channel();
        if (channel == null) {
            throw source.unsupported("jdk");
        }
        if (channel.isBlocking()) {
            throw new IllegalStateException("a channel has to be non-blocking before it is registered: " + source);
        }
        lock.lock();
        try {
            if (channel.keyFor(jdk) != null) {
                throw source.alreadyRegistered();
            }
            Entry entry = new Entry(channel, key);
            entry.arm(interest);
            entry.selectionKey = channel.register(jdk, entry.wantedOps(), entry);
            changed(entry);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void reregister(Pollable source, long key, int interest) throws IOException {
        lock.lock();
        try {
            Entry entry = find(source, key);
            if (entry == null) {
                throw source.notRegistered();
            }
            entry.arm(interest);
            entry.ask();
            changed(entry);
        } finally {
            lock.unlock();
        }
    }

    /** Has the JDK look at it before the next wait, and ends the present one. */
    private void changed(Entry entry) {
        if (entry.isConnecting() && !entry.listed) {
            entry.listed = true;
            connecting.add(entry);
        }
        if (selecting) {
            jdk.wakeup();
        }
    }

    @Override
    public void deregister(Pollable source, long key) throws IOException {
        lock.lock();
        try {
            Entry entry = find(source, key);
            SelectionKey present = entry == null ? null : entry.selectionKey;
            if (entry == null || present == null) {
                throw source.notRegistered();
            }
            if (entry.queued) {
                ready.remove(entry);
            }
            if (entry.listed) {
                connecting.remove(entry);
            }
            present.cancel();
            // The JDK lets the channel go in the next select only. Until then it is not really closed by close, and
            // cannot
            // be registered here again.
            while (present.channel().keyFor(jdk) != null) {
                if (selecting) {
                    jdk.wakeup();
                    returned.awaitUninterruptibly();
                } else {
                    // What is ready now is so next time.
                    jdk.selectNow(anything -> {});
                }
            }
        } finally {
            lock.unlock();
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
                entry.ask();
                changed(entry);
            }
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Entry find(Pollable source, long key) {
        SelectableChannel channel = source.channel();
        SelectionKey present = channel == null ? null : channel.keyFor(jdk);
        Entry entry = present == null ? null : (Entry) present.attachment();
        return entry != null && entry.key == key ? entry : null;
    }

    @Override
    public void wake() {
        woken = true;
        jdk.wakeup();
    }

    // The thread that selects

    @Override
    public void select(long timeoutNanos, int eventsMax, Sink sink) throws IOException {
        long waitNanos;
        lock.lock();
        try {
            connecting.removeIf(JdkSelector::isConnectOver);
            waitNanos = woken || !ready.isEmpty() ? 0 : timeoutNanos;
            selecting = true;
        } finally {
            lock.unlock();
        }
        // With its status set, the JDK would not wait; and an interrupt is not what ends a poll.
        boolean interrupted = Thread.interrupted();
        try {
            await(waitNanos);
        } finally {
            if (Thread.interrupted() || interrupted) {
                Thread.currentThread().interrupt();
            }
            leave();
        }
        lock.lock();
        try {
            harvest();
            report(eventsMax, sink);
        } finally {
            lock.unlock();
        }
    }

    private void leave() {
        lock.lock();
        try {
            selecting = false;
            woken = false;
            returned.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Asks for what a socket is ready for once it is connected; for the end of the connect no more. */
    private static boolean isConnectOver(Entry entry) {
        entry.ask();
        entry.listed = entry.isConnecting();
        return !entry.listed;
    }

    private void await(long timeoutNanos) throws IOException {
        if (timeoutNanos == 0) {
            jdk.selectNow(finder);
        } else if (timeoutNanos == Long.MAX_VALUE) {
            jdk.select(finder);
        } else {
            // Rounds up: a wait may end late, never early.
            jdk.select(finder, (timeoutNanos - 1) / MILLI + 1);
        }
    }

    private void harvest() {
        for (int i = 0; i < found.size(); i++) {
            SelectionKey key = found.get(i);
            Entry entry = (Entry) key.attachment();
            if (entry.take(readyOps(key))) {
                entry.ask();
                if (!entry.queued) {
                    entry.queued = true;
                    ready.add(entry);
                }
            }
        }
        found.clear();
    }

    private static int readyOps(SelectionKey key) {
        try {
            return key.readyOps();
        } catch (CancelledKeyException deregistered) {
            // Or closed, by another thread meanwhile.
            return 0;
        }
    }

    private void report(int eventsMax, Sink sink) {
        int room = eventsMax;
        while (room > 0 && !ready.isEmpty()) {
            Entry entry = ready.remove();
            entry.queued = false;
            int bits = entry.ready;
            entry.ready = 0;
            if (bits != 0) {
                sink.ready(entry.key, bits);
                room--;
            }
        }
    }

    @Override
    public void close() {
        try {
            jdk.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public String toString() {
        return "jdk";
    }
}
