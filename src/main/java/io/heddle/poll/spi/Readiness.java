package io.heddle.poll.spi;

/**
 * The vocabulary between selectors and what is above them, as bits: the low six say what a source is ready for, three
 * of them may be asked for, and two more say how.
 */
public final class Readiness {
    /** There may be something to read, or to accept; urgent data counts. May be asked for. */
    public static final int READABLE = 1;
    /** There may be room to write, or a connect has ended. May be asked for. */
    public static final int WRITABLE = 2;
    /** There is urgent data. May be asked for; a selector that knows of none ignores it. */
    public static final int PRIORITY = 4;
    /** There is an error to be taken. Reported unasked. */
    public static final int ERROR = 8;
    /** The peer will send no more; what it has sent may still be there. Reported unasked. */
    public static final int READ_CLOSED = 16;
    /** Nothing that is written will arrive, or there is an error that may mean so. Reported unasked. */
    public static final int WRITE_CLOSED = 32;

    /** Asked for: report once, and then nothing until the source is registered anew. */
    public static final int ONESHOT = 64;
    /** Asked for: report as long as the source is ready. With neither of the two: report each change, an edge. */
    public static final int LEVEL = 128;

    /** Everything that may be asked for. */
    public static final int INTERESTS = READABLE | WRITABLE | PRIORITY;

    private Readiness() {}
}
