package io.heddle.javanet;

import io.heddle.internal.javanet.StreamImpl;
import io.heddle.internal.socket.Resolver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A {@link Socket} on Heddle. It does what the JDK's does, exception types and texts included; the README lists what
 * differs. Blocking calls on it are fast on threads that Heddle has started, see
 * {@link io.heddle.Heddle#threadFactory}, and correct on all others.
 *
 * <p>It connects by way of a SOCKS proxy where the process is told to, as {@code new Socket()} does, by the property
 * {@code socksProxyHost} or a {@link java.net.ProxySelector}. There is no constructor for a {@link java.net.Proxy}.
 */
public class HeddleSocket extends Socket {
    private final StreamImpl impl;

    /**
     * An unconnected socket. Its first use throws what the other constructors do, where Heddle cannot run.
     *
     * @throws SocketException never
     */
    public HeddleSocket() throws SocketException {
        this(new StreamImpl());
    }

    /**
     * Connects to a host. For a virtual thread the name is resolved on another thread, and not on its carrier; an
     * interrupt ends that, too, other than in the JDK.
     *
     * @param host a name or an address in text form; null for the loopback address
     * @param port from 0 to 65535
     * @throws UnknownHostException if the name has no address
     * @throws IllegalArgumentException if the port is out of range
     * @throws IOException as {@link Socket#connect}
     * @throws UnsupportedOperationException as {@link io.heddle.Heddle#shared}; so are IllegalStateException and
     *     IllegalArgumentException, which tell of this program's flags
     */
    public HeddleSocket(@Nullable String host, int port) throws UnknownHostException, IOException {
        this(resolve(host, port), null);
    }

    /**
     * Connects to an address.
     *
     * @param address where to
     * @param port from 0 to 65535
     * @throws IllegalArgumentException if the port is out of range
     * @throws IOException as {@link Socket#connect}
     * @throws UnsupportedOperationException as {@link io.heddle.Heddle#shared}; so are IllegalStateException and
     *     IllegalArgumentException, which tell of this program's flags
     */
    public HeddleSocket(InetAddress address, int port) throws IOException {
        this(of(address, port), null);
    }

    /**
     * Connects to a host from a local address.
     *
     * @param host a name or an address in text form; null for the loopback address
     * @param port from 0 to 65535
     * @param localAddress null for the wildcard
     * @param localPort zero for a free one
     * @throws IllegalArgumentException if a port is out of range
     * @throws IOException as {@link Socket#bind} and {@link Socket#connect}
     * @throws UnsupportedOperationException as {@link io.heddle.Heddle#shared}; so are IllegalStateException and
     *     IllegalArgumentException, which tell of this program's flags
     */
    public HeddleSocket(@Nullable String host, int port, @Nullable InetAddress localAddress, int localPort)
            throws IOException {
        this(resolve(host, port), new InetSocketAddress(localAddress, localPort));
    }

    /**
     * Connects to an address from a local one.
     *
     * @param address where to
     * @param port from 0 to 65535
     * @param localAddress null for the wildcard
     * @param localPort zero for a free one
     * @throws IllegalArgumentException if a port is out of range
     * @throws IOException as {@link Socket#bind} and {@link Socket#connect}
     * @throws UnsupportedOperationException as {@link io.heddle.Heddle#shared}; so are IllegalStateException and
     *     IllegalArgumentException, which tell of this program's flags
     */
    public HeddleSocket(InetAddress address, int port, @Nullable InetAddress localAddress, int localPort)
            throws IOException {
        this(of(address, port), new InetSocketAddress(localAddress, localPort));
    }

    @SuppressWarnings("this-escape") // It only asks later whether this is closed.
    private HeddleSocket(StreamImpl impl) throws SocketException {
        super(impl);
        this.impl = impl;
        impl.belongsTo(this);
    }

    @SuppressWarnings("this-escape") // As in java.net.Socket.
    private HeddleSocket(InetSocketAddress remote, @Nullable InetSocketAddress local) throws IOException {
        this(new StreamImpl());
        try {
            if (local != null) {
                bind(local);
            }
            connect(remote);
        } catch (Throwable t) {
            try {
                close();
            } catch (IOException e) {
                t.addSuppressed(e);
            }
            throw t;
        }
    }

    /** Closes this socket, also while another thread accepts a connection into it. */
    @Override
    public void close() throws IOException {
        try {
            super.close();
        } catch (NullPointerException e) {
            // ServerSocket.implAccept takes the implementation away meanwhile. Closed is marked before that is missed.
            if (!super.isClosed()) {
                throw e;
            }
        } finally {
            // It may have a descriptor of which Socket does not know yet.
            impl.close();
        }
    }

    private static InetSocketAddress of(InetAddress address, int port) {
        // Null would be the wildcard.
        return new InetSocketAddress(Objects.requireNonNull(address), port);
    }

    private static InetSocketAddress resolve(@Nullable String host, int port) throws IOException {
        if (host == null) {
            return new InetSocketAddress(InetAddress.getByName(null), port);
        }
        if (!Thread.currentThread().isVirtual()) {
            return new InetSocketAddress(host, port);
        }
        InetSocketAddress named = InetSocketAddress.createUnresolved(host, port);
        try {
            return new InetSocketAddress(Resolver.resolve(host, 0)[0], port);
        } catch (UnknownHostException e) {
            // A proxy may know it; who connects without one is told then.
            return named;
        }
    }
}
