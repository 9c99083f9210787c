package io.heddle.poll.loop;

import io.heddle.internal.timer.Timer;
import io.heddle.internal.timer.TimerWheel;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Timeouts for who polls, in a timer wheel: setting and cancelling one takes the same short time however many there
 * are. An {@link EventLoop} has its own; this is for a {@code Poll} of one's own.
 *
 * {@snippet file="io/heddle/poll/loop/LoopExamples.java" region="timers"}
 *
 * <p>No timeout expires early. They expire in the order of their times, to the nanosecond; those of the same nanosecond
 * in no order. A delay above 73 years is 73 years. No thread is started.
 *
 * <p>Not thread-safe: for one thread at a time.
 *
 * @param <T> what tells them apart
 */
public final class Timers<T> {
    static final class Entry<T> extends Timer implements Timeout {
        private final Timers<T> timers;

        /** Null: told or cancelled. */
        private @Nullable T token;

        Entry(Timers<T> timers, T token) {
            this.timers = timers;
            this.token = token;
        }

        @Override
        protected void fire(long nowNanos) {
            timers.expired.add(this);
        }

        @Override
        public boolean cancel() {
            timers.check.run();
            timers.wheel.unlink(this);
            return end() != null;
        }

        @Override
        public boolean isPending() {
            return token != null;
        }

        private @Nullable T end() {
            T before = token;
            token = null;
            if (before != null) {
                timers.pending--;
            }
            return before;
        }

        @Override
        public String toString() {
            return "Timeout[token=" + token + "]";
        }
    }

    private final Runnable check;
    private final TimerWheel wheel = new TimerWheel(System.nanoTime());

    /** The present round: those whose time had come at its beginning, and some of them cancelled since. */
    private final ArrayDeque<Entry<T>> expired = new ArrayDeque<>();

    private boolean inRound;
    private int pending;

    /** Creates timers of which none is set. */
    public Timers() {
        this(() -> {});
    }

    /** With something that throws if the wrong thread sets or cancels one. */
    Timers(Runnable check) {
        this.check = check;
    }

    /**
     * Sets a timeout.
     *
     * @param token what {@link #poll} is to answer
     * @param delay how long from now; zero is with the next round
     * @return by what it can be cancelled
     * @throws IllegalArgumentException if the delay is negative
     */
    public Timeout set(T token, Duration delay) {
        check.run();
        long delayNanos = Math.min(nanos("delay", delay), TimerWheel.DELAY_MAX_NANOS);
        Entry<T> entry = new Entry<>(this, Objects.requireNonNull(token));
        wheel.link(entry, System.nanoTime() + delayNanos);
        pending++;
        return entry;
    }

    /**
     * Answers those that have expired, one by one, and null to end the round. What expires meanwhile is for the next
     * round; so calling this until it answers null comes to an end, whatever is set meanwhile.
     *
     * @return what the timeout was set with, or null
     */
    public @Nullable T poll() {
        expire();
        inRound = true;
        for (Entry<T> entry = expired.poll(); entry != null; entry = expired.poll()) {
            T token = entry.end();
            if (token != null) {
                return token;
            }
        }
        inRound = false;
        return null;
    }

    /** Begins a round, if none is begun: answers whether there is anything in it. */
    boolean expire() {
        if (!inRound) {
            inRound = wheel.advance(System.nanoTime()) > 0;
        }
        return inRound;
    }

    /**
     * How long to wait before {@link #poll} is called again: never longer than to the next timeout. If that is far away
     * it may be shorter, and {@code poll} find nothing.
     *
     * @return the time from now, for {@code Poll.poll}; some 292 years if no timeout is set
     */
    public Duration nextDelay() {
        return Duration.ofNanos(nextDelayNanos());
    }

    long nextDelayNanos() {
        return inRound ? 0 : wheel.nextDelayNanos(System.nanoTime());
    }

    /** {@return how many are set, and neither answered nor cancelled} */
    public int size() {
        return pending;
    }

    /** In nanoseconds, cut down to what a long takes. */
    static long nanos(String name, Duration duration) {
        if (duration.isNegative()) {
            throw new IllegalArgumentException(name + " must not be negative: " + name + "=" + duration);
        }
        return duration.toSeconds() >= Long.MAX_VALUE / 1_000_000_000 ? Long.MAX_VALUE : duration.toNanos();
    }

    /** Says how many are set. */
    @Override
    public String toString() {
        return "Timers[pending=" + pending + "]";
    }
}
