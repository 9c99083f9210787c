package io.heddle.internal.sys;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/** What tests make of the kernel by themselves: descriptors of every kind, by their numbers, and bytes through them. */
public final class Kernel {
    public static final int MSG_OOB = 1;
    public static final int SIGPIPE = 13;
    public static final int SIGRTMAX = 64;

    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int FLAGS = 0x80800; // non-blocking and close-on-exec, the same bits for all of them
    private static final int O_RDWR = 2;
    private static final int O_NOCTTY = 0x100;
    private static final int CLOCK_MONOTONIC = 1;
    private static final int IN_CREATE = 0x100;
    private static final int SYS_PIDFD_OPEN = 434;
    private static final int SIG_BLOCK = 0;
    private static final int SIG_UNBLOCK = 1;
    private static final int SIGNALFD_SIGINFO = 128;
    private static final int TIOCSPTLCK = 0x40045431;
    private static final int TIOCGPTPEER = 0x5441;

    private static final Map<String, Downcall> LINKED = new ConcurrentHashMap<>();

    private Kernel() {}

    /** A counter; non-blocking. */
    public static int eventFd() throws IOException {
        return check("eventfd", EventFd.open());
    }

    /** A pipe, non-blocking: the end to read, the end to write. */
    public static int[] pipe() throws IOException {
        int[] ends = new int[2];
        check("pipe2", Pipe2.open(ends));
        return ends;
    }

    /** A Unix stream socket bound to a file of these bytes, and connected to a listener. */
    public static int unixFrom(byte[] name, UnixDomainSocketAddress listener) throws IOException {
        int fd = check("socket", Socket.open(AF_UNIX));
        ByteBuffer address = memory(110).putShort(0, (short) AF_UNIX).put(2, name);
        check("bind", call("bind", fd, address, 2 + name.length + 1));
        check("connect", Socket.connect(fd, listener));
        return fd;
    }

    /** A pair of connected Unix sockets, non-blocking. */
    public static int[] unixPair() throws IOException {
        ByteBuffer pair = memory(8);
        check("socketpair", call("socketpair", AF_UNIX, SOCK_STREAM | FLAGS, 0, pair));
        return new int[] {pair.getInt(0), pair.getInt(4)};
    }

    /** Two ends of a TCP connection, non-blocking: who has connected, who was accepted. */
    public static int[] tcpPair() throws IOException {
        InetSocketAddress[] name = new InetSocketAddress[1];
        int listener = tcpListener(name);
        int near = check("socket", Socket.open(Socket.AF_INET));
        int connecting = Socket.connect(near, name[0], Socket.AF_INET);
        assert connecting == -Errno.EINPROGRESS || connecting == 0;
        int far = Socket.accept(listener, name);
        while (far == -Errno.EAGAIN) {
            Thread.onSpinWait();
            far = Socket.accept(listener, name);
        }
        close(listener);
        return new int[] {near, check("accept4", far)};
    }

    /** A listening TCP socket, non-blocking; {@code name[0]} takes its address. */
    public static int tcpListener(InetSocketAddress[] name) throws IOException {
        int listener = check("socket", Socket.open(Socket.AF_INET));
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        check("bind", Socket.bind(listener, any, Socket.AF_INET));
        check("listen", Socket.listen(listener, 16));
        check("getsockname", Socket.localAddress(listener, name));
        return listener;
    }

    /** An unbound datagram socket of IPv4, non-blocking. */
    public static int udp() throws IOException {
        return check("socket", call("socket", Socket.AF_INET, SOCK_DGRAM | FLAGS));
    }

    /** A timer that goes off once after that time; non-blocking. */
    public static int timer(long nanos) throws IOException {
        int fd = check("timerfd_create", call("timerfd_create", CLOCK_MONOTONIC, FLAGS));
        ByteBuffer spec = memory(32).putLong(16, nanos / 1_000_000_000).putLong(24, nanos % 1_000_000_000);
        check("timerfd_settime", call("timerfd_settime", fd, 0, spec, 0));
        return fd;
    }

    /** Reports what is created in a directory; non-blocking. */
    public static int creations(String directory) throws IOException {
        int fd = check("inotify_init1", call("inotify_init1", FLAGS));
        ByteBuffer path = string(directory);
        check("inotify_add_watch", call("inotify_add_watch", fd, path, IN_CREATE));
        return fd;
    }

    /** Readable when the process has ended. */
    public static int process(long pid) throws IOException {
        return check("pidfd_open", call("syscall", SYS_PIDFD_OPEN, pid));
    }

    /** Reports a signal that this thread has blocked; non-blocking. */
    public static int signals(int signal) throws IOException {
        ByteBuffer set = signalSet(signal);
        int fd = check("signalfd", call("signalfd", -1, set, FLAGS));
        return fd;
    }

    /** Lets a signal of this thread wait, or no more. */
    public static void block(int signal, boolean blocked) throws IOException {
        ByteBuffer set = signalSet(signal);
        check("pthread_sigmask", -call("pthread_sigmask", blocked ? SIG_BLOCK : SIG_UNBLOCK, set, 0));
    }

