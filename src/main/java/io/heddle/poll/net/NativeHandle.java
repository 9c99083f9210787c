package io.heddle.poll.net;

import static io.heddle.poll.net.WouldBlock.WOULD_BLOCK;

import io.heddle.internal.socket.Families;
import io.heddle.internal.socket.SocketOptions;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Errors;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.GroupRequest;
import io.heddle.internal.sys.Iovec;
import io.heddle.internal.sys.Message;
import io.heddle.internal.sys.MessageBatch;
import io.heddle.internal.sys.NativeAccess;
import io.heddle.internal.sys.Pipe2;
import io.heddle.internal.sys.SockOpt;
import io.heddle.internal.sys.Socket;
import io.heddle.internal.sys.Ucred;
import io.heddle.internal.sys.UnixErrors;
import io.heddle.poll.FdSource;
import io.heddle.poll.Interest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** {@link Handle} of a descriptor. The only class of this package that opens the native door. */
final class NativeHandle extends Handle {
    private static final Interest EVERYTHING = Interest.READABLE.add(Interest.WRITABLE);

    private static volatile boolean ready;

    private final int fd;
    private final int family;

    /** Held by who asks how a connect has ended: the kernel tells its error once, and others must find it here. */
    private final ReentrantLock asking = new ReentrantLock();

    /** What a connect has ended with, as an errno. Under that lock. */
    private int connectError;

    private volatile boolean connected;

    private NativeHandle(int fd, Kind kind, int family) {
        super(kind, FdSource.of(fd));
        this.fd = fd;
        this.family = family;
    }

    // Opening

    /** The address is where to, or for listeners and datagrams the own one. */
    static Handle openFor(Kind kind, InetSocketAddress address, @Nullable InetSocketAddress from) throws IOException {
        ensureNative();
        return open(
                kind,
                kind == Kind.TCP_STREAM
                        ? Families.of(address.getAddress(), from)
                        : Families.ofListener(address.getAddress()));
    }

    static Handle openUnix(Kind kind) throws IOException {
        ensureNative();
        return open(kind, Socket.AF_UNIX);
    }

    private static Handle open(Kind kind, int family) throws IOException {
        return new NativeHandle(Errors.check("socket", Socket.open(family, kind.type), ""), kind, family);
    }

    static Handle[] openPipe() throws IOException {
        ensureNative();
        int[] ends = new int[2];
        int result = Pipe2.open(ends);
        if (result < 0) {
            throw Errors.ofFile("pipe2", -result, "");
        }
        return new Handle[] {new NativeHandle(ends[0], Kind.PIPE, 0), new NativeHandle(ends[1], Kind.PIPE, 0)};
    }

    /** Two Unix sockets that are connected with each other. */
    static Handle[] pair(Kind kind) throws IOException {
        ensureNative();
        int[] fds = new int[2];
        Errors.check("socketpair", Socket.pair(kind.type, fds), "");
        return new Handle[] {
            new NativeHandle(fds[0], kind, Socket.AF_UNIX), new NativeHandle(fds[1], kind, Socket.AF_UNIX)
        };
    }

    /**
     * Takes over a descriptor: makes it non-blocking and close-on-exec. Where that fails it stays the caller's.
     *
     * @throws IOException if it is something else
     */
    static Handle adopt(int fd, Kind kind) throws IOException {
        ensureNative();
        String context = "fd=" + fd;
        int family = 0;
        if (kind.type != 0) {
            family = Errors.check("getsockopt", option(fd, SockOpt.SO_DOMAIN), context);
            int type = Errors.check("getsockopt", option(fd, SockOpt.SO_TYPE), context);
            boolean listens = Errors.check("getsockopt", option(fd, SockOpt.SO_ACCEPTCONN), context) != 0;
            boolean unix = family == Socket.AF_UNIX;
            boolean known = unix || family == Socket.AF_INET || family == Socket.AF_INET6;
            if (!known || unix != kind.isUnix() || type != kind.type || listens != kind.isListener()) {
                throw new SocketException("the descriptor must be " + kind.what + ": fd=" + fd + ", family=" + family
                        + ", type=" + type + ", listens=" + listens);
            }
        }
        Errors.check("fcntl", Fd.setBlocking(fd, false), context);
        Errors.check("fcntl", Fd.setCloseOnExec(fd), context);
        return new NativeHandle(fd, kind, family);
    }

