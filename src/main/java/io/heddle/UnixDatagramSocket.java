package io.heddle;

import io.heddle.internal.engine.Engine;
import io.heddle.internal.socket.Deadlines;
import io.heddle.internal.socket.Leaks;
import io.heddle.internal.socket.SocketKind;
import io.heddle.internal.socket.SocketOptions;
import io.heddle.internal.socket.UnixMessageSocket;
import java.io.Closeable;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.net.SocketOption;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A Unix socket of datagrams, with blocking calls; see unix(7). Unlike those of UDP they are never lost and keep their
 * order: a sender waits while the queue of the receiver is full, see {@code net.unix.max_dgram_qlen}.
 *
 * <p>Names are those of {@link UnixListener}, and close deletes the file that bind has made. A sender without a name
 * cannot be answered. Timeouts, interrupts and close follow the rules of {@link TcpSocket}.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Every method may be called by any thread, virtual or platform. One receiver and one sender make progress at the
 * same time; a second receiver waits for the first, a second sender likewise. A socket that nobody can reach any more
 * is closed.
 */
public final class UnixDatagramSocket implements Closeable {
    private final UnixMessageSocket socket;
    private final Cleaner.Cleanable cleanable;

    private UnixDatagramSocket(UnixMessageSocket socket) {
        this.socket = socket;
        try {
            this.cleanable = Leaks.register(this, socket::close);
        } catch (Throwable t) {
            // As in TcpSocket.
            socket.close();
            throw t;
        }
    }

    /**
     * Binds to a name. Does not block.
     *
     * @param local where; see {@link UnixListener}
     * @return the open socket
     * @throws java.net.BindException if there is a file already, or its directory may not be written to
     * @throws java.net.SocketException if the path is too long, or there is no such directory
     * @throws IOException if the process has no descriptors left
     * @throws UnsupportedOperationException as {@link Heddle#shared}; so are IllegalStateException and
     *     IllegalArgumentException, which tell of this program's flags
     */
    public static UnixDatagramSocket bind(UnixDomainSocketAddress local) throws IOException {
        return builder().bind(local);
    }

    /**
     * Opens a socket without a name, to send. Does not block.
     *
     * @return the open socket
     * @throws IOException if the process has no descriptors left
     */
    public static UnixDatagramSocket unbound() throws IOException {
        return builder().unbound();
    }

    /**
     * Makes two sockets that are connected with each other and have no names; see socketpair(2).
     *
     * @return both, to be closed by the caller
     * @throws IOException if the process has no descriptors left; nothing is left open
     */
    public static UnixDatagramSocket[] pair() throws IOException {
        Engine.ensure();
        UnixMessageSocket[] pair = UnixMessageSocket.pair(Engine.HOMES);
        return new UnixDatagramSocket[] {new UnixDatagramSocket(pair[0]), new UnixDatagramSocket(pair[1])};
    }

    /**
     * A builder for what has to be said before the socket is bound.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** What has to be said before a socket is bound. Not for concurrent use; may be used again. */
    public static final class Builder {
        private final Map<SocketOption<?>, Object> options = new LinkedHashMap<>();

        private Builder() {}

        /**
         * Sets an option before bind(2).
         *
         * @param <T> the type of the value
         * @param name an option of {@link UnixDatagramSocket#supportedOptions}
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
         * Binds; see {@link UnixDatagramSocket#bind(UnixDomainSocketAddress)}.
         *
         * @param local where
         * @return the open socket
         * @throws IOException if it fails; nothing is left open
         */
        public UnixDatagramSocket bind(UnixDomainSocketAddress local) throws IOException {
            return open(local);
        }

        /**
         * Opens a socket without a name; see {@link UnixDatagramSocket#unbound}.
         *
         * @return the open socket
         * @throws IOException if it fails; nothing is left open
         */
        public UnixDatagramSocket unbound() throws IOException {
            return open(null);
        }

        private UnixDatagramSocket open(@Nullable UnixDomainSocketAddress local) throws IOException {
            Engine.ensure();
            return new UnixDatagramSocket(UnixMessageSocket.open(Engine.HOMES, local, options));
        }
    }

    /**
     * From now on {@link #send} goes to this peer, and only what it sends arrives, apart from what had arrived before.
     * Does not block. May be called again for another peer.
     *
     * @param remote the peer
     * @return this
     * @throws java.net.ConnectException if nobody is there any more
     * @throws java.net.SocketException if there is no such file, or the socket is closed
     * @throws IOException if the kernel refuses
     */
    public UnixDatagramSocket connect(UnixDomainSocketAddress remote) throws IOException {
        try {
            socket.connect(remote);
        } finally {
            Reference.reachabilityFence(this);
        }
        return this;
    }

