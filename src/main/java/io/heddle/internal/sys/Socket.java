package io.heddle.internal.sys;

import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.net.InetSocketAddress;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * socket(7) and the calls of its family, one method per system call: no policy, no retry, no exception.
 * Every method answers the result, or the negated errno.
 */
public final class Socket {
    public static final int AF_INET = 2;
    public static final int AF_INET6 = 10;
    public static final int SHUT_RD = 0;
    public static final int SHUT_WR = 1;

    /** The most bytes one {@code recv} or {@code send} is asked to copy: it holds back safepoints meanwhile. */
    public static final int TRANSFER_MAX = 128 * 1024;

    private static final int SOCK_STREAM = 1;
    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int TCP_CLOSE = 7;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;

    private Socket() {}

    /** socket(2): a TCP socket, non-blocking and close-on-exec. */
    public static int open(int family) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: no memory is passed but errno, which `s` keeps alive.
            return Linking.call(Open.CALL, s, family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        }
    }

    /** bind(2). */
    public static int bind(int fd, InetSocketAddress local, int family) {
        try (Scratch s = Scratch.take()) {
            int size = SockAddr.write(s.memory(), local, family);
            // SAFETY: the kernel reads `size` bytes of the address, at most the 128 it has, and keeps no pointer.
            return Linking.call(Bind.CALL, s, fd, s.address(), size);
        }
    }

    /** listen(2). */
    public static int listen(int fd, int backlog) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: no memory is passed but errno, which `s` keeps alive.
            return Linking.call(Listen.CALL, s, fd, backlog);
        }
    }

    /** connect(2); -EINPROGRESS is the ordinary answer. */
    public static int connect(int fd, InetSocketAddress remote, int family) {
        try (Scratch s = Scratch.take()) {
            int size = SockAddr.write(s.memory(), remote, family);
            // SAFETY: as in bind.
            return Linking.call(Connect.CALL, s, fd, s.address(), size);
        }
    }

    /** accept4(2): the new descriptor is non-blocking and close-on-exec; {@code peer[0]} takes its address. */
    public static int accept(int fd, @Nullable InetSocketAddress[] peer) {
        try (Scratch s = Scratch.take()) {
            s.setLength(SockAddr.STORAGE_SIZE);
            // SAFETY: the kernel writes at most the 128 bytes that `length` says, which `address` has.
            int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
            int accepted = Linking.call(Accept.CALL, s, fd, s.address(), s.length(), flags);
            if (accepted >= 0) {
                peer[0] = SockAddr.read(s.memory());
            }
            return accepted;
        }
    }

    /**
     * recv(2) into a Java array, without blocking.
     *
     * @param errno used by no other thread during the call
     */
    public static int receive(int fd, ErrnoCell errno, byte[] dst, int off, int len) {
        return receive(fd, errno, MemorySegment.ofArray(dst).asSlice(off), len);
    }

    /** recv(2) into a heap or native segment, without blocking; at most {@link #TRANSFER_MAX} bytes. */
    public static int receive(int fd, ErrnoCell errno, MemorySegment dst, int len) {
        return Linking.transfer(Recv.CALL, errno, fd, dst, len, MSG_DONTWAIT);
    }

    /** send(2) from a Java array, without blocking and without SIGPIPE; see {@link #receive}. */
    public static int send(int fd, ErrnoCell errno, byte[] src, int off, int len) {
        return send(fd, errno, MemorySegment.ofArray(src).asSlice(off), len);
    }

    /** send(2) from a heap or native segment; at most {@link #TRANSFER_MAX} bytes. */
    public static int send(int fd, ErrnoCell errno, MemorySegment src, int len) {
        return Linking.transfer(Send.CALL, errno, fd, src, len, MSG_DONTWAIT | MSG_NOSIGNAL);
    }

    /** shutdown(2). */
    public static int shutdown(int fd, int how) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: no memory is passed but errno, which `s` keeps alive.
            return Linking.call(Shutdown.CALL, s, fd, how);
        }
    }

    /** getsockname(2); {@code name[0]} takes the address, null if it is not an IP address. */
    public static int localAddress(int fd, @Nullable InetSocketAddress[] name) {
        return name(Name.LOCAL, fd, name);
    }

    /** getpeername(2), as {@link #localAddress}; -ENOTCONN where there is no connection (any more). */
    public static int remoteAddress(int fd, @Nullable InetSocketAddress[] name) {
        return name(Name.REMOTE, fd, name);
    }

    private static int name(MethodHandle call, int fd, @Nullable InetSocketAddress[] name) {
        try (Scratch s = Scratch.take()) {
            s.setLength(SockAddr.STORAGE_SIZE);
            // SAFETY: as in accept.
            int r = Linking.call(call, s, fd, s.address(), s.length());
            if (r >= 0) {
                name[0] = SockAddr.read(s.memory());
            }
            return r;
        }
    }

    /** setsockopt(2) with an int value. */
    public static int setOption(int fd, int level, int option, int value) {
        try (Scratch s = Scratch.take()) {
            s.setValue(value, 0);
            // SAFETY: the kernel reads the 4 bytes of `value`.
            return Linking.call(SetOpt.CALL, s, fd, level, option, s.value(), 4);
        }
    }

    /** setsockopt(2) for SO_LINGER; negative seconds switch it off. */
    public static int setLinger(int fd, int seconds) {
        try (Scratch s = Scratch.take()) {
            s.setValue(seconds >= 0 ? 1 : 0, Math.max(seconds, 0));
            // SAFETY: struct linger is two ints; the kernel reads these 8 bytes.
            return Linking.call(SetOpt.CALL, s, fd, SockOpt.SOL_SOCKET, SockOpt.SO_LINGER, s.value(), 8);
        }
    }

    /** getsockopt(2) of an int, or the negated errno; see {@link #getOptionValue} for options that can be negative. */
    public static int getOption(int fd, int level, int option) {
        long value = getOptionValue(fd, level, option);
        return value < 0 ? (int) value : (int) (value & 0xffff_ffffL);
    }

    /** getsockopt(2): the first int in the low half and the second (SO_LINGER) in the high, or the negated errno. */
    public static long getOptionValue(int fd, int level, int option) {
        try (Scratch s = Scratch.take()) {
            s.setValue(0L, 0L);
            s.setLength(8);
            // SAFETY: the kernel writes at most the 8 bytes that `length` says.
            int r = Linking.call(GetOpt.CALL, s, fd, level, option, s.value(), s.length());
            return r < 0 ? r : s.longValue() & Long.MAX_VALUE;
        }
    }

    /** Whether the connection is in state CLOSE: the first byte of {@code struct tcp_info}, tcp(7). */
    public static boolean isClosedTcp(int fd) {
        long info = getOptionValue(fd, SockOpt.IPPROTO_TCP, SockOpt.TCP_INFO);
        return info >= 0 && (info & 0xff) == TCP_CLOSE;
    }

    static void load() {
        Objects.requireNonNull(Recv.CALL);
        Objects.requireNonNull(Send.CALL);
        Objects.requireNonNull(Accept.CALL);
        Objects.requireNonNull(SetOpt.CALL);
        // The end of a stream asks for the state: a connection that ends is how descriptors come back.
        Objects.requireNonNull(GetOpt.CALL);
        Objects.requireNonNull(Shutdown.CALL);
    }

    private static final class Open {
        static final MethodHandle CALL = Linking.plain("socket");
    }

    private static final class Bind {
        static final MethodHandle CALL = Linking.plain("bind");
    }

    private static final class Listen {
        static final MethodHandle CALL = Linking.plain("listen");
    }

    private static final class Connect {
        static final MethodHandle CALL = Linking.plain("connect");
    }

    private static final class Accept {
        static final MethodHandle CALL = Linking.plain("accept4");
    }

    private static final class Recv {
        static final MethodHandle CALL = Linking.transfer("recv");
    }

    private static final class Send {
        static final MethodHandle CALL = Linking.transfer("send");
    }

    private static final class Shutdown {
        static final MethodHandle CALL = Linking.plain("shutdown");
    }

    private static final class Name {
        static final MethodHandle LOCAL = Linking.plain("getsockname");
        static final MethodHandle REMOTE = Linking.plain("getpeername");
    }

    private static final class SetOpt {
        static final MethodHandle CALL = Linking.plain("setsockopt");
    }

    private static final class GetOpt {
        static final MethodHandle CALL = Linking.plain("getsockopt");
    }
}
