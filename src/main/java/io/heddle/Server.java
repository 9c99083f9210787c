package io.heddle;

import io.heddle.internal.socket.ListenSocket;
import java.io.IOException;
import java.net.SocketException;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * What a listener of any family does in {@code serve} and {@code close}. Does not refer to the listener itself, so
 * that a forgotten one can be closed.
 *
 * @param <S> what the listener accepts
 */
final class Server<S extends Connection> {
    private static final int ACCEPTS_PER_TURN = 32;

    /** The listener's accept. */
    @FunctionalInterface
    interface Acceptor<S> {
        S accept() throws IOException;
    }

    /** The user's handler. */
    @FunctionalInterface
    interface Handler<S> {
        void handle(S connection) throws Exception;
    }

    /** Stops accepting. As an object, since a Heddle knows it by that. */
    final Runnable close = this::close;

    final Connections<S> connections;
    private final ListenSocket<?> socket;
    private final @Nullable Heddle on;

    Server(ListenSocket<?> socket, @Nullable Heddle on, int connectionsMax) {
        this.socket = socket;
        this.on = on;
        this.connections = new Connections<>(connectionsMax);
    }

    /** Once the listener is there: has it closed when its Heddle is. */
    void begin() {
        if (on != null) {
            on.add(close);
        }
    }

    private void close() {
        socket.close();
        connections.signal();
        if (on != null) {
            on.remove(close);
        }
    }

    /** Returns after close. */
    void serve(Acceptor<S> acceptor, Handler<S> handler, String name) throws IOException {
        socket.ensureListening();
        Heddle runs = on != null ? on : Heddle.current();
        if (on == null) {
            // Its close() waits for this very call, so it has to end it.
            runs.add(close);
        }
        try {
            acceptAll(runs, acceptor, handler, name);
        } catch (Throwable t) {
            // Nobody would accept what the kernel goes on to queue.
            close();
            throw t;
        } finally {
            if (on == null) {
                runs.remove(close);
            }
        }
    }

    private void acceptAll(Heddle runs, Acceptor<S> acceptor, Handler<S> handler, String name) throws IOException {
        for (int accepted = 1; awaitRoom(); accepted++) {
            S connection;
            try {
                connection = acceptor.accept();
            } catch (IOException e) {
                connections.leave();
                if (isClosedByUser()) {
                    return;
                }
                throw e;
            }
            start(runs, name, connection, handler);
            if (accepted % ACCEPTS_PER_TURN == 0) {
                // A flood of connections never parks this thread: the established ones want their turn.
                Thread.yield();
            }
        }
    }

    private boolean awaitRoom() throws SocketException {
        try {
            return connections.awaitRoom(socket::isOpen);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            close();
            throw new SocketException("Closed by interrupt");
        }
    }

    private boolean isClosedByUser() {
        Thread me = Thread.currentThread();
        return !socket.isOpen() && !socket.isBroken() && !(me.isVirtual() && me.isInterrupted());
    }

    private void start(Heddle runs, String name, S connection, Handler<S> handler) {
        connections.add(connection);
        if (!socket.isOpen()) {
            // close(Duration) may have counted before us: nothing may begin after it has.
            connections.end(connection);
            return;
        }
        try {
            runs.newThread(() -> handle(connection, handler), name).start();
        } catch (RejectedExecutionException | OutOfMemoryError e) {
            connections.end(connection);
            Heddle.log().log(System.Logger.Level.WARNING, "Heddle: a connection could not be served: " + connection, e);
        }
    }

    private void handle(S connection, Handler<S> handler) {
        try {
            handler.handle(connection);
        } catch (IOException e) {
            Heddle.log().log(System.Logger.Level.DEBUG, "Heddle: a connection ended: " + connection, e);
        } catch (Throwable t) {
            // The handler is the user's code: whatever it throws ends this connection and nothing else.
            Heddle.log().log(System.Logger.Level.WARNING, "Heddle: a connection handler threw: " + connection, t);
        } finally {
            connections.end(connection);
        }
    }

    /** Waits for the handlers, then closes the connections that are left; whether none was. */
    boolean drain(long drainNanos) throws InterruptedException {
        try {
            return connections.awaitNone(drainNanos);
        } finally {
            connections.closeAll();
        }
    }
}
