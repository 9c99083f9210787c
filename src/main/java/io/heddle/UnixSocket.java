package io.heddle;

import io.heddle.internal.engine.Engine;
import io.heddle.internal.socket.Deadlines;
import io.heddle.internal.socket.Leaks;
import io.heddle.internal.socket.PlainDescriptor;
import io.heddle.internal.socket.SocketKind;
import io.heddle.internal.socket.SocketOptions;
import io.heddle.internal.socket.UnixStreamSocket;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
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
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

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
public final class UnixSocket implements ByteChannel, Connection {
    private final UnixStreamSocket socket;
    private final Cleaner.Cleanable cleanable;

    // Made for whoever asks first; two at once may get two, which differ in nothing.
    private @Nullable InputStream input;
    private @Nullable OutputStream output;

    UnixSocket(UnixStreamSocket socket) {
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
     * Reads into an array; see {@link #read(byte[], int, int)}.
     *
     * @param dst where the bytes go
     * @return how many bytes were read, or -1 at the end of the stream; 0 only for an empty array
     * @throws SocketTimeoutException if the read timeout passes first; the socket stays usable
     * @throws IOException as {@link #read(byte[], int, int)}
     */
    public int read(byte[] dst) throws IOException {
        return read(dst, 0, dst.length);
    }

    /**
     * Reads at least one byte, waiting for it if there is none; see recv(2).
     *
     * <h4>Blocking</h4>
     *
     * Parks a virtual thread until there are bytes, the end of the stream, or an error; a platform thread waits as
     * a whole. The read timeout bounds the wait, including that for an earlier reader.
     *
     * @param dst where the bytes go
     * @param off index of the first byte
     * @param len how many bytes at most; one call reads no more than 128 KiB
     * @return how many bytes were read, or -1 at the end of the stream, from then on and even after {@link #close}; 0
     *     only if {@code len} is 0
     * @throws IndexOutOfBoundsException if there are no such bytes in the array
     * @throws SocketTimeoutException if the read timeout passes first; the socket stays usable and no byte is lost
     * @throws java.net.SocketException if the connection was reset; if the socket is closed, before or during the
     *     call; or if the virtual thread is interrupted while it waits
     * @throws IOException if the kernel reports another error
     */
    @Override
    public int read(byte[] dst, int off, int len) throws IOException {
        Objects.checkFromIndexSize(off, len, dst.length);
        try {
            return socket.read(dst, off, len);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Reads at least one byte into a buffer, between its position and limit; see {@link #read(byte[], int, int)}.
     *
     * @param dst where the bytes go; its position moves on
     * @return how many bytes were read, or -1 at the end of the stream; 0 only if the buffer has no room
     * @throws ReadOnlyBufferException if the buffer cannot be written
     * @throws SocketTimeoutException if the read timeout passes first; the socket stays usable
     * @throws IOException as {@link #read(byte[], int, int)}
     */
    @Override
    public int read(ByteBuffer dst) throws IOException {
        try {
            return socket.read(dst);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Reads at least one byte into a segment, heap or native; see {@link #read(byte[], int, int)}.
     *
     * @param dst where the bytes go, from its start
     * @return how many bytes were read, at most 128 KiB; -1 at the end of the stream; 0 only for an empty segment
     * @throws IllegalArgumentException if the segment is read-only
     * @throws SocketTimeoutException if the read timeout passes first; the socket stays usable
     * @throws IOException as {@link #read(byte[], int, int)}
     */
    public int read(MemorySegment dst) throws IOException {
        if (dst.isReadOnly()) {
            throw new IllegalArgumentException("the segment must be writable: dst=" + dst);
        }
        try {
            return socket.read(dst);
        } finally {
            Reference.reachabilityFence(this);
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
     * Reads until the array is full.
     *
     * @param dst where the bytes go
     * @throws EOFException if the stream ends before; how many bytes came is in its message
     * @throws SocketTimeoutException if the read timeout passes between two bytes; the bytes so far are in the
     *     array, and {@code bytesTransferred} counts them
     * @throws IOException as {@link #read(byte[], int, int)}
     */
    public void readFully(byte[] dst) throws IOException {
        try {
            socket.readFully(dst);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Tells how many bytes can be read without waiting. Does not block.
     *
     * @return 0 also at the end of the stream
     * @throws java.net.SocketException if the socket is closed
     * @throws IOException if the kernel refuses
     */
    @Override
    public int available() throws IOException {
        try {
            return socket.available();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Writes an array; see {@link #write(byte[], int, int)}.
     *
     * @param src the bytes
     * @throws SocketTimeoutException if the write timeout passes first
     * @throws IOException as {@link #write(byte[], int, int)}
     */
    public void write(byte[] src) throws IOException {
        write(src, 0, src.length);
    }

    /**
     * Writes all bytes; returns when the kernel has them, see send(2).
     *
     * <h4>Blocking</h4>
     *
     * Parks a virtual thread while the kernel has no room; a platform thread waits as a whole. The write timeout
     * bounds the whole call, including the wait for an earlier writer.
     *
     * @param src the bytes
     * @param off index of the first
     * @param len how many
     * @throws IndexOutOfBoundsException if there are no such bytes in the array
     * @throws SocketTimeoutException if the write timeout passes first; {@code bytesTransferred} says how many
     *     bytes the kernel took. The socket stays open, but the peer may have half a message
     * @throws java.net.SocketException if the peer is gone; if the socket is closed, before or during the call; or
     *     if the virtual thread is interrupted while it waits
     * @throws IOException if the kernel reports another error
     */
    @Override
    public void write(byte[] src, int off, int len) throws IOException {
        Objects.checkFromIndexSize(off, len, src.length);
        try {
            socket.write(src, off, len);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Writes all bytes of a buffer, between its position and limit; see {@link #write(byte[], int, int)}.
     *
     * @param src the bytes; its position moves to its limit
     * @return how many those were
     * @throws SocketTimeoutException if the write timeout passes first; the position is after what the kernel took
     * @throws IOException as {@link #write(byte[], int, int)}; the position stays, whatever has left already
     */
    @Override
    public int write(ByteBuffer src) throws IOException {
        try {
            return socket.write(src);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Writes a whole segment, heap or native; see {@link #write(byte[], int, int)}.
     *
     * @param src the bytes
     * @throws IllegalArgumentException if it is a read-only view of a heap array
     * @throws SocketTimeoutException if the write timeout passes first
     * @throws IOException as {@link #write(byte[], int, int)}
     */
    public void write(MemorySegment src) throws IOException {
        if (src.isReadOnly() && !src.isNative()) {
            throw new IllegalArgumentException("a heap segment must be writable: src=" + src);
        }
        try {
            socket.write(src);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Writes all bytes of several buffers, in order and as one write: no other writer's bytes come between.
     *
     * @param srcs the bytes; their positions move to their limits
     * @return how many those were
     * @throws SocketTimeoutException if the write timeout passes first; the positions tell nothing then
     * @throws IOException as {@link #write(byte[], int, int)}
     */
    public long write(ByteBuffer[] srcs) throws IOException {
        try {
            return socket.write(srcs);
        } finally {
            Reference.reachabilityFence(this);
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
     * The socket as an input stream: {@link #read(byte[], int, int)} and {@link #available}.
     *
     * @return the same each time, unless two threads are the first to ask; closing it closes the socket
     */
    public InputStream inputStream() {
        InputStream known = input;
        if (known == null) {
            known = new SocketInput(this);
            input = known;
        }
        return known;
    }

    /**
     * The socket as an output stream: {@link #write(byte[], int, int)}. It has no buffer of its own.
     *
     * @return the same each time, unless two threads are the first to ask; closing it closes the socket
     */
    public OutputStream outputStream() {
        OutputStream known = output;
        if (known == null) {
            known = new SocketOutput(this);
            output = known;
        }
        return known;
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
     * Ends reading on this side: a blocked read, and every later one, answers -1. Writes of the peer fail from now on.
     * Does not block.
     *
     * @throws java.net.SocketException if it was called before, or the socket is closed
     * @throws IOException if the kernel refuses
     */
    public void shutdownInput() throws IOException {
        try {
            socket.shutdownInput();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Ends writing: the peer reads the end of the stream after what was written. Reading goes on. Does not block.
     *
     * @throws java.net.SocketException if it was called before, or the socket is closed
     * @throws IOException if the kernel refuses
     */
    public void shutdownOutput() throws IOException {
        try {
            socket.shutdownOutput();
        } finally {
            Reference.reachabilityFence(this);
        }
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
     * A descriptor of one's own for the same open socket, such as to pass it to another process by
     * {@link UnixSocket#write(ByteBuffer, List)}. From now on {@link #close} leaves the connection to those who share
     * it: the peer reads the end when the last of them is closed. Does not block.
     *
     * @return to be closed by the caller
     * @throws java.net.SocketException if the socket is closed
     * @throws IOException if the process has no descriptors left
     */
    public Descriptor descriptor() throws IOException {
        try {
            return new Descriptor(socket.duplicate(Engine.HOMES));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Tells whether this was not closed. Says nothing about the peer.
     *
     * @return false after {@link #close}, or after an interrupt closed it
     */
    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    /**
     * Closes the socket. The peer reads the end of the stream at once, or a reset if there were bytes that nobody read;
     * calls in progress fail. Does not wait; closing again does nothing.
     */
    @Override
    public void close() {
        cleanable.clean();
    }

    @Override
    public String toString() {
        return "UnixSocket[remote=" + remoteAddress() + ", open=" + isOpen() + "]";
    }
}
