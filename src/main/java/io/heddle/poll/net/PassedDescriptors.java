package io.heddle.poll.net;

import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.Message;
import java.io.Closeable;
import java.util.Arrays;

/**
 * Descriptors that came along with a message of a Unix socket, SCM_RIGHTS in unix(7): numbers of this process, all
 * close-on-exec. Whoever takes one closes it; {@link #close} closes those that nobody has taken. Not for concurrent
 * use.
 */
public final class PassedDescriptors implements Closeable {
    private final int[] fds;
    private int from;
    private int to;
    private boolean lost;

    private PassedDescriptors(int capacity) {
        fds = new int[capacity];
    }

    /**
     * Room for so many.
     *
     * @param capacity how many are kept until they are taken; what comes beyond that is closed. The kernel passes at
     *     most 253 with one message
     * @return nothing yet
     * @throws IllegalArgumentException if the capacity is negative
     */
    public static PassedDescriptors withCapacity(int capacity) {
        if (capacity < 0) {
            throw new IllegalArgumentException("capacity must not be negative: capacity=" + capacity);
        }
        return new PassedDescriptors(capacity);
    }

    /**
     * How many there are to take.
     *
     * @return zero or more
     */
    public int size() {
        return to - from;
    }

    /**
     * Takes the next, in the order in which they were sent.
     *
     * @return its number, which is the caller's to close
     * @throws IllegalStateException if there is none
     */
    public int take() {
        if (from == to) {
            throw new IllegalStateException("there must be a descriptor to take: size=0");
        }
        return fds[from++];
    }

    /**
     * Whether the kernel has dropped descriptors of the last message, since this process can have no more.
     *
     * @return true if some are lost
     */
    public boolean wereLost() {
        return lost;
    }

    /** Closes what nobody has taken. It may be used again. */
    @Override
    public void close() {
        while (from < to) {
            Fd.close(fds[from++]);
        }
        from = 0;
        to = 0;
    }

    /** What recvmsg may fill. */
    int[] room() {
        return new int[fds.length - size()];
    }

    /** Adds what recvmsg has filled. */
    void add(int[] room, Message message) {
        System.arraycopy(fds, from, fds, 0, size());
        to -= from;
        from = 0;
        System.arraycopy(room, 0, fds, to, message.passedCount());
        to += message.passedCount();
        lost = message.isControlTruncated();
    }

    @Override
    public String toString() {
        return "PassedDescriptors" + Arrays.toString(Arrays.copyOfRange(fds, from, to));
    }
}
