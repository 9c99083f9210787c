package io.heddle.compare;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A connection whose handler computes for {@link Answers#STALL_NANOS}. */
final class Stall implements AutoCloseable {
    private static final int PATIENCE_MILLIS = 60_000;

    private final Socket socket;

    private Stall(Socket socket) {
        this.socket = socket;
    }

    static Stall connect(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(PATIENCE_MILLIS);
        return new Stall(socket);
    }

    /** Asks, and does not wait for the answer. */
    void begin() throws IOException {
        socket.getOutputStream()
                .write("GET /stall HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    /** Waits for the answer. */
    void await() throws IOException {
        if (socket.getInputStream().read() < 0) {
            throw new EOFException("a stalled request must be answered");
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
