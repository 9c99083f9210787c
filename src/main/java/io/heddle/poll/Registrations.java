package io.heddle.poll;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The registrations of one registry. A key is the number of a slot and a count, so a report that comes late finds an
 * empty slot or another key, and is dropped. Everything but {@link #find} is for who has the registry's lock.
 */
final class Registrations {
    private static final int FIRST_SIZE = 16;

    // Grown by copying. Who finds in the old array while it is replaced sees all that was in it.
    private volatile AtomicReferenceArray<@Nullable Registration> slots = new AtomicReferenceArray<>(0);

    private int[] free = new int[0];
    private int freeCount;
    private int count;

    /** Who was registered last with a descriptor's number, which may have been closed and handed out again since. */
    private final Map<Integer, Registration> byFd = new HashMap<>();

    /** A registration in a slot, which {@link #find} answers from now on. */
    Registration add(Registry registry, IoSource source, long token) {
        if (freeCount == 0) {
            grow();
        }
        count = (count + 1) & Integer.MAX_VALUE;
        int slot = free[--freeCount];
        Registration added = new Registration(registry, source, (long) count << 32 | slot, token);
        slots.set(slot, added);
        return added;
    }

    private void grow() {
        AtomicReferenceArray<@Nullable Registration> old = slots;
        var grown = new AtomicReferenceArray<@Nullable Registration>(Math.max(FIRST_SIZE, old.length() * 2));
        for (int i = 0; i < old.length(); i++) {
            grown.setPlain(i, old.getPlain(i));
        }
        free = Arrays.copyOf(free, grown.length());
        // The lowest number is taken first.
        for (int slot = grown.length() - 1; slot >= old.length(); slot--) {
            free[freeCount++] = slot;
        }
        slots = grown;
    }

    /** The selector watches it: whoever had its descriptor's number before has lost it by closing. */
    void watched(Registration added) {
        int fd = added.source.pollable.fd();
        Registration before = fd < 0 ? null : byFd.put(fd, added);
        if (before != null) {
            before.source.dissociate(before);
            empty(before);
        }
    }

    void remove(Registration gone) {
        int fd = gone.source.pollable.fd();
        if (fd >= 0) {
            byFd.remove(fd, gone);
        }
        empty(gone);
    }

    private void empty(Registration gone) {
        int slot = (int) gone.key;
        slots.set(slot, null);
        free[freeCount++] = slot;
    }

    /** Any thread: the registration of that key, or null if there is none any more. */
    @Nullable
    Registration find(long key) {
        AtomicReferenceArray<@Nullable Registration> present = slots;
        int slot = (int) key;
        Registration found = slot < present.length() ? present.get(slot) : null;
        return found != null && found.key == key ? found : null;
    }

    int size() {
        return slots.length() - freeCount;
    }

    void forEach(Consumer<Registration> action) {
        AtomicReferenceArray<@Nullable Registration> present = slots;
        for (int i = 0; i < present.length(); i++) {
            Registration each = present.get(i);
            if (each != null) {
                action.accept(each);
            }
        }
    }
}
