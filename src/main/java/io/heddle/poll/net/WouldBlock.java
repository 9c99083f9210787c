package io.heddle.poll.net;

/**
 * What operations answer that would have to wait. Those that count answer {@link #WOULD_BLOCK}, those that answer an
 * object answer null; then the next event tells when to try again.
 */
public final class WouldBlock {
    /** Nothing could be moved now. Neither a count nor -1, the end of a stream. */
    public static final int WOULD_BLOCK = -2;

    private WouldBlock() {}
}
