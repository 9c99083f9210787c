package io.heddle;

/** Serves one connection of {@link UnixListener#serve}. */
@FunctionalInterface
public interface UnixConnectionHandler {
    /**
     * Called on a virtual thread of the connection's own; may block as long as it likes in any way that parks
     * the thread. The socket is closed when this returns or throws; what it throws is logged and ends nothing
     * but this connection.
     *
     * @param socket the connection
     * @throws Exception for whatever reason the connection cannot be served any further
     */
    void handle(UnixSocket socket) throws Exception;
}
