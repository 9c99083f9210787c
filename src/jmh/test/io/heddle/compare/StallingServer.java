package io.heddle.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.locks.LockSupport;

/** Answers each request, one of them on each connection late. */
final class StallingServer implements AutoCloseable {
    private final ServerSocket listener;
    private final int stalled;
    private final long stallNanos;

    /** A server that takes its time over one request of a connection; the first is number 0. */
    StallingServer(int stalled, long stallNanos) throws IOException {
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        this.stalled = stalled;
        this.stallNanos = stallNanos;
        Thread.ofPlatform().start(this::accept);
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                Thread.ofPlatform().start(() -> serve(socket));
            } catch (SocketException e) {
                return; // Closed.
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            byte[] request = new byte[1024];
            for (int n = 0; socket.getInputStream().read(request) > 0; n++) {
                if (n == stalled) {
                    stall();
                }
                socket.getOutputStream().write(Answers.PLAIN);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void stall() {
        long start = System.nanoTime();
        for (long left = stallNanos; left > 0; left = stallNanos - (System.nanoTime() - start)) {
            LockSupport.parkNanos(left);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
