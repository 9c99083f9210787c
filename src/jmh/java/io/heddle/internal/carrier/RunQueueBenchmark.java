package io.heddle.internal.carrier;

import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Question: what does the run queue of a carrier cost its owner for each task, and what of it is the price of thieves?
 *
 * <p>Workload: one thread adds a task at the end and takes one from the front, while so many stay queued.
 *
 * <p>Baseline: {@link ConcurrentLinkedQueue} is what the JDK offers for the same contract, first in, first out, with
 * any thread taking; the JDK's own scheduler has the queues of ForkJoinPool, which nobody else can call.
 * {@link ArrayDeque} is the limit: the same work where no other thread may look.
 *
 * <p>Not measured: a thief that takes at the same time, and what its CAS does to the owner's cache; a full ring, which
 * sends tasks to the shared queue; running the tasks.
 *
 * <p>Run: {@code mvn -q -B -ntp -Pbench verify -Djmh.args="RunQueueBenchmark -prof gc"}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class RunQueueBenchmark {
    /** How many tasks stay in the queue. */
    @Param({"0", "128"})
    public int queued;

    private final Runnable task = () -> {};
    private Ring ring;
    private ArrayDeque<Runnable> deque;
    private ConcurrentLinkedQueue<Runnable> linked;

    /** Queues the tasks that stay. */
    @Setup(Level.Trial)
    public void fill() {
        ring = new Ring();
        deque = new ArrayDeque<>(Ring.CAPACITY);
        linked = new ConcurrentLinkedQueue<>();
        for (int i = 0; i < queued; i++) {
            ring.offer(task);
            deque.add(task);
            linked.add(task);
        }
    }

    /** The carrier's. */
    @Benchmark
    public Runnable ring() {
        ring.offer(task);
        return ring.poll();
    }

    /** For one thread only. */
    @Benchmark
    public Runnable arrayDeque() {
        deque.offer(task);
        return deque.poll();
    }

    /** For any thread. */
    @Benchmark
    public Runnable concurrentLinkedQueue() {
        linked.offer(task);
        return linked.poll();
    }
}
