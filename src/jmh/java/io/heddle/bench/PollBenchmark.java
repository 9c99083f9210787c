package io.heddle.bench;

import io.heddle.internal.sys.EventFd;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.Pipe2;
import io.heddle.poll.Events;
import io.heddle.poll.FdSource;
import io.heddle.poll.Interest;
import io.heddle.poll.Poll;
import io.heddle.poll.Selectors;
import io.heddle.poll.Trigger;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Question: what does one poll cost, in time and in garbage, that finds sources ready?
 *
 * <p>Workload: pipes with a byte in them, registered level-triggered, so that each poll reports all of them; it looks
 * and does not wait, and the token of every event is added up.
 *
 * <p>Baseline: "jdk" is java.nio.channels.Selector, which on Linux is epoll, too, with an action for each key.
 *
 * <p>Not measured: waiting, edges, what is done with an event. poll(2) takes time for silent sources, too; there are
 * none.
 *
 * <p>Run: {@code mvn -q -B -ntp -Pbench verify -Djmh.args="PollBenchmark -prof gc"}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED"})
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 2)
@State(Scope.Benchmark)
public class PollBenchmark {
    /** Who polls. */
    @Param({"jdk", "epoll", "poll"})
    public String selector;

    /** How many sources are ready. */
    @Param({"1", "64"})
    public int ready;

    private final List<Pipe> pipes = new ArrayList<>();
    private final List<int[]> descriptors = new ArrayList<>();
    private final Events events = Events.withCapacity(1024);
    private Selector jdk;
    private Poll poll;
    private long sum;

    /** Opens the pipes and fills them. */
    @Setup(Level.Trial)
    public void open() throws IOException {
        if (selector.equals("jdk")) {
            jdk = Selector.open();
            for (int i = 0; i < ready; i++) {
                Pipe pipe = Pipe.open();
                pipe.sink().write(ByteBuffer.allocate(1));
                pipe.source().configureBlocking(false).register(jdk, SelectionKey.OP_READ, (long) i);
                pipes.add(pipe);
            }
        } else {
            poll = Poll.open(Selectors.valueOf(selector.toUpperCase(Locale.ROOT)));
            for (int i = 0; i < ready; i++) {
                int[] ends = new int[2];
                if (Pipe2.open(ends) < 0) {
                    throw new IOException("pipe2");
                }
                EventFd.signal(ends[1]);
                poll.registry().register(FdSource.of(ends[0]), i, Interest.READABLE, Trigger.LEVEL);
                descriptors.add(ends);
            }
        }
    }

    /** Closes everything. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        if (jdk != null) {
            jdk.close();
        }
        if (poll != null) {
            poll.close();
        }
        for (Pipe pipe : pipes) {
            pipe.source().close();
            pipe.sink().close();
        }
        for (int[] ends : descriptors) {
            Fd.close(ends[0]);
            Fd.close(ends[1]);
        }
    }

    /** One poll, and a look at each of its events. */
    @Benchmark
    public long poll() throws IOException {
        sum = 0;
        if (jdk != null) {
            jdk.selectNow(this::add);
        } else {
            poll.poll(events, Duration.ZERO);
            for (int i = 0; i < events.size(); i++) {
                sum += events.get(i).token();
            }
        }
        return sum;
    }

    private void add(SelectionKey key) {
        sum += (Long) key.attachment();
    }
}
