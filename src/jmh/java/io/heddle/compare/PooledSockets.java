package io.heddle.compare;

import io.heddle.Heddle;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.function.ToLongFunction;
import org.HdrHistogram.Histogram;

/*
 * Question: what does a request cost on a socket that threads of all carriers share, or that another thread has opened
 * than the one that uses it? How many of the waits are for a poller elsewhere, and do sockets that move pay?
 *
 * Workload: a process with 16 connections to a backend that answers each byte at once. 200 virtual threads borrow a
 * connection, send one byte, wait for the answer, and give the connection back, in turn (a fair queue). Or each
 * connection is handed over to one thread for good. It was opened, with one request, by the platform thread that filled
 * the pool, as HikariCP does, or by virtual threads, each connection by the next one: then the one to whom it is handed
 * over is at home at another carrier.
 *
 * Baseline: the same with java.net.Socket on the JDK's scheduler with a parallelism of two.
 * Not measured: opening, large answers, timeouts. Where the pool is shared, most of the cost is that of the queue,
 * whose threads wake each other across carriers, too. The backend is on Heddle in another process for both sides and
 * needs its part of the
 * CPUs: CPU per request is that of the measured process alone, latency and requests/s tell of both. Latency is that of
 * the request, without the wait for a connection.
 *
 * Run: mvn -q -B -ntp -Pcompare verify -Dcompare.main=PooledSockets -Dcompare.args="5 16 200 3"
 * (rounds, connections, threads, seconds)
 */
public final class PooledSockets {
    private static final long WARM_UP_NANOS = 2_000_000_000L;
    private static final long LATENCY_NANOS_MAX = 60_000_000_000L;

    private enum Opener {
        PLATFORM_THREAD("by a platform thread"),
        VIRTUAL_THREADS("by virtual threads");

        final String title;

        Opener(String title) {
            this.title = title;
        }
    }

    private PooledSockets() {}

    /** Rounds, connections, threads and seconds; or a side, the backend's port and the same: one measured process. */
    public static void main(String[] given) throws Exception {
        String[] args = given.length > 0 ? given : new String[] {"5", "16", "200", "3"};
        int connections = Integer.parseInt(args[args.length - 3]);
        int threads = Integer.parseInt(args[args.length - 2]);
        double seconds = Double.parseDouble(args[args.length - 1]);
        if (args.length == 5) {
            measure(Side.valueOf(args[0]), Integer.parseInt(args[1]), connections, threads, (long) (seconds * 1e9));
            System.exit(0);
        }
        int backend = Side.HEDDLE.serve(PooledSockets::answer);
        Turns turns = new Turns();
        turns.take(
                Integer.parseInt(args[0]),
                side -> turns.putAll(
                        side, Turns.start(PooledSockets.class, side, backend, connections, threads, seconds)));
        turns.print(connections + " connections, shared by " + threads + " threads or handed over");
        System.exit(0);
    }

    private static void answer(Side.Link link) throws IOException {
        for (int b = link.in().read(); b >= 0; b = link.in().read()) {
            link.out().write(b);
        }
    }

    private static void measure(Side side, int port, int connections, int threads, long nanos) throws Exception {
        for (Opener opener : Opener.values()) {
            new Load("opened " + opener.title + ", shared: ", nanos).run(side, opener, port, connections, threads);
            new Load("opened " + opener.title + ", handed over: ", nanos).run(side, opener, port, connections, 0);
        }
    }

    private static void exchange(Side.Link link) throws IOException {
        link.out().write('?');
        if (link.in().read() != '?') {
            throw new EOFException("each request must be answered");
        }
    }

    private static Side.Link open(Side side, int port) throws IOException {
        Side.Link link = side.connect(port);
        exchange(link);
        return link;
    }

    private static final class Load {
        private final String title;
        private final long nanos;
        private volatile boolean measuring;
        private volatile boolean over;

        Load(String title, long nanos) {
            this.title = title;
            this.nanos = nanos;
        }

