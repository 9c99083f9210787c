package io.heddle.internal.sys;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An array of {@code struct iovec}, readv(2): buffers as the kernel sees them.
 *
 * <pre>
 *   0          8          16
 *   +----------+----------+
 *   |   base   |  length  |     one for each buffer that is not empty
 *   +----------+----------+
 * </pre>
 *
 * The kernel reads from and writes to direct buffers themselves; the bytes of heap buffers and of those over the memory
 * of an arena are copied through a {@link Stage}.
 */
public final class Iovec {
    static final int ENTRY = 16;

    /** The most buffers one call is given; what the kernel takes of them is a short write as any other. */
    static final int ENTRIES_MAX = 64;

    private final ByteBuffer memory;
    private final int at;

    /** The buffers of the entries; null for one that the kernel sees itself. */
    private final @Nullable ByteBuffer[] onStage = new ByteBuffer[ENTRIES_MAX];

    private @Nullable Stage stage;
    private int staged;
    private int count;

    /** An array of its own. */
    Iovec() {
        this(NativeMemory.pooled(ENTRIES_MAX * ENTRY), 0);
    }

    /** An array in a part of the memory, which has room for {@link #ENTRIES_MAX} entries there. */
    Iovec(ByteBuffer memory, int at) {
        this.memory = memory;
        this.at = at;
    }

    long address() {
        return MemorySegment.ofBuffer(memory).address() + at;
    }

    /** How many entries there are. */
    int count() {
        return count;
    }

    /**
     * Lists the bytes between position and limit of each buffer. The caller holds the buffers until the call is over.
     *
     * @param out whether the kernel will read them
     * @param whole whether all bytes must go in one call, as those of a datagram; else what is copied may be cut to
     *     {@link Stage#SIZE} bytes
     * @return false if the call cannot be made whole: more than {@link #ENTRIES_MAX} buffers, or more bytes than a
     *     datagram can have
     */
    boolean list(ByteBuffer[] buffers, boolean out, boolean whole) {
        count = 0;
        staged = 0;
        long copiedMax = whole ? copiedBytes(buffers) : Stage.SIZE;
        if (out && copiedMax > Message.UNIX_MAX) {
            return false;
        }
        int capacity = (int) Math.min(copiedMax, Message.UNIX_MAX);
        for (ByteBuffer buffer : buffers) {
            int length = buffer.remaining();
            if (length == 0) {
                continue;
            }
            if (count == ENTRIES_MAX) {
                return !whole;
            }
            long base = Stage.addressOf(buffer);
            boolean copied = base == 0;
            if (copied) {
                length = Math.min(length, capacity - staged);
                if (length == 0) {
                    return true;
                }
                base = stage(buffer, length, capacity, out);
            }
            onStage[count] = copied ? buffer : null;
            memory.putLong(at + count * ENTRY, base).putLong(at + count * ENTRY + 8, length);
            count++;
            if (length < buffer.remaining()) {
                return true;
            }
        }
        return true;
    }

    private static long copiedBytes(ByteBuffer[] buffers) {
        long bytes = 0;
        for (ByteBuffer buffer : buffers) {
            bytes += Stage.addressOf(buffer) != 0 ? 0 : buffer.remaining();
        }
        return bytes;
    }

    private long stage(ByteBuffer buffer, int length, int capacity, boolean out) {
        Stage present = stage;
        if (present == null) {
            present = Stage.take(capacity);
            stage = present;
        }
        if (out) {
            present.load(staged, buffer, length);
        } else {
            present.ensureTakes(buffer);
        }
        long base = present.address + staged;
        staged += length;
        return base;
    }

    /** After the kernel has written n bytes: brings those on the stage to their buffers. Positions stay. */
    void scatter(long n) {
        if (stage == null) {
            return;
        }
        long left = n;
        int from = 0;
        for (int i = 0; i < count && left > 0; i++) {
            ByteBuffer buffer = onStage[i];
            int length = (int) memory.getLong(at + i * ENTRY + 8);
            if (buffer != null) {
                stage.unload(from, buffer, (int) Math.min(length, left));
                from += length;
            }
            left -= length;
        }
    }

    /** Lets go of buffers and memory; the call is over. */
    void clear() {
        Stage used = stage;
        if (used != null) {
            stage = null;
            used.close();
        }
        Arrays.fill(onStage, 0, count, null);
        count = 0;
    }

    /** Moves the positions of buffers on, in order, by n bytes together. */
    public static void advance(ByteBuffer[] buffers, long n) {
        long left = n;
        for (ByteBuffer buffer : buffers) {
            int part = (int) Math.min(buffer.remaining(), left);
            buffer.position(buffer.position() + part);
            left -= part;
        }
    }
}
