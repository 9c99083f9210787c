package io.heddle;

import io.heddle.internal.engine.Engine;
import io.heddle.internal.socket.Deadlines;
import io.heddle.internal.socket.PlainDescriptor;
import io.heddle.internal.socket.SocketKind;
import io.heddle.internal.socket.SocketOptions;
import io.heddle.internal.socket.UnixStreamSocket;
import java.io.IOException;
import java.lang.ref.Reference;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.ByteChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A connected Unix socket of bytes, with blocking calls; see unix(7). Between programs of one machine it does what
 * {@link TcpSocket} does between machines, with the same rules for timeouts, interrupts and close. It also tells who
 * the other end is, and passes descriptors.
 *
 * {@snippet file="io/heddle/HeddleExamples.java" region="unix"}
 *
 * <p>Names are those of {@link UnixListener}. What is not as with TCP:
 *
 * <ul>
 *   <li>Connecting waits while the backlog of the listener is full: the kernel does not report when there is room, so
 *       it is tried again after 1 ms, then after 2, up to every 50 ms, until the timeout.
 *   <li>{@link #shutdownInput} tells the peer, whose writes then fail.
 *   <li>A peer that closes with bytes unread is a reset, {@code Connection reset}.
 *   <li>Descriptors that come along with bytes and that nobody asked for are closed by the kernel.
 * </ul>
 *
 * <h2>Concurrency</h2>
 *
 * <p>Every method may be called by any thread, virtual or platform. One reader and one writer make progress at the
 * same time; a second reader waits for the first, a second writer likewise. A socket that nobody can reach any more is
 * closed.
 */
public final class UnixSocket extends Connection implements ByteChannel {
    private final UnixStreamSocket socket;

    UnixSocket(UnixStreamSocket socket) {
        super(socket);
        this.socket = socket;
    }

    /**
     * Connects. Waits as long as the backlog of the listener is full.
     *
     * @param remote where to
     * @return the open socket
     * @throws java.net.ConnectException if nobody listens there any more
     * @throws java.net.BindException if this process may not write to the file
     * @throws java.net.SocketException if there is no such file; if its path is too long; or if the virtual thread is
     *     interrupted while it waits
     * @throws IOException if the process has no descriptors left; nothing is left open
     * @throws UnsupportedOperationException as {@link Heddle#shared}; so are IllegalStateException and
     *     IllegalArgumentException, which tell of this program's flags
     */
    public static UnixSocket connect(UnixDomainSocketAddress remote) throws IOException {
        return builder().connect(remote);
    }

    /**
     * Connects within a time. See {@link #connect(UnixDomainSocketAddress)}.
     *
     * @param remote where to
     * @param timeout how long; zero waits for ever
     * @return the open socket
     * @throws IllegalArgumentException if the timeout is negative
     * @throws SocketTimeoutException if the backlog is full for all that time
     * @throws IOException as {@link #connect(UnixDomainSocketAddress)}
     */
    public static UnixSocket connect(UnixDomainSocketAddress remote, Duration timeout) throws IOException {
        return builder().connect(remote, timeout);
    }

    /**
     * Makes two sockets that are connected with each other and have no names; see socketpair(2).
     *
     * @return both, to be closed by the caller
     * @throws IOException if the process has no descriptors left; nothing is left open
     */
    public static UnixSocket[] pair() throws IOException {
        Engine.ensure();
        UnixStreamSocket[] pair = UnixStreamSocket.pair(Engine.HOMES);
        return new UnixSocket[] {new UnixSocket(pair[0]), new UnixSocket(pair[1])};
    }

    /**
     * Takes over a connection that is open already, such as one that another process has passed. The descriptor
     * stays open, and each of the two leaves the socket to the other when it is closed. Does not block.
     *
     * @param open the socket
     * @return to be closed by the caller
     * @throws IllegalArgumentException if it is something else
     * @throws IOException if it is not any more what it was, or the process has no descriptors left
     */
    public static UnixSocket of(Descriptor open) throws IOException {
        Engine.ensure();
        try {
            return new UnixSocket(UnixStreamSocket.of(Engine.HOMES, open.descriptor));
        } finally {
            Reference.reachabilityFence(open);
        }
    }

    /**
     * A builder for what has to be said before the socket is connected.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** What has to be said before a socket is connected. Not for concurrent use; may be used again. */
    public static final class Builder {
        private final Map<SocketOption<?>, Object> options = new LinkedHashMap<>();

        private Builder() {}

        /**
         * Sets an option before connect(2).
         *
         * @param <T> the type of the value
         * @param name an option of {@link UnixSocket#supportedOptions}
         * @param value its value
         * @return this
         * @throws UnsupportedOperationException if a socket has no such option
         * @throws IllegalArgumentException if the option has no such value
         */
        public <T> Builder option(SocketOption<T> name, T value) {
            SocketOptions.check(name, value, SocketKind.UNIX);
            options.put(name, value);
            return this;
        }

        /**
         * Connects; see {@link UnixSocket#connect(UnixDomainSocketAddress)}.
         *
         * @param remote where to
         * @return the open socket
         * @throws IOException if it fails; nothing is left open
         */
        public UnixSocket connect(UnixDomainSocketAddress remote) throws IOException {
            return connect(remote, Duration.ZERO);
        }

        /**
         * Connects within a time; see {@link UnixSocket#connect(UnixDomainSocketAddress, Duration)}.
         *
         * @param remote where to
         * @param timeout how long; zero waits for ever
         * @return the open socket
         * @throws IllegalArgumentException if the timeout is negative
         * @throws IOException if it fails; nothing is left open
         */
        public UnixSocket connect(UnixDomainSocketAddress remote, Duration timeout) throws IOException {
            long timeoutNanos = Deadlines.toNanos(timeout);
            Engine.ensure();
            return new UnixSocket(UnixStreamSocket.connect(Engine.HOMES, remote, options, timeoutNanos));
        }
    }

    /**
     * Reads at least one byte, and takes the descriptors that came along. They arrive with the first byte of what they
     * were sent with, and a read does not go beyond that into the next ones.
     *
     * @param dst where the bytes go; its position moves on
     * @param received takes the descriptors, which the caller closes; those beyond 253 are closed
     * @return how many bytes were read, or -1 at the end of the stream; 0 only if the buffer has no room
     * @throws ReadOnlyBufferException if the buffer cannot be written
     * @throws SocketTimeoutException if the read timeout passes first; the socket stays usable
     * @throws IOException as {@link #read(byte[], int, int)}; and if some descriptors were lost because the process has
     *     no room for more: the others are in the list, the bytes in the buffer
     */
    public int read(ByteBuffer dst, List<? super Descriptor> received) throws IOException {
        return read(dst, received, UnixStreamSocket.PASSED_MAX);
    }

    /**
     * The same with a limit: descriptors beyond it are closed.
     *
     * @param dst where the bytes go; its position moves on
     * @param received takes the descriptors, which the caller closes
     * @param receivedMax how many at most
     * @return how many bytes were read, or -1 at the end of the stream; 0 only if the buffer has no room
     * @throws IllegalArgumentException if the limit is negative
     * @throws ReadOnlyBufferException if the buffer cannot be written
     * @throws SocketTimeoutException if the read timeout passes first; the socket stays usable
     * @throws IOException as {@link #read(ByteBuffer, List)}
     */
    public int read(ByteBuffer dst, List<? super Descriptor> received, int receivedMax) throws IOException {
        if (receivedMax < 0) {
            throw new IllegalArgumentException("receivedMax must not be negative: receivedMax=" + receivedMax);
        }
        if (dst.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
        if (!dst.hasRemaining()) {
            return 0;
        }
        List<PlainDescriptor> passed = new ArrayList<>();
        try {
            return socket.read(dst, passed, Math.min(receivedMax, UnixStreamSocket.PASSED_MAX));
        } finally {
            deliver(passed, received);
            Reference.reachabilityFence(this);
        }
    }

    /** What the list refuses nobody else has. */
    private static void deliver(List<PlainDescriptor> passed, List<? super Descriptor> received) {
        int delivered = 0;
        try {
            for (PlainDescriptor each : passed) {
                received.add(new Descriptor(each));
                delivered++;
            }
        } finally {
            passed.subList(delivered, passed.size()).forEach(PlainDescriptor::close);
        }
    }

    /**
     * Writes all bytes of a buffer, and passes descriptors along with the first of them. The peer gets descriptors of
     * its own for the same open files; those here stay open.
     *
     * @param src the bytes, at least one; its position moves on with what the kernel takes
     * @param passed at most 253
     * @throws IllegalArgumentException if there is no byte to go with descriptors, or there are too many of those
     * @throws SocketTimeoutException if the write timeout passes first; the position is after what the kernel took
     * @throws IOException as {@link #write(byte[], int, int)}; and if one of the descriptors is closed
     */
    public void write(ByteBuffer src, List<Descriptor> passed) throws IOException {
        if (!src.hasRemaining() && !passed.isEmpty()) {
            throw new IllegalArgumentException("descriptors must go with a byte at least: src=" + src);
        }
        if (passed.size() > UnixStreamSocket.PASSED_MAX) {
            throw new IllegalArgumentException("there must be no more than " + UnixStreamSocket.PASSED_MAX
                    + " descriptors: passed=" + passed.size());
        }
        try {
            socket.write(src, passed.stream().map(each -> each.descriptor).toList());
        } finally {
            Reference.reachabilityFence(passed);
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Bounds every later read. Costs nothing per read.
     *
     * @param timeout how long a read may take; {@link Duration#ZERO}, the default, for ever
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public UnixSocket setReadTimeout(Duration timeout) {
        socket.setReadTimeoutNanos(Deadlines.toNanos(timeout));
        return this;
    }

    /**
     * Bounds every later write. Costs nothing per write.
     *
     * @param timeout how long a write may take; {@link Duration#ZERO}, the default, for ever
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public UnixSocket setWriteTimeout(Duration timeout) {
        socket.setWriteTimeoutNanos(Deadlines.toNanos(timeout));
        return this;
    }

    /**
     * Asks the kernel who is at the other end. Does not block.
     *
     * @return of the process that connected; for one that connected, of the process that listens
     * @throws java.net.SocketException if the socket is closed
     * @throws IOException if the kernel refuses
     */
    public PeerCredentials peerCredentials() throws IOException {
        try {
            int[] ids = socket.peer();
            return new PeerCredentials(ids[0], Integer.toUnsignedLong(ids[1]), Integer.toUnsignedLong(ids[2]));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * The name on this side.
     *
     * @return the empty path unless this was accepted: a socket that connects has no name
     */
    public UnixDomainSocketAddress localAddress() {
        return socket.localAddress();
    }

    /**
     * The name on the other side.
     *
     * @return the empty path unless this has connected, or the peer has bound itself; stays known after close
     */
    public UnixDomainSocketAddress remoteAddress() {
        return socket.remoteAddress();
    }

    /**
     * Sets an option. Does not block.
     *
     * @param <T> the type of the value
     * @param name an option of {@link #supportedOptions}
     * @param value its value
     * @return this
     * @throws UnsupportedOperationException if a socket has no such option
     * @throws IllegalArgumentException if the option has no such value
     * @throws java.net.SocketException if the socket is closed
     * @throws IOException if the kernel refuses
     */
    public <T> UnixSocket setOption(SocketOption<T> name, T value) throws IOException {
        socket.setOption(name, value);
        return this;
    }

    /**
     * The options a socket has.
     *
     * @return of {@link java.net.StandardSocketOptions}
     */
    public static Set<SocketOption<?>> supportedOptions() {
        return SocketOptions.supported(SocketKind.UNIX);
    }

    @Override
    public String toString() {
        return "UnixSocket[remote=" + remoteAddress() + ", open=" + isOpen() + "]";
    }
}
