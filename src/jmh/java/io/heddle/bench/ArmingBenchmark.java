package io.heddle.bench;

import io.heddle.internal.engine.Engine;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Question: what does it save to arm a descriptor once, edge-triggered, instead of before each wait?
 *
 * <p>Workload: the untimed round trip of {@link RoundTripBenchmark}, in which each read waits. One-shot arming pays
 * an epoll_ctl(2) for each wait, two for each round trip; edge pays none after the first.
 *
 * <p>Baseline: "jdk" is java.net.Socket, whose poller arms one-shot as well.
 *
 * <p>Not measured: what edge costs where nobody waits, which is an event for each arrival that the poller takes in
 * vain; many connections, where one call of epoll_wait(2) serves many. Arming is a property of the process, so each
 * method forks with its own.
 *
 * <p>Run: {@code mvn -q -B -ntp -Pbench verify -Djmh.args="ArmingBenchmark"}; with {@code -f 0} all would have the same
 * arming, so they refuse.
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
public class ArmingBenchmark {
    private static final int TRIPS = 20_000;

    private PingPong pair;

    /** Ends both sides. */
    @TearDown
    public void close() throws IOException {
        pair.close();
    }

    /** Armed once. */
    @Benchmark
    @OperationsPerInvocation(TRIPS)
    @Fork(jvmArgsPrepend = "-Dheddle.arming=edge")
    public void edge() throws IOException, InterruptedException, ExecutionException {
        heddle("edge");
    }

    /** Armed before each wait. */
    @Benchmark
    @OperationsPerInvocation(TRIPS)
    @Fork(jvmArgsPrepend = "-Dheddle.arming=oneshot")
    public void oneshot() throws IOException, InterruptedException, ExecutionException {
        heddle("oneshot");
    }

    /** The JDK's sockets. */
    @Benchmark
    @OperationsPerInvocation(TRIPS)
    public void jdk() throws IOException, InterruptedException, ExecutionException {
        if (pair == null) {
            pair = PingPong.jdk(false);
        }
        pair.run(TRIPS);
    }

    private void heddle(String arming) throws IOException, InterruptedException, ExecutionException {
        if (pair == null) {
            if (!Engine.armingName().equals(arming)) {
                throw new IllegalStateException("arming must be " + arming + ": arming=" + Engine.armingName());
            }
            pair = PingPong.heddle(false);
        }
        pair.run(TRIPS);
    }
}
