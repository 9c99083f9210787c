package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Goal: thousands of connections at the same time are no different from one.
 *
 * <p>Method: 9,000 clients connect, wait for each other, and echo 100 messages each; every byte is checked. Needs
 * 18,000 descriptors.
 */
@Tag("soak")
class ManyConnectionsSoak {
    private static final int CONNECTIONS = 9_000;
    private static final int MESSAGES = 100;
    private static final int SIZE = 64;

    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES)
    void everyMessageOfEveryConnectionComesBack() throws Exception {
        Heddle heddle = Heddle.shared();
        LongAdder echoed = new LongAdder();
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        heddle.startVirtualThread(() -> serve(listener, failures));
        CyclicBarrier all = new CyclicBarrier(CONNECTIONS);
        try (ExecutorService threads = heddle.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < CONNECTIONS; i++) {
                int id = i;
                threads.execute(() -> {
                    try (TcpSocket socket = TcpSocket.connect(listener.localAddress())) {
                        all.await();
                        echo(socket, id, echoed);
                    } catch (Throwable t) {
                        failures.add(t);
                    }
                });
            }
        }
        assertThat(listener.close(Duration.ofSeconds(60))).isTrue();
        System.out.printf("ManyConnectionsSoak: %s, %d messages%n", heddle, echoed.sum());
        assertThat(failures).isEmpty();
        assertThat(echoed.sum()).isEqualTo((long) CONNECTIONS * MESSAGES);
    }

    private static void serve(TcpListener listener, Queue<Throwable> failures) {
        try {
            listener.serve(socket -> {
                byte[] buffer = new byte[SIZE];
                for (int n = socket.read(buffer); n >= 0; n = socket.read(buffer)) {
                    socket.write(buffer, 0, n);
                }
            });
        } catch (IOException e) {
            failures.add(e);
        }
    }

    private static void echo(TcpSocket socket, int id, LongAdder echoed) throws IOException {
        byte[] message = new byte[SIZE];
        byte[] answer = new byte[SIZE];
        for (int round = 0; round < MESSAGES; round++) {
            for (int i = 0; i < SIZE; i++) {
                message[i] = (byte) (id + (id >> 8) * 7 + round * 31 + i);
            }
            socket.write(message);
            socket.readFully(answer);
            assertThat(answer).as("connection %d, message %d", id, round).isEqualTo(message);
            echoed.increment();
        }
    }
}
