package io.heddle.poll.net;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A listening Unix stream socket that never waits, see unix(7). Readable when there is a connection to accept.
 *
 * <h2>Addresses</h2>
 *
 * <p>An address is the path of a file, of at most 107 bytes, which {@code bind} makes and nobody deletes: a file that
 * is left from an earlier listener has to be deleted before. A path that begins with {@code @} is an abstract name,
 * which is no file and goes with its socket; <code>&#92;xHH</code> is any byte in it. A file of such a name is written
 * {@code ./@name}. The empty path is no name: whoever is bound to it gets an abstract name from the kernel.
 *
 * <p>Any thread may call any method. To be closed by its owner.
 */
public final class UnixListener extends SocketEndpoint {
    private UnixListener(Handle handle) {
        super(handle);
    }

    /**
     * Listens on an address, with the longest backlog the kernel allows.
     *
     * @param local where
     * @return the open listener
     * @throws java.net.BindException if there is such a file, or somebody has the name
     * @throws IOException if the path is too long, its directory is missing or not writable, or the process has no
     *     descriptors left
     * @throws UnsupportedOperationException as {@link TcpListener#bind}
     */
    public static UnixListener bind(UnixDomainSocketAddress local) throws IOException {
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
     * Takes over a listening Unix socket, such as one that was inherited, and makes it non-blocking and close-on-exec.
     *
     * @param fd its number, which this closes from now on
     * @return the listener
     * @throws IOException if it is something else; the number stays the caller's
     */
    public static UnixListener fromFd(int fd) throws IOException {
        return new UnixListener(Handle.adopt(fd, Handle.Kind.UNIX_LISTENER));
    }

    /** What has to be said before a listener is bound. Not for concurrent use; may be used again. */
    public static final class Builder extends SocketBuilder<Builder> {
        private int backlog = BACKLOG_DEFAULT;

        private Builder() {
            super(Handle.Kind.UNIX_LISTENER);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Chooses how many connections may wait to be accepted. A connect beyond that fails at once.
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
         * @param local where
         * @return the open listener
         * @throws IOException as {@link UnixListener#bind}
         */
        public UnixListener bind(UnixDomainSocketAddress local) throws IOException {
            return new UnixListener(Handle.openUnix(Handle.Kind.UNIX_LISTENER, handle -> {
                handle.setOptions(options);
                handle.listen(local, backlog);
            }));
        }
    }

    /**
     * Takes a connection that waits, see accept(2). Repeat it until it answers null: one event may stand for many.
     *
     * @return the connection, non-blocking and close-on-exec, to be closed by the caller; null if there is none
     * @throws IOException if there are no descriptors or memory, see {@link TcpListener#accept}; or this is closed
     */
    public @Nullable UnixStream accept() throws IOException {
        Handle accepted = handle.acceptUnix();
        return accepted == null ? null : new UnixStream(accepted);
    }

    /**
     * Where it listens.
     *
     * @return its address
     * @throws IOException if this is closed
     */
    public UnixDomainSocketAddress localAddress() throws IOException {
        return handle.localUnix();
    }
}
