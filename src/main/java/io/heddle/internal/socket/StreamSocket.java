package io.heddle.internal.socket;

import static io.heddle.internal.readiness.Registration.INTERRUPTED;
import static io.heddle.internal.readiness.Registration.TIMED_OUT;
import static io.heddle.internal.readiness.Registration.WOKEN;

import io.heddle.internal.poller.Homes;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.ErrnoCell;
import io.heddle.internal.sys.Errors;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.Socket;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.FileChannel;
import java.util.Objects;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A connected socket of a stream, TCP or Unix, with blocking reads and writes.
 *
 * <p>Every blocking call has the same shape: take the direction's lock, begin, try the system call, await
 * readiness where it would block, try again, end. One reader and one writer make progress at the same
 * time; further readers queue behind the first, as do writers.
 */
public abstract class StreamSocket extends Descriptor {
    /*
     * When to skip a recv that would find nothing (`drained`), after tokio's short-read rule:
     *
     *   clear READY -> recv answers fewer bytes than asked -> the kernel had no more at that moment, and
     *   what comes later makes a new edge, which sets READY again, because it was cleared before.
     *
     * Not so if anything sticky was seen: the end, an error or urgent data can lie behind the bytes of the
     * same edge. So drained is set only by a recv that followed the clearing, and only without sticky bits;
     * every return from waiting takes it back. The rule is TCP's: a Unix stream stops short at a passed
     * descriptor, so its registration distrusts short reads from the start.
     *
     * Linux reports a reset once, to whichever call comes first, and the end of stream from then on. So
     * whoever meets it stores it in `reset`. Bytes that arrived before it are still there for reads, also
     * when a write has met it; behind them every read fails. A reset that follows the peer's own end of
     * stream is no reset to the reader: writes get EPIPE for it, and store nothing.
     */
    private static final int GATHER_MAX = 64 * 1024;

    private static final String READ_TIMED_OUT = "Read timed out";
    private static final String WRITE_TIMED_OUT = "Write timed out";

    private final ReentrantLock readLock = new ReentrantLock();
    private final ReentrantLock writeLock = new ReentrantLock();

    // Under readLock.
    private final ErrnoCell readErrno = new ErrnoCell();
    private boolean drained;
    private boolean ended;
    private boolean resetReported;

    /** What was taken for another socket that did not take it: to be read next. Others only ask how much it is. */
    private volatile @Nullable ByteBuffer kept;

    // Under writeLock.
    private final ErrnoCell writeErrno = new ErrnoCell();

    /** Written by whichever direction meets the reset first, read by the reader. */
    private volatile boolean reset;

    /** Written by whoever shuts a direction, read by those in it. */
    private volatile boolean inputShut;

    private volatile boolean outputShut;

    /** Nanoseconds, zero for none. Written by any thread, read when a call begins. */
    private volatile long readTimeoutNanos;

    private volatile long writeTimeoutNanos;

    StreamSocket(int fd, int family, Homes homes) {
        super(fd, family, homes);
    }

    // Read

    /** Reads at least one byte into the array, or answers -1 at the end of the stream. */
    public int read(byte[] dst, int off, int len) throws IOException {
        return read(dst, null, off, len);
    }

    /** Reads at least one byte into the segment, or answers -1 at the end of the stream. */
    public int read(MemorySegment dst) throws IOException {
        return read(null, dst, 0, (int) Math.min(dst.byteSize(), Socket.TRANSFER_MAX));
    }

