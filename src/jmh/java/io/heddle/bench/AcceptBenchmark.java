package io.heddle.bench;

import io.heddle.Heddle;
import io.heddle.TcpListener;
import io.heddle.TcpSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Question: what does a connection cost that does nothing but come and go?
 *
 * <p>Workload: one virtual thread accepts and closes at once; another of the same carrier connects, reads the end, and
 * closes. The end it reads is what keeps the two in step. The client lingers zero seconds: its close resets what is
 * left, and no port stays in TIME_WAIT.
 *
 * <p>Baseline: "jdk" is ServerSocket and Socket on virtual threads of the JDK's scheduler with one carrier.
 *
 * <p>Not measured: the thread that a server starts for each connection; a backlog, as there is one connection at a
 * time; several acceptors; a network. Most of the time is the kernel's handshake, the same for both. Both ends are in
 * it: a server's share is less.
 *
 * <p>Run: {@code mvn -q -B -ntp -Pbench verify -Djmh.args="AcceptBenchmark -prof gc"}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "--enable-native-access=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "-Djdk.virtualThreadScheduler.parallelism=1"
        })
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 2)
@State(Scope.Benchmark)
public class AcceptBenchmark {
    private static final int CONNECTIONS = 1_000;

    /** Whose sockets. */
    @Param({"jdk", "heddle"})
    public String sockets;

    private Side side;

    /** One implementation of listener and client. */
    private interface Side extends AutoCloseable {
        void connections(int count) throws IOException;

        ThreadFactory threads();

        @Override
        void close() throws IOException;
    }

    /** Starts the acceptor. */
    @Setup(Level.Trial)
    public void listen() throws IOException {
        side = sockets.equals("jdk") ? new Jdk() : new Ours();
    }

    /** Ends it. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        side.close();
    }

    /** Many connections, one after the other. */
    @Benchmark
    @OperationsPerInvocation(CONNECTIONS)
    public void connection() throws InterruptedException, ExecutionException {
        FutureTask<Void> client = new FutureTask<>(() -> {
            side.connections(CONNECTIONS);
            return null;
        });
        side.threads().newThread(client).start();
        client.get();
    }

    private static void ensureEnd(int read) throws IOException {
        if (read >= 0) {
            throw new IOException("the peer must only close: read=" + read);
        }
    }

    private static final class Ours implements Side {
        private final Heddle heddle = Heddle.open(1);
        private final TcpListener listener;

        Ours() throws IOException {
            listener =
                    TcpListener.builder().on(heddle).bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            heddle.startVirtualThread(this::acceptAll);
        }

        private void acceptAll() {
            try {
                while (true) {
                    listener.accept().close();
                }
            } catch (SocketException e) {
                System.err.println("the listener is closed: " + e.getMessage());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void connections(int count) throws IOException {
            byte[] none = new byte[1];
            for (int i = 0; i < count; i++) {
                try (TcpSocket socket = TcpSocket.connect(listener.localAddress())) {
                    socket.setOption(StandardSocketOptions.SO_LINGER, 0);
                    ensureEnd(socket.read(none));
                }
            }
        }

        @Override
        public ThreadFactory threads() {
            return heddle.threadFactory();
        }

        @Override
        public void close() {
            heddle.close();
        }
    }

    private static final class Jdk implements Side {
        private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());

        Jdk() throws IOException {
            Thread.startVirtualThread(this::acceptAll);
        }

        private void acceptAll() {
            try {
                while (true) {
                    listener.accept().close();
                }
            } catch (SocketException e) {
                System.err.println("the listener is closed: " + e.getMessage());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void connections(int count) throws IOException {
            byte[] none = new byte[1];
            for (int i = 0; i < count; i++) {
                try (Socket socket = new Socket(listener.getInetAddress(), listener.getLocalPort())) {
                    socket.setSoLinger(true, 0);
                    ensureEnd(socket.getInputStream().read(none));
                }
            }
        }

        @Override
        public ThreadFactory threads() {
            return Thread.ofVirtual().factory();
        }

        @Override
        public void close() throws IOException {
            listener.close();
        }
    }
}
