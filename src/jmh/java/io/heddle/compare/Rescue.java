package io.heddle.compare;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/*
 * Question: one handler holds its carrier's thread for a second. By how much are the other connections delayed?
 *
 * Workload: an echo server with two carriers and 200 connections, each of which sends at a fixed rate whatever becomes
 * of the answers before; latency counts from when a message was due. Then further connections ask their handlers to
 * hold their thread: one, or one on each carrier. Worst delay of all 200 in that second, less the median of the second
 * before. The load is on Heddle in this process for both sides; the server is another process.
 *
 * Baseline: the same server on java.net.Socket and the JDK's scheduler with a parallelism of two.
 * Not measured: which connections share the held carrier (the worst of all is that of those), throughput meanwhile. A
 * worst of many is also that of the machine: the row "nothing held" says how much. A busy loop takes one of the CPUs.
 *
 * Run: mvn -q -B -ntp -Pcompare verify -Dcompare.main=Rescue -Dcompare.args="5 200 20"
 * (rounds, connections, messages a second on each)
 */
public final class Rescue {
    private static final int CARRIERS = 2;
    private static final int ECHO = 100;
    private static final long CALM_NANOS = 1_000_000_000L;
    private static final long WARM_UP_NANOS = 5_000_000_000L;
    private static final long LATENCY_NANOS_MAX = 60_000_000_000L;

    private Rescue() {}

    /** Rounds, connections and rate; or a side: the server. */
    public static void main(String[] given) throws Exception {
        String[] args = given.length > 0 ? given : new String[] {"5", "200", "20"};
        if (args.length == 1) {
            int port = Side.valueOf(args[0]).serve(Rescue::echo);
            System.out.println(port);
            new CountDownLatch(1).await();
            return;
        }
        int connections = Integer.parseInt(args[1]);
        double perSecond = Double.parseDouble(args[2]);
        Turns turns = new Turns();
        turns.take(Integer.parseInt(args[0]), side -> {
            Process server = Turns.start(Rescue.class, side);
            try {
                new Load(Turns.port(server), connections, perSecond).run(turns, side);
            } finally {
                Commands.end(server);
            }
        });
        turns.print(String.format(
                Locale.ROOT,
                "worst extra delay, ms, of %d connections with %.0f messages/s each",
                connections,
                perSecond));
        System.exit(0);
    }

    private static void echo(Side.Link link) throws IOException {
        for (int b = link.in().read(); b >= 0; b = link.in().read()) {
            if (b != ECHO) {
                try {
                    Blocker.values()[b].block();
                } catch (Throwable t) {
                    throw new IOException("a blocker failed: " + Blocker.values()[b], t);
                }
            }
            link.out().write(b);
        }
    }

    private static void exchange(Side.Link link, int b) throws IOException {
        link.out().write(b);
        if (link.in().read() != b) {
            throw new EOFException("each message must be answered");
        }
    }

    private static final class Load {
        private final int port;
        private final int connections;
        private final double perSecond;
        private final long start = System.nanoTime();
        private volatile Histogram latencies = fresh();
        private volatile boolean over;

        Load(int port, int connections, double perSecond) {
            this.port = port;
            this.connections = connections;
            this.perSecond = perSecond;
        }

        private static Histogram fresh() {
            return new ConcurrentHistogram(LATENCY_NANOS_MAX, 3);
        }

        void run(Turns turns, Side side) throws IOException, InterruptedException {
            // One after the other: Heddle's server gives each to the next carrier.
            List<Side.Link> holders = new ArrayList<>();
            for (int i = 0; i < CARRIERS; i++) {
                Side.Link holder = Side.JDK.connect(port);
                exchange(holder, ECHO);
                holders.add(holder);
            }
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                int index = i;
                threads.add(Side.HEDDLE.start(() -> send(index)));
            }
            pause(WARM_UP_NANOS);
            measure(turns, side, "nothing held", List.of(), 0);
            for (Blocker blocker : Blocker.values()) {
                measure(turns, side, "one held by a " + blocker.title, holders.subList(0, 1), blocker.ordinal());
            }
            for (Blocker blocker : Blocker.values()) {
                measure(turns, side, "all held by a " + blocker.title, holders, blocker.ordinal());
            }
            over = true;
            for (Thread thread : threads) {
                thread.join();
            }
            for (Side.Link holder : holders) {
                holder.close();
            }
        }

        private void measure(Turns turns, Side side, String name, List<Side.Link> holders, int how) throws IOException {
            pause(CALM_NANOS);
            latencies = fresh();
            pause(CALM_NANOS);
            Histogram calm = latencies;
            Histogram held = fresh();
            latencies = held;
            for (Side.Link holder : holders) {
                holder.out().write(how);
            }
            for (Side.Link holder : holders) {
                if (holder.in().read() != how) {
                    throw new EOFException("a held thread must come back: " + name);
                }
            }
            if (holders.isEmpty()) {
                pause(CALM_NANOS);
            }
            // What was due and is not answered yet.
            pause(CALM_NANOS / 10);
            long extra = held.getMaxValue() - calm.getValueAtPercentile(50);
            turns.put(side, name, extra / 1e6);
        }

        private void send(int index) {
            double intervalNanos = 1e9 / perSecond;
            try (Side.Link link = Side.HEDDLE.connect(port)) {
                double phase = intervalNanos * index / connections;
                for (long n = 0; !over; n++) {
                    long due = start + (long) (phase + n * intervalNanos);
                    for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
                        LockSupport.parkNanos(left);
                    }
                    exchange(link, ECHO);
                    latencies.recordValue(Math.min(System.nanoTime() - due, LATENCY_NANOS_MAX));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void pause(long nanos) {
            long due = System.nanoTime() + nanos;
            for (long left = nanos; left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
    }
}
