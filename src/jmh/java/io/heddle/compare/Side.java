package io.heddle.compare;

import io.heddle.Heddle;
import io.heddle.TcpListener;
import io.heddle.TcpSocket;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;

/** The two that are compared: virtual threads and sockets of Heddle, and those of the JDK. */
enum Side {
    /** On carriers that poll for themselves. */
    HEDDLE {
        @Override
        Thread start(Runnable task) {
            return Heddle.shared().startVirtualThread(task);
        }

        @Override
        int serve(Handler handler) throws IOException {
            TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            Thread server = start(() -> {
                try {
                    listener.serve(socket -> handler.handle(link(socket)));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            assert server.isVirtual();
            return listener.localAddress().getPort();
        }

        @Override
        Link connect(int port) throws IOException {
            return link(TcpSocket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port)));
        }

        private Link link(TcpSocket socket) throws IOException {
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            return new Link(socket.inputStream(), socket.outputStream(), socket);
        }
    },
    /** On the default scheduler, with {@code java.net}. */
    JDK {
        @Override
        Thread start(Runnable task) {
            return Thread.startVirtualThread(task);
        }

        @Override
        int serve(Handler handler) throws IOException {
            ServerSocket listener = new ServerSocket(0, BACKLOG, InetAddress.getLoopbackAddress());
            Thread server = start(() -> accept(listener, handler));
            assert server.isVirtual();
            return listener.getLocalPort();
        }

        private void accept(ServerSocket listener, Handler handler) {
            try (listener) {
                while (true) {
                    Socket socket = listener.accept();
                    Thread thread = start(() -> {
                        try (socket) {
                            handler.handle(link(socket));
                        } catch (Exception e) {
                            System.err.println("a connection failed: " + e);
                        }
                    });
                    assert thread.isVirtual();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        Link connect(int port) throws IOException {
            return link(new Socket(InetAddress.getLoopbackAddress(), port));
        }

        private Link link(Socket socket) throws IOException {
            socket.setTcpNoDelay(true);
            return new Link(socket.getInputStream(), socket.getOutputStream(), socket);
        }
    };

    private static final int BACKLOG = 4096;

    /** A connection. */
    record Link(InputStream in, OutputStream out, Closeable socket) implements Closeable {
        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** What is done with a connection, which is closed afterwards. */
    @FunctionalInterface
    interface Handler {
        void handle(Link link) throws Exception;
    }

    /** Starts a virtual thread. */
    abstract Thread start(Runnable task);

    /** Listens on a free port of the loopback interface, with a virtual thread for each connection. */
    abstract int serve(Handler handler) throws IOException;

    /** Connects to the same machine. */
    abstract Link connect(int port) throws IOException;
}
