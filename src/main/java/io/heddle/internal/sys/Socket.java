package io.heddle.internal.sys;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * socket(7) and the calls of its family, one method per system call: no policy, no retry, no exception.
 * Every method answers the result, or the negated errno.
 */
public final class Socket {
    public static final int AF_UNIX = 1;
    public static final int AF_INET = 2;
    public static final int AF_INET6 = 10;
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_DGRAM = 2;
    public static final int SHUT_RD = 0;
    public static final int SHUT_WR = 1;
    public static final int SHUT_RDWR = 2;
    public static final int MSG_PEEK = 0x2;

    /** The most bytes one {@code recv} or {@code send} is asked to copy: it holds back safepoints meanwhile. */
    public static final int TRANSFER_MAX = 128 * 1024;

    private static final int SOCK_NONBLOCK = 0x800;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int TCP_CLOSE = 7;
    private static final int MSG_OOB = 0x1;
    static final int MSG_DONTWAIT = 0x40;
    static final int MSG_NOSIGNAL = 0x4000;

    private Socket() {}

    /** socket(2): a TCP socket, non-blocking and close-on-exec. */
    public static int open(int family) {
        return open(family, SOCK_STREAM);
    }

    /** socket(2): a socket of that family and type, non-blocking and close-on-exec. */
    public static int open(int family, int type) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: no memory is passed but errno, which `s` keeps alive.
            return Linking.call(Open.CALL, s, family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        }
    }

    /** socketpair(2): two connected Unix sockets, non-blocking and close-on-exec, into {@code pair}. */
    public static int pair(int type, int[] pair) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: the kernel writes two ints, `value` has 16 bytes.
            int r = Linking.call(Pair.CALL, s, AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, s.value());
            if (r >= 0) {
                pair[0] = s.intValue();
                pair[1] = (int) (s.longValue() >>> 32);
            }
            return r;
        }
    }

    /** bind(2). */
    public static int bind(int fd, InetSocketAddress local, int family) {
        try (Scratch s = Scratch.take()) {
            int size = SockAddr.writeChecked(s.memory(), local, family);
            // SAFETY: the kernel reads `size` bytes of the address, at most the 128 it has, and keeps no pointer.
            return size < 0 ? size : Linking.call(Bind.CALL, s, fd, s.address(), size);
        }
    }

    /** bind(2) to a file, an abstract name, or with the empty path to a name of the kernel's choice; unix(7). */
    public static int bind(int fd, UnixDomainSocketAddress local) {
        return named(Bind.CALL, fd, local);
    }

    private static int named(Downcall call, int fd, UnixDomainSocketAddress name) {
        try (Scratch s = Scratch.take()) {
            int size = SockAddrUn.write(s.memory(), name);
            // SAFETY: as in bind.
            return size < 0 ? size : Linking.call(call, s, fd, s.address(), size);
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
            int size = SockAddr.writeChecked(s.memory(), remote, family);
            // SAFETY: as in bind.
            return size < 0 ? size : Linking.call(Connect.CALL, s, fd, s.address(), size);
        }
    }

    /** connect(2); -EAGAIN if the backlog of the listener is full: the socket is not connecting then. */
    public static int connect(int fd, UnixDomainSocketAddress remote) {
        return named(Connect.CALL, fd, remote);
    }

    /** connect(2) of a datagram socket that takes back an earlier one: to AF_UNSPEC. */
    public static int disconnect(int fd) {
        try (Scratch s = Scratch.take()) {
            s.memory().putLong(0, 0).putLong(8, 0);
            // SAFETY: as in bind; the 16 bytes say AF_UNSPEC.
            return Linking.call(Connect.CALL, s, fd, s.address(), 16);
        }
    }

    /** accept4(2): the new descriptor is non-blocking and close-on-exec; {@code peer[0]} takes its address. */
    public static int accept(int fd, @Nullable InetSocketAddress[] peer) {
        return accept(fd, peer, s -> SockAddr.read(s.memory()));
    }

    /** accept4(2) of a Unix socket; {@code peer[0]} takes its address, which is the empty path for most. */
    public static int accept(int fd, @Nullable UnixDomainSocketAddress[] peer) {
        return accept(fd, peer, s -> SockAddrUn.read(s.memory(), s.lengthValue()));
    }

    private static <A> int accept(int fd, @Nullable A[] peer, Function<Scratch, @Nullable A> address) {
        try (Scratch s = Scratch.take()) {
            s.setLength(SockAddr.STORAGE_SIZE);
            // SAFETY: the kernel writes at most the 128 bytes that `length` says, which `address` has.
            int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
            int accepted = Linking.call(Accept.CALL, s, fd, s.address(), s.length(), flags);
            try {
                peer[0] = accepted < 0 ? null : address.apply(s);
                return accepted;
            } catch (RuntimeException | Error e) {
                forget(accepted);
                throw e;
            }
        }
    }

    /** Nobody has the number of a new connection whose address could not be made. */
    private static void forget(int accepted) {
        if (accepted >= 0) {
            int result = Fd.close(accepted);
            assert result == 0 : "accepted=" + accepted + ", result=" + result;
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

    /**
     * recv(2) into a buffer from its position on, heap or direct, without a copy and without blocking. The position
     * stays. At most {@link #TRANSFER_MAX} bytes: {@link Message#receive} takes longer datagrams.
     *
     * @param flags {@link #MSG_PEEK}, or zero
     */
    public static int receive(int fd, ByteBuffer dst, int flags) {
        int len = Math.min(dst.remaining(), TRANSFER_MAX);
        if (dst.hasArray()) {
            return Linking.transfer(Recv.CALL, ofHeap(dst), fd, len, flags | MSG_DONTWAIT);
        }
        // The cast tells the compiler the kind of segment, which then is no object.
        MemorySegment direct = MemorySegment.ofBuffer((MappedByteBuffer) dst);
        return Linking.transfer(Recv.CALL, direct, fd, len, flags | MSG_DONTWAIT);
    }

    /**
     * send(2) from a buffer, heap or direct, without a copy unless it is a read-only view of an array; see
     * {@link #receive(int, ByteBuffer, int)}. A datagram of more than {@link #TRANSFER_MAX} bytes would be cut:
     * {@link Message#send} takes it.
     */
    public static int send(int fd, ByteBuffer src) {
        int len = Math.min(src.remaining(), TRANSFER_MAX);
        int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
        if (src.hasArray()) {
            return Linking.transfer(Send.CALL, ofHeap(src), fd, len, flags);
        }
        if (src.isDirect()) {
            MemorySegment direct = MemorySegment.ofBuffer((MappedByteBuffer) src);
            return Linking.transfer(Send.CALL, direct, fd, len, flags);
        }
        byte[] copy = new byte[len];
        src.get(src.position(), copy);
        return Linking.transfer(Send.CALL, MemorySegment.ofArray(copy), fd, len, flags);
    }

    private static MemorySegment ofHeap(ByteBuffer buffer) {
        return MemorySegment.ofArray(buffer.array()).asSlice(buffer.arrayOffset() + buffer.position());
    }

    /** send(2) of one byte of urgent data, tcp(7), without blocking and without SIGPIPE. */
    public static int sendUrgent(int fd, byte data) {
        byte[] one = {data};
        return Linking.transfer(Send.CALL, MemorySegment.ofArray(one), fd, 1, MSG_OOB | MSG_DONTWAIT | MSG_NOSIGNAL);
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
        return name(Name.LOCAL, fd, name, s -> SockAddr.read(s.memory()));
    }

    /** getpeername(2), as {@link #localAddress}; -ENOTCONN where there is no connection (any more). */
    public static int remoteAddress(int fd, @Nullable InetSocketAddress[] name) {
        return name(Name.REMOTE, fd, name, s -> SockAddr.read(s.memory()));
    }

    /** getsockname(2) of a Unix socket; the empty path if it has no name. */
    public static int localAddress(int fd, @Nullable UnixDomainSocketAddress[] name) {
        return name(Name.LOCAL, fd, name, s -> SockAddrUn.read(s.memory(), s.lengthValue()));
    }

    /** getpeername(2) of a Unix socket, as {@link #localAddress(int, UnixDomainSocketAddress[])}. */
    public static int remoteAddress(int fd, @Nullable UnixDomainSocketAddress[] name) {
        return name(Name.REMOTE, fd, name, s -> SockAddrUn.read(s.memory(), s.lengthValue()));
    }

    private static <A> int name(Downcall call, int fd, @Nullable A[] name, Function<Scratch, @Nullable A> address) {
        try (Scratch s = Scratch.take()) {
            s.setLength(SockAddr.STORAGE_SIZE);
            // SAFETY: as in accept.
            int r = Linking.call(call, s, fd, s.address(), s.length());
            if (r >= 0) {
                name[0] = address.apply(s);
            }
            return r;
        }
    }

    /** getsockopt(SO_ERROR): the errno that is pending, which is cleared, zero for none; or the negated errno. */
    public static int takeError(int fd) {
        return getOption(fd, SockOpt.SOL_SOCKET, SockOpt.SO_ERROR);
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

    /** setsockopt(2) of a structure of that size, at the start of the memory. */
    static int setOption(int fd, int level, int option, ByteBuffer structure, int size) {
        try (Scratch s = Scratch.take()) {
            long address = MemorySegment.ofBuffer(structure).address();
            // SAFETY: the kernel reads `size` bytes, which the structure has; it is reachable until after the call.
            return Linking.call(SetOpt.CALL, s, fd, level, option, address, size);
        } finally {
            Reference.reachabilityFence(structure);
        }
    }

    /** getsockopt(2) of a structure into the memory of {@code s} that is for an address. */
    static int getOption(Scratch s, int fd, int level, int option, int size) {
        assert size <= SockAddr.STORAGE_SIZE : "size=" + size;
        s.setLength(size);
        // SAFETY: the kernel writes at most the `size` bytes that `length` says, and `address` has 128.
        return Linking.call(GetOpt.CALL, s, fd, level, option, s.address(), s.length());
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
        static final Downcall CALL = Linking.plain("socket");
    }

    private static final class Pair {
        static final Downcall CALL = Linking.plain("socketpair");
    }

    private static final class Bind {
        static final Downcall CALL = Linking.plain("bind");
    }

    private static final class Listen {
        static final Downcall CALL = Linking.plain("listen");
    }

    private static final class Connect {
        static final Downcall CALL = Linking.plain("connect");
    }

    private static final class Accept {
        static final Downcall CALL = Linking.plain("accept4");
    }

    private static final class Recv {
        static final Transfer CALL = Linking.transfer("recv");
    }

    private static final class Send {
        static final Transfer CALL = Linking.transfer("send");
    }

    private static final class Shutdown {
        static final Downcall CALL = Linking.plain("shutdown");
    }

    private static final class Name {
        static final Downcall LOCAL = Linking.plain("getsockname");
        static final Downcall REMOTE = Linking.plain("getpeername");
    }

    private static final class SetOpt {
        static final Downcall CALL = Linking.plain("setsockopt");
    }

    private static final class GetOpt {
        static final Downcall CALL = Linking.plain("getsockopt");
    }
}
