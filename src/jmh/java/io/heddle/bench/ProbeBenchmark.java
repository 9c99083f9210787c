package io.heddle.bench;

import io.heddle.Heddle;
import io.heddle.javanet.HeddleSocket;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
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
 * Question: what does the question cost that pools and drivers ask of an idle connection, a read of one millisecond
 * (pgjdbc's hasMessagePending, HttpClient's isStale)?
 *
 * <p>Workload: one virtual thread sets SO_TIMEOUT to 1, reads nothing until that is over, sets it back. Beyond the
 * millisecond itself the time is that of two options, a read that parks, a timer and an exception.
 *
 * <p>Baseline: "jdk" is java.net.Socket on a virtual thread of the JDK's scheduler, which has one carrier; "heddle" is
 * HeddleSocket, the same calls, on a carrier of ours.
 *
 * <p>Not measured: the CPU time that other threads of the JDK spend on its timers; perf stat or -prof perfnorm has it.
 *
 * <p>Run: {@code mvn -q -B -ntp -Pbench verify -Djmh.args="Probe -prof gc"}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {
            "--enable-native-access=ALL-UNNAMED",
            "--add-opens=java.base/java.lang=ALL-UNNAMED",
            "-Djdk.virtualThreadScheduler.parallelism=1"
        })
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 3)
@State(Scope.Benchmark)
public class ProbeBenchmark {
    private static final int PROBES = 200;

    /** Whose sockets. */
    @Param({"jdk", "heddle"})
    public String sockets;

    private Heddle heddle;
    private ThreadFactory threads;
    private Socket socket;
    private Socket peer;

    /** Connects. */
    @Setup(Level.Trial)
    public void connect() throws IOException {
        heddle = Heddle.open(1);
        boolean jdk = sockets.equals("jdk");
        threads = jdk ? Thread.ofVirtual().factory() : heddle.threadFactory();
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            socket = jdk ? new Socket() : new HeddleSocket();
            socket.connect(server.getLocalSocketAddress());
            peer = server.accept();
        }
    }

    /** Closes everything. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        socket.close();
        peer.close();
        heddle.close();
    }

    /** Many probes, by a thread of the right scheduler. */
    @Benchmark
    @OperationsPerInvocation(PROBES)
    public int probe() throws InterruptedException, ExecutionException {
        FutureTask<Integer> probing = new FutureTask<>(() -> {
            InputStream in = socket.getInputStream();
            int idle = 0;
            for (int i = 0; i < PROBES; i++) {
                int before = socket.getSoTimeout();
                socket.setSoTimeout(1);
                try {
                    idle -= in.read();
                } catch (SocketTimeoutException e) {
                    idle++;
                } finally {
                    socket.setSoTimeout(before);
                }
            }
            return idle;
        });
        threads.newThread(probing).start();
        return probing.get();
    }
}
