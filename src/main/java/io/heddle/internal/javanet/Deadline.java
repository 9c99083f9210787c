package io.heddle.internal.javanet;

import java.net.SocketTimeoutException;

/** When a connect has to be over, with all that belongs to it. */
record Deadline(boolean timed, long nanos) {
    /** Zero nanoseconds mean none. */
    static Deadline after(long timeoutNanos) {
        return new Deadline(timeoutNanos != 0, System.nanoTime() + timeoutNanos);
    }

    /**
     * What is left for the next step; zero if there is no deadline.
     *
     * @throws SocketTimeoutException if nothing is left
     */
    long leftNanos() throws SocketTimeoutException {
        if (!timed) {
            return 0;
        }
        long left = nanos - System.nanoTime();
        if (left <= 0) {
            throw new SocketTimeoutException("Connect timed out");
        }
        return left;
    }
}
