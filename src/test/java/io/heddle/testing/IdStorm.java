package io.heddle.testing;

import io.heddle.Heddle;
import io.heddle.TcpSocket;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * Many clients connect, exchange stamped bytes and leave in every way, so that descriptor numbers are reused at once
 * while other threads are still in calls on the sockets that had them before. Both sides check each byte. Which client
 * does what follows from the seed and the connection's number.
 */
public final class IdStorm {
    private static final int TOTAL_MAX = 8 * 1024;

    private final long seed;
    private final AtomicLong ids = new AtomicLong();
    private final LongAdder inOrder = new LongAdder();
    private final LongAdder cut = new LongAdder();
    private final LongAdder bytes = new LongAdder();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    private IdStorm(long seed) {
        this.seed = seed;
    }

    /** Whether another connection may begin. */
    @FunctionalInterface
    public interface Limit {
        /** Told how many there were. */
        boolean allows(long connections);
    }

    /** Runs clients until the limit; throws what went wrong. Answers what it did, for people. */
    public static String run(long seed, int clients, Limit limit) throws Exception {
        IdStorm storm = new IdStorm(seed);
        long received;
        long answered;
        try (Mirror server = Mirror.open(storm::leaveEarly)) {
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                threads.add(Heddle.shared().startVirtualThread(() -> storm.client(server, limit)));
            }
            threads.forEach(Await::end);
            received = server.received();
            answered = server.answered();
        }
        if (!storm.failures.isEmpty()) {
            AssertionError failed = new AssertionError("heddle.seed=" + seed);
            storm.failures.forEach(failed::addSuppressed);
            throw failed;
        }
        if (storm.inOrder.sum() == 0 || storm.cut.sum() == 0) {
            throw new AssertionError("the storm must end connections in order and otherwise: " + storm);
        }
        if (storm.bytes.sum() > answered) {
            throw new AssertionError("more bytes were read than written: answered=" + answered + ", " + storm);
        }
        return storm + ", server received=" + received + ", answered=" + answered;
    }

    private void client(Mirror server, Limit limit) {
        long id = ids.getAndIncrement();
        try {
            for (; limit.allows(id) && failures.isEmpty(); id = ids.getAndIncrement()) {
                connection(server, id);
            }
        } catch (Throwable t) {
            failures.add(new AssertionError("connection " + id, t));
        }
    }

    /** Every eighth connection is cut by the server, half of them by a reset. */
    private void leaveEarly(TcpSocket socket, long id) throws IOException {
        if (id % 8 == 7) {
            if (id % 16 == 15) {
                socket.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
            socket.close();
        }
    }

    private void connection(Mirror server, long id) throws Exception {
        Random choices = new Random(seed * 31 + id);
        Stamp stamp = new Stamp(id, false);
        int total = Stamp.ID_BYTES + choices.nextInt(TOTAL_MAX);
        int way = choices.nextInt(6);
        int cutAfter = choices.nextInt(total);
        Thread writer = null;
        Thread foreign = null;
        try (TcpSocket socket = TcpSocket.connect(server.address())) {
            writer = Heddle.shared().startVirtualThread(() -> write(socket, stamp, total));
            Thread reader = Thread.currentThread();
            if (way == 1) {
                foreign = Thread.ofPlatform().name("caller-closer").start(socket::close);
            } else if (way == 2) {
                foreign = Heddle.shared().startVirtualThread(reader::interrupt);
            } else if (way == 3) {
                socket.setOption(StandardSocketOptions.SO_LINGER, 0);
            }
            boolean cuts = way == 3 || way == 4;
            read(socket, stamp, total, cuts ? cutAfter : Integer.MAX_VALUE);
        } catch (SocketException e) {
            // Cut, by one side or the other; every byte up to here was checked.
            cut.increment();
            expected(e);
        }
        if (foreign != null) {
            end(foreign);
        }
        if (writer != null) {
            end(writer);
        }
        // The interrupt may have come when the connection was over.
        boolean late = Thread.interrupted();
        assert !late || way == 2;
    }

    private static void end(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void write(TcpSocket socket, Stamp stamp, int total) {
        byte[] block = new byte[Stamp.BLOCK * 16];
        try {
            for (int place = 0; place < total; place += block.length) {
                int n = Math.min(block.length, total - place);
                stamp.fill(block, 0, n, place);
                socket.write(block, 0, n);
            }
            socket.shutdownOutput();
        } catch (SocketException e) {
            expected(e);
        } catch (IOException e) {
            failures.add(e);
        }
    }

    private void read(TcpSocket socket, Stamp stamp, int total, int cutAfter) throws IOException {
        byte[] buffer = new byte[1024];
        int place = 0;
        while (place <= cutAfter) {
            int n = socket.read(buffer);
            if (n < 0) {
                if (place < total && stamp.id() % 16 != 7) {
                    throw new AssertionError("ended early: place=" + place + ", total=" + total + ", " + stamp);
                }
                inOrder.increment();
                return;
            }
            stamp.answered().check(buffer, 0, n, place);
            place += n;
            bytes.add(n);
        }
        cut.increment();
    }

    private void expected(SocketException e) {
        String text = String.valueOf(e.getMessage());
        boolean known = text.startsWith("Socket closed")
                || text.startsWith("Socket is closed")
                || text.startsWith("Closed by interrupt")
                || text.startsWith("Connection reset")
                || text.startsWith("Broken pipe");
        if (!known || e instanceof ConnectException) {
            failures.add(e);
        }
    }

    @Override
    public String toString() {
        return "IdStorm[seed=" + seed + ", connections=" + ids + ", inOrder=" + inOrder + ", cut=" + cut + ", bytes="
                + bytes + "]";
    }
}
