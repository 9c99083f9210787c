package io.heddle;

import java.io.IOException;
import java.io.InputStream;

/** The reading side of a socket as a stream. Refers to the socket, which thereby stays reachable. */
final class SocketInput extends InputStream {
    /** What is read. */
    interface Source {
        int read(byte[] dst, int off, int len) throws IOException;

        int available() throws IOException;

        void close();
    }

    private final Source source;

    SocketInput(Source source) {
        this.source = source;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return source.read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] dst, int off, int len) throws IOException {
        return source.read(dst, off, len);
    }

    @Override
    public int available() throws IOException {
        return source.available();
    }

    @Override
    public void close() {
        source.close();
    }
}
