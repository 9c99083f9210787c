package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.readiness.Registrations;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: nothing hangs, leaks, is lost or invented while connections come and go in every way.
 *
 * <p>Method: clients echo messages of random sizes through one server, each byte a function of connection and offset.
 * Some end with a half close, some are closed in the middle, some by another thread, some by an interrupt; reads run
 * into timeouts of a millisecond on the way. For every connection that ends in order the books balance: bytes sent =
 * bytes received. At the end descriptors and registrations are back at the start. {@code -Dheddle.seed=} replays the
 * choices, though not the schedule; {@code -Dsoak.seconds=} says how long.
 */
@Tag("soak")
class EchoSoak {
    private static final long SEED = Long.getLong("heddle.seed", System.nanoTime());
    private static final int SECONDS = Integer.getInteger("soak.seconds", 10);
    private static final int CLIENTS = 500;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final LongAdder sent = new LongAdder();
    private final LongAdder received = new LongAdder();
    private final LongAdder inOrder = new LongAdder();
    private final LongAdder cut = new LongAdder();
    private final LongAdder timeouts = new LongAdder();
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void everyByteComesBackOrItsConnectionWasCut() throws Exception {
        System.out.println("EchoSoak: seed=" + SEED + ", seconds=" + SECONDS);
        Heddle heddle = Heddle.shared();
        warmUp(heddle);
        long descriptorsBefore = descriptors();
        int registrationsBefore = Registrations.count();

        TcpListener listener = TcpListener.bind(loopback());
        Thread server = heddle.startVirtualThread(() -> serve(listener));
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        CountDownLatch running = new CountDownLatch(CLIENTS);
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            Random choices = new Random(SEED + i);
            clients.add(heddle.startVirtualThread(() -> {
                try {
                    client(heddle, listener.localAddress(), choices, deadlineNanos);
                } catch (Throwable t) {
                    failures.add(t);
                } finally {
                    running.countDown();
                }
            }));
        }
        watch(running, clients);
        boolean drained = listener.close(Duration.ofSeconds(60));
        server.join();

