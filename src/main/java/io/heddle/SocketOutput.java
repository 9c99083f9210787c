package io.heddle;

import java.io.IOException;
import java.io.OutputStream;

/** The writing side of a socket as a stream. Refers to the socket, which thereby stays reachable. */
final class SocketOutput extends OutputStream {
    /** What is written to. */
    interface Sink {
        void write(byte[] src, int off, int len) throws IOException;

        void close();
    }

    private final Sink sink;

    SocketOutput(Sink sink) {
        this.sink = sink;
    }

    @Override
    public void write(int b) throws IOException {
        sink.write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] src, int off, int len) throws IOException {
        sink.write(src, off, len);
    }

    @Override
    public void close() {
        sink.close();
    }
}
