package io.heddle.internal.sys;

import org.jspecify.annotations.Nullable;

/**
 * The switch through which tests make a native call fail, or move fewer bytes than it was asked to. It exists only in
 * a process that is started with {@code -Dheddle.faults=true}; in any other the compiler drops it.
 */
public final class Faults {
    /** A verdict: the call is made as it is. */
    public static final int NONE = Integer.MAX_VALUE;

    static final boolean ON = Boolean.getBoolean("heddle.faults");

    private static volatile @Nullable Plan plan;

    private Faults() {}

    /** What shall become of calls. */
    @FunctionalInterface
    public interface Plan {
        /**
         * Called by any thread before each native call; must not block.
         *
         * @param function its name in C
         * @param first its first argument, which is the descriptor for most
         * @return {@link #NONE}, a negated errno to fail with, or for recv and send the most bytes to ask for
         */
        int decide(String function, int first);
    }

    /** Sets the plan; null for none. */
    public static void plan(@Nullable Plan next) {
        if (!ON) {
            throw new IllegalStateException("faults must be switched on at the start: -Dheddle.faults=true");
        }
        plan = next;
    }

    static int decide(String function, long first) {
        Plan present = plan;
        return present == null ? NONE : present.decide(function, (int) first);
    }

    /**
     * Whether the kernel does what was asked and reports the error all the same: the number of a failed close is free,
     * an interrupted connect goes on, and a full eventfd rings. Other errors of connect come after the attempt, too.
     */
    static boolean happensAllTheSame(String function) {
        return switch (function) {
            case "close", "connect", "write" -> true;
            default -> false;
        };
    }
}