        System.out.printf(
                "EchoSoak: %s, %d connections in order, %d cut, %d timeouts, %d bytes%n",
                heddle, inOrder.sum(), cut.sum(), timeouts.sum(), received.sum());
        assertThat(failures).as("seed=" + SEED).isEmpty();
        assertThat(drained).as("handlers ended, seed=" + SEED).isTrue();
        assertThat(received.sum()).as("bytes, seed=" + SEED).isEqualTo(sent.sum());
        assertThat(inOrder.sum()).isPositive();
        assertThat(cut.sum()).isPositive();
        awaitRegistrations(registrationsBefore);
        awaitDescriptors(descriptorsBefore);
    }

    /** Whatever starts lazily starts now, so that it does not count as left over. */
    private static void warmUp(Heddle heddle) throws Exception {
        TcpListener listener = TcpListener.bind(loopback());
        Thread server = heddle.startVirtualThread(() -> serve(listener));
        try (TcpSocket socket = TcpSocket.connect(listener.localAddress())) {
            socket.write(new byte[1]);
            assertThat(socket.read(new byte[1])).isEqualTo(1);
        }
        listener.close();
        server.join();
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private static void serve(TcpListener listener) {
        try {
            listener.serve(socket -> {
                byte[] buffer = new byte[8 * 1024];
                for (int n = socket.read(buffer); n >= 0; n = socket.read(buffer)) {
                    socket.write(buffer, 0, n);
                }
            });
        } catch (IOException e) {
            throw new AssertionError("serve ends by close only", e);
        }
    }

    private void client(Heddle heddle, InetSocketAddress server, Random choices, long deadlineNanos) throws Exception {
        while (deadlineNanos - System.nanoTime() > 0 && failures.isEmpty()) {
            try (TcpSocket socket = TcpSocket.connect(server, Duration.ofSeconds(30))) {
                int id = choices.nextInt();
                switch (choices.nextInt(6)) {
                    case 0 -> closeInTheMiddle(socket, choices, id);
                    case 1 -> closeByAnotherThread(heddle, socket);
                    case 2 -> interrupt(heddle, socket);
                    default -> endInOrder(heddle, socket, choices, id);
                }
            }
        }
    }

    private void endInOrder(Heddle heddle, TcpSocket socket, Random choices, int id) throws Exception {
        int total = 1 + choices.nextInt(choices.nextInt(10) == 0 ? 1_000_000 : 20_000);
        long seed = choices.nextLong();
        Thread writer = heddle.startVirtualThread(() -> {
            try {
                writeAll(socket, new Random(seed), id, total);
                socket.shutdownOutput();
            } catch (IOException e) {
                failures.add(e);
            }
        });
        readAll(socket, choices, id, total);
        writer.join();
        sent.add(total);
        received.add(total);
        inOrder.increment();
    }

    private static void writeAll(TcpSocket socket, Random choices, int id, int total) throws IOException {
        byte[] buffer = new byte[64 * 1024];
        int written = 0;
        while (written < total) {
            int n = Math.min(total - written, 1 + choices.nextInt(choices.nextBoolean() ? 100 : buffer.length));
            for (int i = 0; i < n; i++) {
                buffer[i] = expected(id, written + i);
            }
            socket.write(buffer, 0, n);
            written += n;
        }
    }

    private void readAll(TcpSocket socket, Random choices, int id, int total) throws IOException {
        byte[] buffer = new byte[16 * 1024];
        int read = 0;
        while (true) {
            socket.setReadTimeout(choices.nextInt(8) == 0 ? Duration.ofMillis(1) : Duration.ofSeconds(50));
            int n;
            try {
                n = socket.read(buffer, 0, 1 + choices.nextInt(buffer.length));
            } catch (SocketTimeoutException e) {
                timeouts.increment();
                continue;
            }
            if (n < 0) {
                break;
            }
            for (int i = 0; i < n; i++) {
                assertThat(buffer[i]).as("byte %d of %d", read + i, total).isEqualTo(expected(id, read + i));
            }
            read += n;
        }
        assertThat(read).as("bytes before the end").isEqualTo(total);
    }

    private void closeInTheMiddle(TcpSocket socket, Random choices, int id) throws IOException {
        writeAll(socket, choices, id, 1 + choices.nextInt(10_000));
        if (choices.nextBoolean()) {
            assertThat(socket.read(new byte[10])).isPositive();
        }
        socket.close();
        cut.increment();
    }

    private void closeByAnotherThread(Heddle heddle, TcpSocket socket) throws Exception {
        Thread closer = heddle.startVirtualThread(socket::close);
        expectCut(socket, "Socket closed");
        closer.join();
    }

    private void interrupt(Heddle heddle, TcpSocket socket) throws Exception {
        Thread reader = heddle.startVirtualThread(() -> {
            expectCut(socket, "Closed by interrupt");
            if (!Thread.currentThread().isInterrupted()) {
                failures.add(new AssertionError("the interrupt status was lost"));
            }
        });
        reader.interrupt();
        reader.join();
        assertThat(socket.isOpen()).isFalse();
    }

    private void expectCut(TcpSocket socket, String text) {
        try {
            int n = socket.read(new byte[1]);
            failures.add(new AssertionError("read from a silent server: n=" + n));
        } catch (SocketException e) {
            if (text.equals(e.getMessage())) {
                cut.increment();
            } else {
                failures.add(e);
            }
        } catch (IOException e) {
            failures.add(e);
        }
    }

    private static byte expected(int id, int offset) {
        return (byte) (id * 31 + offset * 7 + (offset >> 8));
    }

    /** Fails with a picture of all clients if nothing moves for a minute. */
    private void watch(CountDownLatch running, List<Thread> clients) throws InterruptedException {
        long last = -1;
        long movedNanos = System.nanoTime();
        while (!running.await(1, TimeUnit.SECONDS)) {
            long now = inOrder.sum() + cut.sum() + timeouts.sum();
            if (now != last) {
                last = now;
                movedNanos = System.nanoTime();
            }
            if (System.nanoTime() - movedNanos > PATIENCE_NANOS) {
                StringBuilder picture = new StringBuilder("nothing moves, seed=" + SEED);
                for (Thread client : clients) {
                    if (client.isAlive()) {
                        picture.append('\n').append(client);
                        for (StackTraceElement frame : client.getStackTrace()) {
                            picture.append("\n    ").append(frame);
                        }
                    }
                }
                throw new AssertionError(picture);
            }
        }
    }

    private static void awaitRegistrations(int before) {
        long deadlineNanos = System.nanoTime() + PATIENCE_NANOS;
        while (Registrations.count() > before && deadlineNanos - System.nanoTime() > 0) {
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(Registrations.count()).as("registrations left").isLessThanOrEqualTo(before);
    }

    private static void awaitDescriptors(long before) throws IOException {
        long deadlineNanos = System.nanoTime() + PATIENCE_NANOS;
        while (descriptors() > before && deadlineNanos - System.nanoTime() > 0) {
            LockSupport.parkNanos(1_000_000);
        }
        assertThat(descriptors()).as("descriptors left").isLessThanOrEqualTo(before);
    }

    private static long descriptors() throws IOException {
        try (var fds = Files.list(Path.of("/proc/self/fd"))) {
            return fds.count();
        }
    }
}