    private static int option(int fd, int number) {
        return Socket.getOption(fd, SockOpt.SOL_SOCKET, number);
    }

    /** Fails in one sentence where there is no native door, or this program must not open it. */
    private static void ensureNative() {
        if (!ready) {
            String missing = NativeAccess.missing();
            if (missing != null) {
                throw new UnsupportedOperationException(missing);
            }
            NativeAccess.ensure();
            ready = true;
        }
    }

    // Life

    @Override
    void release() {
        int result = Fd.close(fd);
        // EIO and EINTR leave the number closed all the same; EBADF means that somebody else closed it.
        assert result != -Errno.EBADF : "closed twice: fd=" + fd;
    }

    @Override
    int fd() {
        return isOpen() ? fd : -1;
    }

    @Override
    int detach() throws IOException {
        giveUp();
        return fd;
    }

    @Override
    int tryIo(Interest operation, FdOperation what) throws IOException {
        begin();
        try {
            int result = what.run(fd);
            if (result == WOULD_BLOCK) {
                source.wouldBlock(operation);
            }
            return result;
        } finally {
            end();
        }
    }

    @Override
    void setBlocking(boolean blocking) throws IOException {
        ask("fcntl", "fd=" + fd, () -> Fd.setBlocking(fd, blocking));
    }

    // Failing

    private int check(String call, int result, String context) throws IOException {
        if (result < 0) {
            throw failure(call, -result, context);
        }
        return result;
    }

    private IOException failure(String call, int errno, String context) {
        return switch (kind) {
            case UNIX_LISTENER, UNIX_STREAM, UNIX_DATAGRAM -> UnixErrors.of(call, errno, context);
            case UDP -> Errors.ofDatagram(call, errno, context);
            case PIPE -> Errors.ofFile(call, errno, context);
            default -> Errors.of(call, errno, context);
        };
    }

    /** One try to move something; answers how much, or the negated errno. */
    @FunctionalInterface
    private interface Attempt {
        int tryNow();
    }

    /** A use of the descriptor that moves something, and does not wait. */
    private int move(String call, Interest operation, Attempt attempt) throws IOException {
        begin();
        try {
            int n;
            do {
                n = attempt.tryNow();
            } while (n == -Errno.EINTR);
            return moved(call, n, operation);
        } finally {
            end();
        }
    }

    /** The same for recv and send of one buffer, which are called most: without an object for the call. */
    private int transfer(ByteBuffer buffer, boolean out, int flags) throws IOException {
        begin();
        try {
            int n;
            do {
                n = out ? Socket.send(fd, buffer) : Socket.receive(fd, buffer, flags);
            } while (n == -Errno.EINTR);
            n = moved(out ? "send" : "recv", n, out ? Interest.WRITABLE : Interest.READABLE);
            return taken(buffer, n, flags);
        } finally {
            end();
        }
    }

    /** A use of the descriptor for anything else. */
    private int ask(String call, String context, Attempt attempt) throws IOException {
        begin();
        try {
            return check(call, attempt.tryNow(), context);
        } finally {
            end();
        }
    }

    private int moved(String call, int n, Interest operation) throws IOException {
        if (n >= 0) {
            return n;
        }
        if (n == -Errno.EAGAIN) {
            source.wouldBlock(operation);
            return WOULD_BLOCK;
        }
        String context = "fd=" + fd;
        throw kind == Kind.TCP_STREAM ? Errors.ofTransfer(call, -n, context) : failure(call, -n, context);
    }

    // Names

    @Override
    void bind(InetSocketAddress local) throws IOException {
        check("bind", Socket.bind(fd, local, family), "local=" + local);
    }

    @Override
    void bind(UnixDomainSocketAddress local) throws IOException {
        check("bind", Socket.bind(fd, local), "local=" + local);
    }

