package io.heddle.samples;

import io.heddle.TcpSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.time.Duration;

/** A connected socket as HTTP needs it, so that the same code runs over Heddle's sockets and over the JDK's. */
interface Wire extends AutoCloseable {
    /**
     * Reads at least one byte, or answers -1.
     *
     * @throws SocketTimeoutException if the read timeout passes first
     */
    int read(byte[] dst, int off, int len) throws IOException;

    void write(byte[] src, int off, int len) throws IOException;

    /** Zero waits for ever. */
    void setReadTimeout(Duration timeout) throws IOException;

    void shutdownOutput() throws IOException;

    @Override
    void close() throws IOException;

    /** Over a socket of Heddle. */
    static Wire of(TcpSocket socket) throws IOException {
        return new HeddleWire(socket.setOption(StandardSocketOptions.TCP_NODELAY, true));
    }

    /** Over a socket of the JDK. */
    static Wire of(Socket socket) throws IOException {
        socket.setTcpNoDelay(true);
        return new JdkWire(socket, socket.getInputStream(), socket.getOutputStream());
    }

    /** Connects by Heddle. */
    static Wire heddle(InetSocketAddress to) throws IOException {
        return of(TcpSocket.connect(to));
    }

    /** Connects by the JDK. */
    static Wire jdk(InetSocketAddress to) throws IOException {
        return of(new Socket(to.getAddress(), to.getPort()));
    }

    /** See {@link #of(TcpSocket)}. */
    record HeddleWire(TcpSocket socket) implements Wire {
        @Override
        public int read(byte[] dst, int off, int len) throws IOException {
            return socket.read(dst, off, len);
        }

        @Override
        public void write(byte[] src, int off, int len) throws IOException {
            socket.write(src, off, len);
        }

        @Override
        public void setReadTimeout(Duration timeout) {
            socket.setReadTimeout(timeout);
        }

        @Override
        public void shutdownOutput() throws IOException {
            socket.shutdownOutput();
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    /** See {@link #of(Socket)}. */
    record JdkWire(Socket socket, InputStream in, OutputStream out) implements Wire {
        @Override
        public int read(byte[] dst, int off, int len) throws IOException {
            return in.read(dst, off, len);
        }

        @Override
        public void write(byte[] src, int off, int len) throws IOException {
            out.write(src, off, len);
        }

        @Override
        public void setReadTimeout(Duration timeout) throws IOException {
            socket.setSoTimeout(Math.toIntExact(timeout.toMillis()));
        }

        @Override
        public void shutdownOutput() throws IOException {
            socket.shutdownOutput();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
