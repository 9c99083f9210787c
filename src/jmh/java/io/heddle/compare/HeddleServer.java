package io.heddle.compare;

import io.heddle.Heddle;
import io.heddle.TcpListener;
import io.heddle.TcpSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.time.Duration;

/** {@link Service} on Heddle. Arguments: port, read timeout in milliseconds (0: none), port of the backend. */
public final class HeddleServer {
    private HeddleServer() {}

    /** Serves until the process is ended. */
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        Duration timeout = Duration.ofMillis(Integer.parseInt(args[1]));
        InetSocketAddress backend = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[2]));
        Heddle heddle = Heddle.shared();
        System.err.println(heddle + " " + heddle.hostedBecause().orElse(""));
        TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        try (var threads = heddle.newVirtualThreadPerTaskExecutor()) {
            threads.submit(() -> {
                        listener.serve(socket -> Service.serve(new HeddleWire(socket, timeout, backend)));
                        return null;
                    })
                    .get();
        }
    }

    private static final class HeddleWire implements Wire {
        private final TcpSocket socket;
        private final Duration timeout;
        private final InetSocketAddress backend;

        HeddleWire(TcpSocket socket, Duration timeout, InetSocketAddress backend) throws IOException {
            this.socket =
                    socket.setOption(StandardSocketOptions.TCP_NODELAY, true).setReadTimeout(timeout);
            this.timeout = timeout;
            this.backend = backend;
        }

        @Override
        public int read(byte[] dst, int off, int len) throws IOException {
            return socket.read(dst, off, len);
        }

        @Override
        public void write(byte[] src, int off, int len) throws IOException {
            socket.write(src, off, len);
        }

        @Override
        public Wire connectToBackend() throws IOException {
            return new HeddleWire(TcpSocket.connect(backend), timeout, backend);
        }

        @Override
        public void close() {
            socket.close();
        }
    }
}
