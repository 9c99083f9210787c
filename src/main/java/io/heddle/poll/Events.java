package io.heddle.poll;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;

/**
 * Where a poll puts its events. Made once and used for every poll, which clears it first. For one thread at a time,
 * the one that polls.
 */
public final class Events implements Iterable<Event> {
    private final int capacityMax;
    private Event[] slots;
    private int size;

    private Events(int capacity, int capacityMax) {
        this.capacityMax = capacityMax;
        slots = new Event[0];
        grow(capacity);
    }

    /**
     * Takes so many events from one poll at most; what is ready beyond is in the next ones.
     *
     * @param capacity at least 1
     * @return no events
     * @throws IllegalArgumentException if it is less than 1
     */
    public static Events withCapacity(int capacity) {
        return growing(capacity, capacity);
    }

    /**
     * Takes so many events from one poll at most at first, and twice as many after each poll that has filled it. With
     * too small a fixed capacity, sources beyond it wait for further polls.
     *
     * @param capacity at least 1
     * @param capacityMax at least {@code capacity}; it never becomes more
     * @return no events
     * @throws IllegalArgumentException if one of them is less than that
     */
    public static Events growing(int capacity, int capacityMax) {
        if (capacity < 1 || capacityMax < capacity) {
            throw new IllegalArgumentException(
                    "events must have a capacity of 1 or more: capacity=" + capacity + ", capacityMax=" + capacityMax);
        }
        return new Events(capacity, capacityMax);
    }

    /** {@return how many events there are} */
    public int size() {
        return size;
    }

    /** {@return how many events the next poll may put here} */
    public int capacity() {
        return isFull() ? nextCapacity() : slots.length;
    }

    /** {@return whether there is no event} */
    public boolean isEmpty() {
        return size == 0;
    }

    /**
     * One event, which the next poll overwrites.
     *
     * @param index from 0
     * @return the event, always the same object for an index
     * @throws IndexOutOfBoundsException if it is not below {@link #size}
     */
    public Event get(int index) {
        return slots[Objects.checkIndex(index, size)];
    }

    /** Forgets all events, as each poll does. */
    public void clear() {
        if (isFull()) {
            grow(nextCapacity());
        }
        size = 0;
    }

    boolean isFull() {
        return size == slots.length;
    }

    private int nextCapacity() {
        return (int) Math.min(capacityMax, slots.length * 2L);
    }

    private void grow(int capacity) {
        int before = slots.length;
        if (capacity > before) {
            slots = Arrays.copyOf(slots, capacity);
            for (int i = before; i < capacity; i++) {
                slots[i] = new Event();
            }
        }
    }

    void add(long token, int ready) {
        slots[size].set(token, ready);
        size++;
    }

    /** The events of the last poll, in no order. Must be used up before the next one. */
    @Override
    public Iterator<Event> iterator() {
        return new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                return next < size;
            }

            @Override
            public Event next() {
                if (next >= size) {
                    throw new NoSuchElementException();
                }
                return slots[next++];
            }
        };
    }

    /** All events. */
    @Override
    public String toString() {
        return Arrays.asList(slots).subList(0, size).toString();
    }
}
