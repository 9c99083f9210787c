package io.heddle;

import io.heddle.internal.engine.Engine;
import io.heddle.internal.socket.Deadlines;
import io.heddle.internal.socket.Leaks;
import io.heddle.internal.socket.SocketKind;
import io.heddle.internal.socket.SocketOptions;
import io.heddle.internal.socket.UnixListenSocket;
import java.io.Closeable;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.UnixDomainSocketAddress;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A listening Unix socket, for programs on the same machine; see unix(7).
 *
 * {@snippet file="io/heddle/HeddleExamples.java" region="unix"}
 *
 * <h2>Names</h2>
 *
 * <p>The name is a path of at most 107 bytes, where {@link #bind} makes a file. Nothing else can be bound there while
 * the file exists, whether anybody listens or not. So {@link #close} deletes it, unless another file has taken its
 * place or the {@linkplain Builder#keepFile builder} says otherwise. A process that was killed leaves it behind:
 * delete it before you bind, where you know that no second server runs.
 *
 * <p>A path that begins with {@code @} is an abstract name: it has no file and no permissions, and is gone with the
 * last socket. A file of such a name is written {@code ./@name}. The empty path takes an abstract name of the
 * kernel's choice.
 *
 * <h2>Concurrency</h2>
 *
 * <p>As with {@link TcpListener}, which it resembles in all else: every method may be called by any thread, virtual
 * or platform; {@link #accept} waits when the process has no descriptors left; a listener that nobody can reach any
 * more is closed.
 */
public final class UnixListener implements Closeable {
    private static final int BACKLOG_DEFAULT = 4096; // the kernel cuts it to net.core.somaxconn

    private final UnixListenSocket socket;
    private final Server<UnixSocket> server;
    private final Cleaner.Cleanable cleanable;

    private UnixListener(UnixListenSocket socket, @Nullable Heddle on, int connectionsMax) {
        this.socket = socket;
        this.server = new Server<>(socket, on, connectionsMax);
        try {
            this.cleanable = Leaks.register(this, server.close);
        } catch (Throwable t) {
            // As in TcpSocket.
            server.close.run();
            throw t;
        }
        server.begin();
    }

    /**
     * Listens, with the longest backlog that the kernel allows. Does not block.
     *
     * @param local where; see above
     * @return the open listener
     * @throws java.net.BindException if there is a file already, or its directory may not be written to
     * @throws SocketException if the path is too long, or there is no such directory
     * @throws IOException if the process has no descriptors left
     * @throws UnsupportedOperationException as {@link Heddle#shared}; so are IllegalStateException and
     *     IllegalArgumentException, which tell of this program's flags
     */
    public static UnixListener bind(UnixDomainSocketAddress local) throws IOException {
        return builder().bind(local);
    }

    /**
     * Listens with a backlog of one's own.
     *
     * @param local where; see above
     * @param backlog how many connections may wait to be accepted, at least 1; further ones wait in connect
     * @return the open listener
     * @throws IllegalArgumentException if {@code backlog} is not positive
     * @throws IOException as {@link #bind(UnixDomainSocketAddress)}
     */
    public static UnixListener bind(UnixDomainSocketAddress local, int backlog) throws IOException {
        return builder().backlog(backlog).bind(local);
    }

    /**
     * Takes over a listening socket that is open already, such as one that another process has passed, or
     * systemd. The descriptor stays open, and each of the two leaves the socket to the other when it is closed, and the
     * file. Accepting blocks no more, for none who has the socket. Does not block.
     *
     * @param open the socket
     * @return to be closed by the caller
     * @throws IllegalArgumentException if it is something else
     * @throws IOException if it is not any more what it was, or the process has no descriptors left
     */
    public static UnixListener of(Descriptor open) throws IOException {
        Engine.ensure();
        try {
            return new UnixListener(UnixListenSocket.of(Engine.HOMES, open.descriptor), null, Integer.MAX_VALUE);
        } finally {
            Reference.reachabilityFence(open);
        }
    }

    /**
     * A builder for what has to be said before the socket is bound.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** What has to be said before a listener is bound. Not for concurrent use; may be used again. */
    public static final class Builder {
        private final Map<SocketOption<?>, Object> options = new LinkedHashMap<>();
        private @Nullable Heddle on;
        private int backlog = BACKLOG_DEFAULT;
        private int connectionsMax = Integer.MAX_VALUE;
        private @Nullable Set<PosixFilePermission> permissions;
        private boolean keepsFile;

        private Builder() {}

        /**
         * Chooses whose threads {@link UnixListener#serve} starts, and who closes the listener; see
         * {@link TcpListener.Builder#on}.
         *
         * @param heddle closes the listener when it is closed
         * @return this
         */
        public Builder on(Heddle heddle) {
            on = heddle;
            return this;
        }

        /**
         * Chooses how many connections may wait to be accepted.
         *
         * @param backlogMax at least 1; the kernel cuts it to {@code net.core.somaxconn}
         * @return this
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder backlog(int backlogMax) {
            if (backlogMax <= 0) {
                throw new IllegalArgumentException("backlog must be positive: backlog=" + backlogMax);
            }
            backlog = backlogMax;
            return this;
        }

        /**
         * Limits how many connections {@link UnixListener#serve} has at a time; further ones wait in the backlog.
         *
         * @param max at least 1
         * @return this
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder maxConnections(int max) {
            if (max <= 0) {
                throw new IllegalArgumentException("max must be positive: max=" + max);
            }
            connectionsMax = max;
            return this;
        }

        /**
         * Chooses who may connect: write permission is what that takes. The file has these permissions before anybody
         * can connect. By default they are what umask(2) leaves of all. An abstract name has none.
         *
         * @param ofFile the file's
         * @return this
         */
        public Builder permissions(Set<PosixFilePermission> ofFile) {
            permissions = Set.copyOf(ofFile);
            return this;
        }

        /**
         * Leaves the file where it is when the listener is closed.
         *
         * @return this
         */
        public Builder keepFile() {
            keepsFile = true;
            return this;
        }

        /**
         * Sets an option before bind(2).
         *
         * @param <T> the type of the value
         * @param name an option of {@link UnixListener#supportedOptions}
         * @param value its value
         * @return this
         * @throws UnsupportedOperationException if a listener has no such option
         * @throws IllegalArgumentException if the option has no such value
         */
        public <T> Builder option(SocketOption<T> name, T value) {
            SocketOptions.check(name, value, SocketKind.UNIX_LISTENER);
            options.put(name, value);
            return this;
        }

        /**
         * Listens; see {@link UnixListener#bind(UnixDomainSocketAddress)}.
         *
         * @param local where
         * @return the open listener
         * @throws IllegalStateException if the Heddle it is built on is closed
         * @throws IOException as {@link UnixListener#bind(UnixDomainSocketAddress)}
         */
        public UnixListener bind(UnixDomainSocketAddress local) throws IOException {
            if (on != null && !on.isOpen()) {
                throw new IllegalStateException("the Heddle must be open: on=" + on);
            }
            Engine.ensure();
            return new UnixListener(
                    UnixListenSocket.bind(Engine.HOMES, local, backlog, options, permissions, keepsFile),
                    on,
                    connectionsMax);
        }
    }

    /**
     * Waits for a connection.
     *
     * <h4>Blocking</h4>
     *
     * Parks a virtual thread; a platform thread waits as a whole.
     *
     * @return the connection, to be closed by the caller
     * @throws SocketException if the listener is closed, before or during the call; or if the virtual
     *     thread is interrupted while it waits: the listener is closed then, and the interrupt status stays set
     * @throws IOException if the kernel refuses to watch the socket
     */
    public UnixSocket accept() throws IOException {
        return accept(0);
    }

    /**
     * Waits for a connection, but not longer than a timeout. See {@link #accept()}.
     *
     * @param timeout how long; zero waits for ever
     * @return the connection, to be closed by the caller
     * @throws IllegalArgumentException if the timeout is negative
     * @throws java.net.SocketTimeoutException if there was none in time; the listener stays usable
     * @throws IOException as {@link #accept()}
     */
    public UnixSocket accept(Duration timeout) throws IOException {
        return accept(Deadlines.toNanos(timeout));
    }

    private UnixSocket accept(long timeoutNanos) throws IOException {
        try {
            return new UnixSocket(socket.accept(timeoutNanos));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Accepts connections and serves each on a virtual thread of its own, until the listener is closed. The threads are
     * called {@code heddle-serve-} and the path. See {@link TcpListener#serve}.
     *
     * @param handler called once for each connection
     * @throws SocketException if the listener was closed before the call; or if the virtual thread is
     *     interrupted while it waits: the listener is closed then, and the interrupt status stays set
     * @throws IOException if the listening socket cannot be used any more; it is closed then
     * @throws java.io.UncheckedIOException as {@link Heddle#shared}, if those carriers have to be started
     */
    public void serve(UnixConnectionHandler handler) throws IOException {
        server.serve(this::accept, handler::handle, "heddle-serve-" + localAddress());
    }

    /**
     * The name this listens on.
     *
     * @return stays known after close
     */
    public UnixDomainSocketAddress localAddress() {
        return socket.localAddress();
    }

    /**
     * Sets an option. Does not block.
     *
     * @param <T> the type of the value
     * @param name an option of {@link #supportedOptions}
     * @param value its value
     * @return this
     * @throws UnsupportedOperationException if a listener has no such option
     * @throws IllegalArgumentException if the option has no such value
     * @throws SocketException if the listener is closed
     * @throws IOException if the kernel refuses
     */
    public <T> UnixListener setOption(SocketOption<T> name, T value) throws IOException {
        socket.setOption(name, value);
        return this;
    }

    /**
     * Asks for an option. Does not block.
     *
     * @param <T> the type of the value
     * @param name an option of {@link #supportedOptions}
     * @return its value
     * @throws UnsupportedOperationException if a listener has no such option
     * @throws SocketException if the listener is closed
     * @throws IOException if the kernel refuses
     */
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return socket.getOption(name);
    }

    /**
     * The options a listener has.
     *
     * @return of {@link java.net.StandardSocketOptions}
     */
    public static Set<SocketOption<?>> supportedOptions() {
        return SocketOptions.supported(SocketKind.UNIX_LISTENER);
    }

    /**
     * A descriptor of one's own for the same open socket, such as to pass it to the process that takes over, by
     * {@link UnixSocket#write(java.nio.ByteBuffer, java.util.List)}. From now on {@link #close} leaves the socket,
     * and its file, to those who share it, and no connection is refused. Does not block.
     *
     * @return to be closed by the caller
     * @throws SocketException if the listener is closed
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
     * Tells whether this was not closed.
     *
     * @return false after {@link #close}, or after an interrupt closed it
     */
    public boolean isOpen() {
        return socket.isOpen();
    }

    /**
     * Stops accepting and deletes the file. A blocked {@link #accept} fails, {@link #serve} returns; connections and
     * their handlers go on. Whoever is in the backlog, and whoever connects later, is refused. Does not wait; closing
     * again does nothing.
     */
    @Override
    public void close() {
        cleanable.clean();
    }

    /**
     * Stops accepting, waits for the handlers of {@link #serve}, and then closes the connections that are left.
     *
     * @param drain how long; zero waits for none
     * @return whether all handlers ended by themselves
     * @throws IllegalArgumentException if the time is negative
     * @throws InterruptedException if the caller is interrupted; the listener and the connections are closed
     */
    public boolean close(Duration drain) throws InterruptedException {
        long drainNanos = Deadlines.toNanos(drain);
        close();
        return server.drain(drainNanos);
    }

    @Override
    public String toString() {
        return "UnixListener[local=" + localAddress() + ", open=" + isOpen() + ", connections="
                + server.connections.count() + "]";
    }
}
