package io.heddle.internal.socket;

import io.heddle.internal.poller.Homes;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Errors;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.PidFd;
import io.heddle.internal.sys.Pipe2;
import io.heddle.internal.sys.PollFds;
import io.heddle.internal.sys.PosixPoll;
import io.heddle.internal.sys.SockOpt;
import io.heddle.internal.sys.Socket;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.concurrent.locks.ReentrantLock;

/** A descriptor of any kind, and what poll(2), read(2) and write(2) do with it. */
public final class PlainDescriptor extends Descriptor {
    /** A pipe that is writable takes as much without blocking: PIPE_BUF. */
    private static final int WRITE_MAX = 4096;

    private static final String READ_TIMED_OUT = "Read timed out";
    private static final String WRITE_TIMED_OUT = "Write timed out";

    /** Whether read(2) and write(2) may block: then each must be asked for first, and writes be small. */
    private final boolean mayBlock;

    private final ReentrantLock readLock = new ReentrantLock();
    private final ReentrantLock writeLock = new ReentrantLock();

    // Written in a call of either direction: whether the poller was asked to watch this, and whether it refused.
    private volatile boolean asked;
    private volatile boolean refused;

    /** Nanoseconds, zero for none. Written by any thread, read when a call begins. */
    private volatile long readTimeoutNanos;

    private volatile long writeTimeoutNanos;

    PlainDescriptor(int fd, Homes homes) {
        this(fd, homes, true);
    }

    private PlainDescriptor(int fd, Homes homes, boolean mayBlock) {
        super(fd, 0, homes);
        this.mayBlock = mayBlock;
        registration.distrustShortReads();
    }

    /** A number of our own for what somebody else has open. */
    public static PlainDescriptor duplicate(Homes homes, int number) throws IOException {
        return new PlainDescriptor(check("fcntl", Fd.duplicate(number), "fd=" + number), homes);
    }

    /** Readable when the process has ended, and at once if it has by now. */
    public static PlainDescriptor ofProcess(Homes homes, ProcessHandle process) throws IOException {
        String context = "pid=" + process.pid();
        int fd = PidFd.open((int) process.pid());
        if (fd == -Errno.ESRCH) {
            return ended(homes);
        }
        PlainDescriptor opened = new PlainDescriptor(check("pidfd_open", fd, context), homes);
        if (process.isAlive()) {
            return opened;
        }
        // Its number may be another process's by now, whose end nobody has asked for.
        opened.close();
        return ended(homes);
    }

    /** Readable for ever, as what has ended is: a pipe that nobody writes any more. */
    private static PlainDescriptor ended(Homes homes) throws IOException {
        PlainDescriptor[] pipe = pipe(homes);
        pipe[1].close();
        return pipe[0];
    }

    /** A pipe: the first is read, the second written. */
    public static PlainDescriptor[] pipe(Homes homes) throws IOException {
        int[] ends = new int[2];
        check("pipe2", Pipe2.open(ends), "ends=2");
        return new PlainDescriptor[] {
            new PlainDescriptor(ends[0], homes, false), new PlainDescriptor(ends[1], homes, false)
        };
    }

    /** Closes both ends: a reader meets the close of its end, not the end of the stream. */
    public static void closePipe(PlainDescriptor source, PlainDescriptor sink) {
        closeBoth(source, sink);
    }

    @Override
    SocketKind kind() {
        return SocketKind.NONE;
    }

    /**
     * Another number for the same open stream socket.
     *
     * @param what what it must be, for people
     * @throws IllegalArgumentException if it is something else
     */
    int duplicateStream(String what, boolean unix, boolean listening) throws IOException {
        begin();
        try {
            int type = Socket.getOption(fd, SockOpt.SOL_SOCKET, SockOpt.SO_TYPE);
            int listens = Socket.getOption(fd, SockOpt.SOL_SOCKET, SockOpt.SO_ACCEPTCONN);
            int addressFamily = Socket.getOption(fd, SockOpt.SOL_SOCKET, SockOpt.SO_DOMAIN);
            boolean internet = addressFamily == Socket.AF_INET || addressFamily == Socket.AF_INET6;
            boolean suits = type == Socket.SOCK_STREAM
                    && (unix ? addressFamily == Socket.AF_UNIX : internet)
                    && listens == (listening ? 1 : 0);
            if (!suits) {
                throw new IllegalArgumentException("the descriptor must be " + what + ": fd=" + fd);
            }
            return check("fcntl", Fd.duplicate(fd), "fd=" + fd);
        } finally {
            end();
        }
    }

