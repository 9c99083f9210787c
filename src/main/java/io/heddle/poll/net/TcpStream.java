package io.heddle.poll.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A TCP connection that never waits, see tcp(7). Readable when there is something to read, or the end; writable when
 * there is room to write, or the connect has ended.
 *
 * <p>Any thread may call any method; bytes of two threads that write at the same time arrive in one order or the other.
 * To be closed by its owner. With SO_LINGER of more than zero, {@code close} waits: that is the kernel's doing.
 */
public final class TcpStream extends StreamEndpoint {
    /** Written by whoever asks the kernel first. */
    private volatile @Nullable InetSocketAddress remote;

    TcpStream(Handle handle, @Nullable InetSocketAddress remote) {
        super(handle);
        this.remote = remote;
    }

    /**
     * Begins to connect, see connect(2). Register it for {@code WRITABLE}, and ask {@link #finishConnect} after each
     * event.
     *
     * @param remote where to
     * @return a socket that is not connected yet
     * @throws java.net.UnknownHostException if the address is unresolved
     * @throws IOException if the kernel refuses at once; nothing is left open
     * @throws UnsupportedOperationException as {@link TcpListener#bind}
     */
    public static TcpStream connect(InetSocketAddress remote) throws IOException {
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
     * Takes over a TCP socket and makes it non-blocking and close-on-exec.
     *
     * @param fd its number, which this closes from now on
     * @return the stream
     * @throws IOException if it is something else; the number stays the caller's
     */
    public static TcpStream fromFd(int fd) throws IOException {
        return new TcpStream(Handle.adopt(fd, Handle.Kind.TCP_STREAM), null);
    }

    /** What has to be said before a socket is connected. Not for concurrent use; may be used again. */
    public static final class Builder extends SocketBuilder<Builder> {
        private @Nullable InetSocketAddress local;

        private Builder() {
            super(Handle.Kind.TCP_STREAM);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Chooses the address to connect from, see bind(2).
         *
         * @param address of this machine; port 0 takes a free one
         * @return this
         */
        public Builder local(InetSocketAddress address) {
            local = address;
            return this;
        }

        /**
         * Begins to connect.
         *
         * @param remote where to
         * @return a socket that is not connected yet
         * @throws java.net.BindException if the local address is in use or not of this machine
         * @throws IOException as {@link TcpStream#connect}
         */
        public TcpStream connect(InetSocketAddress remote) throws IOException {
            InetSocketAddress from = local;
            Handle opened = Handle.openTo(remote, from, handle -> {
                handle.setOptions(options);
                if (from != null) {
                    handle.bind(from);
                }
                handle.connect(remote);
            });
            return new TcpStream(opened, null);
        }
    }

    /**
     * This end of the connection.
     *
     * @return the wildcard address before connect
     * @throws IOException if this is closed
     */
    public InetSocketAddress localAddress() throws IOException {
        return handle.localInet();
    }

    /**
     * The other end of the connection.
     *
     * @return null if it is not connected yet, or not any more when this is first asked
     * @throws IOException if this is closed
     */
    public @Nullable InetSocketAddress remoteAddress() throws IOException {
        InetSocketAddress known = remote;
        if (known == null || !isOpen()) {
            known = handle.remoteInet();
            remote = known;
        }
        return known;
    }

    /**
     * How many hops its packets may go, IP_TTL in ip(7).
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
