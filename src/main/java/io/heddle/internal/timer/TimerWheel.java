package io.heddle.internal.timer;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Timers of one owner: a hierarchical wheel that says roughly when, and a small heap that says exactly.
 *
 * <p>Linking and unlinking a distant timer is O(1), which is what timeouts need: nearly all are cancelled.
 * Only a timer whose tick has come moves to the heap, so waits of ten microseconds and of thirty seconds
 * both end within the owner's own latency. Not thread-safe: every method belongs to the present owner.
 *
 * <p>After Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (SOSP 1987), scheme 7.
 */
public final class TimerWheel {
    /*
     * Implementation notes.
     *
     * A tick is 2^20 ns, about a millisecond. `horizon` is the last tick whose timers are all in the heap:
     * the present tick or the next one. A later timer is in the slot of its tick on the lowest level on
     * which that tick and `horizon` differ: level n has 64 slots of 64^n ticks. When the horizon enters a
     * slot of level n > 0, its timers are placed anew and sink to a lower level.
     *
     * Seven levels span 64^7 ticks, 146 years: more than DELAY_MAX_NANOS and any uptime. Deadlines are
     * subtracted and never compared, as the nanoTime line wraps.
     *
     *   link()                     horizon reaches it          time comes
     *   --------> slot of level n --------------------> heap -----------> fire()
     *       \___________________________________________/^
     *                 not after the horizon
     */
    private static final int TICK_BITS = 20;
    private static final int SLOT_BITS = 6;
    private static final int SLOTS = 1 << SLOT_BITS;
    private static final int LEVELS = 7;

    /** Places below are heap indexes, places from here on are slots. */
    private static final int NEAR_MAX = 1 << 30;

    /** A delay above this is cut down to it; some 73 years. */
    public static final long DELAY_MAX_NANOS = Long.MAX_VALUE / 4;

    private final long base;
    private long horizon;
    private final @Nullable Timer[] slots = new Timer[LEVELS * SLOTS];
    /** Bit s of occupied[n]: slot s of level n is not empty. */
    private final long[] occupied = new long[LEVELS];

    private @Nullable Timer[] near = new Timer[16];
    private int nearCount;
    private int count;

    /** Creates a wheel whose time begins now. */
    public TimerWheel(long nowNanos) {
        base = nowNanos;
    }

    /** Links a timer that is not linked. */
    public void link(Timer timer, long atNanos) {
        assert !timer.isLinked() : "linked twice";
        timer.atNanos = atNanos;
        count++;
        place(timer);
    }

    /** Unlinks a timer; does nothing if it is not linked. */
    public void unlink(Timer timer) {
        if (!timer.isLinked()) {
            return;
        }
        count--;
        if (timer.place < NEAR_MAX) {
            removeNear(timer.place);
        } else {
            removeFromSlot(timer, timer.place - NEAR_MAX);
        }
    }

    /** How many timers are linked. */
    public int count() {
        return count;
    }

    /**
     * Nanoseconds until {@link #advance} has something to do: zero if it has now, {@link Long#MAX_VALUE} if
     * there is no timer.
     */
    public long nextDelayNanos(long nowNanos) {
        if (count == 0) {
            return Long.MAX_VALUE;
        }
        long delay = nearCount > 0 ? nearAt(0).atNanos - nowNanos : Long.MAX_VALUE;
        long tick = nextOccupiedTick();
        if (tick != Long.MAX_VALUE) {
            // A slot is emptied into the heap one tick ahead, so that the heap alone is exact.
            delay = Math.min(delay, base + ((tick - 1) << TICK_BITS) - nowNanos);
        }
        return Math.max(delay, 0);
    }

    /** Fires every timer whose time has come and returns how many. */
    public int advance(long nowNanos) {
        moveHorizon(((nowNanos - base) >> TICK_BITS) + 1);
        int fired = 0;
        while (nearCount > 0 && nearAt(0).atNanos - nowNanos <= 0) {
            Timer timer = nearAt(0);
            removeNear(0);
            count--;
            fired++;
            timer.fire(nowNanos);
        }
        return fired;
    }

    /** Unlinks and returns any one timer, null when there is none. For the end of the owner. */
    public @Nullable Timer takeAny() {
        Timer found = nearCount > 0 ? nearAt(0) : null;
        for (int level = 0; found == null && level < LEVELS; level++) {
            if (occupied[level] != 0) {
                found = slots[level * SLOTS + Long.numberOfTrailingZeros(occupied[level])];
            }
        }
        if (found != null) {
            unlink(found);
        }
        return found;
    }

