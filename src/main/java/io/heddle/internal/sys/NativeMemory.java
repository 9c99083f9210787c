package io.heddle.internal.sys;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Native memory of an owner that keeps it, such as a poller; the garbage collection of the buffer frees it. A process
 * that is started for {@link Faults} counts it, and tests see that it comes back; in any other the compiler drops that.
 */
public final class NativeMemory {
    private NativeMemory() {}

    /** Zeroed, in the machine's byte order. */
    public static ByteBuffer allocate(int bytes) {
        ByteBuffer memory = ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
        if (Faults.ON) {
            Counted.add(memory);
        }
        return memory;
    }

    /** The same for the objects of a {@link Pool}, which nobody frees and nobody counts. */
    static ByteBuffer pooled(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    /** How many bytes are not freed yet; zero where they are not counted. */
    public static long bytes() {
        return Faults.ON ? Counted.bytes() : 0;
    }

    private static final class Counted extends PhantomReference<ByteBuffer> {
        private static final ReferenceQueue<ByteBuffer> FREED = new ReferenceQueue<>();
        private static final Set<Counted> OWNED = ConcurrentHashMap.newKeySet();

        private final int bytes;

        private Counted(ByteBuffer memory) {
            super(memory, FREED);
            bytes = memory.capacity();
        }

        static void add(ByteBuffer memory) {
            OWNED.add(new Counted(memory));
        }

        static long bytes() {
            for (Reference<?> freed = FREED.poll(); freed != null; freed = FREED.poll()) {
                OWNED.remove(freed);
            }
            return OWNED.stream().mapToLong(owned -> owned.bytes).sum();
        }
    }
}
