package io.heddle.poll.net;

import io.heddle.internal.poller.DescriptorLife;
import io.heddle.internal.socket.SocketKind;
import io.heddle.internal.socket.UnixFile;
import io.heddle.internal.sys.NativeAccess;
import io.heddle.internal.sys.Socket;
import io.heddle.poll.Interest;
import io.heddle.poll.IoSource;
import io.heddle.poll.Selectors;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is under the classes of this package: a descriptor, or a channel of {@code java.nio} where the selector watches
 * those. How long it is valid, and each operation on it; what is not overridden cannot be done with such a handle.
 *
 * <p>Every call is a use of it, between {@link #begin} and {@link #end}. Closing deregisters it and lets the last user
 * close what is underneath, so no call and no registration ever meets a number that belongs to somebody else.
 */
abstract class Handle {
    /** What a descriptor is. */
    enum Kind {
        TCP_LISTENER("a listening TCP socket", SocketKind.TCP_LISTENER, Socket.SOCK_STREAM),
        TCP_STREAM("a TCP socket", SocketKind.TCP, Socket.SOCK_STREAM),
        UDP("a UDP socket", SocketKind.UDP, Socket.SOCK_DGRAM),
        UNIX_LISTENER("a listening Unix socket", SocketKind.UNIX_LISTENER, Socket.SOCK_STREAM),
        UNIX_STREAM("a Unix stream socket", SocketKind.UNIX, Socket.SOCK_STREAM),
        UNIX_DATAGRAM("a Unix datagram socket", SocketKind.UNIX, Socket.SOCK_DGRAM),
        PIPE("the end of a pipe", SocketKind.NONE, 0);

        final String what;
        final SocketKind options;
        final int type;

        Kind(String what, SocketKind options, int type) {
            this.what = what;
            this.options = options;
            this.type = type;
        }

        boolean isUnix() {
            return this == UNIX_LISTENER || this == UNIX_STREAM || this == UNIX_DATAGRAM;
        }

        boolean isListener() {
            return this == TCP_LISTENER || this == UNIX_LISTENER;
        }

        boolean isDatagram() {
            return type == Socket.SOCK_DGRAM;
        }
    }

    /** What is done to a new socket before anybody has it. */
    @FunctionalInterface
    interface SetUp {
        void apply(Handle handle) throws IOException;
    }

    final Kind kind;
    final IoSource source;
    private final DescriptorLife life = new DescriptorLife();

    Handle(Kind kind, IoSource source) {
        this.kind = kind;
        this.source = source;
    }

    // Opening

    /** Whether the sockets that are opened now are channels of {@code java.nio}. */
    private static boolean areChannels() {
        return Selectors.AUTO.watchesChannels() || NativeAccess.missing() != null;
    }

    /**
     * Opens a listener or a datagram socket for an own address, and sets it up; where that fails nothing is left open.
     */
    static Handle open(Kind kind, InetSocketAddress local, SetUp setUp) throws IOException {
        resolved(local);
        return (areChannels() ? ChannelHandle.open(kind) : NativeHandle.openFor(kind, local, null)).setUp(setUp);
    }

    /** The same for a stream to an address, from another one if that is not null. */
    static Handle openTo(InetSocketAddress remote, @Nullable InetSocketAddress from, SetUp setUp) throws IOException {
        resolved(remote);
        return (areChannels()
                        ? ChannelHandle.open(Kind.TCP_STREAM)
                        : NativeHandle.openFor(Kind.TCP_STREAM, remote, from == null ? null : resolved(from)))
                .setUp(setUp);
    }

    /** The same for a Unix socket. */
    static Handle openUnix(Kind kind, SetUp setUp) throws IOException {
        return (areChannels() ? ChannelHandle.open(kind) : NativeHandle.openUnix(kind)).setUp(setUp);
    }

    private Handle setUp(SetUp setUp) throws IOException {
        boolean done = false;
        try {
            setUp.apply(this);
            done = true;
            return this;
        } finally {
            if (!done) {
                close();
            }
        }
    }

    /** Does what follows bind(2). Where that fails the file that bind(2) has made is deleted, for the next try. */
    final void afterBind(UnixDomainSocketAddress local, SetUp next) throws IOException {
        UnixFile file = UnixFile.of(local);
        boolean done = false;
        try {
            next.apply(this);
            done = true;
        } finally {
            if (!done && file != null) {
                file.delete();
            }
        }
    }

    /** Two Unix sockets that are connected with each other. */
    static Handle[] pair(Kind kind) throws IOException {
        if (areChannels()) {
            throw ChannelHandle.impossible("be one of a pair of Unix sockets");
        }
        return NativeHandle.pair(kind);
    }

    /** The two ends of a pipe, the reader first. */
    static Handle[] openPipe() throws IOException {
        return areChannels() ? ChannelBytes.openPipe() : NativeHandle.openPipe();
    }

    /**
     * Takes over a descriptor: makes it non-blocking and close-on-exec. Where that fails it stays the caller's.
     *
     * @throws IOException if it is something else
     */
    static Handle adopt(int fd, Kind kind) throws IOException {
        if (areChannels()) {
            throw ChannelHandle.impossible("take over a descriptor");
        }
        return NativeHandle.adopt(fd, kind);
    }

    static InetSocketAddress resolved(InetSocketAddress address) throws UnknownHostException {
        if (address.isUnresolved()) {
            throw new UnknownHostException(address.getHostString());
        }
        return address;
    }

    // Life

    final void begin() throws IOException {
        if (!life.acquire()) {
            throw kind == Kind.PIPE ? new IOException("Pipe is closed") : new SocketException("Socket is closed");
        }
    }

    final void end() {
        if (life.release()) {
            // Whoever registered it while it was being closed has done so by now.
            source.deregisterIfRegistered();
            release();
        }
    }

    /** Closes what is underneath, once, when nobody uses it. */
    abstract void release();

    final boolean isOpen() {
        return life.isOpen();
    }

    final void close() {
        if (life.beginClose()) {
            source.deregisterIfRegistered();
            end();
        }
    }

    /** Closes this, but not what is underneath, which is the caller's alone then. */
    final void giveUp() throws IOException {
        if (life.closeUnused()) {
            source.deregisterIfRegistered();
            return;
        }
        nothing();
        throw new IllegalStateException("a descriptor can be given away while no other call uses it: " + life);
    }

    /** A step of a registration. */
    @FunctionalInterface
    interface Step {
        void take(IoSource source) throws IOException;
    }

    final void whileOpen(Step step) throws IOException {
        begin();
        try {
            step.take(source);
        } finally {
            end();
        }
    }

    // Buffers

    static void requireRoomIn(ByteBuffer dst) {
        if (dst.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
    }

    static boolean isEmpty(ByteBuffer[] buffers) {
        for (ByteBuffer buffer : buffers) {
            if (buffer.hasRemaining()) {
                return false;
            }
        }
        return true;
    }

    /** Nothing was asked for: fails if this is closed, and nothing else. */
    final int nothing() throws IOException {
        begin();
        end();
        return 0;
    }

    // Descriptors

    private static UnsupportedOperationException impossible(String what) {
        return ChannelHandle.impossible(what);
    }

    /** The number, or -1 if it is closed or has none to tell. */
    int fd() {
        return -1;
    }

    /** Closes this, but not the number. */
    int detach() throws IOException {
        throw impossible("give its descriptor away");
    }

    /** Does what the caller has for the number, and tells the selector if that would block. */
    int tryIo(Interest operation, FdOperation what) throws IOException {
        throw impossible("tell its descriptor");
    }

    void setBlocking(boolean blocking) throws IOException {
        throw impossible("block");
    }

    int write(ByteBuffer src, int[] fds) throws IOException {
        throw impossible("pass descriptors");
    }

    int read(ByteBuffer dst, PassedDescriptors passed) throws IOException {
        throw impossible("take descriptors that are passed");
    }

    PeerCredentials peerCredentials() throws IOException {
        throw impossible("tell who its peer is");
    }

    // Names

    /** What is to be done before the caller's own options: an IPv6 socket is reached by IPv4, and so on. */
    void prepareToBind() throws IOException {}

    void bind(InetSocketAddress local) throws IOException {
        throw impossible("be bound");
    }

    void bind(UnixDomainSocketAddress local) throws IOException {
        throw impossible("be bound");
    }

    void listen(InetSocketAddress local, int backlog) throws IOException {
        throw impossible("listen");
    }

    void listen(UnixDomainSocketAddress local, int backlog) throws IOException {
        throw impossible("listen");
    }

    void connect(InetSocketAddress remote) throws IOException {
        throw impossible("connect");
    }

    void connect(UnixDomainSocketAddress remote) throws IOException {
        throw impossible("connect");
    }

    /** Gives the peer up but not the port, which the kernel takes back if it had chosen it. */
    void disconnect() throws IOException {
        throw impossible("disconnect");
    }

    /** Whether the connect has succeeded; fails if it has failed, each time it is asked. */
    boolean finishConnect() throws IOException {
        throw impossible("connect");
    }

    /** Null: there is none, or it is told by the next operation only. */
    @Nullable
    IOException takeError() throws IOException {
        nothing();
        return null;
    }

    abstract InetSocketAddress localInet() throws IOException;

    /** Null: not connected. */
    @Nullable
    InetSocketAddress remoteInet() throws IOException {
        throw impossible("tell its peer");
    }

    abstract UnixDomainSocketAddress localUnix() throws IOException;

    /** Null: not connected. */
    @Nullable
    UnixDomainSocketAddress remoteUnix() throws IOException {
        throw impossible("tell its peer");
    }

    /** Null: nobody is waiting. */
    @Nullable
    Handle acceptInet(@Nullable InetSocketAddress[] peer) throws IOException {
        throw impossible("accept");
    }

    /** Null: nobody is waiting. */
    @Nullable
    Handle acceptUnix() throws IOException {
        throw impossible("accept");
    }

    // Streams

    int read(ByteBuffer dst, int flags) throws IOException {
        throw impossible("read");
    }

    long read(ByteBuffer[] dsts) throws IOException {
        throw impossible("read");
    }

    int write(ByteBuffer src) throws IOException {
        throw impossible("write");
    }

    long write(ByteBuffer[] srcs) throws IOException {
        throw impossible("write");
    }

    void shutdown(int how) throws IOException {
        throw impossible("be shut down");
    }

    // Datagrams

    /** Takes one datagram from whomever it is. */
    int receive(ByteBuffer dst, int flags) throws IOException {
        throw impossible("receive");
    }

    /** Null: there is no datagram. */
    @Nullable
    InetSocketAddress receiveFromInet(ByteBuffer dst, int flags) throws IOException {
        throw impossible("receive");
    }

    /** Null: there is no datagram. */
    @Nullable
    UnixDomainSocketAddress receiveFromUnix(ByteBuffer dst, int flags) throws IOException {
        throw impossible("receive");
    }

    int send(ByteBuffer src) throws IOException {
        throw impossible("send");
    }

    int sendTo(ByteBuffer src, InetSocketAddress to) throws IOException {
        throw impossible("send");
    }

    int sendTo(ByteBuffer src, UnixDomainSocketAddress to) throws IOException {
        throw impossible("send");
    }

    int sendBatch(ByteBuffer[] srcs, InetSocketAddress @Nullable [] to) throws IOException {
        throw impossible("send several datagrams at once");
    }

    int receiveBatch(ByteBuffer[] dsts, @Nullable InetSocketAddress @Nullable [] from) throws IOException {
        throw impossible("receive several datagrams at once");
    }

    // Options

    abstract void setOption(SocketOption<?> name, Object value) throws IOException;

    final void setOptions(Map<SocketOption<?>, Object> options) throws IOException {
        for (Map.Entry<SocketOption<?>, Object> option : options.entrySet()) {
            setOption(option.getKey(), option.getValue());
        }
    }

    abstract <T> @Nullable T getOption(SocketOption<T> name) throws IOException;

    abstract Set<SocketOption<?>> supportedOptions();

    /** The hops of a packet: both fields of a dual-stack socket. */
    void setTtl(int hops) throws IOException {
        throw impossible("set the hops of its packets");
    }

    int ttl() throws IOException {
        throw impossible("tell the hops of its packets");
    }

    boolean isOnlyV6() throws IOException {
        nothing();
        return false;
    }

    void group(int request, InetAddress group, @Nullable NetworkInterface network, @Nullable InetAddress source)
            throws IOException {
        throw impossible("be a member of groups");
    }
}