    private void place(Timer timer) {
        long tick = (timer.atNanos - base) >> TICK_BITS;
        if (tick <= horizon) {
            addNear(timer);
            return;
        }
        int level = Math.min((63 - Long.numberOfLeadingZeros(tick ^ horizon)) / SLOT_BITS, LEVELS - 1);
        int slot = (int) (tick >> (level * SLOT_BITS)) & (SLOTS - 1);
        int index = level * SLOTS + slot;
        Timer first = slots[index];
        timer.next = first;
        timer.previous = null;
        if (first != null) {
            first.previous = timer;
        }
        slots[index] = timer;
        occupied[level] |= 1L << slot;
        timer.place = NEAR_MAX + index;
    }

    /** The first tick of the nearest slot with timers in it. A lower level is always nearer than a higher one. */
    private long nextOccupiedTick() {
        for (int level = 0; level < LEVELS; level++) {
            if (occupied[level] != 0) {
                int shift = level * SLOT_BITS;
                int current = (int) (horizon >> shift) & (SLOTS - 1);
                long ahead = Long.numberOfTrailingZeros(Long.rotateRight(occupied[level], current));
                return ((horizon >> shift) + ahead) << shift;
            }
        }
        return Long.MAX_VALUE;
    }

    /** Moves the horizon on, from occupied slot to occupied slot, and places the timers of each anew. */
    private void moveHorizon(long target) {
        for (long tick = nextOccupiedTick(); tick <= target; tick = nextOccupiedTick()) {
            horizon = tick;
            empty(tick);
        }
        horizon = Math.max(horizon, target);
    }

    /** Places anew all timers of the slots that begin with the given tick, which is the horizon. */
    private void empty(long tick) {
        for (int level = 0; level < LEVELS; level++) {
            int shift = level * SLOT_BITS;
            if ((tick & ((1L << shift) - 1)) != 0) {
                return;
            }
            int slot = (int) (tick >> shift) & (SLOTS - 1);
            int index = level * SLOTS + slot;
            Timer timer = slots[index];
            slots[index] = null;
            occupied[level] &= ~(1L << slot);
            while (timer != null) {
                Timer following = timer.next;
                timer.next = null;
                timer.previous = null;
                place(timer);
                timer = following;
            }
        }
    }

    private void removeFromSlot(Timer timer, int index) {
        Timer previous = timer.previous;
        Timer next = timer.next;
        if (previous == null) {
            slots[index] = next;
            if (next == null) {
                occupied[index / SLOTS] &= ~(1L << (index % SLOTS));
            }
        } else {
            previous.next = next;
        }
        if (next != null) {
            next.previous = previous;
        }
        timer.next = null;
        timer.previous = null;
        timer.place = Timer.UNLINKED;
    }

    private Timer nearAt(int index) {
        Timer timer = near[index];
        assert timer != null : "heap index " + index;
        return timer;
    }

    private void addNear(Timer timer) {
        if (nearCount == near.length) {
            near = Arrays.copyOf(near, nearCount * 2);
        }
        siftUp(nearCount++, timer);
    }

    private void removeNear(int index) {
        nearAt(index).place = Timer.UNLINKED;
        Timer last = nearAt(--nearCount);
        near[nearCount] = null;
        if (index < nearCount) {
            siftDown(index, last);
            if (near[index] == last) {
                siftUp(index, last);
            }
        }
    }

    private void siftUp(int index, Timer timer) {
        while (index > 0) {
            int parent = (index - 1) >>> 1;
            Timer above = nearAt(parent);
            if (timer.atNanos - above.atNanos >= 0) {
                break;
            }
            put(index, above);
            index = parent;
        }
        put(index, timer);
    }

    private void siftDown(int index, Timer timer) {
        int half = nearCount >>> 1;
        while (index < half) {
            int child = 2 * index + 1;
            Timer below = nearAt(child);
            if (child + 1 < nearCount && nearAt(child + 1).atNanos - below.atNanos < 0) {
                below = nearAt(++child);
            }
            if (timer.atNanos - below.atNanos <= 0) {
                break;
            }
            put(index, below);
            index = child;
        }
        put(index, timer);
    }

    private void put(int index, Timer timer) {
        near[index] = timer;
        timer.place = index;
    }

    @Override
    public String toString() {
        return "TimerWheel[timers=" + count + ", near=" + nearCount + ", horizon=" + horizon + "]";
    }
}
