package io.heddle.samples;

import io.heddle.ConnectionHandler;
import io.heddle.Heddle;
import io.heddle.TcpListener;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A listener on the loopback address that is served in the background, on the shared carriers, until it is closed.
 * What the samples have in common.
 */
final class Service implements Closeable {
    /** What connections get to finish when the service is closed. */
    private static final Duration DRAIN = Duration.ofSeconds(1);

    private final TcpListener listener;
    private final FutureTask<Void> serving;

    private Service(TcpListener listener, FutureTask<Void> serving) {
        this.listener = listener;
        this.serving = serving;
    }

    /** Binds, 0 takes a free port, and starts to serve. */
    static Service start(int port, ConnectionHandler handler) throws IOException {
        TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        FutureTask<Void> serving = new FutureTask<>(() -> {
            listener.serve(handler);
            return null;
        });
        // From a thread on a carrier: so that accepting, too, is polled by the carrier.
        Heddle.shared().startVirtualThread(serving);
        return new Service(listener, serving);
    }

    InetSocketAddress address() {
        return listener.localAddress();
    }

    /**
     * Serves until the process is told to end (SIGTERM, Ctrl-C), then lets connections finish for a moment. Who reads
     * the greeting may end the process at once.
     */
    void untilStopped(String greeting) throws IOException, InterruptedException {
        Runtime.getRuntime().addShutdownHook(new Thread(this::close, "stop"));
        System.out.println(greeting);
        try {
            serving.get();
        } catch (ExecutionException e) {
            throw new IOException("the listener failed: " + e.getCause(), e);
        }
    }

    @Override
    public void close() {
        try {
            listener.close(DRAIN);
        } catch (InterruptedException e) {
            // The listener and its connections are closed all the same.
            Thread.currentThread().interrupt();
        }
    }
}
