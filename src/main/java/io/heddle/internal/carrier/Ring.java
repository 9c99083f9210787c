package io.heddle.internal.carrier;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
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
     * A slot is cleared by the owner alone. Clearing by a thief would race with the next lap.
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
                return task;
            }
        }
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
