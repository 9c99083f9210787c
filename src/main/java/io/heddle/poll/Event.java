package io.heddle.poll;

import io.heddle.poll.spi.Readiness;

/**
 * That a source may be ready, and for what. Belongs to its {@link Events} and is used again: read it before the next
 * poll, or {@link #copy} it.
 *
 * <p>{@link #isReadable} and {@link #isWritable} are what programs go by; the reader of a pipe that has ended is told
 * so by {@link #isReadClosed} alone. The others are hints: some systems know less, and only the operation itself tells
 * what is there. Above all, {@link #isReadClosed} does not mean that nothing is left to read.
 */
public final class Event {
    private long token;
    private int ready;

    Event() {}

    void set(long token, int ready) {
        this.token = token;
        this.ready = ready;
    }

    /** {@return what the source was registered under} */
    public long token() {
        return token;
    }

    /** {@return whether there may be something to read or to accept, or the end of that; urgent data counts} */
    public boolean isReadable() {
        return has(Readiness.READABLE);
    }

    /** {@return whether there may be room to write, or a connect may have ended} */
    public boolean isWritable() {
        return has(Readiness.WRITABLE);
    }

    /** {@return whether the source has an error to be taken} */
    public boolean isError() {
        return has(Readiness.ERROR);
    }

    /** {@return whether the peer will send no more, or both directions have ended; something may be left to read} */
    public boolean isReadClosed() {
        return has(Readiness.READ_CLOSED);
    }

    /**
     * {@return whether nothing that is written will arrive: both directions have ended, or a pipe's reader is gone; on
     *     some systems also with any other error that is there}
     */
    public boolean isWriteClosed() {
        return has(Readiness.WRITE_CLOSED);
    }

    /** {@return whether there is urgent data} */
    public boolean isPriority() {
        return has(Readiness.PRIORITY);
    }

    private boolean has(int bit) {
        return (ready & bit) != 0;
    }

    /** {@return an event that says the same, and that later polls leave alone} */
    public Event copy() {
        Event copy = new Event();
        copy.set(token, ready);
        return copy;
    }

    /** Names the token and every flag. */
    @Override
    public String toString() {
        return "Event[token=" + token + ", readable=" + isReadable() + ", writable=" + isWritable() + ", error="
                + isError() + ", readClosed=" + isReadClosed() + ", writeClosed=" + isWriteClosed() + ", priority="
                + isPriority() + "]";
    }
}
