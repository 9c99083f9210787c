package io.heddle.internal.carrier;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Question: what does a carrier pay for each task so that others can see what it does?
 *
 * <p>Workload: what it does for that before each task: one count of its own, and the question whether there is a
 * recording, in a process that has none.
 *
 * <p>Baseline: "nothing" is the loop alone; {@link AtomicLong} and {@link LongAdder} are what it would pay if it had to
 * count as others do.
 *
 * <p>Not measured: what a recording costs (ParkBenchmark with -p events), reading the counts, and a cache line that a
 * reader has fetched meanwhile.
 *
 * <p>Run: {@code mvn -q -B -ntp -Pbench verify -Djmh.args="CountersBenchmark"}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class CountersBenchmark {
    private final Counters counters = new Counters();
    private final AtomicLong atomic = new AtomicLong();
    private final LongAdder adder = new LongAdder();

    /** The loop. */
    @Benchmark
    public void nothing() {}

    /** A carrier's, for each task. */
    @Benchmark
    public boolean countAndAskForRecording() {
        counters.add(Count.TASKS, 1);
        return FlightEvents.on;
    }

    /** The question alone. */
    @Benchmark
    public boolean askForRecording() {
        return FlightEvents.on;
    }

    /** A count that several may write. */
    @Benchmark
    public void atomicLong() {
        atomic.getAndAdd(1);
    }

    /** The JDK's for many writers. */
    @Benchmark
    public void longAdder() {
        adder.increment();
    }
}
