package io.heddle.internal.sys;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * An array of {@code struct mmsghdr}: sendmmsg(2) and recvmmsg(2), many datagrams in one call. Answers how many were
 * moved, or the negated errno. Taken for one call, from a pool, and closed after it.
 *
 * <pre>
 *   0                     56       60        64
 *   +---------------------+--------+---------+
 *   |    struct msghdr    | length | padding |
 *   +---------------------+--------+---------+
 * </pre>
 *
 * Direct buffers are used as they are. Heap buffers, and those over the memory of an arena, are copied through
 * {@link Stage#SIZE} bytes of native memory: a call moves as many of them as fit there, and at least one.
 */
public final class MessageBatch implements AutoCloseable {
    /** The most datagrams of one call. */
    public static final int MESSAGES_MAX = 64;

    static final int ENTRY = 64;
    static final int LENGTH = 56;
    private static final int NAMES_AT = MESSAGES_MAX * ENTRY;
    private static final int IOVECS_AT = NAMES_AT + MESSAGES_MAX * SockAddr.STORAGE_SIZE;
    private static final int SIZE = IOVECS_AT + MESSAGES_MAX * Iovec.ENTRY;

    private static final Pool<MessageBatch> POOL = new Pool<>(4, MessageBatch::new);

    private final ByteBuffer memory = NativeMemory.pooled(SIZE);
    private final ByteBuffer[] names = new ByteBuffer[MESSAGES_MAX];
    private final long base = MemorySegment.ofBuffer(memory).address();
    private @Nullable Stage stage;

    /** Where each message's bytes are on the stage; -1: in its own buffer. */
    private final int[] stagedAt = new int[MESSAGES_MAX];

    private MessageBatch() {
        for (int i = 0; i < MESSAGES_MAX; i++) {
            int nameAt = NAMES_AT + i * SockAddr.STORAGE_SIZE;
            names[i] = memory.slice(nameAt, SockAddr.STORAGE_SIZE).order(memory.order());
            memory.putLong(i * ENTRY, base + nameAt);
            int iovecAt = IOVECS_AT + i * Iovec.ENTRY;
            memory.putLong(i * ENTRY + Message.IOV, base + iovecAt);
            memory.putLong(i * ENTRY + Message.IOV_ENTRIES, 1);
        }
    }

    /** An empty batch. */
    public static MessageBatch take() {
        return POOL.take();
    }

    /** Gives it back. The caller must not touch it again. */
    @Override
    public void close() {
        POOL.give(this);
    }

    /**
     * sendmmsg(2) of the first of these datagrams, at least one, without blocking. Positions stay.
     *
     * @param to the receivers, in order; null for a connected socket
     * @param family that of the socket
     */
    public int send(int fd, ByteBuffer[] srcs, InetSocketAddress @Nullable [] to, int family) {
        try (Scratch s = Scratch.take()) {
            int count = list(srcs, true);
            if (count == 0) {
                return -Errno.EMSGSIZE;
            }
            for (int i = 0; i < count; i++) {
                int size = to == null ? 0 : SockAddr.writeChecked(names[i], to[i], family);
                if (size < 0 && i == 0) {
                    return size;
                }
                if (size < 0) {
                    // As the kernel does: an error counts only where it is the first message's.
                    count = i;
                    break;
                }
                memory.putInt(i * ENTRY + Message.NAME_LENGTH, size);
            }
            // SAFETY: the kernel reads `count` headers and what they point to, and writes their lengths. This object
            // holds them, the names and the stage; srcs is reachable until after the call.
            return Linking.call(Send.CALL, s, fd, base, count, Socket.MSG_DONTWAIT | Socket.MSG_NOSIGNAL);
        } finally {
            Reference.reachabilityFence(srcs);
            clear();
        }
    }

    /** recvmmsg(2), one datagram into each of the first buffers, without blocking. Positions stay. */
    public int receive(int fd, ByteBuffer[] dsts) {
        try (Scratch s = Scratch.take()) {
            int count = list(dsts, false);
            for (int i = 0; i < count; i++) {
                memory.putInt(i * ENTRY + Message.NAME_LENGTH, SockAddr.STORAGE_SIZE);
            }
            // SAFETY: as in send; the kernel writes no more than the headers say is there. No timeout.
            int received = Linking.call(Recv.CALL, s, fd, base, count, Socket.MSG_DONTWAIT, 0);
            for (int i = 0; i < received; i++) {
                Stage used = stage;
                if (used != null && stagedAt[i] >= 0) {
                    used.unload(stagedAt[i], dsts[i], length(i));
                }
            }
            return received;
        } finally {
            Reference.reachabilityFence(dsts);
            clear();
        }
    }

    private int list(ByteBuffer[] buffers, boolean out) {
        int most = Math.min(buffers.length, MESSAGES_MAX);
        int staged = 0;
        int count = 0;
        for (; count < most; count++) {
            ByteBuffer buffer = buffers[count];
            int length = Math.min(buffer.remaining(), Message.UDP_MAX);
            if (out && length < buffer.remaining()) {
                // As above: an error counts only where it is the first message's.
                break;
            }
            int iovecAt = IOVECS_AT + count * Iovec.ENTRY;
            long address = Stage.addressOf(buffer);
            if (address != 0) {
                stagedAt[count] = -1;
                memory.putLong(iovecAt, address);
            } else {
                Stage present = stage;
                if (present == null) {
                    present = Stage.take(length);
                    stage = present;
                }
                if (length > present.memory.capacity() - staged) {
                    break;
                }
                if (out) {
                    present.load(staged, buffer, length);
                } else {
                    present.ensureTakes(buffer);
                }
                stagedAt[count] = staged;
                memory.putLong(iovecAt, present.address + staged);
                staged += length;
            }
            memory.putLong(iovecAt + 8, length);
            memory.putInt(count * ENTRY + Message.FLAGS, 0);
        }
        return count;
    }

    private void clear() {
        Stage used = stage;
        if (used != null) {
            stage = null;
            used.close();
        }
    }

    /** How many bytes of a datagram were moved. */
    public int length(int index) {
        return memory.getInt(index * ENTRY + LENGTH);
    }

    /** Who sent a datagram; null if that is not an IP address. */
    public @Nullable InetSocketAddress name(int index) {
        return SockAddr.read(names[index]);
    }

    private static final class Send {
        static final Downcall CALL = Linking.plain("sendmmsg");
    }

    private static final class Recv {
        static final Downcall CALL = Linking.plain("recvmmsg");
    }
}