    /** Reads at least one byte into the buffer, or answers -1 at the end of the stream. */
    public int read(ByteBuffer dst) throws IOException {
        if (dst.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
        int n = dst.hasArray()
                ? read(dst.array(), dst.arrayOffset() + dst.position(), dst.remaining())
                : read(MemorySegment.ofBuffer(dst));
        if (n > 0) {
            dst.position(dst.position() + n);
        }
        return n;
    }

    /** Reads until the array is full. */
    public void readFully(byte[] dst) throws IOException {
        int filled = 0;
        while (filled < dst.length) {
            try {
                int n = read(dst, filled, dst.length - filled);
                if (n < 0) {
                    throw new EOFException("the stream ended early: read=" + filled + ", wanted=" + dst.length);
                }
                filled += n;
            } catch (SocketTimeoutException e) {
                e.bytesTransferred = filled;
                throw e;
            }
        }
    }

    private int read(byte @Nullable [] array, @Nullable MemorySegment segment, int off, int len) throws IOException {
        if (len == 0) {
            return 0;
        }
        long timeoutNanos = readTimeoutNanos;
        boolean timed = timeoutNanos != 0;
        long deadlineNanos = timed ? System.nanoTime() + timeoutNanos : 0;
        if (!lock(readLock, timed, deadlineNanos)) {
            throw new SocketTimeoutException(READ_TIMED_OUT);
        }
        try {
            if (ended) {
                // The end that was read stays the end, also after close.
                return -1;
            }
            begin();
            try {
                return implRead(array, segment, off, Math.min(len, Socket.TRANSFER_MAX), timed, deadlineNanos);
            } finally {
                end();
            }
        } finally {
            readLock.unlock();
        }
    }

    private int implRead(
            byte @Nullable [] array,
            @Nullable MemorySegment segment,
            int off,
            int len,
            boolean timed,
            long deadlineNanos)
            throws IOException {
        int outcome = WOKEN;
        for (; ; ) {
            ensureOpen();
            if (resetReported) {
                throw new SocketException("Connection reset");
            }
            if (inputShut) {
                ended = true;
                return -1;
            }
            if (kept != null) {
                return readKept(array, segment, off, len);
            }
            if (!drained) {
                registration.reader.clear();
                int n = tryRead(array, segment, off, len);
                if (n > 0) {
                    drained = n < len && !registration.isSticky();
                    return n;
                }
                if (n == 0) {
                    return endOfStream();
                }
                if (n == -Errno.EINTR) {
                    continue;
                }
                if (n != -Errno.EAGAIN) {
                    ensureOpen();
                    throw readFailed(-n);
                }
                // Bytes that came until now win over the deadline and over the interrupt.
                if (outcome == TIMED_OUT) {
                    throw new SocketTimeoutException(READ_TIMED_OUT);
                }
                if (outcome == INTERRUPTED) {
                    throw closedByInterrupt();
                }
            }
            drained = false;
            outcome = await(registration.reader, timed, deadlineNanos);
        }
    }

    private int readKept(byte @Nullable [] array, @Nullable MemorySegment segment, int off, int len) {
        ByteBuffer bytes = Objects.requireNonNull(kept);
        int n = Math.min(len, bytes.remaining());
        if (array != null) {
            bytes.get(array, off, n);
        } else {
            assert segment != null;
            MemorySegment.copy(MemorySegment.ofBuffer(bytes), 0, segment, 0, n);
            bytes.position(bytes.position() + n);
        }
        if (!bytes.hasRemaining()) {
            kept = null;
        }
        return n;
    }

    private int tryRead(byte @Nullable [] array, @Nullable MemorySegment segment, int off, int len) {
        if (array != null) {
            return Socket.receive(fd, readErrno, array, off, len);
        }
        assert segment != null;
        return Socket.receive(fd, readErrno, segment, len);
    }

    /** The kernel answers zero: the end, or a reset that a write has taken. */
    private int endOfStream() throws SocketException {
        ensureOpen();
        if (!inputShut && (reset || (isDead() && hasWriteMetReset()))) {
            resetReported = true;
            throw new SocketException("Connection reset");
        }
        ended = true;
        return -1;
    }

    /** Asked at the end of the stream: whether writes end without waiting, since nobody is there to read. */
    abstract boolean isDead();

    /** A write may have taken the reset and not have stored it yet. On a dead connection it ends without waiting. */
    private boolean hasWriteMetReset() {
        writeLock.lock();
        try {
            return reset;
        } finally {
            writeLock.unlock();
        }
    }

    private IOException readFailed(int errno) {
        if (isFatal(errno)) {
            reset = true;
            resetReported = true;
        }
        return transferFailed("recv", errno);
    }

    /**
     * Whether the connection is dead and the kernel has said so for the only time: a reset, a time-out, which has the
     * name of whatever ICMP said meanwhile, a socket killed by ss(8). Not EPIPE, which follows our own or the peer's
     * end, and not what is refused of one call: memory, descriptors on their way, what a filter forbids.
     */
    private static boolean isFatal(int errno) {
        return switch (errno) {
            case Errno.ECONNRESET,
                    Errno.ECONNABORTED,
                    Errno.ETIMEDOUT,
                    Errno.ECONNREFUSED,
                    Errno.EHOSTUNREACH,
                    Errno.EHOSTDOWN,
                    Errno.ENETUNREACH,
                    Errno.ENETDOWN,
                    Errno.ENONET,
                    Errno.ENOPROTOOPT,
                    Errno.EOPNOTSUPP,
                    Errno.EACCES,
                    Errno.EPROTO -> true;
            default -> false;
        };
    }

    /** Translates a failed read or write. */
    SocketException transferFailed(String call, int errno) {
        return Errors.ofTransfer(call, errno, "fd=" + fd);
    }

    /** How many bytes can be read without waiting, ioctl(FIONREAD). */
    public int available() throws IOException {
        begin();
        try {
            ByteBuffer before = kept;
            int next = check("ioctl", Fd.readable(fd), "fd=" + fd);
            return inputShut ? 0 : next + (before == null ? 0 : before.remaining());
        } finally {
            end();
        }
    }

    /** A read by another call than recv, in the order of all; answers as they do. */
    final int readBy(Attempt attempt) throws IOException {
        int n = call(registration.reader, readLock, readTimeoutNanos, READ_TIMED_OUT, () -> {
            if (resetReported) {
                throw new SocketException("Connection reset");
            }
            if (ended || inputShut) {
                ended = true;
                return 0;
            }
            // The bytes of which it is known that they are all read are those of an earlier edge.
            drained = false;
            int result = attempt.tryNow();
            if (result == 0) {
                int end = endOfStream();
                assert end < 0 : "a reset is thrown: end=" + end;
            } else if (result < 0 && result != -Errno.EAGAIN && result != -Errno.EINTR) {
                ensureOpen();
                throw readFailed(-result);
            }
            return result;
        });
        return n == 0 ? -1 : n;
    }

    // Write

    /** Writes all bytes; returns when the kernel has them. */
    public void write(byte[] src, int off, int len) throws IOException {
        write(src, null, off, len);
    }

    /** Writes the whole segment; returns when the kernel has it. */
    public void write(MemorySegment src) throws IOException {
        write(null, src, 0, src.byteSize());
    }

    /** Writes all bytes of the buffer; after a timeout its position is behind what the kernel took. */
    public int write(ByteBuffer src) throws IOException {
        int len = src.remaining();
        try {
            if (src.hasArray()) {
                write(src.array(), src.arrayOffset() + src.position(), len);
            } else if (src.isDirect()) {
                write(MemorySegment.ofBuffer(src));
            } else {
                // A read-only view of an array: the kernel may not see that array.
                byte[] copy = new byte[len];
                src.get(src.position(), copy);
                write(copy, 0, len);
            }
        } catch (SocketTimeoutException e) {
            src.position(src.position() + e.bytesTransferred);
            throw e;
        }
        src.position(src.limit());
        return len;
    }

    private void write(byte @Nullable [] array, @Nullable MemorySegment segment, int off, long len) throws IOException {
        if (len == 0) {
            return;
        }
        long timeoutNanos = writeTimeoutNanos;
        boolean timed = timeoutNanos != 0;
        long deadlineNanos = timed ? System.nanoTime() + timeoutNanos : 0;
        if (!lock(writeLock, timed, deadlineNanos)) {
            throw writeTimedOut(0);
        }
        try {
            begin();
            try {
                implWrite(array, segment, off, len, timed, deadlineNanos);
            } finally {
                end();
            }
        } finally {
            writeLock.unlock();
        }
    }

    /** Writes all buffers, as one write of their bytes in order; returns how many those were. */
    public long write(ByteBuffer[] srcs) throws IOException {
        long timeoutNanos = writeTimeoutNanos;
        boolean timed = timeoutNanos != 0;
        long deadlineNanos = timed ? System.nanoTime() + timeoutNanos : 0;
        if (!lock(writeLock, timed, deadlineNanos)) {
            throw writeTimedOut(0);
        }
        try {
            begin();
            try {
                return implGather(srcs, timed, deadlineNanos);
            } finally {
                end();
            }
        } finally {
            writeLock.unlock();
        }
    }

    /** Many small buffers leave as few packets; a copy costs less than a system call each. */
    private long implGather(ByteBuffer[] srcs, boolean timed, long deadlineNanos) throws IOException {
        long left = 0;
        for (ByteBuffer src : srcs) {
            left += src.remaining();
        }
        long total = left;
        byte[] chunk = new byte[(int) Math.min(left, GATHER_MAX)];
        int filled = 0;
        long written = 0;
        try {
            for (ByteBuffer src : srcs) {
                while (src.hasRemaining()) {
                    int n = Math.min(src.remaining(), chunk.length - filled);
                    src.get(chunk, filled, n);
                    filled += n;
                    if (filled == chunk.length) {
                        implWrite(chunk, null, 0, filled, timed, deadlineNanos);
                        written += filled;
                        filled = 0;
                    }
                }
            }
            implWrite(chunk, null, 0, filled, timed, deadlineNanos);
        } catch (SocketTimeoutException e) {
            // It counts its own chunk only.
            throw writeTimedOut(written + e.bytesTransferred);
        }
        return total;
    }

    private void implWrite(
            byte @Nullable [] array,
            @Nullable MemorySegment segment,
            int off,
            long len,
            boolean timed,
            long deadlineNanos)
            throws IOException {
        long written = 0;
        int outcome = WOKEN;
        while (written < len) {
            ensureOpen();
            int n = tryWrite(array, segment, off + written, len - written);
            if (n >= 0) {
                written += n;
                outcome = WOKEN;
                continue;
            }
            if (n == -Errno.EINTR) {
                continue;
            }
            if (n != -Errno.EAGAIN) {
                // close() ends this direction: a send that met just that was closed, and its pipe is not broken.
                ensureOpen();
                throw writeFailed(-n);
            }
            if (outcome == TIMED_OUT) {
                throw writeTimedOut(written);
            }
            if (outcome == INTERRUPTED) {
                throw closedByInterrupt();
            }
            // A stale READY only means one question more: who takes it out asks the kernel again.
            outcome = await(registration.writer, timed, deadlineNanos);
        }
    }

    private int tryWrite(byte @Nullable [] array, @Nullable MemorySegment segment, long off, long len) {
        int chunk = (int) Math.min(len, Socket.TRANSFER_MAX);
        if (array != null) {
            return Socket.send(fd, writeErrno, array, (int) off, chunk);
        }
        assert segment != null;
        return Socket.send(fd, writeErrno, segment.asSlice(off), chunk);
    }

    /** A write by another call than send, in the order of all. */
    final void writeBy(Attempt attempt) throws IOException {
        int done = call(registration.writer, writeLock, writeTimeoutNanos, WRITE_TIMED_OUT, () -> {
            int result = attempt.tryNow();
            if (result < 0 && result != -Errno.EAGAIN && result != -Errno.EINTR) {
                ensureOpen();
                throw writeFailed(-result);
            }
            return result;
        });
        assert done >= 0 : "done=" + done;
    }

    /**
     * What splice(2) into this socket means. It goes on after it has moved some bytes, and forgets what ends it then: a
     * reset that it has taken so is told as EPIPE, by the next one. A reader must not take the end of that for the
     * peer's.
     */
    final int spliced(int result) {
        return result == -Errno.EPIPE && !outputShut ? -Errno.ECONNRESET : result;
    }

    /** Connects by what is tried, before anybody else knows the socket. */
    final int connectBy(long timeoutNanos, Attempt attempt) throws IOException {
        return call(registration.writer, writeLock, timeoutNanos, "Connect timed out", attempt);
    }

    /** For what has to keep out of the writes, and does not wait in between. */
    final void lockWrites() {
        writeLock.lock();
    }

    final void unlockWrites() {
        writeLock.unlock();
    }

    final IOException writeFailed(int errno) {
        if (isFatal(errno)) {
            reset = true;
        }
        return transferFailed("send", errno);
    }

    static SocketTimeoutException writeTimedOut(long written) {
        SocketTimeoutException e = new SocketTimeoutException(WRITE_TIMED_OUT + ": bytesTransferred=" + written);
        e.bytesTransferred = (int) Math.min(written, Integer.MAX_VALUE);
        return e;
    }

    // Without copies

    /** Writes bytes of a file, fewer if it ends before; answers how many. */
    public long sendFile(FileChannel file, long position, long count) throws IOException {
        return count == 0 ? 0 : new FileSend(file, position, count, this).run();
    }

    /** Writes all that is read here, up to the end of the stream, to another socket; answers how many bytes. */
    public long splice(StreamSocket to) throws IOException {
        long timeoutNanos = readTimeoutNanos;
        boolean timed = timeoutNanos != 0;
        if (!lock(readLock, timed, timed ? System.nanoTime() + timeoutNanos : 0)) {
            throw new SocketTimeoutException(READ_TIMED_OUT);
        }
        try {
            // As for a read, the end stays the end, also after close.
            return ended ? 0 : new SocketSplice(this, to).run();
        } finally {
            readLock.unlock();
        }
    }

    /** The reader: what is to be read before anything of the kernel's. */
    final @Nullable ByteBuffer kept() {
        return kept;
    }

    /** The reader: sets that. */
    final void keep(@Nullable ByteBuffer bytes) {
        kept = bytes;
    }

    // The rest

    /** Zero for none. */
    public long readTimeoutNanos() {
        return readTimeoutNanos;
    }

    /** Zero for none. */
    public void setReadTimeoutNanos(long nanos) {
        readTimeoutNanos = nanos;
    }

    /** Zero for none. */
    public void setWriteTimeoutNanos(long nanos) {
        writeTimeoutNanos = nanos;
    }

    /** Wakes a blocked reader; every read answers -1 from now on. */
    public void shutdownInput() throws IOException {
        enter();
        try {
            if (inputShut) {
                throw new SocketException("Socket input is already shutdown");
            }
            implShutInput();
        } finally {
            end();
        }
    }

    /** The same, but doing it again is no error. */
    public void shutInput() throws IOException {
        begin();
        try {
            if (!inputShut) {
                implShutInput();
            }
        } finally {
            end();
        }
    }

    private void implShutInput() throws IOException {
        ignoreNotConnected(Socket.shutdown(fd, Socket.SHUT_RD));
        inputShut = true;
        registration.reader.halt();
    }

    /** Sends the end of stream after what was written; a blocked writer fails. */
    public void shutdownOutput() throws IOException {
        enter();
        try {
            if (outputShut) {
                throw new SocketException("Socket output is already shutdown");
            }
            implShutOutput();
        } finally {
            end();
        }
    }

    /** The same, but doing it again is no error. */
    public void shutOutput() throws IOException {
        begin();
        try {
            if (!outputShut) {
                implShutOutput();
            }
        } finally {
            end();
        }
    }

    private void implShutOutput() throws IOException {
        ignoreNotConnected(Socket.shutdown(fd, Socket.SHUT_WR));
        outputShut = true;
        registration.writer.halt();
    }

    /** After a reset there is nothing left to shut: the JDK does not report it either. */
    private static void ignoreNotConnected(int result) throws IOException {
        if (result != -Errno.ENOTCONN) {
            check("shutdown", result, "");
        }
    }

    @Override
    void shutDown(boolean lingersZero) {
        if (!lingersZero) {
            // Refused only where there is no peer any more, who then needs no end of stream.
            Socket.shutdown(fd, Socket.SHUT_WR);
        }
    }
}
