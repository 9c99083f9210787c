package io.heddle.poll.net;

import io.heddle.internal.sys.GroupRequest;
import io.heddle.internal.sys.Socket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A UDP socket that never waits, see udp(7). Readable when there is a datagram, or an error that came back; writable
 * when there is room to send.
 *
 * <p>A datagram is sent and received as a whole: of one that is longer than the buffer the rest is lost. Empty ones are
 * as good as others. Any thread may call any method. To be closed by its owner.
 */
public final class UdpSocket extends SocketEndpoint {
    private UdpSocket(Handle handle) {
        super(handle);
    }

    /**
     * Opens a socket with an address. The wildcard address receives by IPv6 and IPv4, and of multicast groups only what
     * it has joined.
     *
     * @param local where; port 0 takes a free one, see {@link #localAddress}
     * @return the open socket
     * @throws java.net.BindException if the address is in use, not of this machine, or not permitted
     * @throws java.net.UnknownHostException if the address is unresolved
     * @throws IOException if the process has no descriptors left
     * @throws UnsupportedOperationException as {@link TcpListener#bind}
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

    /**
     * Takes over a UDP socket and makes it non-blocking and close-on-exec.
     *
     * @param fd its number, which this closes from now on
     * @return the socket
     * @throws IOException if it is something else; the number stays the caller's
     */
    public static UdpSocket fromFd(int fd) throws IOException {
        return new UdpSocket(Handle.adopt(fd, Handle.Kind.UDP));
    }

