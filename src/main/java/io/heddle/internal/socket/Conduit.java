package io.heddle.internal.socket;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Errors;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.Pipe2;
import io.heddle.internal.sys.Splice;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * A pipe(7) through which pages of the kernel go into a socket, from a file or from another socket, and are not copied.
 * Taken by one thread, filled, emptied and given back.
 *
 * <p>What a file channel has open cannot be told from outside, and splice(2) wants a number. But a file channel moves
 * its bytes to another one by sendfile(2), and /proc/self/fd makes one of our end of the pipe. So the JDK keeps watch
 * over the file as in any other call of the channel: its number cannot become another file's meanwhile.
 */
final class Conduit {
    private static final int SIZE = 256 * 1024;

    /**
     * Of a file: less than there is room for, as its bytes may begin within one page and end within another. The JDK's
     * call would wait for room. The largest pages have 64 KiB.
     */
    private static final int FILE_BYTES_MAX = SIZE - 64 * 1024;

    /** A user who is not root has 16,384 pages for all pipes together, pipe(7): a quarter of them at most. */
    private static final int OPEN_MAX = 64;

    private static final int IDLE_MAX = 16;

    private static final AtomicInteger OPEN = new AtomicInteger();
    private static final AtomicReferenceArray<@Nullable Conduit> IDLE = new AtomicReferenceArray<>(IDLE_MAX);

    private static final int UNKNOWN = -1;

    private final int source;
    private final int sink;

    /** The sink once more, for file channels. */
    private @Nullable FileChannel channel;

    private int filled;

    private Conduit(int source, int sink) {
        this.source = source;
        this.sink = sink;
    }

    private static final class Null {
        /** Negative if there is none. */
        static final int DEVICE = Fd.openNull();
    }

    /** An empty one; null if the process has enough of them, or the kernel has none to give: then bytes are copied. */
    static @Nullable Conduit take() {
        int start = (int) Thread.currentThread().threadId();
        for (int i = 0; i < IDLE_MAX; i++) {
            int slot = (start + i) & (IDLE_MAX - 1);
            if (IDLE.getPlain(slot) != null) {
                Conduit found = IDLE.getAndSet(slot, null);
                if (found != null) {
                    return found;
                }
            }
        }
        if (OPEN.incrementAndGet() > OPEN_MAX) {
            OPEN.decrementAndGet();
            return null;
        }
        Conduit opened = null;
        try {
            opened = open();
            return opened;
        } finally {
            if (opened == null) {
                OPEN.decrementAndGet();
            }
        }
    }

    private static @Nullable Conduit open() {
        int[] ends = new int[2];
        if (Pipe2.open(ends) < 0) {
            return null;
        }
        if (Fd.setPipeSize(ends[1], SIZE) < SIZE) {
            closeBoth(ends[0], ends[1]);
            return null;
        }
        return new Conduit(ends[0], ends[1]);
    }

    private static void closeBoth(int source, int sink) {
        Fd.close(sink);
        Fd.close(source);
        Starvation.descriptorReturned();
    }

    boolean isEmpty() {
        return filled == 0;
    }

    /** Takes in what a socket has; answers as splice(2). */
    int fill(int socket) {
        int n = Splice.move(socket, sink, SIZE);
        filled = Math.max(n, 0);
        return n;
    }

    /** Whether it can be filled from a file: not without /proc, or a descriptor for it. */
    boolean takesFiles() {
        if (channel == null) {
            try {
                channel = FileChannel.open(Path.of("/proc/self/fd/" + sink), StandardOpenOption.WRITE);
            } catch (IOException e) {
                return false;
            }
        }
        return true;
    }

    /** Takes in what a file has from a position on; answers how many bytes, zero behind its end. */
    int fill(FileChannel file, long position, long bytesMax) throws IOException {
        FileChannel into = channel;
        assert into != null && filled == 0 : this;
        filled = UNKNOWN;
        int n = (int) file.transferTo(position, Math.min(bytesMax, FILE_BYTES_MAX), into);
        filled = n;
        return n;
    }

    /** Brings what it can to a socket, which must not block; answers as splice(2). */
    int emptyInto(int socket) {
        int n = Splice.move(source, socket, filled);
        assert n != 0 : "a pipe that is not empty must give something: " + this;
        filled -= Math.max(n, 0);
        return n;
    }

    /** Brings all that is in it into memory. */
    ByteBuffer takeBytes() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(filled);
        while (filled > 0) {
            int n = Fd.read(source, bytes);
            if (n > 0) {
                bytes.position(bytes.position() + n);
                filled -= n;
            } else if (n != -Errno.EINTR) {
                throw Errors.ofFile("read", -n, "lost=" + filled);
            }
        }
        return bytes.flip();
    }

    /** Gives it back. What is still in it is dropped. */
    void release() {
        if (!empty() || !keep()) {
            close();
        }
    }

    private boolean empty() {
        while (filled > 0 && Null.DEVICE >= 0) {
            int n = Splice.move(source, Null.DEVICE, filled);
            if (n <= 0 && n != -Errno.EINTR) {
                return false;
            }
            filled -= Math.max(n, 0);
        }
        return filled == 0;
    }

    private boolean keep() {
        int start = (int) Thread.currentThread().threadId();
        for (int i = 0; i < IDLE_MAX; i++) {
            int slot = (start + i) & (IDLE_MAX - 1);
            if (IDLE.getPlain(slot) == null && IDLE.compareAndSet(slot, null, this)) {
                return true;
            }
        }
        return false;
    }

    /** For good. */
    void close() {
        FileChannel open = channel;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                throw new AssertionError("close(2) of a pipe does not fail", e);
            }
        }
        closeBoth(source, sink);
        OPEN.decrementAndGet();
    }

    @Override
    public String toString() {
        return "Conduit[source=" + source + ", sink=" + sink + ", filled=" + filled + "]";
    }
}
