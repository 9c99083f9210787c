package io.heddle.poll.net;

import io.heddle.internal.sys.Socket;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A Unix datagram socket that never waits, see unix(7). Readable when there is a datagram; writable when there is room
 * to send. For addresses see {@link UnixListener}.
 *
 * <p>Datagrams arrive whole, in order, and none is lost; of one that is longer than the buffer the rest is. A receiver
 * that is not connected and has its queue full makes {@link #sendTo} answer {@code WOULD_BLOCK}, and no event tells
 * when it has room: try again later, or connect to it.
 *
 * <p>Any thread may call any method. To be closed by its owner.
 */
public final class UnixDatagram extends SocketEndpoint {
    private UnixDatagram(Handle handle) {
        super(handle);
    }

    /**
     * Opens a socket with a name, to which others can send.
     *
     * @param local as for a {@link UnixListener}
     * @return the open socket
     * @throws java.net.BindException if there is such a file, or somebody has the name
     * @throws IOException as {@link UnixListener#bind}
     * @throws UnsupportedOperationException as {@link TcpListener#bind}
     */
    public static UnixDatagram bind(UnixDomainSocketAddress local) throws IOException {
        return new UnixDatagram(Handle.openUnix(Handle.Kind.UNIX_DATAGRAM, handle -> handle.bind(local)));
    }

    /**
     * Opens a socket without a name.
     *
     * @return the open socket
     * @throws IOException if the process has no descriptors left
     * @throws UnsupportedOperationException as {@link TcpListener#bind}
     */
    public static UnixDatagram unbound() throws IOException {
        return new UnixDatagram(Handle.openUnix(Handle.Kind.UNIX_DATAGRAM, handle -> {}));
    }

    /**
     * Two sockets that are connected with each other, see socketpair(2).
     *
     * @return an array of two; neither has a name
     * @throws IOException if the process has no descriptors left
     * @throws UnsupportedOperationException as {@link TcpListener#bind}
     */
    public static UnixDatagram[] pair() throws IOException {
        Handle[] pair = Handle.pair(Handle.Kind.UNIX_DATAGRAM);
        return new UnixDatagram[] {new UnixDatagram(pair[0]), new UnixDatagram(pair[1])};
    }

    /**
     * Takes over a Unix datagram socket and makes it non-blocking and close-on-exec.
     *
     * @param fd its number, which this closes from now on
     * @return the socket
     * @throws IOException if it is something else; the number stays the caller's
     */
    public static UnixDatagram fromFd(int fd) throws IOException {
        return new UnixDatagram(Handle.adopt(fd, Handle.Kind.UNIX_DATAGRAM));
    }

    /**
     * Chooses the one peer that {@link #send} sends to, and that may send to this. May be called again, for another.
     * See connect(2).
     *
     * @param remote the peer
     * @throws java.net.ConnectException if nobody has this file any more
     * @throws IOException if there is no such file, it may not be written, or this is closed
     */
    public void connect(UnixDomainSocketAddress remote) throws IOException {
        handle.connect(remote);
    }

    /**
     * Sends a datagram to the peer, see send(2). Heap and direct buffers are read by the kernel itself.
     *
     * @param src the datagram; its position moves to its limit
     * @return its length, or {@link WouldBlock#WOULD_BLOCK}
     * @throws java.net.ConnectException if the peer is gone
     * @throws IOException if this is not connected or closed, or the datagram is longer than SO_SNDBUF
     */
    public int send(ByteBuffer src) throws IOException {
        return handle.send(src);
    }

    /**
     * Sends a datagram to the peer and passes duplicates of descriptors along, SCM_RIGHTS in unix(7).
     *
     * @param src the datagram; its position moves to its limit
     * @param fds numbers of this process, at most 253; they stay open here
     * @return its length, or {@link WouldBlock#WOULD_BLOCK}
     * @throws IllegalArgumentException if there are too many descriptors
     * @throws IOException as {@link #send(ByteBuffer)}; if a number is no open descriptor's; if this user has too many
     *     descriptors under way
     */
    public int send(ByteBuffer src, int[] fds) throws IOException {
        UnixStream.requirePassable(fds);
        return handle.write(src, fds);
    }

    /**
     * Sends a datagram, see sendmsg(2). Heap buffers go by way of native memory.
     *
     * @param src the datagram; its position moves to its limit
     * @param to where to
     * @return its length, or {@link WouldBlock#WOULD_BLOCK}
     * @throws java.net.ConnectException if nobody has this file any more
     * @throws IOException if there is no such file or abstract name, it may not be written, the datagram is longer than
     *     SO_SNDBUF, or this is closed
     */
    public int sendTo(ByteBuffer src, UnixDomainSocketAddress to) throws IOException {
        return handle.sendTo(src, to);
    }

    /**
     * Takes a datagram, see recv(2). Heap and direct buffers are filled by the kernel itself.
     *
     * @param dst where it goes; its position moves on
     * @return its length, at most what the buffer has room for, and 0 for an empty one; or {@link
     *     WouldBlock#WOULD_BLOCK}
     * @throws java.nio.ReadOnlyBufferException if the buffer cannot be written
     * @throws IOException if this is closed
     */
    public int receive(ByteBuffer dst) throws IOException {
        return handle.receive(dst, 0);
    }

    /**
     * Takes a datagram, and the descriptors that came along. A receive without this argument closes them.
     *
     * @param dst where it goes; its position moves on
     * @param passed takes the descriptors; those that it has no room for are closed
     * @return as {@link #receive(ByteBuffer)}
     * @throws java.nio.ReadOnlyBufferException if the buffer cannot be written
     * @throws IOException as {@link #receive(ByteBuffer)}
     */
    public int receive(ByteBuffer dst, PassedDescriptors passed) throws IOException {
        return handle.read(dst, passed);
    }

    /**
     * Takes a datagram and tells who sent it, see recvmsg(2). Heap buffers are filled by way of native memory.
     *
     * @param dst where it goes; its position moves on
     * @return the sender, with the empty path if it has no name; null if there is no datagram
     * @throws java.nio.ReadOnlyBufferException if the buffer cannot be written
     * @throws IOException as {@link #receive(ByteBuffer)}
     */
    public @Nullable UnixDomainSocketAddress receiveFrom(ByteBuffer dst) throws IOException {
        return handle.receiveFromUnix(dst, 0);
    }

    /**
     * Reads a datagram and leaves it there, MSG_PEEK in recv(2).
     *
     * @param dst where it goes, from its position on, which stays
     * @return as {@link #receive(ByteBuffer)}
     * @throws java.nio.ReadOnlyBufferException if the buffer cannot be written
     * @throws IOException as {@link #receive(ByteBuffer)}
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
     * @throws IOException as {@link #receive(ByteBuffer)}
     */
    public @Nullable UnixDomainSocketAddress peekFrom(ByteBuffer dst) throws IOException {
        return handle.receiveFromUnix(dst, Socket.MSG_PEEK);
    }

    /**
     * Receives no more, see shutdown(2): who sends to this from now on finds the pipe broken. Receives of this still
     * answer {@code WOULD_BLOCK}.
     *
     * @throws IOException if this is closed
     */
    public void shutdownInput() throws IOException {
        handle.shutdown(Socket.SHUT_RD);
    }

    /**
     * Sends no more, see shutdown(2): a send finds the pipe broken.
     *
     * @throws IOException if this is closed
     */
    public void shutdownOutput() throws IOException {
        handle.shutdown(Socket.SHUT_WR);
    }

    /**
     * Who is at the other end of a pair, SO_PEERCRED in unix(7).
     *
     * @return the process that made the pair
     * @throws IOException if this is closed
     */
    public PeerCredentials peerCredentials() throws IOException {
        return handle.peerCredentials();
    }

    /**
     * The name of this socket.
     *
     * @return the empty path if it has none
     * @throws IOException if this is closed
     */
    public UnixDomainSocketAddress localAddress() throws IOException {
        return handle.localUnix();
    }

    /**
     * The name of the peer.
     *
     * @return the empty path if it has none; null if this is not connected
     * @throws IOException if this is closed
     */
    public @Nullable UnixDomainSocketAddress remoteAddress() throws IOException {
        return handle.remoteUnix();
    }
}
