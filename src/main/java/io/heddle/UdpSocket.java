package io.heddle;

import io.heddle.internal.engine.Engine;
import io.heddle.internal.socket.Deadlines;
import io.heddle.internal.socket.Leaks;
import io.heddle.internal.socket.SocketKind;
import io.heddle.internal.socket.SocketOptions;
import io.heddle.internal.socket.UdpMessageSocket;
import java.io.Closeable;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketOption;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A UDP socket with blocking calls; see udp(7). Datagrams may be lost, doubled or come in another order.
 *
 * {@snippet file="io/heddle/HeddleExamples.java" region="udp"}
 *
 * <p>Timeouts, interrupts and close follow the rules of {@link TcpSocket}, which are those of
 * {@link java.net.DatagramSocket} on a virtual thread. As there SO_BROADCAST is set, and a socket gets only what is for
 * groups that it has joined itself. In place of {@link java.net.DatagramPacket} there are buffers and addresses.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Every method may be called by any thread, virtual or platform. One receiver and one sender make progress at the
 * same time; a second receiver waits for the first, a second sender likewise. A socket that nobody can reach any more
 * is closed.
 */
public final class UdpSocket implements Closeable {
    private final UdpMessageSocket socket;
    private final Cleaner.Cleanable cleanable;

    private UdpSocket(UdpMessageSocket socket) {
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
     * Binds to an address. Does not block.
     *
     * @param local the wildcard is both IPv6 and IPv4; port 0 takes a free one
     * @return the open socket
     * @throws java.net.BindException if the address is in use, not of this machine, or not permitted
     * @throws UnknownHostException if the address is unresolved
     * @throws IOException if the process has no descriptors left
     * @throws UnsupportedOperationException as {@link Heddle#shared}; so are IllegalStateException and
     *     IllegalArgumentException, which tell of this program's flags
     */
    public static UdpSocket bind(InetSocketAddress local) throws IOException {
        return builder().bind(local);
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
         * @param name an option of {@link UdpSocket#supportedOptions}
         * @param value its value
         * @return this
         * @throws UnsupportedOperationException if a socket has no such option
         * @throws IllegalArgumentException if the option has no such value
         */
        public <T> Builder option(SocketOption<T> name, T value) {
            SocketOptions.check(name, value, SocketKind.UDP);
            options.put(name, value);
            return this;
        }

        /**
         * Binds; see {@link UdpSocket#bind(InetSocketAddress)}.
         *
         * @param local port 0 takes a free one
         * @return the open socket
         * @throws IOException if it fails; nothing is left open
         */
        public UdpSocket bind(InetSocketAddress local) throws IOException {
            ensureResolved(local);
            Engine.ensure();
            return new UdpSocket(UdpMessageSocket.bind(Engine.HOMES, local, options));
        }
    }

    private static void ensureResolved(InetSocketAddress address) throws UnknownHostException {
        if (address.isUnresolved()) {
            throw new UnknownHostException(address.getHostString());
        }
    }

    /**
     * From now on {@link #send} goes to this peer, and only what it sends arrives, apart from what had arrived before.
     * Does not block. May be called again for another peer.
     *
     * @param remote the peer
     * @return this
     * @throws UnknownHostException if the address is unresolved
     * @throws java.net.SocketException if there is no way to it, or the socket is closed
     * @throws IOException if the kernel refuses
     */
    public UdpSocket connect(InetSocketAddress remote) throws IOException {
        ensureResolved(remote);
        try {
            socket.connect(remote);
        } finally {
            Reference.reachabilityFence(this);
        }
        return this;
    }

    /**
     * Takes {@link #connect} back: datagrams of all senders arrive again. Does not block. The port stays the same.
     * Linux, up to 6.18 at least, does it by halves for a socket that is bound to the wildcard or to IPv6: over IPv6 it
     * goes on to hear the last peer only.
     *
     * @return this
     * @throws java.net.BindException if the kernel had chosen the port, which it takes back for a moment, and somebody
     *     else has it now; this has none then
     * @throws java.net.SocketException if the socket is closed
     * @throws IOException if the kernel refuses
     */
    public UdpSocket disconnect() throws IOException {
        try {
            socket.disconnect();
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
     * @throws java.net.PortUnreachableException if an earlier datagram met a port where nobody is; known to connected
     *     sockets only
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
     * @return who sent it
     * @throws ReadOnlyBufferException if the buffer cannot be written
     * @throws java.net.SocketTimeoutException if the read timeout passes first
     * @throws IOException as {@link #receive(ByteBuffer)}
     */
    public InetSocketAddress receiveFrom(ByteBuffer dst) throws IOException {
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
     * Parks a virtual thread while the kernel has no room; a platform thread waits as a whole. The write
     * timeout bounds the wait, including that for an earlier sender.
     *
     * @param src the bytes; its position moves to its limit
     * @return how many those were
     * @throws java.net.SocketTimeoutException if the write timeout passes first; nothing was sent
     * @throws java.net.PortUnreachableException if an earlier datagram met a port where nobody is; known to connected
     *     sockets only
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
     * Sends one datagram to whom one likes; see {@link #send(ByteBuffer)}.
     *
     * @param src the bytes; its position moves to its limit
     * @param to the receiver
     * @return how many those were
     * @throws java.net.SocketTimeoutException if the write timeout passes first; nothing was sent
     * @throws UnknownHostException if the address is unresolved
     * @throws IOException as {@link #send(ByteBuffer)}
     */
    public int sendTo(ByteBuffer src, InetSocketAddress to) throws IOException {
        ensureResolved(to);
        try {
            return socket.sendTo(src, to);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Sends an array as one datagram to whom one likes; see {@link #sendTo(ByteBuffer, InetSocketAddress)}.
     *
     * @param src the bytes
     * @param to the receiver
     * @throws java.net.SocketTimeoutException if the write timeout passes first; nothing was sent
     * @throws IOException as {@link #send(ByteBuffer)}
     */
    public void sendTo(byte[] src, InetSocketAddress to) throws IOException {
        int sent = sendTo(ByteBuffer.wrap(src), to);
        assert sent == src.length : "sent=" + sent;
    }

    /**
     * Waits for a datagram, and takes those that have come with it, one for each buffer; see recvmmsg(2). At
     * most 64 come at once, and of those for heap buffers only as many as have room for 64 KiB together: direct buffers
     * have no such limit.
     *
     * @param dsts where the bytes go, at least one buffer; the positions of those that are used move on
     * @param from takes who sent each, as long as {@code dsts} at least
     * @return how many came; at least 1
     * @throws IllegalArgumentException if there is no buffer, or not a place for each in {@code from}
     * @throws ReadOnlyBufferException if a buffer cannot be written
     * @throws java.net.SocketTimeoutException if the read timeout passes first
     * @throws IOException as {@link #receive(ByteBuffer)}
     */
    public int receiveMany(ByteBuffer[] dsts, @Nullable InetSocketAddress[] from) throws IOException {
        if (dsts.length == 0 || from.length < dsts.length) {
            throw new IllegalArgumentException("there must be a buffer at least, and a place in from for each: dsts="
                    + dsts.length + ", from=" + from.length);
        }
        try {
            return socket.receiveMany(dsts, from);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Sends a datagram of each buffer, in order, with one call of the kernel up to 64, and of heap buffers up to 64 KiB
     * together; see sendmmsg(2). If one cannot be sent, those before it were: their positions are at their limits.
     *
     * @param srcs the bytes; the positions move to the limits
     * @param to the receiver of each
     * @throws IllegalArgumentException if there are not as many receivers as buffers
     * @throws java.net.SocketTimeoutException if the write timeout passes first
     * @throws UnknownHostException if an address is unresolved
     * @throws IOException as {@link #send(ByteBuffer)}
     */
    public void sendMany(ByteBuffer[] srcs, InetSocketAddress[] to) throws IOException {
        if (srcs.length != to.length) {
            throw new IllegalArgumentException(
                    "there must be a receiver for each buffer: srcs=" + srcs.length + ", to=" + to.length);
        }
        for (InetSocketAddress each : to) {
            ensureResolved(each);
        }
        try {
            socket.sendMany(srcs, to);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Sends a datagram of each buffer to the peer that this is connected to; see
     * {@link #sendMany(ByteBuffer[], InetSocketAddress[])}.
     *
     * @param srcs the bytes; the positions move to the limits
     * @throws java.net.SocketTimeoutException if the write timeout passes first
     * @throws IOException as {@link #send(ByteBuffer)}
     */
    public void sendMany(ByteBuffer[] srcs) throws IOException {
        try {
            socket.sendMany(srcs, null);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Joins a multicast group: what is sent to it, and to this port, arrives from now on. Does not block. How datagrams
     * leave for a group is said by the options {@link java.net.StandardSocketOptions#IP_MULTICAST_IF},
     * {@link java.net.StandardSocketOptions#IP_MULTICAST_TTL} and
     * {@link java.net.StandardSocketOptions#IP_MULTICAST_LOOP}.
     *
     * @param group IPv4 or IPv6
     * @param network where; null leaves it to the kernel's routes
     * @return this
     * @throws IllegalArgumentException if it is no group's address
     * @throws java.net.SocketException if it was joined before; if the socket is of IPv4 and the group of IPv6; or if
     *     the socket is closed
     * @throws IOException if the kernel refuses
     */
    public UdpSocket join(InetAddress group, @Nullable NetworkInterface network) throws IOException {
        return change(true, group, network, null);
    }

    /**
     * Joins a multicast group for what one source sends. May be called again for other sources.
     *
     * @param group IPv4 or IPv6
     * @param network where; null leaves it to the kernel's routes
     * @param source whose datagrams, of the same family
     * @return this
     * @throws IllegalArgumentException if it is no group's address
     * @throws IOException as {@link #join(InetAddress, NetworkInterface)}
     */
    public UdpSocket join(InetAddress group, @Nullable NetworkInterface network, InetAddress source)
            throws IOException {
        return change(true, group, network, source);
    }

    /**
     * Leaves a multicast group. Does not block.
     *
     * @param group as it was joined
     * @param network as it was joined
     * @return this
     * @throws IllegalArgumentException if it is no group's address
     * @throws java.net.SocketException if it was not joined, or the socket is closed
     * @throws IOException if the kernel refuses
     */
    public UdpSocket leave(InetAddress group, @Nullable NetworkInterface network) throws IOException {
        return change(false, group, network, null);
    }

    /**
     * Leaves a multicast group that was joined for one source.
     *
     * @param group as it was joined
     * @param network as it was joined
     * @param source as it was joined
     * @return this
     * @throws IllegalArgumentException if it is no group's address
     * @throws IOException as {@link #leave(InetAddress, NetworkInterface)}
     */
    public UdpSocket leave(InetAddress group, @Nullable NetworkInterface network, InetAddress source)
            throws IOException {
        return change(false, group, network, source);
    }

    private UdpSocket change(
            boolean join, InetAddress group, @Nullable NetworkInterface network, @Nullable InetAddress source)
            throws IOException {
        if (!group.isMulticastAddress()) {
            throw new IllegalArgumentException("group must be a multicast address: group=" + group);
        }
        try {
            socket.group(join, group, network, source);
        } finally {
            Reference.reachabilityFence(this);
        }
        return this;
    }

    /**
     * Bounds every later receive. Costs nothing per call.
     *
     * @param timeout how long one may take; {@link Duration#ZERO}, the default, for ever
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public UdpSocket setReadTimeout(Duration timeout) {
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
    public UdpSocket setWriteTimeout(Duration timeout) {
        socket.setWriteTimeoutNanos(Deadlines.toNanos(timeout));
        return this;
    }

    /**
     * The address on this side.
     *
     * @return after close the one it was bound to
     */
    public InetSocketAddress localAddress() {
        return socket.localAddress();
    }

    /**
     * The peer that this is connected to.
     *
     * @return null if it is not
     */
    public @Nullable InetSocketAddress remoteAddress() {
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
    public <T> UdpSocket setOption(SocketOption<T> name, T value) throws IOException {
        socket.setOption(name, value);
        return this;
    }

    /**
     * Asks for an option. Does not block.
     *
     * @param <T> the type of the value
     * @param name an option of {@link #supportedOptions}
     * @return its value; null for an interface that nobody chose
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
     * @return of {@link java.net.StandardSocketOptions} and {@link jdk.net.ExtendedSocketOptions}
     */
    public static Set<SocketOption<?>> supportedOptions() {
        return SocketOptions.supported(SocketKind.UDP);
    }

    /**
     * Tells whether this was not closed.
     *
     * @return false after {@link #close}, or after an interrupt closed it
     */
    public boolean isOpen() {
        return socket.isOpen();
    }

    /** Closes the socket; calls in progress fail. Does not wait; closing again does nothing. */
    @Override
    public void close() {
        cleanable.clean();
    }

    @Override
    public String toString() {
        return "UdpSocket[local=" + localAddress() + ", remote=" + remoteAddress() + ", open=" + isOpen() + "]";
    }
}
