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

/*
 * Question: what does one echo round trip cost, in time and in garbage, when both sides park for every message?
 *
 * Workload: two virtual threads of one carrier pass one 64-byte message back and forth; each read finds nothing. The
 * time is that of two reads that park, two writes, and the kernel's loopback.
 *
 * Baseline: "jdk" is java.net.Socket on virtual threads of the JDK's scheduler, which has one carrier here, too.
 * "timed" sets a read timeout of 30 s on both sides.
 *
 * Not measured: many connections, foreign wake-ups, real networks. Garbage (-prof gc) is that of the whole process:
 * what the harness makes in each iteration and the thread of each invocation are in it.
 *
 * Run: mvn -q -B -ntp -Pbench verify -Djmh.args="RoundTrip -prof gc"
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
@Measurement(iterations = 5, time = 5)
@State(Scope.Benchmark)
public class RoundTripBenchmark {
    private static final int TRIPS = 20_000;
    private static final int SIZE = 64;

    /** Whose sockets. */
    @Param({"jdk", "heddle"})
    public String sockets;

    /** Whether every read has a timeout. */
    @Param({"untimed", "timed"})
    public String reads;

    private Side side;

    /** One implementation of the same two threads. */
    private interface Side extends AutoCloseable {
        void trips(int count) throws IOException;

        ThreadFactory threads();

        @Override
        void close() throws IOException;
    }

    /** Connects both sides. */
    @Setup(Level.Trial)
    public void connect() throws IOException {
        side = sockets.equals("jdk") ? new Jdk(reads.equals("timed")) : new Ours(reads.equals("timed"));
    }

    /** Closes both sides. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        side.close();
    }

    /** Many round trips on one connection, by a thread of the right scheduler. */
    @Benchmark
    @OperationsPerInvocation(TRIPS)
    public void roundTrip() throws InterruptedException {
        Thread client = side.threads().newThread(() -> {
            try {
                side.trips(TRIPS);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        client.start();
        client.join();
    }

    private static final class Ours implements Side {
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

    private static final class Jdk implements Side {
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
