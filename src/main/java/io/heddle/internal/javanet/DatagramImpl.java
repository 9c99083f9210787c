package io.heddle.internal.javanet;

import io.heddle.internal.engine.Engine;
import io.heddle.internal.jdk.DatagramPackets;
import io.heddle.internal.socket.Leaks;
import io.heddle.internal.socket.SocketKind;
import io.heddle.internal.socket.SocketOptions;
import io.heddle.internal.socket.UdpMessageSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.net.DatagramPacket;
import java.net.DatagramSocketImpl;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * The implementation of a {@link java.net.DatagramSocket}. Texts and their order are those of the JDK's own
 * implementation, because programs match on them.
 */
public final class DatagramImpl extends DatagramSocketImpl {
    private final UdpMessageSocket socket;
    private final Cleaner.Cleanable closer;

    /**
     * Held to send, connect and disconnect, and taken before the other: or who has just compared a packet's address
     * with the peer's could send to another peer.
     */
    private final ReentrantLock sendLock = new ReentrantLock();

    /** Held to bind, connect, disconnect, join and leave; never while anything waits. */
    private final ReentrantLock lock = new ReentrantLock();

    /** Guarded by lock. */
    private final Set<Membership> memberships = new HashSet<>();

    /** Null until it is bound; stays after close. */
    private volatile @Nullable InetSocketAddress local;

    private volatile int timeoutMillis;

    private record Membership(InetAddress group, int interfaceIndex) {}

    /** An open socket that is not bound. */
    public DatagramImpl() throws SocketException {
        Engine.ensure();
        try {
            socket = UdpMessageSocket.open(Engine.HOMES);
        } catch (IOException e) {
            throw asSocketException(e);
        }
        try {
            closer = Leaks.register(this, socket::close);
        } catch (Throwable t) {
            // As in DescriptorImpl.
            socket.close();
            throw t;
        }
    }

    /** The same failure, for who may throw no other. */
    public static SocketException asSocketException(IOException e) {
        if (e instanceof SocketException known) {
            return known;
        }
        return new SocketException(
                e instanceof ClosedChannelException ? "Socket is closed" : String.valueOf(e.getMessage()), e);
    }

    @Override
    public void close() {
        closer.clean();
    }

    public boolean isOpen() {
        return socket.isOpen();
    }

    // Names

    /** Where it is bound to, or was when it was closed; null if nowhere. */
    public @Nullable InetSocketAddress localAddress() {
        return local;
    }

    /** Whom it is connected to, or was when it was closed; null if nobody. */
    public @Nullable InetSocketAddress remoteAddress() {
        return socket.remoteAddress();
    }

    /** Null for an address: nobody knows it. */
    @Override
    public void bind(int port, @Nullable InetAddress address) throws SocketException {
        lock.lock();
        try {
            if (!socket.isOpen()) {
                throw new SocketException("Socket is closed");
            }
            if (local != null) {
                throw new SocketException("Already bound");
            }
            if (address == null) {
                throw new SocketException("Unresolved address");
            }
            bindNow(new InetSocketAddress(address, port));
        } catch (IOException e) {
            throw asSocketException(e);
        } finally {
            lock.unlock();
        }
    }

    private void bindNow(InetSocketAddress address) throws IOException {
        socket.bind(address);
        noteLocal();
    }

    /** As the JDK's, it shows the wildcard as the kernel does. */
    private void noteLocal() {
        InetSocketAddress known = socket.kernelAddress();
        if (known != null) {
            local = known;
        }
    }

