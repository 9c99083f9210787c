package io.heddle.poll;

import io.heddle.poll.spi.Readiness;
import java.util.Objects;
import java.util.Optional;

/**
 * What a source is registered for: readable, writable, priority, or several of them, but never none; and how often
 * that is reported. Immutable. Equal ones are the same object.
 */
public final class Interest {
    private static final int TRIGGERS = Readiness.ONESHOT | Readiness.LEVEL;

    // Every combination by its bits, so that none is made while a program runs.
    private static final Interest[] ALL = new Interest[TRIGGERS];

    static {
        for (int trigger : new int[] {0, Readiness.ONESHOT, Readiness.LEVEL}) {
            for (int wanted = 1; wanted <= Readiness.INTERESTS; wanted++) {
                ALL[trigger | wanted] = new Interest(trigger | wanted);
            }
        }
    }

    /** Something to read or to accept, and the end of that. */
    public static final Interest READABLE = of(Readiness.READABLE, Trigger.EDGE);
    /** Room to write, and the end of a connect. */
    public static final Interest WRITABLE = of(Readiness.WRITABLE, Trigger.EDGE);
    /** Urgent data, where there is such a thing. */
    public static final Interest PRIORITY = of(Readiness.PRIORITY, Trigger.EDGE);

    /** Bits of {@link Readiness}. */
    final int bits;

    private Interest(int bits) {
        this.bits = bits;
    }

    private static Interest of(int wanted, Trigger trigger) {
        return ALL[
                wanted
                        | switch (trigger) {
                            case EDGE -> 0;
                            case ONESHOT -> Readiness.ONESHOT;
                            case LEVEL -> Readiness.LEVEL;
                        }];
    }

    /**
     * Adds what another one has.
     *
     * @param other its trigger counts for nothing
     * @return both, reported as often as this
     */
    public Interest add(Interest other) {
        return of((bits | other.bits) & Readiness.INTERESTS, trigger());
    }

    /**
     * Takes away what another one has.
     *
     * @param other its trigger counts for nothing, nor does what is not in this
     * @return what is left, reported as often as this; empty if that is nothing
     */
    public Optional<Interest> remove(Interest other) {
        int left = bits & ~other.bits & Readiness.INTERESTS;
        return left == 0 ? Optional.empty() : Optional.of(of(left, trigger()));
    }

    /**
     * Changes how often it is reported.
     *
     * @param trigger how often
     * @return the same interest with that trigger
     */
    public Interest with(Trigger trigger) {
        return of(bits & Readiness.INTERESTS, Objects.requireNonNull(trigger));
    }

    /** {@return how often it is reported: {@link Trigger#EDGE} unless {@link #with} has said otherwise} */
    public Trigger trigger() {
        return switch (bits & TRIGGERS) {
            case Readiness.ONESHOT -> Trigger.ONESHOT;
            case Readiness.LEVEL -> Trigger.LEVEL;
            default -> Trigger.EDGE;
        };
    }

    /** {@return whether readable is in it} */
    public boolean isReadable() {
        return (bits & Readiness.READABLE) != 0;
    }

    /** {@return whether writable is in it} */
    public boolean isWritable() {
        return (bits & Readiness.WRITABLE) != 0;
    }

    /** {@return whether priority is in it} */
    public boolean isPriority() {
        return (bits & Readiness.PRIORITY) != 0;
    }

    /** Such as {@code READABLE | WRITABLE}, or {@code READABLE (ONESHOT)}. */
    @Override
    public String toString() {
        StringBuilder names = new StringBuilder();
        append(names, isReadable(), "READABLE");
        append(names, isWritable(), "WRITABLE");
        append(names, isPriority(), "PRIORITY");
        return trigger() == Trigger.EDGE
                ? names.toString()
                : names.append(" (").append(trigger()).append(')').toString();
    }

    private static void append(StringBuilder names, boolean present, String name) {
        if (present) {
            names.append(names.isEmpty() ? "" : " | ").append(name);
        }
    }
}
