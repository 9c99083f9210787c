package io.heddle.internal.socket;

import java.time.Duration;

/** Timeouts as the public API takes them, in nanoseconds as everything below does. */
public final class Deadlines {
    /** Longer timeouts are cut down to this, some 73 years; see TimerWheel. */
    private static final long MAX_NANOS = Long.MAX_VALUE / 4;

    private Deadlines() {}

    /**
     * Converts a timeout; zero stays zero and means none.
     *
     * @throws IllegalArgumentException if it is negative
     */
    public static long toNanos(Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException("timeout must not be negative: timeout=" + timeout);
        }
        return timeout.compareTo(Duration.ofNanos(MAX_NANOS)) >= 0 ? MAX_NANOS : timeout.toNanos();
    }
}
