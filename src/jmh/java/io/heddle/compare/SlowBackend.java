package io.heddle.compare;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/*
 * Question: how many requests a second does a thread-per-connection proxy serve whose every request waits twice for a
 * backend, and what do they cost?
 *
 * Workload: 1,000 connections, each of which asks again when it has its answer. The proxy makes two calls one after the
 * other, on a connection of its own to a backend that answers after 5 ms. Load and backend are on Heddle in this
 * process for both sides; the proxy is another process.
 *
 * Baseline: the same proxy on java.net.Socket and the JDK's scheduler with a parallelism of two.
 * Not measured: connecting, large answers, timeouts. Where load, backend and proxy share the CPUs, requests/s tells of
 * all three; CPU per request is the proxy's alone. At most 100 requests a second on each connection.
 *
 * Run: mvn -q -B -ntp -Pcompare verify -Dcompare.main=SlowBackend -Dcompare.args="5 1000 10"
 * (rounds, connections, seconds)
 */
public final class SlowBackend {
    private static final long DELAY_NANOS = 5_000_000;
    private static final int CALLS = 2;
    private static final long WARM_UP_NANOS = 3_000_000_000L;

    private SlowBackend() {}

    /** Rounds, connections and seconds; or a side and the port of the backend: the proxy. */
    public static void main(String[] given) throws Exception {
        String[] args = given.length > 0 ? given : new String[] {"5", "1000", "10"};
        if (args[0].equals("HEDDLE") || args[0].equals("JDK")) {
            proxy(Side.valueOf(args[0]), Integer.parseInt(args[1]));
            return;
        }
        int connections = Integer.parseInt(args[1]);
        long nanos = (long) (Double.parseDouble(args[2]) * 1e9);
        int backend = Side.HEDDLE.serve(SlowBackend::answerLate);
        Turns turns = new Turns();
        turns.take(Integer.parseInt(args[0]), side -> {
            Process proxy = Turns.start(SlowBackend.class, side, backend);
            try {
                new Load(Turns.port(proxy), connections).run(turns, side, proxy.pid(), nanos);
            } finally {
                Commands.end(proxy);
            }
        });
        turns.print("a proxy with " + CALLS + " calls of 5 ms for each request, " + connections + " connections");
        System.exit(0);
    }

    private static void answerLate(Side.Link link) throws IOException {
        for (int b = link.in().read(); b >= 0; b = link.in().read()) {
            long due = System.nanoTime() + DELAY_NANOS;
            for (long left = DELAY_NANOS; left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
            link.out().write(b);
        }
    }

    private static void proxy(Side side, int backendPort) throws Exception {
        int port = side.serve(client -> {
            try (Side.Link backend = side.connect(backendPort)) {
                for (int b = client.in().read(); b >= 0; b = client.in().read()) {
                    for (int i = 0; i < CALLS; i++) {
                        exchange(backend, b);
                    }
                    client.out().write(b);
                }
            }
        });
        System.out.println(port);
        new CountDownLatch(1).await();
    }

    private static void exchange(Side.Link link, int b) throws IOException {
        link.out().write(b);
        if (link.in().read() != b) {
            throw new EOFException("each request must be answered");
        }
    }

    private static final class Load {
        private final int port;
        private final int connections;
        private final LongAdder answers = new LongAdder();
        private volatile boolean over;

        Load(int port, int connections) {
            this.port = port;
            this.connections = connections;
        }

        void run(Turns turns, Side side, long pid, long nanos) throws IOException, InterruptedException {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                threads.add(Side.HEDDLE.start(this::ask));
            }
            await(WARM_UP_NANOS);
            long cpu = Turns.cpuMicros(pid);
            long before = answers.sum();
            long start = System.nanoTime();
            await(nanos);
            double seconds = (System.nanoTime() - start) / 1e9;
            long count = answers.sum() - before;
            long used = Turns.cpuMicros(pid) - cpu;
            over = true;
            for (Thread thread : threads) {
                thread.join();
            }
            turns.put(side, "requests/s", count / seconds);
            turns.put(side, "CPU of the proxy per request, µs", (double) used / count);
        }

        private void ask() {
            try (Side.Link link = Side.HEDDLE.connect(port)) {
                while (!over) {
                    exchange(link, '?');
                    answers.increment();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void await(long nanos) {
            long due = System.nanoTime() + nanos;
            for (long left = nanos; left > 0; left = due - System.nanoTime()) {
                LockSupport.parkNanos(left);
            }
        }
    }
}
