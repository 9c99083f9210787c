package io.heddle.internal.socket;

import io.heddle.internal.sys.Socket;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.jspecify.annotations.Nullable;

/** Bytes of a file on their way into a socket. */
final class FileSend {
    private static final int COPY_MAX = 64 * 1024;

    private final FileChannel file;
    private final long position;
    private final long count;
    private final StreamSocket to;
    private long sent;

    /** The bytes that follow those that were sent, once there was no conduit. */
    private @Nullable ByteBuffer copy;

    FileSend(FileChannel file, long position, long count, StreamSocket to) {
        this.file = file;
        this.position = position;
        this.count = count;
        this.to = to;
    }

    /** Sends until all is sent or the file ends; answers how many bytes that was. */
    long run() throws IOException {
        try {
            to.writeBy(this::trySend);
            return sent;
        } catch (SocketTimeoutException e) {
            // It does not know of them.
            throw StreamSocket.writeTimedOut(sent);
        }
    }

    /** A file channel is closed by an interrupt that is pending. But that is for the socket, if this has to wait. */
    private int trySend() throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            return trySendUninterrupted();
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private int trySendUninterrupted() throws IOException {
        Conduit pipe = copy == null && !to.mayBlock() ? Conduit.take() : null;
        if (pipe == null) {
            return tryCopy();
        }
        // Who waits for a slow reader keeps no pipe: what is in it is still in the file.
        try {
            return pipe.takesFiles() ? trySplice(pipe) : tryCopy();
        } finally {
            pipe.release();
        }
    }

    private int trySplice(Conduit pipe) throws IOException {
        while (sent < count) {
            to.ensureOpen();
            if (pipe.isEmpty() && pipe.fill(file, position + sent, count - sent) == 0) {
                break;
            }
            if (to.mayBlock()) {
                return tryCopy();
            }
            int n = to.spliced(pipe.emptyInto(to.fd));
            if (n < 0) {
                return n;
            }
            sent += n;
        }
        return 0;
    }

    private int tryCopy() throws IOException {
        ByteBuffer bytes = copy;
        if (bytes == null) {
            bytes = ByteBuffer.allocate((int) Math.min(count - sent, COPY_MAX)).limit(0);
            copy = bytes;
        }
        while (sent < count) {
            to.ensureOpen();
            if (!bytes.hasRemaining()) {
                bytes.clear().limit((int) Math.min(count - sent, bytes.capacity()));
                int read = file.read(bytes, position + sent);
                bytes.flip();
                if (read <= 0) {
                    break;
                }
            }
            int n = Socket.send(to.fd, bytes);
            if (n < 0) {
                return n;
            }
            bytes.position(bytes.position() + n);
            sent += n;
        }
        return 0;
    }
}
