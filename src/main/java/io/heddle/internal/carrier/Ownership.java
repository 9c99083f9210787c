package io.heddle.internal.carrier;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * Who serves a carrier, in one word. All that a carrier owns (queue, poller, timers) may be touched only by
 * the worker in this word, and only while the word says LOOP.
 */
final class Ownership {
    /*
     *                    enterTask()                       takeOver() by the monitor
     *   +--------------+ -----------> +-----------------+ -------------------------> +--------------+
     *   | worker, LOOP |              | worker, IN_TASK |                            | spare, LOOP  |
     *   +--------------+ <----------- +-----------------+                            +--------------+
     *                    leaveTask()
     *                    claim() ... unclaim(), for a few instructions inside the task
     *
     * Notes:
     *  - Out of LOOP only its worker leads. So a plain release store enters a task.
     *  - Out of IN_TASK lead the worker and the monitor, both by CAS: one of them wins. A worker whose CAS
     *    fails has lost the carrier for good and must touch nothing of it.
     *  - What the worker wrote in LOOP is released by enterTask() or unclaim() and acquired by takeOver().
     *  - The word cannot tell LOOP from a claim that was LENT: unclaim() without one would enter a task, and
     *    leaveTask() without one changes nothing.
     *  - The epoch grows with every task. An IN_TASK word that has not changed for some milliseconds is one
     *    task; claim() and unclaim() keep it.
     *
     * word:  bit 0       IN_TASK
     *        bits 1-23   worker number, never 0
     *        bits 24-63  epoch, may wrap
     */
    static final int WORKER_BITS = 23;
    static final int WORKER_MAX = (1 << WORKER_BITS) - 1;
    private static final long IN_TASK = 1;
    private static final int EPOCH_SHIFT = 1 + WORKER_BITS;
    private static final long EPOCH = 1L << EPOCH_SHIFT;
    private static final long WORKER = ((long) WORKER_MAX) << 1;

    private static final VarHandle WORD;

    static {
        try {
            WORD = MethodHandles.lookup().findVarHandle(Ownership.class, "word", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** See the picture. */
    private volatile long word;

    Ownership(int worker, long epoch) {
        word = (epoch << EPOCH_SHIFT) | loop(worker);
    }

    private static long loop(int worker) {
        assert worker > 0 && worker <= WORKER_MAX : "worker=" + worker;
        return (long) worker << 1;
    }

    /** The owner, in LOOP. */
    void enterTask() {
        long seen = (long) WORD.get(this);
        assert (seen & IN_TASK) == 0 : describe(seen);
        WORD.setRelease(this, (seen + EPOCH) | IN_TASK);
    }

    /**
     * The worker that entered a task: false if the carrier was taken from it meanwhile. LOOP already: the task died
     * inside a claim, of a stack that overflowed, say, and the carrier is still its worker's.
     */
    boolean leaveTask(int worker) {
        return claim(worker) != Claim.FOREIGN;
    }

    /** A worker, or a virtual thread on it, that wants to touch the carrier it believes to serve. */
    Claim claim(int worker) {
        long seen = word;
        if ((seen & WORKER) != loop(worker)) {
            return Claim.FOREIGN;
        }
        if ((seen & IN_TASK) == 0) {
            return Claim.LOOP;
        }
        return WORD.compareAndSet(this, seen, seen & ~IN_TASK) ? Claim.LENT : Claim.FOREIGN;
    }

    /** Ends a claim that was LENT. */
    void unclaim() {
        long seen = (long) WORD.get(this);
        assert (seen & IN_TASK) == 0 : describe(seen);
        WORD.setRelease(this, seen | IN_TASK);
    }

    enum Claim {
        /** The carrier is served by somebody else: use its inbox. */
        FOREIGN,
        /** The caller is the owner between two tasks. */
        LOOP,
        /** The caller is the owner inside a task, and must unclaim(). */
        LENT
    }

    /** The monitor: hands the carrier from the task it saw to another worker; false if that task has ended. */
    boolean takeOver(long seenInTask, int worker) {
        assert isInTask(seenInTask) : describe(seenInTask);
        long next = ((seenInTask & ~WORKER & ~IN_TASK) + EPOCH) | loop(worker);
        return WORD.compareAndSet(this, seenInTask, next);
    }

    long word() {
        return word;
    }

    static boolean isInTask(long word) {
        return (word & IN_TASK) != 0;
    }

    static int workerOf(long word) {
        return (int) ((word & WORKER) >>> 1);
    }

    static String describe(long word) {
        return "worker=" + workerOf(word) + (isInTask(word) ? ", IN_TASK" : ", LOOP") + ", epoch="
                + (word >>> EPOCH_SHIFT);
    }

    @Override
    public String toString() {
        return describe(word);
    }
}
