package io.heddle.javanet;

import io.heddle.internal.javanet.DatagramImpl;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.UnsupportedAddressTypeException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A {@link DatagramSocket} on Heddle, multicast included. It does what the JDK's does, in exception types and texts
 * too; {@link #receive} is fast on threads that Heddle has started, see {@link io.heddle.Heddle#threadFactory}, and
 * correct on all others. {@link io.heddle.UdpSocket} is the same socket with buffers in place of packets.
 *
 * <p>It differs from the JDK's in what a waiting {@link #receive} keeps from others. Here it holds nothing: other
 * threads may connect, disconnect, and use the packet, which should be left alone all the same.
 *
 * <p>A {@link DatagramPacket} may be received into again and again, as it keeps its room. The room is a field that only
 * {@code java.net} can reach; with {@code --add-opens java.base/java.lang} or {@code java.base/java.net} Heddle can,
 * and without it remembers the room. A packet whose length is then set to exactly that of the last datagram has the
 * room from before.
 *
 * <p>There is no {@link java.net.MulticastSocket} on Heddle, as none of its constructors takes an implementation. Since
 * JDK 14 all that it can do is in {@link DatagramSocket}: {@link #joinGroup}, {@link #leaveGroup}, and the options
 * {@link StandardSocketOptions#IP_MULTICAST_IF}, {@link StandardSocketOptions#IP_MULTICAST_TTL} and
 * {@link StandardSocketOptions#IP_MULTICAST_LOOP}.
 */
public class HeddleDatagramSocket extends DatagramSocket {
    private final DatagramImpl impl;

    /**
     * A socket on the wildcard address and a free port.
     *
     * @throws SocketException if the process has no descriptors left
     * @throws UnsupportedOperationException as {@link io.heddle.Heddle#shared}; so are IllegalStateException and
     *     IllegalArgumentException, which tell of this program's flags
     */
    public HeddleDatagramSocket() throws SocketException {
        this(new InetSocketAddress(0));
    }

    /**
     * A socket on the wildcard address.
     *
     * @param port from 0 to 65535; 0 takes a free one
     * @throws IllegalArgumentException if the port is out of range
     * @throws SocketException as {@link DatagramSocket#bind}
     */
    public HeddleDatagramSocket(int port) throws SocketException {
        this(port, null);
    }

    /**
     * A socket on an address.
     *
     * @param port from 0 to 65535; 0 takes a free one
     * @param local null for the wildcard
     * @throws IllegalArgumentException if the port is out of range
     * @throws SocketException as {@link DatagramSocket#bind}
     */
    public HeddleDatagramSocket(int port, @Nullable InetAddress local) throws SocketException {
        this(new InetSocketAddress(local, port));
    }

    /**
     * A socket on an address, or on none yet.
     *
     * @param local null leaves it unbound
     * @throws IllegalArgumentException if this is no {@link InetSocketAddress}
     * @throws SocketException as {@link DatagramSocket#bind}
     */
    public HeddleDatagramSocket(@Nullable SocketAddress local) throws SocketException {
        DatagramImpl created = new DatagramImpl();
        if (local != null) {
            boolean done = false;
            try {
                bind(created, local);
                done = true;
            } finally {
                if (!done) {
                    created.close();
                }
            }
        }
        super(created);
        this.impl = created;
    }

    private static void bind(DatagramImpl impl, @Nullable SocketAddress local) throws SocketException {
        InetSocketAddress address = local == null ? new InetSocketAddress(0) : internet(local);
        impl.bind(address.getPort(), address.getAddress());
    }

    private static InetSocketAddress internet(SocketAddress address) {
        if (address instanceof InetSocketAddress internet) {
            return internet;
        }
        throw new UnsupportedAddressTypeException();
    }

    // Names

    @Override
    public void bind(@Nullable SocketAddress local) throws SocketException {
        bind(impl, local);
    }

    @Override
    public void connect(InetAddress address, int port) {
        if (address == null) {
            throw new IllegalArgumentException("Address can't be null");
        }
        InetSocketAddress remote = new InetSocketAddress(address, port);
        try {
            impl.connect(remote.getAddress(), remote.getPort());
        } catch (SocketException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void connect(SocketAddress remote) throws SocketException {
        if (remote == null) {
            throw new IllegalArgumentException("Address can't be null");
        }
        InetSocketAddress address = internet(remote);
        if (address.isUnresolved()) {
            throw new SocketException("Unresolved address");
        }
        impl.connect(address.getAddress(), address.getPort());
    }

    @Override
    public void disconnect() {
        impl.disconnect();
    }

    @Override
    public boolean isBound() {
        return impl.localAddress() != null;
    }

    @Override
    public boolean isConnected() {
        return impl.remoteAddress() != null;
    }

    @Override
    public @Nullable InetAddress getInetAddress() {
        InetSocketAddress remote = impl.remoteAddress();
        return remote == null ? null : remote.getAddress();
    }

    @Override
    public int getPort() {
        InetSocketAddress remote = impl.remoteAddress();
        return remote == null ? -1 : remote.getPort();
    }

    @Override
    public @Nullable SocketAddress getRemoteSocketAddress() {
        return impl.remoteAddress();
    }

    @Override
    public @Nullable SocketAddress getLocalSocketAddress() {
        return impl.isOpen() ? impl.localAddress() : null;
    }

    @Override
    public @Nullable InetAddress getLocalAddress() {
        if (!impl.isOpen()) {
            return null;
        }
        InetSocketAddress local = impl.localAddress();
        return (local == null ? new InetSocketAddress(0) : local).getAddress();
    }

    @Override
    public int getLocalPort() {
        if (!impl.isOpen()) {
            return -1;
        }
        InetSocketAddress local = impl.localAddress();
        return local == null ? 0 : local.getPort();
    }

    // Datagrams

    @Override
    public void send(DatagramPacket packet) throws IOException {
        impl.send(packet);
    }

    /**
     * Waits for a datagram; see {@link DatagramSocket#receive}.
     *
     * @throws java.net.SocketTimeoutException if there was none within {@link #setSoTimeout}
     * @throws java.net.PortUnreachableException if an earlier datagram met a port where nobody is; known to connected
     *     sockets only
     * @throws SocketException if this is closed, before or during the call; or if the virtual thread is interrupted
     *     while it waits: this is closed then, and the interrupt status stays set
     * @throws IOException as {@link DatagramSocket#receive}
     */
    @Override
    public void receive(DatagramPacket packet) throws IOException {
        impl.receive(packet);
    }

    @Override
    public void joinGroup(SocketAddress group, @Nullable NetworkInterface network) throws IOException {
        impl.joinGroup(group, network);
    }

    @Override
    public void leaveGroup(SocketAddress group, @Nullable NetworkInterface network) throws IOException {
        impl.leaveGroup(group, network);
    }

    @Override
    public void close() {
        impl.close();
    }

    @Override
    public boolean isClosed() {
        return !impl.isOpen();
    }

    // Options

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return impl.supportedOptions();
    }

    @Override
    public <T> DatagramSocket setOption(SocketOption<T> name, T value) throws IOException {
        impl.setOption(name, value);
        return this;
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        return impl.getOption(name);
    }

    private <T> void set(SocketOption<T> name, T value) throws SocketException {
        try {
            impl.setOption(name, value);
        } catch (IOException e) {
            throw DatagramImpl.asSocketException(e);
        }
    }

    private <T> T get(SocketOption<T> name) throws SocketException {
        try {
            return impl.getOption(name);
        } catch (IOException e) {
            throw DatagramImpl.asSocketException(e);
        }
    }

    @Override
    public void setSoTimeout(int timeoutMillis) throws SocketException {
        ensureOpen();
        if (timeoutMillis < 0) {
            throw new IllegalArgumentException("timeout < 0");
        }
        impl.setTimeoutMillis(timeoutMillis);
    }

    @Override
    public int getSoTimeout() throws SocketException {
        ensureOpen();
        return impl.timeoutMillis();
    }

    private void ensureOpen() throws SocketException {
        if (!impl.isOpen()) {
            throw new SocketException("Socket is closed");
        }
    }

    @Override
    public void setSendBufferSize(int bytes) throws SocketException {
        if (bytes <= 0) {
            throw new IllegalArgumentException("Invalid send size");
        }
        set(StandardSocketOptions.SO_SNDBUF, bytes);
    }

    @Override
    public int getSendBufferSize() throws SocketException {
        return get(StandardSocketOptions.SO_SNDBUF);
    }

    @Override
    public void setReceiveBufferSize(int bytes) throws SocketException {
        if (bytes <= 0) {
            throw new IllegalArgumentException("Invalid receive size");
        }
        set(StandardSocketOptions.SO_RCVBUF, bytes);
    }

    @Override
    public int getReceiveBufferSize() throws SocketException {
        return get(StandardSocketOptions.SO_RCVBUF);
    }

    @Override
    public void setReuseAddress(boolean on) throws SocketException {
        set(StandardSocketOptions.SO_REUSEADDR, on);
    }

    @Override
    public boolean getReuseAddress() throws SocketException {
        return get(StandardSocketOptions.SO_REUSEADDR);
    }

    @Override
    public void setBroadcast(boolean on) throws SocketException {
        set(StandardSocketOptions.SO_BROADCAST, on);
    }

    @Override
    public boolean getBroadcast() throws SocketException {
        return get(StandardSocketOptions.SO_BROADCAST);
    }

    @Override
    public void setTrafficClass(int trafficClass) throws SocketException {
        set(StandardSocketOptions.IP_TOS, trafficClass);
    }

    @Override
    public int getTrafficClass() throws SocketException {
        return get(StandardSocketOptions.IP_TOS);
    }
}
