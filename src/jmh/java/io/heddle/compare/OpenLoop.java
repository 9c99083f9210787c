package io.heddle.compare;

import io.heddle.Heddle;
import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/**
 * A load that does not wait for the server: each request has a time at which it is due, whatever became of the one
 * before, and its latency counts from then. A server that stops for a second thus owes as many long latencies as
 * requests were due in that second (what Gil Tene calls coordinated omission is to count only one).
 *
 * <p>A connection sends one request at a time, so a late answer makes the next request late; that is the server's
 * doing and counts as latency. With a rate of zero every request is due when the one before is answered: a closed
 * loop, for where there is no wrk.
 */
final class OpenLoop {
    private static final long LATENCY_NANOS_MAX = TimeUnit.MINUTES.toNanos(10);
    private static final int DIGITS = 3;

    private final int port;
    private final String path;
    private final int connections;
    private final double perSecond;
    private final long durationNanos;

    private final Histogram latencies = new ConcurrentHistogram(LATENCY_NANOS_MAX, DIGITS);
    private final LongAdder requests = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final CountDownLatch connected;
    private final CountDownLatch go = new CountDownLatch(1);
    private final CountDownLatch done;
    private long startNanos;

    /**
     * A load to run once.
     *
     * @param perSecond of all connections together; 0: as fast as answers come
     */
    OpenLoop(int port, String path, int connections, double perSecond, long durationNanos) {
        this.port = port;
        this.path = path;
        this.connections = connections;
        this.perSecond = perSecond;
        this.durationNanos = durationNanos;
        this.connected = new CountDownLatch(connections);
        this.done = new CountDownLatch(connections);
    }

    /**
     * Runs it.
     *
     * @param started runs when all connections stand and each had an answer, before the first request is due
     */
    LoadResult run(Runnable started) throws InterruptedException {
        for (int i = 0; i < connections; i++) {
            int index = i;
            Heddle.shared().startVirtualThread(() -> connection(index));
        }
        connected.await();
        started.run();
        startNanos = System.nanoTime();
        go.countDown();
        done.await();
        double seconds = (System.nanoTime() - startNanos) / 1e9;
        double[] micros = new double[LoadResult.PERCENTILES.length];
        for (int i = 0; i < micros.length; i++) {
            micros[i] = latencies.getValueAtPercentile(LoadResult.PERCENTILES[i]) / 1e3;
        }
        return new LoadResult(requests.sum(), errors.sum(), seconds, micros);
    }

    private void connection(int index) {
        HttpClient client = null;
        try {
            try {
                client = HttpClient.connect(port, path);
                client.exchange();
            } finally {
                connected.countDown();
            }
            go.await();
            if (perSecond == 0) {
                closedLoop(client);
            } else {
                openLoop(client, index);
            }
        } catch (IOException e) {
            errors.increment();
            System.err.println("a connection failed: " + e);
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts a connection", e);
        } finally {
            if (client != null) {
                client.close();
            }
            done.countDown();
        }
    }

    private void openLoop(HttpClient client, int index) throws IOException {
        double intervalNanos = 1e9 / perSecond;
        for (long n = index; ; n += connections) {
            long due = (long) (n * intervalNanos);
            if (due >= durationNanos) {
                return;
            }
            long now = elapsed();
            while (now < due) {
                LockSupport.parkNanos(due - now);
                now = elapsed();
            }
            if (now >= 2 * durationNanos) {
                giveUp(n, intervalNanos);
                return;
            }
            client.exchange();
            answered(due);
        }
    }

    /** Too far behind: what was due and never sent has waited until now at least, and is an error. */
    private void giveUp(long first, double intervalNanos) {
        for (long n = first; n * intervalNanos < durationNanos; n += connections) {
            latencies.recordValue(Math.min(elapsed() - (long) (n * intervalNanos), LATENCY_NANOS_MAX));
            errors.increment();
        }
    }

    private void closedLoop(HttpClient first) throws IOException {
        boolean reconnect = path.equals("/close");
        HttpClient client = first;
        try {
            for (long sent = elapsed(); sent < durationNanos; sent = elapsed()) {
                if (reconnect) {
                    client.close();
                    client = HttpClient.connect(port, path);
                }
                client.exchange();
                answered(sent);
            }
        } finally {
            client.close();
        }
    }

    private void answered(long due) {
        latencies.recordValue(Math.min(elapsed() - due, LATENCY_NANOS_MAX));
        requests.increment();
    }

    private long elapsed() {
        return System.nanoTime() - startNanos;
    }
}
