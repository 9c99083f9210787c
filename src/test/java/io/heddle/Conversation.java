package io.heddle;

import io.heddle.testing.Await;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A little of everything that a connection can do, between an echo server and a client in this process. It notes what
 * failed, and checks that no byte is wrong, whatever failed.
 */
@SuppressWarnings("try") // The listener is closed before the echo is joined.
final class Conversation {
    /** A wait that ends by it is a failure. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int LENGTH = 10_000;

    /** How the server comes by its connections. */
    enum Server {
        /** One connection, by {@link TcpListener#accept}. */
        ACCEPT(1),
        /** One after the other, by {@link TcpListener#serve}. */
        SERVE(2);

        private final int connections;

        Server(int connections) {
            this.connections = connections;
        }
    }

    private final Caller caller;
    private final Server server;

    /** What was thrown by either side, in time's order. */
    final List<Exception> failures = Collections.synchronizedList(new ArrayList<>());

    /** How many connections brought all bytes back. The client's, until it has ended. */
    private int complete;

    /** The thread that serves the present connection. */
    private volatile @Nullable Thread echoing;

    private Conversation(Caller caller, Server server) {
        this.caller = caller;
        this.server = server;
    }

    /** Has it on threads of this kind. */
    static Conversation hold(Caller caller, Server server) throws Exception {
        Conversation conversation = new Conversation(caller, server);
        try (Heddle heddle = Heddle.open(1)) {
            if (caller == Caller.HEDDLE_THREAD) {
                conversation.joined(Task.on(heddle.threadFactory()::newThread, conversation::talk));
            } else {
                conversation.joined(caller.startRun(conversation::talk));
            }
        } catch (UncheckedIOException e) {
            conversation.failures.add(e);
        }
        return conversation;
    }

    /** Whether all went well, the bytes included. */
    boolean isComplete() {
        return failures.isEmpty() && complete == server.connections;
    }

    /** Whether all went well but for one connection at most. */
    boolean isCompleteButForOne() {
        return complete >= server.connections - 1;
    }

    private void joined(Task<Boolean> task) throws Exception {
        try {
            task.get();
        } catch (IOException e) {
            failures.add(e);
        }
    }

    private Task<Boolean> start(Caller.Work work) {
        // A virtual thread hands down its scheduler.
        return caller == Caller.PLATFORM_THREAD ? caller.startRun(work) : Task.on(Thread.ofVirtual()::unstarted, work);
    }

    private void talk() throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            Task<Boolean> serving = start(() -> serve(listener));
            try {
                for (int i = 0; i < server.connections; i++) {
                    askOnce(listener, serving);
                }
            } finally {
                if (!listener.close(PATIENCE)) {
                    failures.add(new IOException("a handler did not end: " + listener));
                }
                joined(serving);
            }
        }
    }

    private void serve(TcpListener listener) throws IOException {
        if (server == Server.ACCEPT) {
            try (TcpSocket socket = listener.accept(PATIENCE)) {
                echo(socket);
            }
        } else {
            listener.serve(socket -> {
                try {
                    echo(socket);
                } catch (IOException e) {
                    // The listener only logs it.
                    failures.add(e);
                }
            });
        }
    }

    private void echo(TcpSocket socket) throws IOException {
        echoing = Thread.currentThread();
        socket.setReadTimeout(PATIENCE);
        socket.setWriteTimeout(PATIENCE);
        byte[] buffer = new byte[4096];
        for (int n = socket.read(buffer); n >= 0; n = socket.read(buffer)) {
            socket.write(buffer, 0, n);
        }
    }

    /** Every wait is one, so that the same calls are made each time: the server is let go first. */
    private static void awaitWaiting(Task<Boolean> serving, @Nullable Thread thread) throws Exception {
        Await.until(
                "the server waits or has ended",
                () -> serving.isDone() || (thread != null && (!thread.isAlive() || Task.isWaiting(thread))));
    }

    private void askOnce(TcpListener listener, Task<Boolean> serving) throws Exception {
        echoing = null;
        awaitWaiting(serving, serving.thread());
        try {
            ask(listener, serving);
        } catch (IOException e) {
            failures.add(e);
        }
    }

    private void ask(TcpListener listener, Task<Boolean> serving) throws Exception {
        byte[] received = new byte[LENGTH + 1];
        int got = 0;
        try (TcpSocket socket = TcpSocket.connect(listener.localAddress(), PATIENCE)) {
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (!socket.getOption(StandardSocketOptions.TCP_NODELAY)) {
                throw new AssertionError("TCP_NODELAY was set and is not");
            }
            socket.setReadTimeout(PATIENCE);
            socket.setWriteTimeout(PATIENCE);
            Await.until("the echo has begun", () -> serving.isDone() || echoing != null);
            awaitWaiting(serving, echoing);
            socket.write(Bytes.from(0, LENGTH));
            // As in java.net, an address that the kernel does not tell is the wildcard, and no failure.
            if (socket.available() > LENGTH || socket.localAddress().isUnresolved()) {
                throw new AssertionError("the kernel cannot have said so: " + socket);
            }
            socket.shutdownOutput();
            for (int n = 0; n >= 0; n = socket.read(received, got, received.length - got)) {
                got += n;
            }
            complete += got == LENGTH ? 1 : 0;
        } finally {
            Bytes.check(received, got, 0);
        }
    }

    @Override
    public String toString() {
        return "complete=" + complete + "/" + server.connections + ", failures=" + failures;
    }
}
