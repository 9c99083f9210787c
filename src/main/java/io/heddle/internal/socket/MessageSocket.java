package io.heddle.internal.socket;

import io.heddle.internal.poller.Homes;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Message;
import io.heddle.internal.sys.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A socket of datagrams, UDP or Unix, with blocking calls. One receiver and one sender make progress at the same time;
 * further ones queue behind them.
 */
public abstract class MessageSocket extends Descriptor {
    private final ReentrantLock readLock = new ReentrantLock();
    private final ReentrantLock writeLock = new ReentrantLock();

    /** Nanoseconds, zero for none. Written by any thread, read when a call begins. */
    private volatile long readTimeoutNanos;

    private volatile long writeTimeoutNanos;

    MessageSocket(int fd, int family, Homes homes) {
        super(fd, family, homes);
    }

    /** Translates a failed call. */
    abstract IOException failed(String call, int errno);

    /** A call that receives; answers what the last try did. */
    final int receiving(Attempt attempt) throws IOException {
        return call(registration.reader, readLock, readTimeoutNanos, "Receive timed out", attempt);
    }

    /** A call that sends; answers what the last try did. */
    final int sending(Attempt attempt) throws IOException {
        return call(registration.writer, writeLock, writeTimeoutNanos, "Send timed out", attempt);
    }

    final int succeeded(String call, int result) throws IOException {
        if (result < 0) {
            throw failed(call, -result);
        }
        return result;
    }

    /** Receives one datagram, as far as there is room; answers how many bytes that is. */
    public final int receive(ByteBuffer dst) throws IOException {
        ensureWritable(dst);
        int n = succeeded("recv", receiving(() -> tryReceive(dst)));
        dst.position(dst.position() + n);
        return n;
    }

    private int tryReceive(ByteBuffer dst) {
        // No datagram of UDP is longer than what recv(2) is asked for.
        if (family != Socket.AF_UNIX || dst.remaining() <= Socket.TRANSFER_MAX) {
            return Socket.receive(fd, dst, 0);
        }
        try (Message message = Message.take()) {
            return message.receive(fd, dst, 0, family);
        }
    }

    /** Sends one datagram to the connected peer. */
    public final int send(ByteBuffer src) throws IOException {
        return sent(src, succeeded("send", sending(() -> trySend(src))));
    }

    private int trySend(ByteBuffer src) {
        if (src.remaining() <= Socket.TRANSFER_MAX) {
            return Socket.send(fd, src);
        }
        try (Message message = Message.take()) {
            return message.send(fd, src, family);
        }
    }

    /** A datagram goes whole or not at all. */
    static int sent(ByteBuffer src, int n) {
        assert n == src.remaining() : "n=" + n + ", src=" + src;
        src.position(src.limit());
        return n;
    }

    static void ensureWritable(ByteBuffer dst) {
        if (dst.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
    }

    /** As connect(2), which does not block here. */
    final void connected(int result) throws IOException {
        if (result < 0 && result != -Errno.EINTR) {
            throw failed("connect", -result);
        }
    }

    /** Zero for none. */
    public final void setReadTimeoutNanos(long nanos) {
        readTimeoutNanos = nanos;
    }

    /** Zero for none. */
    public final void setWriteTimeoutNanos(long nanos) {
        writeTimeoutNanos = nanos;
    }
}
