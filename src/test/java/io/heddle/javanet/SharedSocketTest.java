package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Caller;
import io.heddle.testing.Ledger;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CyclicBarrier;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A few threads bind, connect, close and accept into one socket, all at once: whatever wins, nothing else is thrown
 * than {@code java.net} tells of, and no descriptor is left of a socket that is closed, before it is forgotten.
 */
@ExtendWith(NoLeaks.class)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedSocketTest {
    private static final List<Caller> CALLERS = List.of(Caller.values());
    private static final int ROUNDS = 300;
    private static final int THREADS = 4;
    private static final int CALLS = 3;
    private static final int MILLIS = 10_000;

    /** Whose sockets. */
    enum Maker {
        HEDDLE {
            @Override
            Socket socket() throws IOException {
                return new HeddleSocket();
            }

            @Override
            ServerSocket server() throws IOException {
                return new AcceptingInto();
            }
        },
        JDK {
            @Override
            Socket socket() {
                return new Socket();
            }

            @Override
            ServerSocket server() throws IOException {
                return new AcceptingIntoOfTheJdk();
            }
        };

        abstract Socket socket() throws IOException;

        abstract ServerSocket server() throws IOException;
    }

    private interface Call {
        void run() throws IOException;
    }

    @ParameterizedTest
    @EnumSource
    void booksBalanceWhateverWins(Maker maker) throws Exception {
        long seed = Long.getLong("heddle.seed", System.nanoTime());
        System.out.println("SharedSocketTest: maker=" + maker + ", -Dheddle.seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        List<Socket> closed = new ArrayList<>();
        Ledger before = Ledger.take().withoutMemory();
        for (int round = 0; round < ROUNDS; round++) {
            closed.add(round(maker, random.split(), "round=" + round + ", seed=" + seed));
        }
        assertThat(Ledger.leftSince(before)).as("seed=" + seed).isEmpty();
        // Asked last: so nobody had forgotten them by then.
        assertThat(closed).as("seed=" + seed).hasSize(ROUNDS).allMatch(Socket::isClosed);
    }

    private static Socket round(Maker maker, SplittableRandom random, String what) throws Exception {
        CyclicBarrier start = new CyclicBarrier(THREADS);
        List<Task<Boolean>> tasks = new ArrayList<>();
        Socket socket = maker.socket();
        try (socket;
                ServerSocket server = maker.server()) {
            // The descriptor must exist: for one without an implementation java.net would make its own meanwhile.
            socket.setSoTimeout(MILLIS);
            server.setSoTimeout(MILLIS);
            server.bind(Pair.anyPort());
            for (int thread = 0; thread < THREADS; thread++) {
                SplittableRandom own = random.split();
                Caller caller = CALLERS.get(own.nextInt(CALLERS.size()));
                tasks.add(caller.startRun(() -> {
                    start.await();
                    for (int call = 0; call < CALLS; call++) {
                        attempt(call(own.nextInt(8), socket, server), maker, what);
                    }
                }));
            }
            for (Task<Boolean> task : tasks) {
                assertThat(task.get()).as(what).isTrue();
            }
        }
        assertThat(socket.isClosed()).as(what).isTrue();
        return socket;
    }

    private static Call call(int choice, Socket socket, ServerSocket server) {
        return switch (choice) {
            case 0, 1 -> () -> socket.bind(Pair.anyPort());
            case 2, 3 -> () -> socket.connect(server.getLocalSocketAddress(), MILLIS);
            case 4 -> socket::close;
            default ->
                () -> {
                    // A connection is there for each who accepts, so nobody waits.
                    try (Socket peer = new Socket()) {
                        peer.connect(server.getLocalSocketAddress());
                        ((Into) server).accept(socket);
                    }
                };
        };
    }

    private static void attempt(Call call, Maker maker, String what) {
        try {
            call.run();
        } catch (IOException | IllegalArgumentException e) {
            assertThat(e.getMessage()).as(what).isNotEmpty();
        } catch (NullPointerException e) {
            // While one accepts into it, java.net itself has no implementation to bind or connect; but for its own.
            assertThat(maker).as(what).isEqualTo(Maker.HEDDLE);
            assertThat(e.getStackTrace()[0].toString())
                    .as(what)
                    .matches("java.base/java.net.Socket.(bind|connect)\\(.*");
        }
    }
}
