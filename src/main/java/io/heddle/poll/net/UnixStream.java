package io.heddle.poll.net;

import io.heddle.internal.sys.Message;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A Unix stream socket that never waits, see unix(7). Readable when there is something to read, or the end; writable
 * when there is room to write. For addresses see {@link UnixListener}.
 *
 * <p>Any thread may call any method. To be closed by its owner.
 */
public final class UnixStream extends StreamEndpoint {
    UnixStream(Handle handle) {
        super(handle);
    }

    /**
     * Connects, see connect(2). That is done at once; {@link #finishConnect} is there all the same, for programs that
     * serve TCP, too.
     *
     * @param remote where a {@link UnixListener} listens
     * @return a connected socket
     * @throws java.net.ConnectException if nobody listens at this file any more
     * @throws IOException if there is no such file, it may not be written, or the backlog of the listener is full: try
     *     again later. Nothing is left open
     * @throws UnsupportedOperationException as {@link TcpListener#bind}
     */
    public static UnixStream connect(UnixDomainSocketAddress remote) throws IOException {
        return builder().connect(remote);
    }

    /**
     * A builder for what has to be said before the socket is connected.
     *
     * @return a new builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Two sockets that are connected with each other, see socketpair(2).
     *
     * @return an array of two; neither has a name
     * @throws IOException if the process has no descriptors left
     * @throws UnsupportedOperationException as {@link TcpListener#bind}
     */
    public static UnixStream[] pair() throws IOException {
        Handle[] pair = Handle.pair(Handle.Kind.UNIX_STREAM);
        return new UnixStream[] {new UnixStream(pair[0]), new UnixStream(pair[1])};
    }

    /**
     * Takes over a Unix stream socket and makes it non-blocking and close-on-exec.
     *
     * @param fd its number, which this closes from now on
     * @return the stream
     * @throws IOException if it is something else; the number stays the caller's
     */
    public static UnixStream fromFd(int fd) throws IOException {
        return new UnixStream(Handle.adopt(fd, Handle.Kind.UNIX_STREAM));
    }

    /** What has to be said before a socket is connected. Not for concurrent use; may be used again. */
    public static final class Builder extends SocketBuilder<Builder> {
        private @Nullable UnixDomainSocketAddress local;

        private Builder() {
            super(Handle.Kind.UNIX_STREAM);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Gives this end a name, too, see bind(2). A socket has none if this is not called.
         *
         * @param address as for a listener
         * @return this
         */
        public Builder local(UnixDomainSocketAddress address) {
            local = address;
            return this;
        }

        /**
         * Connects. Where that fails there is no file of the local address, so it can be tried again.
         *
         * @param remote where a {@link UnixListener} listens
         * @return a connected socket
         * @throws java.net.BindException if there is a file of the local address
         * @throws IOException as {@link UnixStream#connect}
         */
        public UnixStream connect(UnixDomainSocketAddress remote) throws IOException {
            UnixDomainSocketAddress from = local;
            return new UnixStream(Handle.openUnix(Handle.Kind.UNIX_STREAM, handle -> {
                handle.setOptions(options);
                if (from == null) {
                    handle.connect(remote);
                } else {
                    handle.bind(from);
                    handle.afterBind(from, bound -> bound.connect(remote));
                }
            }));
        }
    }

    /**
     * Writes what the kernel takes, and passes duplicates of descriptors along with its first byte, SCM_RIGHTS in
     * unix(7).
     *
     * @param src the bytes, at least one; its position moves on
     * @param fds numbers of this process, at most 253; they stay open here
     * @return how many bytes were taken, with all descriptors; or {@link WouldBlock#WOULD_BLOCK}, with none
     * @throws IllegalArgumentException if there is no byte, or too many descriptors
     * @throws IOException as {@link #write(ByteBuffer)}; if a number is no open descriptor's; if this user has too many
     *     descriptors under way
     */
    public int write(ByteBuffer src, int[] fds) throws IOException {
        if (!src.hasRemaining()) {
            throw new IllegalArgumentException("descriptors are passed along with a byte at least: remaining=0");
        }
        requirePassable(fds);
        return handle.write(src, fds);
    }

    static void requirePassable(int[] fds) {
        if (fds.length > Message.DESCRIPTORS_MAX) {
            throw new IllegalArgumentException(
                    "at most " + Message.DESCRIPTORS_MAX + " descriptors go with one message: fds=" + fds.length);
        }
    }

    /**
     * Reads what is there, and takes descriptors that came along. A read ends at them, even if there are more bytes
     * behind them. A read without this argument closes them.
     *
     * @param dst where the bytes go; its position moves on
     * @param passed takes the descriptors; those that it has no room for are closed
     * @return as {@link #read(ByteBuffer)}
     * @throws java.nio.ReadOnlyBufferException if the buffer cannot be written
     * @throws IOException as {@link #read(ByteBuffer)}
     */
    public int read(ByteBuffer dst, PassedDescriptors passed) throws IOException {
        return handle.read(dst, passed);
    }

    /**
     * Who is at the other end, SO_PEERCRED in unix(7).
     *
     * @return the process that connected, or that listened when this connected, or that made the pair
     * @throws IOException if this is closed
     */
    public PeerCredentials peerCredentials() throws IOException {
        return handle.peerCredentials();
    }

    /**
     * The name of this end.
     *
     * @return the empty path if it has none
     * @throws IOException if this is closed
     */
    public UnixDomainSocketAddress localAddress() throws IOException {
        return handle.localUnix();
    }

    /**
     * The name of the other end.
     *
     * @return the empty path if it has none; null if this is not connected
     * @throws IOException if this is closed
     */
    public @Nullable UnixDomainSocketAddress remoteAddress() throws IOException {
        return handle.remoteUnix();
    }
}
