package io.heddle;

import io.heddle.internal.engine.Engine;
import io.heddle.internal.javanet.StreamImpl;
import io.heddle.internal.socket.Deadlines;
import io.heddle.internal.socket.Resolver;
import io.heddle.internal.socket.SocketKind;
import io.heddle.internal.socket.SocketOptions;
import io.heddle.internal.socket.TcpStreamSocket;
import java.io.IOException;
import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.channels.ByteChannel;
import java.nio.channels.FileChannel;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A connected TCP socket with blocking calls; see tcp(7).
 *
 * {@snippet file="io/heddle/HeddleExamples.java" region="client"}
 *
 * <p>Behaves as {@link java.net.Socket} does on a virtual thread in JDK 25, in exception types and texts too:
 *
 * <ul>
 *   <li>A virtual thread that is interrupted while it waits finds the socket closed and gets a
 *       {@link java.net.SocketException}; its interrupt status stays set. Bytes that are there win over the
 *       interrupt. A platform thread is not interruptible here.
 *   <li>{@link #close} from another thread ends every call in progress with a {@link java.net.SocketException}.
 *   <li>A connection that was reset fails every later read. It is never reported as the end of the stream.
 * </ul>
 *
 * <p>What {@link java.net.Socket} has not: a {@linkplain #setWriteTimeout write timeout}, and the end of stream
 * after a reset is no way out for a truncated message. As a {@link ByteChannel} it throws
 * {@link java.net.SocketException}, and not {@link java.nio.channels.ClosedChannelException}.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Every method may be called by any thread, virtual or platform. One reader and one writer make progress at the
 * same time; a second reader waits for the first, a second writer likewise, so concurrent writes do not mix their
 * bytes. A socket that nobody can reach any more is closed.
 */
public final class TcpSocket extends Connection implements ByteChannel {
    /** What a single address of a host gets at least, before the next is tried; as in Go's dialer. */
    private static final long ADDRESS_TIMEOUT_MIN_NANOS = 2_000_000_000;

    private final TcpStreamSocket socket;

    TcpSocket(TcpStreamSocket socket) {
        super(socket);
        this.socket = socket;
    }

    /**
     * Connects to an address. Waits as long as the kernel does, about two minutes where nobody answers.
     *
     * @param remote where to; the wildcard stands for this machine
     * @return the open socket
     * @throws java.net.ConnectException if nobody listens there, or nobody answers
     * @throws java.net.NoRouteToHostException if there is no way to it
     * @throws UnknownHostException if the address is unresolved
     * @throws java.net.SocketException if the virtual thread is interrupted while it waits
     * @throws IOException if the process has no descriptors or ports left; nothing is left open
     * @throws UnsupportedOperationException as {@link Heddle#shared}; so are IllegalStateException and
     *     IllegalArgumentException, which tell of this program's flags
     */
    public static TcpSocket connect(InetSocketAddress remote) throws IOException {
        return builder().connect(remote);
    }

    /**
     * Connects to an address within a time. See {@link #connect(InetSocketAddress)}.
     *
     * @param remote where to
     * @param timeout how long; zero leaves it to the kernel
     * @return the open socket
     * @throws IllegalArgumentException if the timeout is negative
     * @throws SocketTimeoutException if there is no connection in time
     * @throws IOException as {@link #connect(InetSocketAddress)}
     */
    public static TcpSocket connect(InetSocketAddress remote, Duration timeout) throws IOException {
        return builder().connect(remote, timeout);
    }

    /**
     * Connects to a host by name. The name is resolved on a platform thread, off the carriers; its addresses are
     * tried one after the other, each for its share of the time, but for at least two seconds.
     *
     * @param host a name or an address in text form
     * @param port from 1 to 65535
     * @param timeout for all of it; zero leaves it to the resolver and the kernel
     * @return the open socket
     * @throws IllegalArgumentException if the timeout is negative, or the port out of range
     * @throws UnknownHostException if the name has no address
     * @throws SocketTimeoutException if there is no connection in time
     * @throws IOException as {@link #connect(InetSocketAddress)}, for the first address; what the others met is
     *     suppressed in it
     */
    public static TcpSocket connect(String host, int port, Duration timeout) throws IOException {
        return builder().connect(host, port, timeout);
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
    public static TcpSocket of(Descriptor open) throws IOException {
        Engine.ensure();
        try {
            return new TcpSocket(TcpStreamSocket.of(Engine.HOMES, open.descriptor));
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
        private @Nullable InetSocketAddress local;

        private Builder() {}

        /**
         * Binds the socket to a local address before it connects.
         *
         * @param address port 0 takes a free one
         * @return this
         * @throws IllegalArgumentException if the address is unresolved
         */
        public Builder localAddress(InetSocketAddress address) {
            if (address.isUnresolved()) {
                throw new IllegalArgumentException("address must be resolved: address=" + address);
            }
            local = address;
            return this;
        }

        /**
         * Sets an option before connect(2).
         *
         * @param <T> the type of the value
         * @param name an option of {@link TcpSocket#supportedOptions}
         * @param value its value
         * @return this
         * @throws UnsupportedOperationException if a socket has no such option
         * @throws IllegalArgumentException if the option has no such value
         */
        public <T> Builder option(SocketOption<T> name, T value) {
            SocketOptions.check(name, value, SocketKind.TCP);
            options.put(name, value);
            return this;
        }

        /**
         * Connects; see {@link TcpSocket#connect(InetSocketAddress)}.
         *
         * @param remote where to
         * @return the open socket
         * @throws IOException if it fails; nothing is left open
         */
        public TcpSocket connect(InetSocketAddress remote) throws IOException {
            return connect(remote, Duration.ZERO);
        }

        /**
         * Connects within a time; see {@link TcpSocket#connect(InetSocketAddress, Duration)}.
         *
         * @param remote where to
         * @param timeout how long; zero leaves it to the kernel
         * @return the open socket
         * @throws IllegalArgumentException if the timeout is negative
         * @throws IOException if it fails; nothing is left open
         */
        public TcpSocket connect(InetSocketAddress remote, Duration timeout) throws IOException {
            long timeoutNanos = Deadlines.toNanos(timeout);
            if (remote.isUnresolved()) {
                throw new UnknownHostException(remote.getHostString());
            }
            if (!remote.getAddress().isAnyLocalAddress()) {
                return connect(remote, timeoutNanos);
            }
            long deadlineNanos = System.nanoTime() + timeoutNanos;
            InetAddress localHost = Resolver.localHost(timeoutNanos);
            // At least one nanosecond: zero would wait for ever.
            long left = timeoutNanos == 0 ? 0 : Math.max(deadlineNanos - System.nanoTime(), 1);
            return connect(new InetSocketAddress(localHost, remote.getPort()), left);
        }

        private TcpSocket connect(InetSocketAddress target, long timeoutNanos) throws IOException {
            Engine.ensure();
            return new TcpSocket(TcpStreamSocket.connect(Engine.HOMES, target, local, options, timeoutNanos));
        }

        /**
         * Connects by name; see {@link TcpSocket#connect(String, int, Duration)}.
         *
         * @param host a name or an address in text form
         * @param port from 1 to 65535
         * @param timeout for all of it; zero leaves it to the resolver and the kernel
         * @return the open socket
         * @throws IllegalArgumentException if the timeout is negative, or the port out of range
         * @throws IOException if it fails; nothing is left open
         */
        public TcpSocket connect(String host, int port, Duration timeout) throws IOException {
            if (port <= 0 || port > 0xffff) {
                throw new IllegalArgumentException("port must be in 1..65535: port=" + port);
            }
            long timeoutNanos = Deadlines.toNanos(timeout);
            long deadlineNanos = System.nanoTime() + timeoutNanos;
            InetAddress[] addresses = Resolver.resolve(host, timeoutNanos);
            IOException first = null;
            for (int i = 0; i < addresses.length; i++) {
                long left = deadlineNanos - System.nanoTime();
                if (timeoutNanos != 0 && left <= 0) {
                    break;
                }
                long share = timeoutNanos == 0 ? 0 : share(left, addresses.length - i);
                try {
                    return connect(new InetSocketAddress(addresses[i], port), share);
                } catch (IOException e) {
                    if (Thread.currentThread().isVirtual()
                            && Thread.currentThread().isInterrupted()) {
                        throw e;
                    }
                    if (first == null) {
                        first = e;
                    } else {
                        first.addSuppressed(e);
                    }
                }
            }
            throw first != null ? first : new SocketTimeoutException("Connect timed out");
        }

        private static long share(long leftNanos, int addresses) {
            return Math.min(leftNanos, Math.max(leftNanos / addresses, ADDRESS_TIMEOUT_MIN_NANOS));
        }
    }

    /**
     * Writes bytes of a file, without bringing them into this process: the kernel sends the pages of its cache, see
     * sendfile(2). The channel's position neither matters nor moves.
     *
     * {@snippet file="io/heddle/HeddleExamples.java" region="sendFile"}
     *
     * <h4>Blocking</h4>
     *
     * As {@link #write(byte[], int, int)}, and as one write: no other writer's bytes come between. What is not in the
     * page cache is read from the disk meanwhile, which blocks the platform thread below, as every use of a file does:
     * on a carrier the others on it wait for some milliseconds, until another platform thread goes on with them. For
     * files that are seldom in the cache use {@link Heddle#callBlocking}.
     *
     * <h4>How it is done</h4>
     *
     * By sendfile(2) from the file to a pipe, {@link FileChannel#transferTo} to /proc/self/fd, and by splice(2) from
     * the pipe to the socket; {@code strace -f -e sendfile,splice} shows both. A channel of another file system
     * provider writes into the pipe as it does into any channel. The process keeps up to 16 such pipes for later calls.
     * Copied through memory are the bytes where it cannot be done: without /proc, without descriptors or pipes left
     * (each user has a limit, pipe(7)), and for a socket that is shared with a process which lets it block.
     *
     * <p>Since no copy is made, the peer may get what is written to the file until it has acknowledged the old bytes.
     *
     * <p>An interrupt counts while this waits for the socket, as in a write. But one that comes while the file is read
     * closes the channel, as in every call on one.
     *
     * @param file open for reading
     * @param position where in the file to begin
     * @param count how many bytes
     * @return how many those were: fewer than {@code count} if the file ends before, zero if {@code position} is not
     *     before its end
     * @throws IllegalArgumentException if the position or the count is negative
     * @throws java.nio.channels.NonReadableChannelException if the channel is not open for reading
     * @throws java.nio.channels.ClosedByInterruptException if an interrupt has closed the channel
     * @throws SocketTimeoutException if the write timeout passes first; {@code bytesTransferred} says how many bytes
     *     the kernel took
     * @throws IOException as {@link #write(byte[], int, int)}, and if the file cannot be read; it is not told then how
     *     many bytes the kernel took
     */
    public long sendFile(FileChannel file, long position, long count) throws IOException {
        if (position < 0 || count < 0) {
            throw new IllegalArgumentException(
                    "position and count must not be negative: position=" + position + ", count=" + count);
        }
        Objects.requireNonNull(file);
        try {
            return socket.sendFile(file, position, count);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Brings everything that comes, up to the end of the stream, to another socket, without bringing it into this
     * process; see splice(2). Does what this does, and nothing else:
     *
     * <pre>{@code
     * for (int n = read(buffer); n >= 0; n = read(buffer)) {
     *     to.write(buffer, 0, n);
     * }
     * }</pre>
     *
     * Neither socket is closed: to pass the end on, call {@link #shutdownOutput} of the other one. A proxy has two
     * threads, one for each way.
     *
     * {@snippet file="io/heddle/HeddleExamples.java" region="splice"}
     *
     * <h4>Blocking</h4>
     *
     * Each read has the read timeout of this socket, each write the write timeout of the other, and an interrupt closes
     * the one that is waited for. Other readers of this wait until the end; other writers get in between two writes.
     *
     * <h4>What is under way</h4>
     *
     * Bytes are read only when those before them are written, up to 256 KiB at a time. So no byte is lost when a write
     * fails: what was read and not written is what the next read, or the next splice, of this socket begins with. When
     * a read fails, everything that came before is written.
     *
     * <h4>How it is done</h4>
     *
     * Through a pipe, which holds two descriptors while it holds bytes, and none while this waits for bytes. Up to 16
     * pipes are kept for later calls, and there are 64 at most; who finds none has its bytes copied through memory, as
     * are urgent data that arrive in line, and the bytes of a socket that is shared with a process which lets it block.
     *
     * @param to where the bytes go; may be this
     * @return how many those were, those that an earlier call has left here included
     * @throws SocketTimeoutException if one of the timeouts passes first; {@code bytesTransferred} says how many bytes
     *     were written. Both sockets stay usable
     * @throws IOException as {@link #read(byte[], int, int)} of this, and {@link #write(byte[], int, int)} of the other
     */
    public long splice(TcpSocket to) throws IOException {
        try {
            return socket.splice(to.socket);
        } finally {
            Reference.reachabilityFence(this);
            Reference.reachabilityFence(to);
        }
    }

    /**
     * The socket as a {@link java.net.Socket}, for code that takes those, such as that of TLS:
     *
     * {@snippet file="io/heddle/HeddleExamples.java" region="tls"}
     *
     * <p>The two share all they have: what is read here is not read there, a timeout of reads is that of both (there in
     * whole milliseconds, rounded up), and closing or shutting one closes or shuts both. The write timeout holds for
     * both, too, though it can be set here only. Each keeps the other from being closed as forgotten. Calls there fail
     * with the exceptions of {@code java.net}, and as there, an interrupt closes both.
     *
     * @return connected, and closed if this is; a new one each time
     */
    public java.net.Socket asSocket() {
        return StreamImpl.view(socket, this);
    }

    /**
     * Bounds every later read. Costs nothing per read.
     *
     * @param timeout how long a read may take; {@link Duration#ZERO}, the default, for ever
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public TcpSocket setReadTimeout(Duration timeout) {
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
    public TcpSocket setWriteTimeout(Duration timeout) {
        socket.setWriteTimeoutNanos(Deadlines.toNanos(timeout));
        return this;
    }

    /**
     * The address on this side.
     *
     * @return the wildcard after close
     */
    public InetSocketAddress localAddress() {
        return socket.localAddress();
    }

    /**
     * The address on the other side.
     *
     * @return stays known after close
     */
    public InetSocketAddress remoteAddress() {
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
    public <T> TcpSocket setOption(SocketOption<T> name, T value) throws IOException {
        socket.setOption(name, value);
        return this;
    }

    /**
     * The options a socket has.
     *
     * @return of {@link java.net.StandardSocketOptions} and {@link jdk.net.ExtendedSocketOptions}
     */
    public static Set<SocketOption<?>> supportedOptions() {
        return SocketOptions.supported(SocketKind.TCP);
    }

    @Override
    public String toString() {
        return "TcpSocket[remote=" + remoteAddress() + ", open=" + isOpen() + "]";
    }
}