    @Override
    void listen(InetSocketAddress local, int backlog) throws IOException {
        bind(local);
        listen(backlog);
    }

    @Override
    void listen(UnixDomainSocketAddress local, int backlog) throws IOException {
        bind(local);
        afterBind(local, bound -> listen(backlog));
    }

    private void listen(int backlog) throws IOException {
        check("listen", Socket.listen(fd, backlog), "backlog=" + backlog);
    }

    @Override
    void connect(InetSocketAddress remote) throws IOException {
        begin();
        try {
            started(Socket.connect(fd, remote, family), "remote=" + remote);
        } finally {
            end();
        }
    }

    @Override
    void connect(UnixDomainSocketAddress remote) throws IOException {
        begin();
        try {
            started(Socket.connect(fd, remote), "remote=" + remote);
        } finally {
            end();
        }
    }

    private void started(int result, String context) throws IOException {
        // Interrupted by a signal, the connect goes on in the kernel, connect(2).
        if (result != -Errno.EINPROGRESS && result != -Errno.EINTR) {
            check("connect", result, context);
            connected = true;
        }
    }

    /** Gives the peer up but not the port, which the kernel takes back if it had chosen it. */
    @Override
    void disconnect() throws IOException {
        begin();
        try {
            int port = localInet().getPort();
            check("connect", Socket.disconnect(fd), "fd=" + fd);
            InetSocketAddress name = localInet();
            if (name.getPort() != port) {
                bind(new InetSocketAddress(name.getAddress(), port));
            }
        } finally {
            end();
        }
    }

    /** Whether the connect has succeeded; fails if it has failed, each time it is asked. */
    @Override
    boolean finishConnect() throws IOException {
        begin();
        try {
            return connected || isConnected();
        } finally {
            end();
        }
    }

    private boolean isConnected() throws IOException {
        asking.lock();
        try {
            int error = pendingError();
            if (error != 0) {
                connectError = error;
            }
            if (connectError != 0) {
                throw failure("connect", connectError, "fd=" + fd);
            }
            int named = Socket.remoteAddress(fd, new InetSocketAddress[1]);
            if (named == -Errno.ENOTCONN) {
                // No error and no peer: the connect is still under way, whatever the event said.
                source.wouldBlock(Interest.WRITABLE);
                return false;
            }
            check("getpeername", named, "fd=" + fd);
            connected = true;
            return true;
        } finally {
            asking.unlock();
        }
    }

    private int pendingError() throws IOException {
        return check("getsockopt", Socket.takeError(fd), "option=SO_ERROR");
    }

    @Override
    @Nullable
    IOException takeError() throws IOException {
        begin();
        asking.lock();
        try {
            int error = pendingError();
            if (error == 0) {
                return null;
            }
            if (!connected) {
                connectError = error;
            }
            // It was reported as an error, which hides what comes behind it from selectors that make edges themselves.
            source.wouldBlock(EVERYTHING);
            return failure(connected ? "getsockopt" : "connect", error, "fd=" + fd);
        } finally {
            asking.unlock();
            end();
        }
    }

    @Override
    InetSocketAddress localInet() throws IOException {
        @Nullable InetSocketAddress[] name = new InetSocketAddress[1];
        ask("getsockname", "fd=" + fd, () -> Socket.localAddress(fd, name));
        return Objects.requireNonNull(name[0]);
    }

    @Override
    @Nullable
    InetSocketAddress remoteInet() throws IOException {
        @Nullable InetSocketAddress[] name = new InetSocketAddress[1];
        ask("getpeername", "fd=" + fd, () -> orNobody(Socket.remoteAddress(fd, name)));
        return name[0];
    }

    private static int orNobody(int result) {
        return result == -Errno.ENOTCONN ? 0 : result;
    }

    @Override
    UnixDomainSocketAddress localUnix() throws IOException {
        @Nullable UnixDomainSocketAddress[] name = new UnixDomainSocketAddress[1];
        ask("getsockname", "fd=" + fd, () -> Socket.localAddress(fd, name));
        return Objects.requireNonNull(name[0]);
    }