    /** The number, for those who know what to do with it, while this is open. */
    public int number() {
        return fd;
    }

    @Override
    IOException unwatched(int errno) {
        if (errno != Errno.EPERM) {
            return super.unwatched(errno);
        }
        refused = true;
        return new SocketException("Operation not permitted: the kernel watches no regular files, directories and"
                + " devices that are always ready; read them in Heddle.callBlocking: epoll_ctl: errno=EPERM, fd=" + fd);
    }

    /** Waits until a read would not block; zero nanoseconds mean no timeout. */
    public void awaitReadable(long timeoutNanos) throws IOException {
        done("poll", call(registration.reader, readLock, timeoutNanos, READ_TIMED_OUT, this::isReadable));
    }

    /** Waits until a write would not block; zero nanoseconds mean no timeout. */
    public void awaitWritable(long timeoutNanos) throws IOException {
        done("poll", call(registration.writer, writeLock, timeoutNanos, WRITE_TIMED_OUT, this::isWritable));
    }

    private int isReadable() throws IOException {
        return look(PollFds.IN);
    }

    private int isWritable() throws IOException {
        return look(PollFds.OUT);
    }

    private int look(int event) throws IOException {
        if (!asked) {
            // The first time the poller is asked: it refuses what poll(2) would call always ready.
            asked = true;
            return -Errno.EAGAIN;
        }
        if (refused) {
            throw unwatched(Errno.EPERM);
        }
        // What ends or fails a call is a reason to make it, too.
        int ready = PosixPoll.look(fd, event);
        return ready == 0 ? -Errno.EAGAIN : ready;
    }

    private static int done(String call, int result) throws IOException {
        return check(call, result, "");
    }

    /** Reads at least one byte, or answers -1 at the end. */
    public int read(ByteBuffer dst) throws IOException {
        if (dst.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
        if (!dst.hasRemaining()) {
            return 0;
        }
        int n = done("read", call(registration.reader, readLock, readTimeoutNanos, READ_TIMED_OUT, () -> {
            int ready = mayBlock ? isReadable() : 1;
            int result = ready < 0 ? ready : Fd.read(fd, dst);
            if (result == 0) {
                // The other end of a pipe may have been closed with this one.
                ensureOpen();
            }
            return result;
        }));
        dst.position(dst.position() + n);
        return n == 0 ? -1 : n;
    }

    /** Writes all bytes; after a timeout the position is behind what the kernel took. */
    public int write(ByteBuffer src) throws IOException {
        int from = src.position();
        int len = src.remaining();
        if (len == 0) {
            return 0;
        }
        try {
            int result = call(registration.writer, writeLock, writeTimeoutNanos, WRITE_TIMED_OUT, () -> tryWrite(src));
            if (result < 0) {
                throw Errors.of("write", -result, "fd=" + fd);
            }
        } catch (SocketTimeoutException e) {
            e.bytesTransferred = src.position() - from;
            throw e;
        }
        return len;
    }

    private int tryWrite(ByteBuffer src) throws IOException {
        while (src.hasRemaining()) {
            int ready = mayBlock ? isWritable() : 1;
            int most = mayBlock ? Math.min(src.remaining(), WRITE_MAX) : src.remaining();
            int n = ready < 0 ? ready : Fd.write(fd, src.slice(src.position(), most));
            if (n < 0) {
                return n;
            }
            src.position(src.position() + n);
        }
        return 0;
    }

    /** How many bytes can be read without waiting, ioctl(FIONREAD). */
    public int available() throws IOException {
        begin();
        try {
            return done("ioctl", Fd.readable(fd));
        } finally {
            end();
        }
    }

    /** Zero for none. */
    public void setReadTimeoutNanos(long nanos) {
        readTimeoutNanos = nanos;
    }

    /** Zero for none. */
    public void setWriteTimeoutNanos(long nanos) {
        writeTimeoutNanos = nanos;
    }

    @Override
    void shutDown(boolean lingersZero) {
        // Who has the other end of a pipe is told by close(2).
    }

    @Override
    public String toString() {
        return "PlainDescriptor[fd=" + fd + ", " + super.toString() + "]";
    }
}
