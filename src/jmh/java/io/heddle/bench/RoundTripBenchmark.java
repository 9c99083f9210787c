package io.heddle.bench;

import java.io.IOException;
import java.util.concurrent.ExecutionException;
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
 * Question: what does one echo round trip cost, in time and in garbage, when both sides park for every message?
 *
 * <p>Workload: two virtual threads of one carrier pass one 64-byte message back and forth; each read finds nothing. The
 * time is that of two reads that park, two writes, and the kernel's loopback.
 *
 * <p>Baseline: "jdk" is java.net.Socket on virtual threads of the JDK's scheduler, which has one carrier here, too.
 * "timed" sets a read timeout of 30 s on both sides.
 *
 * <p>Not measured: many connections, foreign wake-ups, real networks. Garbage (-prof gc) is that of the whole process:
 * what the harness makes in each iteration and the thread of each invocation are in it.
 *
 * <p>Run: {@code mvn -q -B -ntp -Pbench verify -Djmh.args="RoundTrip -prof gc"}
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

    /** Whose sockets. */
    @Param({"jdk", "heddle"})
    public String sockets;

    /** Whether every read has a timeout. */
    @Param({"untimed", "timed"})
    public String reads;

    private PingPong pair;

    /** Connects both sides. */
    @Setup(Level.Trial)
    public void connect() throws IOException {
        boolean timed = reads.equals("timed");
        pair = sockets.equals("jdk") ? PingPong.jdk(timed) : PingPong.heddle(timed);
    }

    /** Closes both sides. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        pair.close();
    }

    /** Many round trips on one connection, by a thread of the right scheduler. */
    @Benchmark
    @OperationsPerInvocation(TRIPS)
    public void roundTrip() throws InterruptedException, ExecutionException {
        pair.run(TRIPS);
    }
}
