package io.heddle.internal.carrier;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The bounded run queue of a carrier: its owner adds, anyone may take. First in, first out, no allocation.
 * After the local run queue of Go's scheduler.
 */
final class Ring {
    /*
     *   head                    tail
     *    |                       |
     *    v                       v
     *  +---+---+---+---+---+---+---+---+
     *  |   | a | b | c | d | e |   |   |     index & MASK; both only grow, and may wrap
     *  +---+---+---+---+---+---+---+---+
     *
     * The owner writes the slot, then tail with release. A taker reads head, tail, the slot, and then owns
     * what it read only if its CAS moves head: if the CAS succeeds nobody else took the element, and the
     * owner cannot have reused the slot, since it adds only while tail - head < CAPACITY.
     *
     * A slot is cleared by the owner alone, after a theft when the ring is empty. Clearing by a thief would race
     * with the next lap.
     */
    static final int CAPACITY = 256;
    private static final int MASK = CAPACITY - 1;

    private static final VarHandle HEAD;
    private static final VarHandle TAIL;
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(Runnable[].class);

    static {
        try {
            HEAD = MethodHandles.lookup().findVarHandle(Ring.class, "head", int.class);
            TAIL = MethodHandles.lookup().findVarHandle(Ring.class, "tail", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final @Nullable Runnable[] slots = new Runnable[CAPACITY];

    /** Moved by whoever takes, by CAS. */
    private volatile int head;

    /** Moved by the owner only. */
    private volatile int tail;

    /** Whether slots hold what was stolen. Set by thieves, cleared by the owner. */
    private volatile boolean robbed;

    Ring() {
        this(0);
    }

    /** For tests: a ring that has seen that many tasks. */
    Ring(int before) {
        head = before;
        tail = before;
    }

    /** Owner only; false if there is no room. */
    boolean offer(Runnable task) {
        int at = (int) TAIL.get(this);
        if (at - head >= CAPACITY) {
            return false;
        }
        SLOT.setOpaque(slots, at & MASK, task);
        TAIL.setRelease(this, at + 1);
        return true;
    }

    /** Owner only. */
    @Nullable
    Runnable poll() {
        for (; ; ) {
            int at = head;
            if (at == (int) TAIL.get(this)) {
                return null;
            }
            Runnable task = slots[at & MASK];
            if (HEAD.compareAndSet(this, at, at + 1)) {
                slots[at & MASK] = null;
                return task;
            }
        }
    }

    /** Any thread. */
    @Nullable
    Runnable steal() {
        for (; ; ) {
            int at = head;
            if (at == tail) {
                return null;
            }
            Runnable task = (Runnable) SLOT.getOpaque(slots, at & MASK);
            if (HEAD.compareAndSet(this, at, at + 1)) {
                robbed = true;
                return task;
            }
        }
    }

    /** Owner only, while it is empty: lets go of what was stolen. */
    void forgetStolen() {
        if (robbed) {
            robbed = false;
            Arrays.fill(slots, null);
        }
    }

    /** Owner only: where the next task will be, to be asked about by {@link #holdsBefore}. */
    int tail() {
        return (int) TAIL.get(this);
    }

    /** Owner only: whether a task is left of those that were there when {@link #tail} gave this answer. */
    boolean holdsBefore(int tailThen) {
        return head - tailThen < 0;
    }

    /** Any thread; a moment's truth for all but the owner. */
    boolean isEmpty() {
        return head == tail;
    }

    /** Any thread; a moment's truth for all but the owner. */
    int size() {
        return Math.clamp(tail - head, 0, CAPACITY);
    }

    @Override
    public String toString() {
        return "Ring[size=" + size() + "]";
    }
}
