package io.heddle.internal.socket;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Socket;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one socket on their way into another. Reads and writes in turn, and holds something only in between: so
 * who waits for bytes holds no pipe, and when a write fails what it held goes back to the socket it is from.
 */
final class SocketSplice {
    private static final int COPY_MAX = 64 * 1024;

    private final StreamSocket from;
    private final StreamSocket to;

    /** Not empty; null if nothing is under way, or what is has been copied, and {@code from} keeps it. */
    private @Nullable Conduit pipe;

    private long moved;

    SocketSplice(StreamSocket from, StreamSocket to) {
        this.from = from;
        this.to = to;
    }

    /** Goes on to the end of the stream; answers how many bytes there were. The caller is the one reader. */
    long run() throws IOException {
        try {
            while (from.readBy(this::tryTake) >= 0) {
                to.writeBy(this::tryGive);
            }
            return moved;
        } catch (SocketTimeoutException e) {
            e.bytesTransferred = (int) Math.min(moved, Integer.MAX_VALUE);
            throw e;
        } finally {
            giveBack();
        }
    }

    private int tryTake() {
        ByteBuffer before = from.kept();
        if (before != null) {
            return before.remaining();
        }
        Conduit empty = from.mayBlock() || to.mayBlock() ? null : Conduit.take();
        if (empty == null) {
            return tryCopy();
        }
        int n = empty.fill(from.fd);
        if (n > 0) {
            pipe = empty;
            return n;
        }
        empty.release();
        // Urgent data is a wall for splice(2): what is behind it would block, or even be the end. recv(2) goes past it.
        return n == 0 || (n == -Errno.EAGAIN && from.registration.isSticky()) ? tryCopy() : n;
    }

    private int tryCopy() {
        ByteBuffer bytes = ByteBuffer.allocate(COPY_MAX);
        int n = Socket.receive(from.fd, bytes, 0);
        if (n > 0) {
            from.keep(bytes.limit(n));
        }
        return n;
    }

    private int tryGive() throws IOException {
        Conduit full = pipe;
        while (full != null) {
            to.ensureOpen();
            if (to.mayBlock()) {
                giveBack();
                break;
            }
            int n = to.spliced(full.emptyInto(to.fd));
            if (n < 0) {
                return n;
            }
            moved += n;
            if (full.isEmpty()) {
                full.release();
                full = null;
                pipe = null;
            }
        }
        ByteBuffer bytes = from.kept();
        while (bytes != null) {
            to.ensureOpen();
            int n = Socket.send(to.fd, bytes);
            if (n < 0) {
                return n;
            }
            moved += n;
            bytes.position(bytes.position() + n);
            if (!bytes.hasRemaining()) {
                bytes = null;
                from.keep(null);
            }
        }
        return 0;
    }

    /** What is on its way becomes the next bytes to be read, or copied. */
    private void giveBack() throws IOException {
        Conduit full = pipe;
        if (full != null) {
            pipe = null;
            try {
                from.keep(full.takeBytes());
            } finally {
                full.release();
            }
        }
    }
}
