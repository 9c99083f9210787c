package io.heddle;

/** Serves one connection of {@link TcpListener#serve}. */
@FunctionalInterface
public interface ConnectionHandler {
    /**
     * Called on a virtual thread of the connection's own; may block as long as it likes in any way that parks
     * the thread. The socket is closed when this returns or throws; what it throws is logged and ends nothing
     * but this connection.
     *
     * @param socket the connection
     * @throws Exception for whatever reason the connection cannot be served any further
     */
    void handle(TcpSocket socket) throws Exception;
}