    /** What has to be said before a socket is bound. Not for concurrent use; may be used again. */
    public static final class Builder extends SocketBuilder<Builder> {
        private Builder() {
            super(Handle.Kind.UDP);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Opens a socket with an address.
         *
         * @param local where; port 0 takes a free one
         * @return the open socket
         * @throws IOException as {@link UdpSocket#bind}
         */
        public UdpSocket bind(InetSocketAddress local) throws IOException {
            return new UdpSocket(Handle.open(Handle.Kind.UDP, local, handle -> {
                handle.prepareToBind();
                handle.setOptions(options);
                handle.bind(local);
            }));
        }
    }

    /**
     * Chooses the one peer that {@link #send} sends to and that datagrams are received from; those of others are
     * dropped by the kernel from now on. May be called again, for another. See connect(2).
     *
     * @param remote the peer
     * @throws java.net.UnknownHostException if the address is unresolved
     * @throws IOException if there is no way there, or this is closed
     */
    public void connect(InetSocketAddress remote) throws IOException {
        handle.connect(Handle.resolved(remote));
    }

    /**
     * Takes {@link #connect} back: receives from anybody, at the same port. Linux, up to 6.18 at least, does so by
     * halves on an IPv6 socket: by IPv6 it goes on to receive from the address of the last peer only.
     *
     * @throws java.net.BindException if the kernel had chosen the port, which it takes back for a moment, and somebody
     *     else has it now; this has none then
     * @throws IOException if this is closed
     */
    public void disconnect() throws IOException {
        handle.disconnect();
    }

    /**
     * Sends a datagram to the peer, see send(2). Heap and direct buffers are read by the kernel itself.
     *
     * @param src the datagram; its position moves to its limit
     * @return its length, or {@link WouldBlock#WOULD_BLOCK}
     * @throws java.net.PortUnreachableException if an earlier datagram was refused by the peer; this one was not sent
     * @throws IOException if this is not connected or closed, or the datagram is too long
     */
    public int send(ByteBuffer src) throws IOException {
        return handle.send(src);
    }

    /**
     * Sends a datagram, see sendmsg(2). Heap buffers go by way of native memory.
     *
     * @param src the datagram; its position moves to its limit
     * @param to where to; a connected socket, too, sends it there
     * @return its length, or {@link WouldBlock#WOULD_BLOCK}
     * @throws java.net.UnknownHostException if the address is unresolved
     * @throws IOException if there is no way there, the datagram is too long, or this is closed
     */
    public int sendTo(ByteBuffer src, InetSocketAddress to) throws IOException {
        return handle.sendTo(src, to);
    }

    /**
     * Sends several datagrams in one call, see sendmmsg(2): of the first 64 those that the kernel takes, and of heap
     * buffers no more than 64 KiB together.
     *
     * @param srcs one datagram each; the positions of those that were sent move to their limits
     * @param to where to, one for each; null for the peer of a connected socket
     * @return how many were sent, or {@link WouldBlock#WOULD_BLOCK}; the first that was not is why there are not more,
     *     and to send it again tells the reason
     * @throws IllegalArgumentException if there are fewer addresses than datagrams
     * @throws IOException as {@link #sendTo}, of the first
     */
    public int sendBatch(ByteBuffer[] srcs, InetSocketAddress @Nullable [] to) throws IOException {
        if (to != null) {
            requireAsMany(srcs.length, to.length);
            for (InetSocketAddress each : to) {
                Handle.resolved(each);
            }
        }
        return handle.sendBatch(srcs, to);
    }

    /**
     * Takes a datagram, see recv(2). Heap and direct buffers are filled by the kernel itself.
     *
     * @param dst where it goes; its position moves on
     * @return its length, at most what the buffer has room for, and 0 for an empty one; or {@link
     *     WouldBlock#WOULD_BLOCK}
     * @throws java.nio.ReadOnlyBufferException if the buffer cannot be written
     * @throws java.net.PortUnreachableException if this is connected and a datagram was refused by the peer
     * @throws IOException if this is closed
     */
    public int receive(ByteBuffer dst) throws IOException {
        return handle.receive(dst, 0);
    }

    /**
     * Takes a datagram and tells who sent it, see recvmsg(2). Heap buffers are filled by way of native memory.
     *
     * @param dst where it goes; its position moves on
     * @return the sender, or null if there is no datagram
     * @throws java.nio.ReadOnlyBufferException if the buffer cannot be written
     * @throws IOException as {@link #receive}
     */
    public @Nullable InetSocketAddress receiveFrom(ByteBuffer dst) throws IOException {
        return handle.receiveFromInet(dst, 0);
    }

    /**
     * Takes several datagrams in one call, see recvmmsg(2): at most 64, and into heap buffers of no more than 64 KiB
     * together.
     *
     * @param dsts where they go, one into each; the positions of those that were filled move on
     * @param from takes their senders; null if nobody wants them
     * @return how many there were, or {@link WouldBlock#WOULD_BLOCK}
     * @throws IllegalArgumentException if there is less room for addresses than for datagrams
     * @throws java.nio.ReadOnlyBufferException if a buffer cannot be written; nothing was received
     * @throws IOException as {@link #receive}
     */
    public int receiveBatch(ByteBuffer[] dsts, @Nullable InetSocketAddress @Nullable [] from) throws IOException {
        if (from != null) {
            requireAsMany(dsts.length, from.length);
        }
        return handle.receiveBatch(dsts, from);
    }

    private static void requireAsMany(int buffers, int addresses) {
        if (addresses < buffers) {
            throw new IllegalArgumentException(
                    "each datagram needs an address: datagrams=" + buffers + ", addresses=" + addresses);
        }
    }

    /**
     * Reads a datagram and leaves it there, MSG_PEEK in recv(2).
     *
     * @param dst where it goes; its position stays
     * @return as {@link #receive}
     * @throws java.nio.ReadOnlyBufferException if the buffer cannot be written
     * @throws IOException as {@link #receive}
     */
    public int peek(ByteBuffer dst) throws IOException {
        return handle.receive(dst, Socket.MSG_PEEK);
    }

    /**
     * Reads a datagram and leaves it there, and tells who sent it.
     *
     * @param dst where it goes, from its position on, which stays
     * @return as {@link #receiveFrom}
     * @throws java.nio.ReadOnlyBufferException if the buffer cannot be written
     * @throws IOException as {@link #receive}
     */
    public @Nullable InetSocketAddress peekFrom(ByteBuffer dst) throws IOException {
        return handle.receiveFromInet(dst, Socket.MSG_PEEK);
    }

    /**
     * Joins a multicast group, see MCAST_JOIN_GROUP in ip(7).
     *
     * @param group its address
     * @param network the interface to receive by; null leaves it to the kernel
     * @throws IllegalArgumentException if the address is no group's
     * @throws IOException if it is joined already, the interface cannot do that, or this is closed
     */
    public void join(InetAddress group, @Nullable NetworkInterface network) throws IOException {
        handle.group(GroupRequest.JOIN, group(group), network, null);
    }

    /**
     * Joins a multicast group for what one source sends to it, see MCAST_JOIN_SOURCE_GROUP in ip(7).
     *
     * @param group its address
     * @param network the interface to receive by; null leaves it to the kernel
     * @param source whose datagrams to receive
     * @throws IllegalArgumentException if the address is no group's
     * @throws IOException as {@link #join(InetAddress, NetworkInterface)}
     */
    public void join(InetAddress group, @Nullable NetworkInterface network, InetAddress source) throws IOException {
        handle.group(GroupRequest.JOIN_SOURCE, group(group), network, source);
    }

    /**
     * Leaves a group.
     *
     * @param group as it was joined
     * @param network as it was joined
     * @throws IllegalArgumentException if the address is no group's
     * @throws IOException if it is not joined, or this is closed
     */
    public void leave(InetAddress group, @Nullable NetworkInterface network) throws IOException {
        handle.group(GroupRequest.LEAVE, group(group), network, null);
    }

    /**
     * Leaves a group that was joined for one source.
     *
     * @param group as it was joined
     * @param network as it was joined
     * @param source as it was joined
     * @throws IllegalArgumentException if the address is no group's
     * @throws IOException if it is not joined, or this is closed
     */
    public void leave(InetAddress group, @Nullable NetworkInterface network, InetAddress source) throws IOException {
        handle.group(GroupRequest.LEAVE_SOURCE, group(group), network, source);
    }

    private static InetAddress group(InetAddress group) {
        if (!group.isMulticastAddress()) {
            throw new IllegalArgumentException("a group has a multicast address: group=" + group);
        }
        return group;
    }

    /**
     * The address of this socket.
     *
     * @return address and port
     * @throws IOException if this is closed
     */
    public InetSocketAddress localAddress() throws IOException {
        return handle.localInet();
    }

    /**
     * The peer.
     *
     * @return null if this is not connected
     * @throws IOException if this is closed
     */
    public @Nullable InetSocketAddress remoteAddress() throws IOException {
        return handle.remoteInet();
    }

    /**
     * Whether it is an IPv6 socket that IPv4 does not reach, IPV6_V6ONLY in ipv6(7).
     *
     * @return false for an IPv4 socket
     * @throws IOException if this is closed
     */
    public boolean isOnlyV6() throws IOException {
        return handle.isOnlyV6();
    }

    /**
     * How many hops its packets to one receiver may go, IP_TTL in ip(7). For groups there is
     * {@link java.net.StandardSocketOptions#IP_MULTICAST_TTL}.
     *
     * @return 1 to 255
     * @throws IOException if this is closed
     */
    public int ttl() throws IOException {
        return handle.ttl();
    }

    /**
     * Sets {@link #ttl}.
     *
     * @param hops 1 to 255
     * @throws IllegalArgumentException if it is not
     * @throws IOException if this is closed
     */
    public void setTtl(int hops) throws IOException {
        handle.setTtl(hops);
    }
}
