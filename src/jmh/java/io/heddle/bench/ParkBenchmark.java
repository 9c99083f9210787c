package io.heddle.bench;

import io.heddle.Heddle;
import java.util.List;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
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
 * Question: what does it cost that one virtual thread parks and another of the same carrier wakes it?
 *
 * <p>Workload: two virtual threads of one carrier pass a turn back and forth; who does not have it parks. One operation
 * is one unpark, one park, and the switch to the other thread. "timed" parks for at most 30 s, so that each park
 * schedules a timer and each unpark cancels it.
 *
 * <p>Baseline: "jdk" is the JDK's scheduler with one carrier.
 *
 * <p>Not measured: an unpark from another carrier or from a platform thread, which has to wake a sleeping carrier;
 * queues longer than one thread; deep stacks, which cost more to freeze and thaw; stealing. The start of two threads
 * for every invocation is in it.
 *
 * <p>Run: {@code mvn -q -B -ntp -Pbench verify -Djmh.args="ParkBenchmark -prof gc"}. What it costs that events of a
 * carrier can be recorded: the same with {@code -p scheduler=heddle -p events=never,recorded,stopped}. "never" is a
 * process that has had no recording, "stopped" one that had one before. The counts are kept in all of them; see
 * CountersBenchmark for their share.
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
public class ParkBenchmark {
    private static final int TURNS = 20_000;
    private static final long TIMEOUT_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final List<String> EVENTS =
            List.of("io.heddle.Steal", "io.heddle.Rescue", "io.heddle.CarrierStall", "io.heddle.CarrierStatistics");

    /** Whose scheduler. */
    @Param({"jdk", "heddle"})
    public String scheduler;

    /** Whether every park has a timeout. */
    @Param({"untimed", "timed"})
    public String parks;

    /** Whether the flight recorder takes Heddle's events. */
    @Param({"never"})
    public String events;

    private Heddle heddle;
    private Recording recording;
    private ThreadFactory threads;
    private boolean timed;

    /** How many turns are over; even: the first thread's turn. */
    private volatile int turn;

    /** Starts the carrier. */
    @Setup(Level.Trial)
    public void open() {
        if (scheduler.equals("heddle")) {
            heddle = Heddle.open(1);
            threads = heddle.threadFactory();
        } else {
            threads = Thread.ofVirtual().factory();
        }
        timed = parks.equals("timed");
        if (!events.equals("never")) {
            record();
        }
    }

    private void record() {
        recording = new Recording();
        for (String event : EVENTS) {
            recording.enable(event);
        }
        recording.start();
        // Heddle begins to listen for recordings when its start is over.
        while (FlightRecorder.getFlightRecorder().getEventTypes().stream()
                .noneMatch(type -> type.getName().equals(EVENTS.getFirst()))) {
            LockSupport.parkNanos(1_000_000);
        }
        if (events.equals("stopped")) {
            recording.stop();
        }
    }

    /** Ends the carrier. */
    @TearDown(Level.Trial)
    public void close() {
        if (recording != null) {
            recording.close();
        }
        if (heddle != null) {
            heddle.close();
        }
    }

    /** Many turns of two threads. */
    @Benchmark
    @OperationsPerInvocation(TURNS)
    public void parkAndUnpark() throws InterruptedException {
        turn = 0;
        Thread[] pair = new Thread[2];
        pair[0] = threads.newThread(() -> play(0, pair));
        pair[1] = threads.newThread(() -> play(1, pair));
        pair[0].start();
        pair[1].start();
        pair[0].join();
        pair[1].join();
    }

    private void play(int me, Thread[] pair) {
        Thread other = pair[1 - me];
        for (int mine = me; mine < TURNS; mine += 2) {
            while (turn != mine) {
                if (timed) {
                    LockSupport.parkNanos(this, TIMEOUT_NANOS);
                } else {
                    LockSupport.park(this);
                }
            }
            turn = mine + 1;
            LockSupport.unpark(other);
        }
    }
}