    @Override
    @Nullable
    UnixDomainSocketAddress remoteUnix() throws IOException {
        @Nullable UnixDomainSocketAddress[] name = new UnixDomainSocketAddress[1];
        ask("getpeername", "fd=" + fd, () -> orNobody(Socket.remoteAddress(fd, name)));
        return name[0];
    }

    /** Null: nobody is waiting. */
    @Override
    @Nullable
    Handle acceptInet(@Nullable InetSocketAddress[] peer) throws IOException {
        return accepted(Kind.TCP_STREAM, () -> Socket.accept(fd, peer));
    }

    /** Null: nobody is waiting. */
    @Override
    @Nullable
    Handle acceptUnix() throws IOException {
        return accepted(Kind.UNIX_STREAM, () -> Socket.accept(fd, new UnixDomainSocketAddress[1]));
    }

    private @Nullable Handle accepted(Kind stream, Attempt attempt) throws IOException {
        int number = move("accept4", Interest.READABLE, () -> {
            int accepted;
            do {
                accepted = attempt.tryNow();
            } while (Errno.isOfPeerBeforeAccept(-accepted));
            return accepted;
        });
        if (number == WOULD_BLOCK) {
            return null;
        }
        NativeHandle accepted = new NativeHandle(number, stream, family);
        accepted.connected = true;
        return accepted;
    }

    // Streams

    @Override
    int read(ByteBuffer dst, int flags) throws IOException {
        requireRoomIn(dst);
        if (!dst.hasRemaining()) {
            return nothing();
        }
        return orEnd(
                kind == Kind.PIPE
                        ? taken(dst, move("read", Interest.READABLE, () -> Fd.read(fd, dst)), 0)
                        : transfer(dst, false, flags));
    }

    @Override
    long read(ByteBuffer[] dsts) throws IOException {
        for (ByteBuffer dst : dsts) {
            requireRoomIn(dst);
        }
        if (isEmpty(dsts)) {
            return nothing();
        }
        int n = kind == Kind.PIPE
                ? move("readv", Interest.READABLE, () -> Fd.read(fd, dsts))
                : move("recvmsg", Interest.READABLE, () -> receive(dsts));
        Iovec.advance(dsts, Math.max(n, 0));
        return orEnd(n);
    }

    private int receive(ByteBuffer[] dsts) {
        try (Message message = Message.take()) {
            return message.receive(fd, dsts, false, 0, null);
        }
    }

    @Override
    int write(ByteBuffer src) throws IOException {
        if (!src.hasRemaining()) {
            return nothing();
        }
        return kind == Kind.PIPE
                ? taken(src, move("write", Interest.WRITABLE, () -> Fd.write(fd, src)), 0)
                : transfer(src, true, 0);
    }

    @Override
    long write(ByteBuffer[] srcs) throws IOException {
        if (isEmpty(srcs)) {
            return nothing();
        }
        int n = kind == Kind.PIPE
                ? move("writev", Interest.WRITABLE, () -> Fd.write(fd, srcs))
                : move("sendmsg", Interest.WRITABLE, () -> send(srcs));
        Iovec.advance(srcs, Math.max(n, 0));
        return n;
    }

    private int send(ByteBuffer[] srcs) {
        try (Message message = Message.take()) {
            return message.send(fd, srcs, false);
        }
    }

    /** Moves the position on, unless the bytes were only peeked at. */
    private static int taken(ByteBuffer buffer, int n, int flags) {
        if (n > 0 && (flags & Socket.MSG_PEEK) == 0) {
            buffer.position(buffer.position() + n);
        }
        return n;
    }

    /** Of a stream nothing is the end. */
    private static int orEnd(int n) {
        return n == 0 ? -1 : n;
    }

    @Override
    void shutdown(int how) throws IOException {
        ask("shutdown", "fd=" + fd, () -> Socket.shutdown(fd, how));
    }

    // Datagrams

    /** Takes one datagram from whomever it is. */
    @Override
    int receive(ByteBuffer dst, int flags) throws IOException {
        requireRoomIn(dst);
        if (kind != Kind.UDP && dst.remaining() > Socket.TRANSFER_MAX) {
            try (Message message = Message.take()) {
                return receive(message, dst, flags);
            }
        }
        return transfer(dst, false, flags);
    }

