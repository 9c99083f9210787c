package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Behaviour;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two thousand connections at the same time, every byte of which is checked. */
@Behaviour
class ManyConnectionsTest {
    private static final int CONNECTIONS = 2000;
    private static final int MESSAGES = 5;
    private static final long SEED = Long.getLong("heddle.seed", 42);

    @ParameterizedTest(name = "{0}")
    @EnumSource(
            value = Caller.class,
            names = {"HEDDLE_THREAD", "JDK_VIRTUAL_THREAD"})
    void everyConnectionGetsItsOwnBytesBack(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            Task<Boolean> serving = caller.startRun(() -> listener.serve(socket -> {
                byte[] buffer = new byte[4096];
                for (int n = socket.read(buffer); n >= 0; n = socket.read(buffer)) {
                    socket.write(buffer, 0, n);
                }
            }));
            CountDownLatch allConnected = new CountDownLatch(CONNECTIONS);
            List<Task<Integer>> clients = new ArrayList<>();
            for (int i = 0; i < CONNECTIONS; i++) {
                int number = i;
                clients.add(caller.start(() -> converse(listener.localAddress(), number, allConnected)));
            }
            for (Task<Integer> client : clients) {
                assertThat(client.get()).as("messages, seed=" + SEED).isEqualTo(MESSAGES);
            }
            assertThat(listener.close(Duration.ofMinutes(1))).isTrue();
            assertThat(serving.get()).isTrue();
        }
    }

    private static int converse(InetSocketAddress server, int number, CountDownLatch allConnected)
            throws IOException, InterruptedException {
        Random sizes = new Random(SEED + number);
        try (TcpSocket socket = TcpSocket.connect(server)) {
            socket.setReadTimeout(Duration.ofMinutes(1));
            allConnected.countDown();
            allConnected.await();
            // Far from each other, so that a byte of another connection is not the same.
            long place = number * 1_000_003L;
            for (int i = 0; i < MESSAGES; i++) {
                int size = 1 + sizes.nextInt(3000);
                socket.write(Bytes.from(place, size));
                byte[] back = new byte[size];
                socket.readFully(back);
                Bytes.check(back, size, place);
                place += size;
            }
            return MESSAGES;
        }
    }
}