    /**
     * Receives one datagram, waiting for it if there is none; see recv(2). What of it has no room is lost.
     *
     * <h4>Blocking</h4>
     *
     * Parks a virtual thread; a platform thread waits as a whole. The read timeout bounds the wait, including that for
     * an earlier receiver.
     *
     * @param dst where the bytes go; its position moves on
     * @return how many bytes those are; 0 for an empty datagram
     * @throws ReadOnlyBufferException if the buffer cannot be written
     * @throws java.net.SocketTimeoutException if the read timeout passes first; the socket stays usable
     * @throws java.net.SocketException if the socket is closed, before or during the call; or if the virtual thread is
     *     interrupted while it waits: the socket is closed then, and the interrupt status stays set
     * @throws IOException if the kernel reports another error; the socket stays usable
     */
    public int receive(ByteBuffer dst) throws IOException {
        try {
            return socket.receive(dst);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Receives one datagram; see {@link #receive(ByteBuffer)}.
     *
     * @param dst where the bytes go
     * @return how many bytes those are; 0 for an empty datagram
     * @throws java.net.SocketTimeoutException if the read timeout passes first
     * @throws IOException as {@link #receive(ByteBuffer)}
     */
    public int receive(byte[] dst) throws IOException {
        return receive(ByteBuffer.wrap(dst));
    }

    /**
     * Receives one datagram and tells who sent it; see {@link #receive(ByteBuffer)}.
     *
     * @param dst where the bytes go; its position moves on
     * @return who sent it; the empty path if that is nobody with a name
     * @throws ReadOnlyBufferException if the buffer cannot be written
     * @throws java.net.SocketTimeoutException if the read timeout passes first
     * @throws IOException as {@link #receive(ByteBuffer)}
     */
    public UnixDomainSocketAddress receiveFrom(ByteBuffer dst) throws IOException {
        try {
            return socket.receiveFrom(dst);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Sends one datagram to the peer that this is connected to; see send(2). It goes whole or not at all.
     *
     * <h4>Blocking</h4>
     *
     * Parks a virtual thread while the queue of the receiver is full; a platform thread waits as a whole. The write
     * timeout bounds the wait, including that for an earlier sender.
     *
     * @param src the bytes; its position moves to its limit
     * @return how many those were
     * @throws java.net.SocketTimeoutException if the write timeout passes first; nothing was sent
     * @throws java.net.SocketException if this is not connected; if there are too many bytes for one datagram; if the
     *     socket is closed, before or during the call; or if the virtual thread is interrupted while it waits
     * @throws IOException if the kernel reports another error; the socket stays usable
     */
    public int send(ByteBuffer src) throws IOException {
        try {
            return socket.send(src);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Sends an array as one datagram; see {@link #send(ByteBuffer)}.
     *
     * @param src the bytes
     * @throws java.net.SocketTimeoutException if the write timeout passes first; nothing was sent
     * @throws IOException as {@link #send(ByteBuffer)}
     */
    public void send(byte[] src) throws IOException {
        int sent = send(ByteBuffer.wrap(src));
        assert sent == src.length : "sent=" + sent;
    }

    /**
     * Sends one datagram to whom one likes; see {@link #send(ByteBuffer)}. The kernel does not report when a queue
     * has room to who is not connected, so it is tried again after 1 ms, then after 2, up to every 50 ms, until the
     * timeout.
     *
     * @param src the bytes; its position moves to its limit
     * @param to the receiver
     * @return how many those were
     * @throws java.net.SocketTimeoutException if the write timeout passes first; nothing was sent
     * @throws IOException as {@link #send(ByteBuffer)}
     */
    public int sendTo(ByteBuffer src, UnixDomainSocketAddress to) throws IOException {
        try {
            return socket.sendTo(src, to);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Sends an array as one datagram to whom one likes; see {@link #sendTo(ByteBuffer, UnixDomainSocketAddress)}.
     *
     * @param src the bytes
     * @param to the receiver
     * @throws java.net.SocketTimeoutException if the write timeout passes first; nothing was sent
     * @throws IOException as {@link #send(ByteBuffer)}
     */
    public void sendTo(byte[] src, UnixDomainSocketAddress to) throws IOException {
        int sent = sendTo(ByteBuffer.wrap(src), to);
        assert sent == src.length : "sent=" + sent;
    }

    /**
     * Bounds every later receive. Costs nothing per call.
     *
     * @param timeout how long one may take; {@link Duration#ZERO}, the default, for ever
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public UnixDatagramSocket setReadTimeout(Duration timeout) {
        socket.setReadTimeoutNanos(Deadlines.toNanos(timeout));
        return this;
    }

    /**
     * Bounds every later send. Costs nothing per call.
     *
     * @param timeout how long one may take; {@link Duration#ZERO}, the default, for ever
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public UnixDatagramSocket setWriteTimeout(Duration timeout) {
        socket.setWriteTimeoutNanos(Deadlines.toNanos(timeout));
        return this;
    }

    /**
     * The name on this side.
     *
     * @return the empty path if it has none; stays known after close
     */
    public UnixDomainSocketAddress localAddress() {
        return socket.localAddress();
    }

    /**
     * The peer that this is connected to.
     *
     * @return null if it is not; the empty path if the peer has no name
     */
    public @Nullable UnixDomainSocketAddress remoteAddress() {
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
    public <T> UnixDatagramSocket setOption(SocketOption<T> name, T value) throws IOException {
        socket.setOption(name, value);
        return this;
    }

    /**
     * Asks for an option. Does not block.
     *
     * @param <T> the type of the value
     * @param name an option of {@link #supportedOptions}
     * @return its value
     * @throws UnsupportedOperationException if a socket has no such option
     * @throws java.net.SocketException if the socket is closed
     * @throws IOException if the kernel refuses
     */
    public <T> T getOption(SocketOption<T> name) throws IOException {
        try {
            return socket.getOption(name);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * The options a socket has.
     *
     * @return of {@link java.net.StandardSocketOptions}
     */
    public static Set<SocketOption<?>> supportedOptions() {
        return SocketOptions.supported(SocketKind.UNIX);
    }

    /**
     * Tells whether this was not closed.
     *
     * @return false after {@link #close}, or after an interrupt closed it
     */
    public boolean isOpen() {
        return socket.isOpen();
    }

    /** Closes the socket and deletes its file; calls in progress fail. Does not wait; closing again does nothing. */
    @Override
    public void close() {
        cleanable.clean();
    }

    @Override
    public String toString() {
        return "UnixDatagramSocket[local=" + localAddress() + ", remote=" + remoteAddress() + ", open=" + isOpen()
                + "]";
    }
}