    private int receive(Message message, ByteBuffer dst, int flags) throws IOException {
        return taken(dst, move("recvmsg", Interest.READABLE, () -> message.receive(fd, dst, flags, family)), flags);
    }

    @Override
    @Nullable
    InetSocketAddress receiveFromInet(ByteBuffer dst, int flags) throws IOException {
        requireRoomIn(dst);
        try (Message message = Message.take()) {
            return receive(message, dst, flags) == WOULD_BLOCK ? null : message.inetName();
        }
    }

    @Override
    @Nullable
    UnixDomainSocketAddress receiveFromUnix(ByteBuffer dst, int flags) throws IOException {
        requireRoomIn(dst);
        try (Message message = Message.take()) {
            return receive(message, dst, flags) == WOULD_BLOCK ? null : message.unixName();
        }
    }

    @Override
    int send(ByteBuffer src) throws IOException {
        if (src.remaining() > Socket.TRANSFER_MAX) {
            try (Message message = Message.take()) {
                return send(message, src);
            }
        }
        return transfer(src, true, 0);
    }

    private int send(Message message, ByteBuffer src) throws IOException {
        return taken(src, move("sendmsg", Interest.WRITABLE, () -> message.send(fd, src, family)), 0);
    }

    @Override
    int sendTo(ByteBuffer src, InetSocketAddress to) throws IOException {
        try (Message message = Message.take()) {
            check("sendmsg", message.setName(resolved(to), family), "to=" + to);
            return send(message, src);
        }
    }

    @Override
    int sendTo(ByteBuffer src, UnixDomainSocketAddress to) throws IOException {
        try (Message message = Message.take()) {
            check("sendmsg", message.setName(to), "to=" + to);
            return send(message, src);
        }
    }

    @Override
    int sendBatch(ByteBuffer[] srcs, InetSocketAddress @Nullable [] to) throws IOException {
        if (srcs.length == 0) {
            return nothing();
        }
        try (MessageBatch batch = MessageBatch.take()) {
            int n = move("sendmmsg", Interest.WRITABLE, () -> batch.send(fd, srcs, to, family));
            for (int i = 0; i < n; i++) {
                srcs[i].position(srcs[i].limit());
            }
            return n;
        }
    }

    @Override
    int receiveBatch(ByteBuffer[] dsts, @Nullable InetSocketAddress @Nullable [] from) throws IOException {
        for (ByteBuffer dst : dsts) {
            requireRoomIn(dst);
        }
        if (dsts.length == 0) {
            return nothing();
        }
        try (MessageBatch batch = MessageBatch.take()) {
            int n = move("recvmmsg", Interest.READABLE, () -> batch.receive(fd, dsts));
            for (int i = 0; i < n; i++) {
                taken(dsts[i], batch.length(i), 0);
                if (from != null) {
                    from[i] = batch.name(i);
                }
            }
            return n;
        }
    }

    // Descriptors

    @Override
    int write(ByteBuffer src, int[] fds) throws IOException {
        try (Message message = Message.take()) {
            message.setPassed(fds);
            ByteBuffer[] srcs = {src};
            int n = move("sendmsg", Interest.WRITABLE, () -> message.send(fd, srcs, kind.isDatagram()));
            return taken(src, n, 0);
        }
    }

    @Override
    int read(ByteBuffer dst, PassedDescriptors passed) throws IOException {
        requireRoomIn(dst);
        if (!kind.isDatagram() && !dst.hasRemaining()) {
            return nothing();
        }
        try (Message message = Message.take()) {
            int[] room = passed.room();
            ByteBuffer[] dsts = {dst};
            int n = move("recvmsg", Interest.READABLE, () -> message.receive(fd, dsts, kind.isDatagram(), 0, room));
            if (n >= 0) {
                passed.add(room, message);
            }
            taken(dst, n, 0);
            return kind.isDatagram() ? n : orEnd(n);
        }
    }

