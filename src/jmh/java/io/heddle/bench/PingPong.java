package io.heddle.bench;

import io.heddle.Heddle;
import io.heddle.TcpListener;
import io.heddle.TcpSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;

/** Two virtual threads of one carrier that pass a message back and forth; each read finds nothing and parks. */
interface PingPong extends AutoCloseable {
    /** How long the message is. */
    int SIZE = 64;

    /** Heddle's sockets on a carrier of their own; "timed": every read has a timeout of 30 s. */
    static PingPong heddle(boolean timed) throws IOException {
        return new Ours(timed);
    }

    /** The sockets of java.net on the JDK's scheduler, which is to have one carrier. */
    static PingPong jdk(boolean timed) throws IOException {
        return new Jdk(timed);
    }

    /** Where both threads run. */
    ThreadFactory threads();

    /** So many round trips, by the calling thread. */
    void trips(int count) throws IOException;

    /** So many round trips, by a new thread of the right scheduler. */
    default void run(int trips) throws InterruptedException, ExecutionException {
        FutureTask<Void> client = new FutureTask<>(() -> {
            trips(trips);
            return null;
        });
        threads().newThread(client).start();
        client.get();
    }

    @Override
    void close() throws IOException;

    final class Ours implements PingPong {
        private final Heddle heddle = Heddle.open(1);
        private final TcpListener listener;
        private final TcpSocket client;
        private final byte[] message = new byte[SIZE];

        Ours(boolean timed) throws IOException {
            Duration timeout = Duration.ofSeconds(timed ? 30 : 0);
            listener =
                    TcpListener.builder().on(heddle).bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            heddle.startVirtualThread(() -> {
                try {
                    listener.serve(socket -> echo(socket, timeout));
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            client = connect(heddle, listener);
            client.setOption(StandardSocketOptions.TCP_NODELAY, true);
            client.setReadTimeout(timeout);
        }

        /** On a carrier, so that the socket's home is that carrier from its first wait on. */
        private static TcpSocket connect(Heddle heddle, TcpListener listener) throws IOException {
            try (ExecutorService threads = heddle.newVirtualThreadPerTaskExecutor()) {
                return threads.submit(() -> TcpSocket.connect(listener.localAddress()))
                        .get();
            } catch (InterruptedException | ExecutionException e) {
                throw new IOException(e);
            }
        }

        private static void echo(TcpSocket socket, Duration timeout) throws IOException {
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            socket.setReadTimeout(timeout);
            // Larger than a message, so that each read stops short.
            byte[] buffer = new byte[2 * SIZE];
            for (int n = socket.read(buffer); n > 0; n = socket.read(buffer)) {
                socket.write(buffer, 0, n);
            }
        }

        @Override
        public void trips(int count) throws IOException {
            byte[] answer = new byte[2 * SIZE];
            for (int i = 0; i < count; i++) {
                client.write(message, 0, SIZE);
                if (client.read(answer, 0, answer.length) != SIZE) {
                    throw new IOException("half an answer");
                }
            }
        }

        @Override
        public ThreadFactory threads() {
            return heddle.threadFactory();
        }

        @Override
        public void close() {
            client.close();
            heddle.close();
        }
    }

    final class Jdk implements PingPong {
        private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        private final Socket client;
        private final byte[] message = new byte[SIZE];

        Jdk(boolean timed) throws IOException {
            int timeoutMillis = timed ? 30_000 : 0;
            Thread.startVirtualThread(() -> echo(timeoutMillis));
            client = new Socket(InetAddress.getLoopbackAddress(), listener.getLocalPort());
            client.setTcpNoDelay(true);
            client.setSoTimeout(timeoutMillis);
        }

        private void echo(int timeoutMillis) {
            try (Socket socket = listener.accept()) {
                socket.setTcpNoDelay(true);
                socket.setSoTimeout(timeoutMillis);
                InputStream in = socket.getInputStream();
                OutputStream out = socket.getOutputStream();
                byte[] buffer = new byte[2 * SIZE];
                for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
                    out.write(buffer, 0, n);
                }
            } catch (SocketException e) {
                System.err.println("the peer has left: " + e.getMessage());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void trips(int count) throws IOException {
            InputStream in = client.getInputStream();
            OutputStream out = client.getOutputStream();
            byte[] answer = new byte[2 * SIZE];
            for (int i = 0; i < count; i++) {
                out.write(message, 0, SIZE);
                if (in.read(answer, 0, answer.length) != SIZE) {
                    throw new IOException("half an answer");
                }
            }
        }

        @Override
        public ThreadFactory threads() {
            return Thread.ofVirtual().factory();
        }

        @Override
        public void close() throws IOException {
            client.close();
            listener.close();
        }
    }
}