    /** Sends a signal to this thread. */
    public static void signalSelf(int signal) throws IOException {
        int pid = (int) ProcessHandle.current().pid();
        check("tgkill", call("tgkill", pid, call("gettid"), signal));
    }

    private static ByteBuffer signalSet(int signal) {
        return memory(SIGNALFD_SIGINFO).putLong(0, 1L << (signal - 1));
    }

    /** A pseudo-terminal: its master, its terminal; the master does not block. */
    public static int[] terminal() throws IOException {
        ByteBuffer path = string("/dev/ptmx");
        int master = check("open", call("open", path, O_RDWR | O_NOCTTY | FLAGS));
        ByteBuffer unlocked = memory(4);
        check("ioctl", call("ioctl", master, TIOCSPTLCK, unlocked));
        int terminal = check("ioctl", call("ioctl", master, TIOCGPTPEER, O_RDWR | O_NOCTTY | FLAGS));
        return new int[] {master, terminal};
    }

    /** A directory or a regular file, opened for reading. */
    public static int open(String name) throws IOException {
        ByteBuffer path = string(name);
        int fd = check("open", call("open", path, FLAGS));
        return fd;
    }

    /** Another number for the same open file. */
    public static int duplicate(int fd) throws IOException {
        return check("dup", call("dup", fd));
    }

    /** Gives a descriptor's open file a second number, closing what had it before. */
    public static void duplicateTo(int fd, int number) throws IOException {
        check("dup3", call("dup3", fd, number, 0x80000));
    }

    /** Up to that many bytes; answers how many, or the negated errno. */
    public static int read(int fd, int bytes) {
        return call("read", fd, memory(bytes), bytes);
    }

    /** Reads until there is nothing more; answers how many bytes there were before it would have blocked or ended. */
    public static int drain(int fd) {
        int sum = 0;
        for (int n = read(fd, 65_536); n > 0; n = read(fd, 65_536)) {
            sum += n;
        }
        return sum;
    }

    /** Zeroes; answers how many bytes, or the negated errno. */
    public static int write(int fd, int bytes) {
        return call("write", fd, memory(bytes), bytes);
    }

    /** Writes until it would block; answers how many bytes. */
    public static long fill(int fd) {
        long sum = 0;
        for (int n = write(fd, 65_536); n > 0; n = write(fd, 65_536)) {
            sum += n;
        }
        return sum;
    }

    /** Adds to a counter. */
    public static void add(int eventFd, long count) throws IOException {
        check("write", call("write", eventFd, memory(8).putLong(0, count), 8));
    }

    /** Reads and clears a counter; answers what it was, or the negated errno. */
    public static long readCount(int eventFd) {
        try (Scratch s = Scratch.take()) {
            int cleared = EventFd.reset(s, eventFd);
            return cleared == 0 ? s.longValue() : cleared;
        }
    }

    /** A byte with flags of send(2). */
    public static void send(int fd, int flags) throws IOException {
        check("send", call("send", fd, memory(1), 1, flags));
    }

    /** A byte with flags of recv(2); answers how many, or the negated errno. */
    public static int receive(int fd, int flags) {
        return call("recv", fd, memory(1), 1, flags);
    }

    /** Until there are so many bytes to read. */
    public static void awaitBytes(int fd, int bytes) {
        while (Fd.readable(fd) < bytes) {
            LockSupport.parkNanos(100_000);
        }
    }

    /** shutdown(2). */
    public static void shutDown(int fd, int how) throws IOException {
        check("shutdown", Socket.shutdown(fd, how));
    }

    /** close(2). */
    public static void close(int fd) throws IOException {
        check("close", Fd.close(fd));
    }

    /** close(2) that resets a TCP connection. */
    public static void reset(int fd) throws IOException {
        check("setsockopt", Socket.setLinger(fd, 0));
        close(fd);
    }

    /** Throws if it is a negated errno. */
    public static int check(String call, int result) throws IOException {
        if (result < 0) {
            throw Errors.of(call, -result, "");
        }
        return result;
    }

    /** Numbers are passed as they are, and buffers by their address. */
    private static int call(String name, Object... arguments) {
        Downcall function = LINKED.computeIfAbsent(name, Linking::plain);
        long[] values = new long[5];
        for (int i = 0; i < arguments.length; i++) {
            values[i] = arguments[i] instanceof ByteBuffer memory
                    ? MemorySegment.ofBuffer(memory).address()
                    : ((Number) arguments[i]).longValue();
        }
        try (Scratch s = Scratch.take()) {
            return Linking.call(function, s, values[0], values[1], values[2], values[3], values[4]);
        } finally {
            Reference.reachabilityFence(arguments);
        }
    }

    private static ByteBuffer string(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return memory(bytes.length + 1).put(0, bytes);
    }

    private static ByteBuffer memory(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }
}
