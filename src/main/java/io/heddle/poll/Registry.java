package io.heddle.poll;

import io.heddle.internal.poller.DescriptorLife;
import io.heddle.poll.spi.Selector;
import java.io.IOException;
import java.nio.channels.ClosedSelectorException;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link Poll} waits for. Any thread may register and deregister at any time, also while another one polls: it
 * takes effect at once.
 *
 * <p>A source is registered with one registry at a time. After {@code deregister} it may be registered again, with the
 * same or another one. Every misuse is an {@link IllegalStateException} and changes nothing.
 */
public final class Registry {
    private final Selector selector;

    /** Whether sources have to tell {@link #rearm}. */
    final boolean needsRearm;

    /** The selector is called by its users only, and closed by the last of them. */
    private final DescriptorLife life = new DescriptorLife();

    /** Held by who changes what is registered. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Registrations registrations = new Registrations();

    /** The one waker; null if there is none, or no more. */
    private final AtomicReference<@Nullable Waker> waker = new AtomicReference<>();

    /** What the program has made ready and no poll has reported. */
    private final ReadyQueue queue = new ReadyQueue(this::ring);

    Registry(Selector selector) {
        this.selector = selector;
        needsRearm = selector.needsRearm();
    }

    /**
     * Begins to report a source. If it is ready now, that is reported, too.
     *
     * @param source what to watch
     * @param token what its events are to carry: any number
     * @param interest what to report: one or more of readable, writable and priority, and how often; the end of the
     *     source and errors come with each
     * @throws IllegalStateException if the source is registered already, here or elsewhere; if another source is
     *     registered here for the same descriptor
     * @throws ClosedSelectorException if the poll is closed
     * @throws UnsupportedOperationException if the selector cannot watch sources like this one
     * @throws IOException if the system cannot watch this source, or has no memory left; the source is registered
     *     nowhere then
     */
    public void register(Source source, long token, Interest interest) throws IOException {
        source.register(this, token, Objects.requireNonNull(interest));
    }

    /**
     * The same as {@link #register(Source, long, Interest)} of {@code interest.with(trigger)}.
     *
     * @param source what to watch
     * @param token what its events are to carry
     * @param interest what to report
     * @param trigger how often
     * @throws IOException as there
     */
    public void register(Source source, long token, Interest interest, Trigger trigger) throws IOException {
        register(source, token, interest.with(trigger));
    }

    /**
     * Replaces token, interest and trigger. If the source is ready now, that is reported anew: so this is also how a
     * source that was registered for one report is armed for the next.
     *
     * @param source what is registered here
     * @param token what its events are to carry from now on
     * @param interest what to report from now on, and how often
     * @throws IllegalStateException if the source is not registered here
     * @throws ClosedSelectorException if the poll is closed
     * @throws IOException if the system refuses; token and interest remain as they were
     */
    public void reregister(Source source, long token, Interest interest) throws IOException {
        source.reregister(this, token, Objects.requireNonNull(interest));
    }

    /**
     * The same as {@link #reregister(Source, long, Interest)} of {@code interest.with(trigger)}.
     *
     * @param source what is registered here
     * @param token what its events are to carry from now on
     * @param interest what to report from now on
     * @param trigger how often
     * @throws IOException as there
     */
    public void reregister(Source source, long token, Interest interest, Trigger trigger) throws IOException {
        reregister(source, token, interest.with(trigger));
    }

    /**
     * Ends to report a source. No poll that begins after this reports its token. What can be read from the source can
     * be read as before.
     *
     * <p>When this has returned, the system has let the source go, and it may be closed. To that end some selectors
     * wait a moment, until the thread that polls has left the kernel.
     *
     * @param source what is registered here
     * @throws IllegalStateException if the source is not registered here
     * @throws ClosedSelectorException if the poll is closed, which has deregistered everything
     * @throws IOException if the system refuses, which it does not unless the source was closed before; it is
     *     deregistered all the same
     */
    public void deregister(Source source) throws IOException {
        source.deregister(this);
    }

    void add(IoSource source, long token, Interest interest) throws IOException {
        lock.lock();
        try {
            enter();
            try {
                Registration added = registrations.add(this, source, token);
                boolean watched = false;
                try {
                    if (!source.associate(added)) {
                        throw source.pollable.alreadyRegistered();
                    }
                    selector.register(source.pollable, added.key, interest.bits);
                    watched = true;
                } finally {
                    if (!watched) {
                        source.dissociate(added);
                        registrations.remove(added);
                    }
                }
                registrations.watched(added);
            } finally {
                leave();
            }
        } finally {
            lock.unlock();
        }
    }

    void change(IoSource source, long token, Interest interest) throws IOException {
        lock.lock();
        try {
            enter();
            try {
                Registration present = source.registration();
                if (present != null && present.registry != this) {
                    throw new IllegalStateException(
                            "I/O source already registered with a different `Registry`: " + source.pollable);
                }
                if (present == null) {
                    throw source.pollable.notRegistered();
                }
                long before = present.token;
                // Before the selector reports by it: the event may come at once, to a thread that polls now.
                present.token = token;
                boolean changed = false;
                try {
                    selector.reregister(source.pollable, present.key, interest.bits);
                    changed = true;
                } finally {
                    if (!changed) {
                        present.token = before;
                    }
                }
            } finally {
                leave();
            }
        } finally {
            lock.unlock();
        }
    }

    void remove(IoSource source) throws IOException {
        lock.lock();
        try {
            enter();
            try {
                Registration present = source.registration();
                if (present == null || present.registry != this) {
                    throw source.pollable.notRegistered();
                }
                end(present);
            } finally {
                leave();
            }
        } finally {
            lock.unlock();
        }
    }

    private void end(Registration present) throws IOException {
        registrations.remove(present);
        try {
            selector.deregister(present.source.pollable, present.key);
        } finally {
            present.source.dissociate(present);
        }
    }

    /** As {@link #remove}, for who does not mind whether there is anything to remove. */
    void discard(Registration seen) {
        lock.lock();
        try {
            if (seen.source.registration() == seen && life.acquire()) {
                try {
                    end(seen);
                } catch (IOException | IllegalStateException closedBefore) {
                    // Whoever closed the descriptor before has ended the watch; here it has ended, too.
                } finally {
                    leave();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    void rearm(Registration registration, Interest operation) {
        if (life.acquire()) {
            try {
                selector.rearm(registration.source.pollable, registration.key, operation.bits);
            } finally {
                leave();
            }
        }
    }

    @Nullable
    Registration find(long key) {
        return registrations.find(key);
    }

    // Wakers

    boolean addWaker(Waker added) {
        return waker.compareAndSet(null, added);
    }

    void removeWaker(Waker gone) {
        waker.compareAndSet(gone, null);
    }

    // What the program makes ready

    ReadyQueue queue() {
        return queue;
    }

    /** Ends the present wait, or the next one. */
    void ring() {
        if (life.acquire()) {
            try {
                selector.wake();
            } finally {
                leave();
            }
        }
    }

    // Life

    void enter() {
        if (!life.acquire()) {
            throw new ClosedSelectorException();
        }
    }

    void leave() {
        if (life.release()) {
            selector.close();
        }
    }

    boolean isOpen() {
        return life.isOpen();
    }

    void close() {
        if (life.beginClose()) {
            try {
                queue.close();
                lock.lock();
                try {
                    registrations.forEach(each -> each.source.dissociate(each));
                } finally {
                    lock.unlock();
                }
                // Last, as it may fail.
                selector.wake();
            } finally {
                leave();
            }
        }
    }
}
