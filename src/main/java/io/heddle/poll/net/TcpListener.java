package io.heddle.poll.net;

import java.io.IOException;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A listening TCP socket that never waits, see listen(2) and tcp(7). Readable when there is a connection to accept.
 *
 * <p>Any thread may call any method. To be closed by its owner.
 */
public final class TcpListener extends SocketEndpoint {
    private TcpListener(Handle handle) {
        super(handle);
    }

    /**
     * Listens on an address, with SO_REUSEADDR and the longest backlog the kernel allows. The wildcard address listens
     * on IPv6 and IPv4.
     *
     * @param local where; port 0 takes a free one, see {@link #localAddress}
     * @return the open listener
     * @throws java.net.BindException if the address is in use, not of this machine, or not permitted
     * @throws java.net.UnknownHostException if the address is unresolved
     * @throws IOException if the process has no descriptors left
     */
    public static TcpListener bind(InetSocketAddress local) throws IOException {
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
     * Takes over a listening TCP socket, such as one that was inherited, and makes it non-blocking and close-on-exec.
     *
     * @param fd its number, which this closes from now on
     * @return the listener
     * @throws IOException if it is something else; the number stays the caller's
     */
    public static TcpListener fromFd(int fd) throws IOException {
        return new TcpListener(Handle.adopt(fd, Handle.Kind.TCP_LISTENER));
    }

    /** What has to be said before a listener is bound. Not for concurrent use; may be used again. */
    public static final class Builder extends SocketBuilder<Builder> {
        private int backlog = BACKLOG_DEFAULT;

        private Builder() {
            super(Handle.Kind.TCP_LISTENER);
        }

        @Override
        Builder self() {
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
            backlog = positive(backlogMax);
            return this;
        }

        /**
         * Listens on an address.
         *
         * @param local where; port 0 takes a free one
         * @return the open listener
         * @throws IOException as {@link TcpListener#bind}
         */
        public TcpListener bind(InetSocketAddress local) throws IOException {
            return new TcpListener(Handle.open(Handle.Kind.TCP_LISTENER, local, handle -> {
                handle.prepareToBind();
                handle.setOptions(options);
                handle.listen(local, backlog);
            }));
        }
    }

    /**
     * Takes a connection that waits, see accept(2). Repeat it until it answers null: one event may stand for many.
     *
     * <p>Where the process has no descriptors left, this fails and the connection goes on to wait; no event tells of it
     * again, so try again later.
     *
     * @return the connection, non-blocking and close-on-exec, to be closed by the caller; null if there is none
     * @throws IOException if there are no descriptors or memory, or this is closed
     */
    public @Nullable TcpStream accept() throws IOException {
        @Nullable InetSocketAddress[] peer = new InetSocketAddress[1];
        Handle accepted = handle.acceptInet(peer);
        return accepted == null ? null : new TcpStream(accepted, peer[0]);
    }

    /**
     * Where it listens.
     *
     * @return its address and port
     * @throws IOException if this is closed
     */
    public InetSocketAddress localAddress() throws IOException {
        return handle.localInet();
    }

    /**
     * How many hops the packets of accepted connections may go, IP_TTL in ip(7).
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
