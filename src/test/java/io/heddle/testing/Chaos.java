package io.heddle.testing;

import java.util.Random;

/**
 * What a {@link ChaosProxy} does to each connection: how it passes bytes on, and at which place of the stream what goes
 * wrong.
 *
 * @param sliceMin the fewest bytes it passes on at a time
 * @param sliceMax the most
 * @param delayMillis how long it keeps each slice
 * @param jitterMillis how much longer, at most
 * @param bytesPerSecond how many bytes pass in a second, zero for as many as come
 * @param fault what goes wrong
 * @param towards on the way to whom
 * @param after behind that many bytes
 */
public record Chaos(
        int sliceMin,
        int sliceMax,
        int delayMillis,
        int jitterMillis,
        int bytesPerSecond,
        Fault fault,
        Way towards,
        long after) {
    /** The two directions of a connection. */
    public enum Way {
        SERVER,
        CLIENT
    }

    /** What goes wrong at one place of the stream. */
    public enum Fault {
        /** Nothing. */
        NONE,
        /** Nothing passes on this way until {@link ChaosProxy#resume}; what is sent meanwhile waits. */
        STALL,
        /** This way ends in order, although the sender goes on; the other way stays. */
        HALF_CLOSE,
        /** Both sides see the end of the stream. */
        CLOSE,
        /** Both sides see a reset. */
        RESET,
        /** What is sent on this way disappears, and nobody is told. */
        BLACK_HOLE,
        /** One bit of each slice from there on is wrong. */
        GARBAGE
    }

    private static final int BUFFER = 16 * 1024;

    /** Passes on what comes as it comes. */
    public static Chaos none() {
        return new Chaos(BUFFER, BUFFER, 0, 0, 0, Fault.NONE, Way.CLIENT, Long.MAX_VALUE);
    }

    /** Passes on a few bytes at a time. */
    public static Chaos slices(int min, int max) {
        if (min < 1 || max < min || max > BUFFER) {
            throw new IllegalArgumentException("1 <= min <= max <= " + BUFFER + ": min=" + min + ", max=" + max);
        }
        Chaos none = none();
        return new Chaos(min, max, 0, 0, 0, none.fault, none.towards, none.after);
    }

    /** A stream in which something goes wrong behind that many bytes. */
    public static Chaos at(long after, Way towards, Fault fault) {
        return none().and(after, towards, fault);
    }

    /** The same, and keeps each slice for a while. */
    public Chaos andDelay(int millis, int jitter) {
        return new Chaos(sliceMin, sliceMax, millis, jitter, bytesPerSecond, fault, towards, after);
    }

    /** The same, and lets so many bytes pass in a second. */
    public Chaos andRate(int bytes) {
        return new Chaos(sliceMin, sliceMax, delayMillis, jitterMillis, bytes, fault, towards, after);
    }

    /** The same, and something goes wrong behind that many bytes. */
    public Chaos and(long bytes, Way to, Fault wrong) {
        return new Chaos(sliceMin, sliceMax, delayMillis, jitterMillis, bytesPerSecond, wrong, to, bytes);
    }

    /** How many bytes go next, at the most. */
    int slice(Random choices) {
        return choices.nextInt(sliceMin, sliceMax + 1);
    }

    /** How long that slice is kept. */
    long pauseNanos(int slice, Random choices) {
        long millis = (long) delayMillis + (jitterMillis == 0 ? 0 : choices.nextInt(jitterMillis + 1));
        return millis * 1_000_000L + (bytesPerSecond == 0 ? 0 : slice * 1_000_000_000L / bytesPerSecond);
    }
}