        /** With no threads, one for each connection. */
        void run(Side side, Opener opener, int port, int connections, int threads) throws Exception {
            List<Side.Link> links = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                FutureTask<Side.Link> opening = new FutureTask<>(() -> open(side, port));
                if (opener == Opener.PLATFORM_THREAD) {
                    opening.run();
                } else {
                    Thread thread = side.start(opening);
                    assert thread.isVirtual();
                }
                links.add(opening.get());
            }
            List<BlockingQueue<Side.Link>> pools = new ArrayList<>();
            if (threads > 0) {
                pools.add(new ArrayBlockingQueue<>(connections, true, links));
            } else {
                // Threads go to one carrier after the other, so this one is a neighbour of who has opened it.
                for (int i = 0; i < connections; i++) {
                    pools.add(new ArrayBlockingQueue<>(1, true, List.of(links.get((i + 1) % connections))));
                }
            }
            run(side, pools, threads > 0 ? threads : connections);
            for (Side.Link link : links) {
                link.close();
            }
        }

        private void run(Side side, List<BlockingQueue<Side.Link>> pools, int threads) throws Exception {
            List<FutureTask<Histogram>> users = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                BlockingQueue<Side.Link> pool = pools.get(i % pools.size());
                FutureTask<Histogram> user = new FutureTask<>(() -> use(pool));
                Thread thread = side.start(user);
                assert thread.isVirtual();
                users.add(user);
            }
            await(WARM_UP_NANOS);
            long pid = ProcessHandle.current().pid();
            long foreign = foreignWaits(side);
            long moves = moves(side);
            long cpu = Turns.cpuMicros(pid);
            long start = System.nanoTime();
            measuring = true;
            await(nanos);
            measuring = false;
            double elapsed = (System.nanoTime() - start) / 1e9;
            cpu = Turns.cpuMicros(pid) - cpu;
            foreign = foreignWaits(side) - foreign;
            moves = moves(side) - moves;
            over = true;
            Histogram latencies = fresh();
            for (FutureTask<Histogram> user : users) {
                latencies.add(user.get());
            }
            long requests = latencies.getTotalCount();
            Turns.tell(title + "requests/s", requests / elapsed);
            Turns.tell(title + "CPU per request, µs", (double) cpu / requests);
            Turns.tell(title + "latency, median, µs", latencies.getValueAtPercentile(50) / 1e3);
            Turns.tell(title + "latency, 99 %, µs", latencies.getValueAtPercentile(99) / 1e3);
            if (side == Side.HEDDLE) {
                Turns.tell(title + "foreign waits, %", 100.0 * foreign / requests);
                Turns.tell(title + "moves per 1,000", 1e3 * moves / requests);
            }
        }

        private static Histogram fresh() {
            return new Histogram(LATENCY_NANOS_MAX, 2);
        }

        private Histogram use(BlockingQueue<Side.Link> pool) {
            Histogram latencies = fresh();
            try {
                while (!over) {
                    Side.Link link = pool.take();
                    long start = System.nanoTime();
                    exchange(link);
                    long latency = System.nanoTime() - start;
                    pool.put(link);
                    if (measuring) {
                        latencies.recordValue(Math.min(latency, LATENCY_NANOS_MAX));
                    }
                }
                return latencies;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        private static long foreignWaits(Side side) {
            return sum(side, io.heddle.Statistics.Carrier::foreignWaits);
        }

        private static long moves(Side side) {
            return sum(side, io.heddle.Statistics.Carrier::movesIn);
        }

        /** The JDK's side starts no Heddle for this. */
        private static long sum(Side side, ToLongFunction<io.heddle.Statistics.Carrier> what) {
            return side == Side.JDK
                    ? 0
                    : Heddle.shared().statistics().carriers().stream()
                            .mapToLong(what)
                            .sum();
        }

        private static void await(long nanos) {
            long due = System.nanoTime() + nanos;
            for (long left = nanos; left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
    }
}
