package io.heddle.compare;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** {@link Service} on {@code java.net.Socket} and the JDK's virtual threads. The arguments of {@link HeddleServer}. */
public final class JdkServer {
    private JdkServer() {}

    /** Serves until the process is ended. */
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        int timeoutMillis = Integer.parseInt(args[1]);
        InetSocketAddress backend = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[2]));
        try (ServerSocket listener = new ServerSocket()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 4096);
            Thread.startVirtualThread(() -> accept(listener, timeoutMillis, backend))
                    .join();
        }
    }

    private static void accept(ServerSocket listener, int timeoutMillis, InetSocketAddress backend) {
        try {
            while (true) {
                Socket socket = listener.accept();
                Thread.startVirtualThread(() -> serve(socket, timeoutMillis, backend));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void serve(Socket socket, int timeoutMillis, InetSocketAddress backend) {
        try (socket) {
            Service.serve(new SocketWire(socket, timeoutMillis, backend));
        } catch (IOException e) {
            System.err.println("a connection ended: " + e);
        }
    }

    private static final class SocketWire implements Wire {
        private final Socket socket;
        private final InputStream in;
        private final OutputStream out;
        private final int timeoutMillis;
        private final InetSocketAddress backend;

        SocketWire(Socket socket, int timeoutMillis, InetSocketAddress backend) throws IOException {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(timeoutMillis);
            this.socket = socket;
            this.in = socket.getInputStream();
            this.out = socket.getOutputStream();
            this.timeoutMillis = timeoutMillis;
            this.backend = backend;
        }

        @Override
        public int read(byte[] dst, int off, int len) throws IOException {
            return in.read(dst, off, len);
        }

        @Override
        public void write(byte[] src, int off, int len) throws IOException {
            out.write(src, off, len);
        }

        @Override
        public Wire connectToBackend() throws IOException {
            return new SocketWire(new Socket(backend.getAddress(), backend.getPort()), timeoutMillis, backend);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }
}
