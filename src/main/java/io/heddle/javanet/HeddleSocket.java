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
 * A {@link Socket} on Heddle. It does what the JDK's does, in exception types and texts too; blocking calls on
 * it are fast on threads that Heddle has started, see {@link io.heddle.Heddle#threadFactory}, and correct on all
 * others.
 *
 * <p>It connects by way of a SOCKS proxy where the process is told to, as {@code new Socket()} does, by the property
 * {@code socksProxyHost} or a {@link java.net.ProxySelector}. There is no constructor for a {@link java.net.Proxy}.
 */
public class HeddleSocket extends Socket {
    /**
     * An unconnected socket.
     *
     * @throws SocketException never
     */
    public HeddleSocket() throws SocketException {
        super(new StreamImpl());
    }

    /**
     * Connects to a host. The name is resolved on another thread, and not on a carrier.
     *
     * @param host a name or an address in text form; null for the loopback address
     * @param port from 0 to 65535
     * @throws UnknownHostException if the name has no address
     * @throws IllegalArgumentException if the port is out of range
     * @throws IOException as {@link Socket#connect}
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
     */
    public HeddleSocket(InetAddress address, int port, @Nullable InetAddress localAddress, int localPort)
            throws IOException {
        this(of(address, port), new InetSocketAddress(localAddress, localPort));
    }

    @SuppressWarnings("this-escape") // As in java.net.Socket.
    private HeddleSocket(InetSocketAddress remote, @Nullable InetSocketAddress local) throws IOException {
        super(new StreamImpl());
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
        // As in the JDK, an interrupt that was there before ends no look-up.
        boolean interrupted = Thread.interrupted();
        try {
            return new InetSocketAddress(Resolver.resolve(host, 0)[0], port);
        } catch (UnknownHostException e) {
            // A proxy may know it; who connects without one is told then.
            return named;
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
