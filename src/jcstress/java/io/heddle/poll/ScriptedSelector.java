package io.heddle.poll;

import io.heddle.poll.spi.Pollable;
import io.heddle.poll.spi.Selector;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Watches nothing, never waits, and can be woken: what is above selectors, without one. */
final class ScriptedSelector implements Selector {
    final AtomicBoolean bell = new AtomicBoolean();
    final AtomicInteger closed = new AtomicInteger();

    static Poll openPoll(ScriptedSelector selector) {
        try {
            return Poll.open(() -> selector);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Answers false if it is refused. */
    static boolean register(Registry registry, FdSource source) {
        try {
            registry.register(source, 1, Interest.READABLE);
            return true;
        } catch (IllegalStateException refused) {
            return false;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Answers false if it is refused. */
    static boolean deregister(Registry registry, FdSource source) {
        try {
            registry.deregister(source);
            return true;
        } catch (IllegalStateException refused) {
            return false;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static Waker newWaker(Poll poll) {
        try {
            return Waker.create(poll.registry(), 1);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static void wake(Waker waker) {
        try {
            waker.wake();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Answers the number of events now. */
    static int poll(Poll poll, Events events) {
        try {
            return poll.poll(events, Duration.ZERO);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void register(Pollable source, long key, int interest) {}

    @Override
    public void reregister(Pollable source, long key, int interest) {}

    @Override
    public void deregister(Pollable source, long key) {}

    @Override
    public void select(long timeoutNanos, int eventsMax, Sink sink) {
        bell.set(false);
    }

    @Override
    public void wake() {
        bell.set(true);
    }

    @Override
    public void close() {
        closed.incrementAndGet();
    }
}