    private void ensureBound() throws IOException {
        if (local != null) {
            return;
        }
        lock.lock();
        try {
            if (local == null) {
                bindNow(new InetSocketAddress(0));
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void connect(InetAddress address, int port) throws SocketException {
        sendLock.lock();
        lock.lock();
        try {
            socket.ensureOpen();
            if (port == 0) {
                throw new SocketException("Can't connect to port 0");
            }
            ensureBound();
            socket.connect(new InetSocketAddress(address, port));
            noteLocal();
            // Or the first to be received could still be a stranger's.
            socket.discard();
        } catch (IOException e) {
            // As in the JDK, connecting a closed socket does nothing.
            if (socket.isOpen()) {
                throw asSocketException(e);
            }
        } finally {
            lock.unlock();
            sendLock.unlock();
        }
    }

    @Override
    public void disconnect() {
        sendLock.lock();
        lock.lock();
        try {
            if (socket.isOpen() && socket.remoteAddress() != null) {
                socket.disconnect();
                noteLocal();
            }
        } catch (IOException e) {
            if (socket.isOpen()) {
                throw new UncheckedIOException(e);
            }
        } finally {
            lock.unlock();
            sendLock.unlock();
        }
    }

    // Datagrams

    @Override
    public void send(DatagramPacket packet) throws IOException {
        Objects.requireNonNull(packet);
        sendLock.lock();
        try {
            implSend(packet);
        } finally {
            sendLock.unlock();
            Reference.reachabilityFence(this);
        }
    }

    private void implSend(DatagramPacket packet) throws IOException {
        socket.ensureOpen();
        InetSocketAddress peer = socket.remoteAddress();
        if (packet.getAddress() == null) {
            if (peer == null) {
                throw new IllegalArgumentException("Address not set");
            }
            packet.setSocketAddress(peer);
        }
        InetSocketAddress to = (InetSocketAddress) packet.getSocketAddress();
        ByteBuffer src = ByteBuffer.wrap(packet.getData(), packet.getOffset(), packet.getLength());
        ensureBound();
        if (peer == null) {
            socket.sendTo(src, to);
        } else if (to.equals(peer)) {
            socket.send(src);
        } else {
            throw new IllegalArgumentException("Connected and packet address differ");
        }
    }

    @Override
    public void receive(DatagramPacket packet) throws IOException {
        Objects.requireNonNull(packet);
        socket.ensureOpen();
        byte[] data = packet.getData();
        int offset = packet.getOffset();
        int room = DatagramPackets.room(packet);
        ByteBuffer dst = ByteBuffer.wrap(data, offset, room);
        InetSocketAddress from;
        try {
            ensureBound();
            from = socket.receiveFrom(dst);
        } finally {
            Reference.reachabilityFence(this);
        }
        DatagramPackets.setReceived(packet, data, offset, room, dst.position() - offset);
        packet.setSocketAddress(from);
    }

    public int timeoutMillis() {
        return timeoutMillis;
    }

    /** Of receive; zero for none. */
    public void setTimeoutMillis(int millis) {
        timeoutMillis = millis;
        socket.setReadTimeoutNanos(TimeUnit.MILLISECONDS.toNanos(millis));
    }

    // Groups

    @Override
    public void joinGroup(SocketAddress group, @Nullable NetworkInterface network) throws IOException {
        changeGroup(true, group, network);
    }

    @Override
    public void leaveGroup(SocketAddress group, @Nullable NetworkInterface network) throws IOException {
        changeGroup(false, group, network);
    }

    private void changeGroup(boolean join, SocketAddress address, @Nullable NetworkInterface network)
            throws IOException {
        if (!(address instanceof InetSocketAddress named)) {
            throw new IllegalArgumentException("Unsupported address type");
        }
        InetAddress group = named.getAddress();
        if (group == null) {
            throw new IllegalArgumentException("Unresolved address");
        }
        if (!group.isMulticastAddress()) {
            throw new SocketException("Not a multicast address");
        }
        lock.lock();
        try {
            ensureChannelOpen();
            NetworkInterface on = network != null ? network : getOption(StandardSocketOptions.IP_MULTICAST_IF);
            Membership membership = new Membership(group, on == null ? 0 : on.getIndex());
            // The kernel would leave any of them where none is named.
            if (memberships.contains(membership) == join) {
                throw new SocketException(join ? "Already a member of group" : "Not a member of group");
            }
            socket.group(join, group, on, null);
            boolean changed = join ? memberships.add(membership) : memberships.remove(membership);
            assert changed : membership;
        } catch (ClosedChannelException e) {
            throw asSocketException(e);
        } finally {
            lock.unlock();
        }
    }

    // Options

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return SocketOptions.supported(SocketKind.UDP);
    }

    @Override
    public <T> void setOption(SocketOption<T> name, T value) throws IOException {
        ensureSupported(name);
        if (!name.type().isInstance(value)) {
            throw new IllegalArgumentException("Invalid value '" + value + "'");
        }
        ensureChannelOpen();
        if (name == ExtendedSocketOptions.SO_INCOMING_NAPI_ID) {
            throw new SocketException("Attempt to set read only option " + name);
        }
        try {
            socket.setOption(name, value);
        } catch (IllegalArgumentException e) {
            throw DescriptorImpl.refused(name, e);
        }
    }

    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        ensureSupported(name);
        ensureChannelOpen();
        return socket.getOption(name);
    }

    private void ensureSupported(SocketOption<?> name) {
        Objects.requireNonNull(name);
        if (!supportedOptions().contains(name)) {
            throw new UnsupportedOperationException("'" + name + "' not supported");
        }
    }

    /** The JDK's socket is a channel, and this shows. */
    private void ensureChannelOpen() throws ClosedChannelException {
        if (!socket.isOpen()) {
            throw new ClosedChannelException();
        }
    }

    // HeddleDatagramSocket asks for none of these, and java.net nothing at all.

    @Override
    protected void create() {
        throw unasked();
    }

    @Override
    protected int peek(InetAddress address) {
        throw unasked();
    }

    @Override
    protected int peekData(DatagramPacket packet) {
        throw unasked();
    }

    @Override
    @SuppressWarnings("removal")
    protected void setTTL(byte ttl) {
        throw unasked();
    }

    @Override
    @SuppressWarnings("removal")
    protected byte getTTL() {
        throw unasked();
    }

    @Override
    protected void setTimeToLive(int ttl) {
        throw unasked();
    }

    @Override
    protected int getTimeToLive() {
        throw unasked();
    }

    @Override
    protected void join(InetAddress group) {
        throw unasked();
    }

    @Override
    protected void leave(InetAddress group) {
        throw unasked();
    }

    @Override
    public void setOption(int name, Object value) {
        throw unasked();
    }

    @Override
    public Object getOption(int name) {
        throw unasked();
    }

    private static AssertionError unasked() {
        return new AssertionError("HeddleDatagramSocket must override what java.net.DatagramSocket delegates");
    }
}
