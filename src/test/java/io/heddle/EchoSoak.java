package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.carrier.ForcedRescues;
import io.heddle.internal.engine.Engine;
import io.heddle.testing.NoLeaks;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Goal: nothing hangs, leaks, is lost or invented while connections come and go in every way.
 *
 * <p>Method: 500 threads, most of ours and some of the JDK's, echo messages of random sizes through one server, each
 * byte a function of connection and offset. Connections end by a half close, by a close in the middle, by a reset of
 * either side, by a close from a foreign platform thread or an interrupt, under waiting and under moving readers and
 * writers; reads and writes run into timeouts on the way. For every connection that ends in order the books balance:
 * bytes sent = bytes received. At the end descriptors, threads and registrations are back at the start.
 * {@code -Dheddle.seed=} replays the choices, though not the schedule; {@code -Dsoak.seconds=} says how long; with
 * {@code -Dsoak.rescues=true} carriers lose their workers every few milliseconds on the way.
 */
@Tag("soak")
@ExtendWith(NoLeaks.class)
class EchoSoak {
    private static final long SEED = Long.getLong("heddle.seed", System.nanoTime());
    private static final int SECONDS = Integer.getInteger("soak.seconds", 10);
    private static final boolean RESCUES = Boolean.getBoolean("soak.rescues");
    private static final int CLIENTS = 500;

    /** Odd, as no message begins. */
    private static final byte RESET = 1;

    private static final byte[] MORE_THAN_BUFFERS = new byte[20_000_000];
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final LongAdder sent = new LongAdder();
    private final LongAdder received = new LongAdder();
    private final LongAdder inOrder = new LongAdder();
    private final LongAdder cut = new LongAdder();
    private final LongAdder resets = new LongAdder();
    private final LongAdder timeouts = new LongAdder();
    private final ExecutorService foreign = Executors.newFixedThreadPool(
            4, Thread.ofPlatform().name("caller-closer-", 0).factory());
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void everyByteComesBackOrItsConnectionWasCut() throws Exception {
        System.out.println("EchoSoak: seed=" + SEED + ", seconds=" + SECONDS);
        Heddle heddle = Heddle.shared();
        ForcedRescues rescues =
                RESCUES ? ForcedRescues.begin(Engine.shared(), SEED, TimeUnit.MILLISECONDS.toNanos(6)) : null;
        TcpListener listener = TcpListener.bind(loopback());
        Thread server = heddle.startVirtualThread(() -> serve(listener));
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        CountDownLatch running = new CountDownLatch(CLIENTS);
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            Random choices = new Random(SEED + i);
            Runnable client = () -> {
                try {
                    client(heddle, listener.localAddress(), choices, deadlineNanos);
                } catch (Throwable t) {
                    failures.add(t);
                } finally {
                    running.countDown();
                }
            };
            clients.add(i % 10 == 9 ? Thread.startVirtualThread(client) : heddle.startVirtualThread(client));
        }
        watch(running, clients);
        if (rescues != null) {
            rescues.close();
            System.out.println("EchoSoak: rescues=" + rescues.count());
            assertThat(rescues.count()).isPositive();
        }
        boolean drained = listener.close(Duration.ofSeconds(60));
        server.join();
        foreign.close();

