package io.heddle;

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

/**
 * A little of everything that a connection can do, between an echo server and a client in this process. It notes what
 * failed, and checks that no byte is wrong, whatever failed.
 */
@SuppressWarnings("try") // The listener is closed before the echo is joined.
final class Conversation {
    /** A wait that ends by it is a failure. */
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final int LENGTH = 10_000;

    private final Caller caller;

    /** What was thrown by either side, in time's order. */
    final List<Exception> failures = Collections.synchronizedList(new ArrayList<>());

    /** How many bytes came back. Written by the client. */
    private volatile int count;

    private Conversation(Caller caller) {
        this.caller = caller;
    }

    /** Has it on threads of this kind. */
    static Conversation hold(Caller caller) throws Exception {
        Conversation conversation = new Conversation(caller);
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
        return failures.isEmpty() && count == LENGTH;
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
            Task<Boolean> echo = start(() -> echo(listener));
            try {
                ask(listener);
            } catch (IOException e) {
                failures.add(e);
            } finally {
                listener.close();
                joined(echo);
            }
        }
    }

    private void echo(TcpListener listener) throws IOException {
        try (TcpSocket socket = listener.accept(PATIENCE)) {
            socket.setReadTimeout(PATIENCE);
            socket.setWriteTimeout(PATIENCE);
            byte[] buffer = new byte[4096];
            for (int n = socket.read(buffer); n >= 0; n = socket.read(buffer)) {
                socket.write(buffer, 0, n);
            }
        }
    }

    @Override
    public String toString() {
        return "bytes=" + count + ", failures=" + failures;
    }

    private void ask(TcpListener listener) throws IOException {
        byte[] received = new byte[LENGTH + 1];
        int got = 0;
        try (TcpSocket socket = TcpSocket.connect(listener.localAddress(), PATIENCE)) {
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            if (!socket.getOption(StandardSocketOptions.TCP_NODELAY)) {
                throw new AssertionError("TCP_NODELAY was set and is not");
            }
            socket.setReadTimeout(PATIENCE);
            socket.setWriteTimeout(PATIENCE);
            socket.write(Bytes.from(0, LENGTH));
            // As in java.net, an address that the kernel does not tell is the wildcard, and no failure.
            if (socket.available() > LENGTH || socket.localAddress().isUnresolved()) {
                throw new AssertionError("the kernel cannot have said so: " + socket);
            }
            socket.shutdownOutput();
            for (int n = 0; n >= 0; n = socket.read(received, got, received.length - got)) {
                got += n;
            }
        } finally {
            count = got;
            Bytes.check(received, got, 0);
        }
    }
}