    @Override
    PeerCredentials peerCredentials() throws IOException {
        @Nullable Ucred[] answer = new Ucred[1];
        ask("getsockopt", "option=SO_PEERCRED", () -> Ucred.ofPeer(fd, answer));
        Ucred peer = Objects.requireNonNull(answer[0]);
        return new PeerCredentials(
                Integer.toUnsignedLong(peer.pid()),
                Integer.toUnsignedLong(peer.uid()),
                Integer.toUnsignedLong(peer.gid()));
    }

    // Options

    @Override
    void setOption(SocketOption<?> name, Object value) throws IOException {
        begin();
        try {
            SocketOptions.set(kind.options, fd, family, name, value);
        } finally {
            end();
        }
    }

    @Override
    <T> @Nullable T getOption(SocketOption<T> name) throws IOException {
        begin();
        try {
            return SocketOptions.get(kind.options, fd, family, name);
        } finally {
            end();
        }
    }

    @Override
    Set<SocketOption<?>> supportedOptions() {
        return SocketOptions.supported(kind.options);
    }

    /** An option of the kernel that has no name in Java. */
    private void setNumber(int level, int option, int value) throws IOException {
        ask("setsockopt", "option=" + option, () -> Socket.setOption(fd, level, option, value));
    }

    private int getNumber(int level, int option) throws IOException {
        return ask("getsockopt", "option=" + option, () -> Socket.getOption(fd, level, option));
    }

    private boolean isIpv6() {
        return family == Socket.AF_INET6;
    }

    @Override
    void prepareToBind() throws IOException {
        if (isIpv6()) {
            // Only the wildcard can be both; a concrete IPv6 address is not reached by IPv4.
            setNumber(SockOpt.IPPROTO_IPV6, SockOpt.IPV6_V6ONLY, 0);
        }
        if (kind.isListener()) {
            setNumber(SockOpt.SOL_SOCKET, SockOpt.SO_REUSEADDR, 1);
        } else {
            onlyJoinedGroups();
        }
    }

    @Override
    boolean isOnlyV6() throws IOException {
        return isIpv6() && getNumber(SockOpt.IPPROTO_IPV6, SockOpt.IPV6_V6ONLY) != 0;
    }

    /** By default a socket at the wildcard gets what any process of this machine has joined. */
    private void onlyJoinedGroups() throws IOException {
        setNumber(SockOpt.IPPROTO_IP, SockOpt.IP_MULTICAST_ALL, 0);
        if (isIpv6()) {
            int result = Socket.setOption(fd, SockOpt.IPPROTO_IPV6, SockOpt.IPV6_MULTICAST_ALL, 0);
            // Kernels before 4.20 have no such option.
            check("setsockopt", result == -Errno.ENOPROTOOPT ? 0 : result, "option=IPV6_MULTICAST_ALL");
        }
    }

    /** The hops of a packet: both fields of a dual-stack socket. */
    @Override
    void setTtl(int hops) throws IOException {
        if (hops < 1 || hops > 255) {
            throw new IllegalArgumentException("the time to live must be in 1..255: ttl=" + hops);
        }
        setNumber(SockOpt.IPPROTO_IP, SockOpt.IP_TTL, hops);
        if (isIpv6()) {
            setNumber(SockOpt.IPPROTO_IPV6, SockOpt.IPV6_UNICAST_HOPS, hops);
        }
    }

    @Override
    int ttl() throws IOException {
        return isIpv6()
                ? getNumber(SockOpt.IPPROTO_IPV6, SockOpt.IPV6_UNICAST_HOPS)
                : getNumber(SockOpt.IPPROTO_IP, SockOpt.IP_TTL);
    }

    @Override
    void group(int request, InetAddress group, @Nullable NetworkInterface network, @Nullable InetAddress source)
            throws IOException {
        int interfaceIndex = network == null ? 0 : network.getIndex();
        String context = "group=" + group + ", interface=" + interfaceIndex;
        ask("setsockopt", context, () -> GroupRequest.make(fd, request, group, interfaceIndex, source));
    }

    @Override
    public String toString() {
        return isOpen() ? "fd=" + fd : "closed";
    }
}
