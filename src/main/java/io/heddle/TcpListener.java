package io.heddle;

import io.heddle.internal.engine.Engine;
import io.heddle.internal.socket.Deadlines;
import io.heddle.internal.socket.Leaks;
import io.heddle.internal.socket.SocketKind;
import io.heddle.internal.socket.SocketOptions;
import io.heddle.internal.socket.TcpListenSocket;
import java.io.Closeable;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A listening TCP socket; see listen(2).
 *
 * {@snippet file="io/heddle/HeddleExamples.java" region="serve"}
 *
 * <p>Behaves as {@link java.net.ServerSocket} does on a virtual thread in JDK 25, in exception types and texts
 * too, with these differences: {@link #accept} does not fail when the process has no descriptors or the kernel no
 * memory left. It waits, 5 ms at first and up to 1 s, and goes on when descriptors are back; connections stay
 * queued in the kernel meanwhile.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Every method may be called by any thread, virtual or platform. Several threads may accept; each connection
 * goes to one of them. A listener that nobody can reach any more is closed.
 */
public final class TcpListener implements Closeable {
    private static final int BACKLOG_DEFAULT = 4096; // the kernel cuts it to net.core.somaxconn

    private final TcpListenSocket socket;
    private final Server<TcpSocket> server;
    private final Cleaner.Cleanable cleanable;

    private TcpListener(TcpListenSocket socket, @Nullable Heddle on, int connectionsMax) {
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
     * Listens on an address, with SO_REUSEADDR and the longest backlog the kernel allows. The wildcard address
     * listens on IPv6 and IPv4. Does not block.
     *
     * @param local where; port 0 takes a free one, see {@link #localAddress}
     * @return the open listener
     * @throws java.net.BindException if the address is in use, not of this machine, or not permitted
     * @throws UnknownHostException if the address is unresolved
     * @throws IOException if the process has no descriptors left
     * @throws UnsupportedOperationException as {@link Heddle#shared}; so are IllegalStateException and
     *     IllegalArgumentException, which tell of this program's flags
     */
    public static TcpListener bind(InetSocketAddress local) throws IOException {
        return builder().bind(local);
    }

    /**
     * Listens on an address with a backlog of one's own.
     *
     * @param local where; port 0 takes a free one
     * @param backlog how many connections may wait to be accepted, at least 1; see listen(2)
     * @return the open listener
     * @throws IllegalArgumentException if {@code backlog} is not positive
     * @throws java.net.BindException if the address is in use, not of this machine, or not permitted
     * @throws UnknownHostException if the address is unresolved
     * @throws IOException if the process has no descriptors left
     */
    public static TcpListener bind(InetSocketAddress local, int backlog) throws IOException {
        return builder().backlog(backlog).bind(local);
    }

    /**
     * Takes over a listening socket that is open already, such as one that another process has passed, or
     * systemd: {@code TcpListener.of(Descriptor.of(3))}. The descriptor stays open, and each of the two leaves the
     * socket to the other when it is closed. Accepting blocks no more, for none who has the socket. Does not block.
     *
     * @param open the socket
     * @return to be closed by the caller
     * @throws IllegalArgumentException if it is something else
     * @throws IOException if it is not any more what it was, or the process has no descriptors left
     */
    public static TcpListener of(Descriptor open) throws IOException {
        Engine.ensure();
        try {
            return new TcpListener(TcpListenSocket.of(Engine.HOMES, open.descriptor), null, Integer.MAX_VALUE);
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

        private Builder() {}

        /**
         * Chooses whose threads {@link TcpListener#serve} starts, and who closes the listener. By default the
         * threads are those of the Heddle that runs the caller of serve, else the shared one's.
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
         * Sets an option before bind(2).
         *
         * @param <T> the type of the value
         * @param name an option of {@link TcpListener#supportedOptions}
         * @param value its value
         * @return this
         * @throws UnsupportedOperationException if a listener has no such option
         * @throws IllegalArgumentException if the option has no such value
         */
        public <T> Builder option(SocketOption<T> name, T value) {
            SocketOptions.check(name, value, SocketKind.TCP_LISTENER);
            options.put(name, value);
            return this;
        }

        /**
         * Limits how many connections {@link TcpListener#serve} has at a time; further ones wait in the backlog.
         *
         * @param connections at least 1
         * @return this
         * @throws IllegalArgumentException if it is not positive
         */
        public Builder maxConnections(int connections) {
            if (connections <= 0) {
                throw new IllegalArgumentException("connections must be positive: connections=" + connections);
            }
            connectionsMax = connections;
            return this;
        }

        /**
         * Listens on an address.
         *
         * @param local where; port 0 takes a free one
         * @return the open listener
         * @throws IllegalStateException if the Heddle it is built on is closed
         * @throws java.net.BindException if the address is in use, not of this machine, or not permitted
         * @throws UnknownHostException if the address is unresolved
         * @throws IOException if the process has no descriptors left
         */
        public TcpListener bind(InetSocketAddress local) throws IOException {
            if (local.isUnresolved()) {
                throw new UnknownHostException(local.getHostString());
            }
            if (on != null && !on.isOpen()) {
                throw new IllegalStateException("the Heddle must be open: on=" + on);
            }
            Engine.ensure();
            TcpListenSocket socket = TcpListenSocket.bind(Engine.HOMES, local, backlog, options);
            return new TcpListener(socket, on, connectionsMax);
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
    public TcpSocket accept() throws IOException {
        return accept(0);
    }

    /**
     * Waits for a connection, but not longer than a timeout. See {@link #accept()}.
     *
     * @param timeout how long; zero waits for ever
     * @return the connection, to be closed by the caller
     * @throws IllegalArgumentException if the timeout is negative
     * @throws java.net.SocketTimeoutException if there was none in time; the listener stays usable
     * @throws SocketException as {@link #accept()}
     * @throws IOException as {@link #accept()}
     */
    public TcpSocket accept(Duration timeout) throws IOException {
        return accept(Deadlines.toNanos(timeout));
    }

    private TcpSocket accept(long timeoutNanos) throws IOException {
        try {
            return new TcpSocket(socket.accept(timeoutNanos));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Accepts connections and serves each on a virtual thread of its own, spread over all carriers, until the
     * listener is closed. In a thread dump these threads are called {@code heddle-serve-} and the listener's address:
     * all the same, as a name for each would cost each idle connection its memory. A handler may rename its thread.
     *
     * <h4>Blocking</h4>
     *
     * Returns after {@link #close}; handlers may still run then. While {@link Builder#maxConnections} connections
     * are open it accepts no more. What a handler throws is logged ({@link IOException} at debug level, since
     * peers come and go), its connection is closed, and the server goes on.
     *
     * @param handler called once for each connection
     * @throws SocketException if the listener was closed before the call; or if the virtual thread is
     *     interrupted while it waits: the listener is closed then, and the interrupt status stays set
     * @throws IOException if the listening socket cannot be used any more; it is closed then
     * @throws java.io.UncheckedIOException as {@link Heddle#shared}, if those carriers have to be started
     */
    public void serve(ConnectionHandler handler) throws IOException {
        server.serve(this::accept, handler::handle, handlerName());
    }

    private String handlerName() {
        InetSocketAddress local = localAddress();
        String host = local.getAddress().getHostAddress();
        return "heddle-serve-" + (host.contains(":") ? "[" + host + "]" : host) + ":" + local.getPort();
    }

    /**
     * The address this listens on.
     *
     * @return with the actual port; stays known after close
     */
    public InetSocketAddress localAddress() {
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
    public <T> TcpListener setOption(SocketOption<T> name, T value) throws IOException {
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
     * @return of {@link java.net.StandardSocketOptions} and {@link jdk.net.ExtendedSocketOptions}
     */
    public static Set<SocketOption<?>> supportedOptions() {
        return SocketOptions.supported(SocketKind.TCP_LISTENER);
    }

    /**
     * A descriptor of one's own for the same open socket, such as to pass it to the process that takes over, by
     * {@link UnixSocket#write(java.nio.ByteBuffer, java.util.List)}. From now on {@link #close} leaves the socket to
     * those who share it, and no connection is refused. Does not block.
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
     * Stops accepting and frees the port. A blocked {@link #accept} fails, {@link #serve} returns; connections and
     * their handlers go on. Does not wait; closing again does nothing.
     */
    @Override
    public void close() {
        cleanable.clean();
    }

    /**
     * Stops accepting, waits for the handlers of {@link #serve}, and then closes the connections that are left.
     *
     * <h4>Blocking</h4>
     *
     * Waits for at most the given time. Handlers whose connections it closes may still run when it returns.
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
        return "TcpListener[local=" + localAddress() + ", open=" + isOpen() + ", connections="
                + server.connections.count() + "]";
    }
}
