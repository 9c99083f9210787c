package io.heddle.internal.carrier;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The agreement between one sleeper and those who bring it work, so that no work waits for a sleeper that
 * nobody rings.
 *
 * <p>Dekker's pattern: the sleeper announces itself and then looks for work; a bringer makes its work
 * visible and then looks for a sleeper. At least one of the two sees the other. Without the sleeper's
 * second look both may miss; see SleepWithoutSecondLookTest in src/jcstress.
 */
final class SleepGate {
    /*
     *              announce()                    claimWake(), one winner
     *   +-------+ -----------> +--------+ ------------------------------+
     *   | AWAKE |              | ASLEEP |                               |
     *   +-------+ <----------- +--------+        rings the doorbell     |
     *       ^       clear()                                             |
     *       +-----------------------------------------------------------+
     *
     * The doorbell remembers: the winner may ring late, when the sleeper is awake for another reason. It
     * then ends the next sleep at once, for nothing, which is harmless.
     */
    private static final int AWAKE = 0;
    private static final int ASLEEP = 1;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(SleepGate.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Sleeper: AWAKE to ASLEEP and back. Bringers: ASLEEP to AWAKE, by CAS. */
    private volatile int state;

    /** The sleeper, before its second look. */
    void announce() {
        state = ASLEEP;
        // The volatile write alone is ordered before later volatile reads; the fence orders all reads.
        VarHandle.fullFence();
    }

    /** The sleeper, when it does not sleep (any more). */
    void clear() {
        state = AWAKE;
    }

    /** A bringer, after its work is visible by a volatile write or CAS: true if it must ring. */
    boolean claimWake() {
        return state == ASLEEP && STATE.compareAndSet(this, ASLEEP, AWAKE);
    }

    boolean isAsleep() {
        return state == ASLEEP;
    }

    @Override
    public String toString() {
        return state == ASLEEP ? "asleep" : "awake";
    }
}