        System.out.printf(
                "EchoSoak: %s, %d connections in order, %d cut, %d reset, %d timeouts, %d bytes%n",
                heddle, inOrder.sum(), cut.sum(), resets.sum(), timeouts.sum(), received.sum());
        assertThat(failures).as("seed=" + SEED).isEmpty();
        assertThat(drained).as("handlers ended, seed=" + SEED).isTrue();
        assertThat(received.sum()).as("bytes, seed=" + SEED).isEqualTo(sent.sum());
        assertThat(inOrder.sum()).isPositive();
        assertThat(cut.sum()).isPositive();
        assertThat(resets.sum()).isPositive();
        assertThat(timeouts.sum()).isPositive();
    }

    private static InetSocketAddress loopback() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    /** Echoes; resets the connection behind the first bytes if the very first one says so. */
    private static void serve(TcpListener listener) {
        try {
            listener.serve(socket -> {
                byte[] buffer = new byte[8 * 1024];
                boolean resets = false;
                boolean first = true;
                for (int n = socket.read(buffer); n >= 0; n = socket.read(buffer)) {
                    resets |= first && buffer[0] == RESET;
                    first = false;
                    socket.write(buffer, 0, n);
                    if (resets) {
                        socket.setOption(StandardSocketOptions.SO_LINGER, 0);
                        return;
                    }
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
                switch (choices.nextInt(12)) {
                    case 0 -> closeInTheMiddle(socket, choices, id);
                    case 1 -> closeByAnotherThread(socket);
                    case 2 -> interrupt(heddle, socket);
                    case 3 -> resetInTheMiddle(socket, choices, id);
                    case 4 -> resetByTheServer(socket, choices);
                    case 5 -> closeUnderTraffic(heddle, socket, choices, id);
                    case 6 -> interruptAWriter(heddle, socket);
                    default -> {
                        if (choices.nextInt(20) == 0) {
                            writeWithTimeouts(heddle, socket, choices, id);
                        } else {
                            endInOrder(heddle, socket, choices, id);
                        }
                    }
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
            check(buffer, n, id, read, total);
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

    private void resetInTheMiddle(TcpSocket socket, Random choices, int id) throws IOException {
        socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        closeInTheMiddle(socket, choices, id);
    }

    private void resetByTheServer(TcpSocket socket, Random choices) throws IOException {
        byte[] message = new byte[1 + choices.nextInt(1000)];
        message[0] = RESET;
        socket.write(message);
        int read = 0;
        try {
            for (int n = socket.read(message); ; n = socket.read(message)) {
                if (n < 0) {
                    throw new AssertionError("a reset was taken for the end: read=" + read);
                }
                read += n;
            }
        } catch (SocketException e) {
            assertThat(e).hasMessage("Connection reset");
            resets.increment();
        }
        assertThat(read).isLessThanOrEqualTo(message.length);
    }

    /** Reader and writer are somewhere, in a call, waiting or between two, when a platform thread closes. */
    private void closeUnderTraffic(Heddle heddle, TcpSocket socket, Random choices, int id) throws Exception {
        int closeAfter = choices.nextInt(200_000);
        long seed = choices.nextLong();
        Thread writer = heddle.startVirtualThread(() -> {
            try {
                writeAll(socket, new Random(seed), id, 100_000_000);
                failures.add(new AssertionError("wrote to a closed socket"));
            } catch (IOException e) {
                expect(e, "Socket closed");
            }
        });
        byte[] buffer = new byte[16 * 1024];
        int read = 0;
        boolean closing = false;
        try {
            for (; ; ) {
                int n = socket.read(buffer);
                check(buffer, n, id, read, Integer.MAX_VALUE);
                read += n;
                if (read > closeAfter && !closing) {
                    closing = true;
                    foreign.execute(socket::close);
                }
            }
        } catch (IOException e) {
            expect(e, "Socket closed");
        }
        writer.join();
        cut.increment();
    }

    /** Nobody reads, so the writer waits, on its way there or already. */
    private void interruptAWriter(Heddle heddle, TcpSocket socket) throws Exception {
        Thread writer = heddle.startVirtualThread(() -> {
            try {
                socket.write(MORE_THAN_BUFFERS);
                failures.add(new AssertionError("wrote to a peer that reads nothing"));
            } catch (IOException e) {
                expect(e, "Closed by interrupt");
            }
            if (!Thread.currentThread().isInterrupted()) {
                failures.add(new AssertionError("the interrupt status was lost"));
            }
        });
        writer.interrupt();
        writer.join();
        cut.increment();
    }

    /** Writes run into timeouts until the reader begins; what they have taken comes back. */
    private void writeWithTimeouts(Heddle heddle, TcpSocket socket, Random choices, int id) throws Exception {
        byte[] message = new byte[1 + choices.nextInt(8_000_000)];
        for (int i = 0; i < message.length; i++) {
            message[i] = expected(id, i);
        }
        CountDownLatch begins = new CountDownLatch(1);
        socket.setWriteTimeout(Duration.ofMillis(1 + choices.nextInt(20)));
        Thread writer = heddle.startVirtualThread(() -> {
            int written = 0;
            while (written < message.length) {
                try {
                    socket.write(message, written, message.length - written);
                    written = message.length;
                } catch (SocketTimeoutException e) {
                    written += e.bytesTransferred;
                    timeouts.increment();
                    begins.countDown();
                } catch (IOException e) {
                    failures.add(e);
                    break;
                }
            }
            begins.countDown();
            try {
                socket.shutdownOutput();
            } catch (IOException e) {
                failures.add(e);
            }
        });
        begins.await();
        readAll(socket, choices, id, message.length);
        writer.join();
        sent.add(message.length);
        received.add(message.length);
        inOrder.increment();
    }

    private void closeByAnotherThread(TcpSocket socket) {
        foreign.execute(socket::close);
        expectCut(socket, "Socket closed");
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

    private void expect(IOException e, String text) {
        if (!text.equals(e.getMessage())) {
            failures.add(e);
        }
    }

    private static void check(byte[] buffer, int n, int id, int place, int total) {
        for (int i = 0; i < n; i++) {
            if (buffer[i] != expected(id, place + i)) {
                throw new AssertionError("wrong byte: place=" + (place + i) + ", total=" + total + ", byte=" + buffer[i]
                        + ", expected=" + expected(id, place + i));
            }
        }
    }

    private static byte expected(int id, int offset) {
        return (byte) (id * 62 + offset * 7 + (offset >> 8));
    }

    /** Fails with a picture of all clients if nothing moves for a minute. */
    private void watch(CountDownLatch running, List<Thread> clients) throws InterruptedException {
        long last = -1;
        long movedNanos = System.nanoTime();
        while (!running.await(1, TimeUnit.SECONDS)) {
            long now = inOrder.sum() + cut.sum() + resets.sum() + timeouts.sum();
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
}
