package io.heddle.testing;

import io.heddle.Heddle;
import io.heddle.TcpListener;
import io.heddle.TcpSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;

/**
 * A server of ours that checks each byte it gets against the {@link Stamp} of its connection, and answers each by the
 * byte of the answering stamp.
 */
public final class Mirror implements AutoCloseable {
    private final TcpListener listener;
    private final Thread serving;
    private final LongAdder received = new LongAdder();
    private final LongAdder answered = new LongAdder();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    /** What may be done with a connection before it is served. */
    @FunctionalInterface
    public interface Hook {
        /** Does it; the socket may be closed afterwards. */
        void accept(TcpSocket socket, long id) throws IOException;
    }

    private Mirror(Hook hook) throws IOException {
        listener = TcpListener.bind(Pair.anyPort());
        serving = Heddle.shared().startVirtualThread(() -> serve(hook));
    }

    /** Starts one. */
    public static Mirror open() throws IOException {
        return open((socket, id) -> {});
    }

    /** Starts one that does something with each connection whose number it has read. */
    public static Mirror open(Hook hook) throws IOException {
        return new Mirror(hook);
    }

    private void serve(Hook hook) {
        try {
            listener.serve(socket -> {
                try {
                    mirror(socket, hook);
                } catch (IOException e) {
                    // Its client sees the same, and tells.
                    throw e;
                } catch (Throwable t) {
                    failures.add(t);
                }
            });
        } catch (Throwable t) {
            failures.add(t);
        }
    }

    private void mirror(TcpSocket socket, Hook hook) throws IOException {
        byte[] first = new byte[Stamp.ID_BYTES];
        int had = 0;
        while (had < first.length) {
            int n = socket.read(first, had, first.length - had);
            if (n < 0) {
                return;
            }
            had += n;
        }
        Stamp stamp = new Stamp(Stamp.idOf(first), false);
        received.add(had);
        hook.accept(socket, stamp.id());
        byte[] buffer = new byte[8 * 1024];
        long place = 0;
        for (int n = had; n >= 0; n = socket.read(buffer)) {
            if (place > 0) {
                received.add(n);
                stamp.check(buffer, 0, n, place);
            }
            stamp.answered().fill(buffer, 0, n, place);
            socket.write(buffer, 0, n);
            answered.add(n);
            place += n;
        }
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return listener.localAddress();
    }

    /** How many bytes it has read. */
    public long received() {
        return received.sum();
    }

    /** How many bytes its writes have taken. */
    public long answered() {
        return answered.sum();
    }

    /** What should not have happened. */
    public Queue<Throwable> failures() {
        return failures;
    }

    /** Waits for the handlers; fails if they do not end. */
    @Override
    public void close() {
        boolean ended = drain();
        Await.end(serving);
        if (!ended) {
            throw new AssertionError("the server's handlers hang: " + listener);
        }
        if (!failures.isEmpty()) {
            AssertionError failed = new AssertionError("the server failed");
            failures.forEach(failed::addSuppressed);
            throw failed;
        }
    }

    private boolean drain() {
        try {
            return listener.close(Duration.ofSeconds(20));
        } catch (InterruptedException e) {
            throw new AssertionError("gave up waiting: until the handlers of " + listener + " have ended", e);
        }
    }
}
