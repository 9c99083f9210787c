package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

/** Sockets that other threads use than the one that has opened them. */
@Behaviour
class TcpRehomingTest {
    private static final int BYTES = 20;
    private static final int BORNE = 8;

    @Test
    void aSocketThatAPlatformThreadHasOpenedIsWatchedByTheCarrierOfWhoUsesIt() throws Exception {
        try (Heddle heddle = Heddle.open(1);
                Pair pair = Pair.open()) {
            feed(pair, Caller.PLATFORM_THREAD.startRun(() -> readInOrder(pair)));
            long hosted = hostedEvents();
            feed(pair, start(heddle, () -> readInOrder(pair)));
            if (heddle.mode() == Heddle.Mode.HOSTED) {
                return;
            }
            Await.until("all are counted", () -> sum(heddle, Statistics.Carrier::events) >= BYTES);
            assertThat(hostedEvents() - hosted).as("but for late ones").isLessThan(BYTES);
            assertThat(sum(heddle, Statistics.Carrier::movesIn)).isEqualTo(1);
            assertThat(sum(heddle, Statistics.Carrier::foreignWaits)).isZero();

            feed(pair, Caller.PLATFORM_THREAD.startRun(() -> readInOrder(pair)));
            Await.until("a carrier wakes any thread", () -> sum(heddle, Statistics.Carrier::events) >= 2 * BYTES);
            assertThat(hostedEvents() - hosted).isLessThan(BYTES);
        }
    }

    @Test
    void aSocketFollowsTheThreadsThatGoOnWaitingForIt() throws Exception {
        try (Heddle heddle = Heddle.open(2);
                Pair pair = Pair.open()) {
            pair.local().setReadTimeout(Duration.ofMinutes(1));
            int turns = 6;
            for (int turn = 0; turn < turns; turn++) {
                // Threads go to one carrier after the other.
                feed(pair, start(heddle, () -> readInOrder(pair)));
            }
            boolean hosted = heddle.mode() == Heddle.Mode.HOSTED;
            assertThat(sum(heddle, Statistics.Carrier::movesIn)).isEqualTo(hosted ? 0 : turns);
            assertThat(sum(heddle, Statistics.Carrier::foreignWaits)).isEqualTo(hosted ? 0 : (turns - 1) * BORNE);
        }
    }

    @Test
    void noByteIsLostWhenThreadsOfEveryKindTakeTurns() throws Exception {
        int length = 60_000;
        try (Heddle heddle = Heddle.open(3);
                Pair pair = Pair.narrow()) {
            pair.local().setReadTimeout(Duration.ofMinutes(1));
            Task<Boolean> peer = Caller.PLATFORM_THREAD.startRun(() -> {
                byte[] buffer = new byte[997];
                for (int left = length; left > 0; ) {
                    int n = pair.peer().getInputStream().readNBytes(buffer, 0, Math.min(left, buffer.length));
                    pair.peer().getOutputStream().write(buffer, 0, n);
                    left -= n;
                }
            });
            Task<Boolean> writing = Caller.PLATFORM_THREAD.startRun(() -> inTurn(heddle, length, (from, n) -> {
                pair.local().write(Bytes.from(from, n));
            }));
            inTurn(heddle, length, (from, n) -> {
                byte[] bytes = new byte[n];
                pair.local().readFully(bytes);
                Bytes.check(bytes, n, from);
            });
            assertThat(writing.get()).isTrue();
            assertThat(peer.get()).isTrue();
        }
    }

    @FunctionalInterface
    private interface Piece {
        void run(int from, int bytes) throws Exception;
    }

    /** Pieces of some hundred bytes, one after the other, each on a thread of another kind or carrier. */
    private static void inTurn(Heddle heddle, int length, Piece piece) throws Exception {
        for (int place = 0; place < length; ) {
            int from = place;
            int n = Math.min(length - place, 500 + place % 1_000);
            Caller.Work work = () -> piece.run(from, n);
            Task<Boolean> task = place % 7 == 0 ? Caller.JDK_VIRTUAL_THREAD.startRun(work) : start(heddle, work);
            assertThat(task.get()).isTrue();
            place += n;
        }
    }

    @Test
    void closingWhileASocketMovesEndsAllWaits() throws Exception {
        try (Heddle heddle = Heddle.open(2)) {
            for (int round = 0; round < 100; round++) {
                try (Pair pair = Pair.narrow()) {
                    List<Task<Boolean>> users = new ArrayList<>();
                    users.add(start(heddle, () -> {
                        int n = pair.local().read(new byte[1]);
                        throw new AssertionError("read from nobody: n=" + n);
                    }));
                    users.add(start(heddle, () -> {
                        pair.local().write(Bytes.from(0, 5_000_000));
                        throw new AssertionError("the kernel took all");
                    }));
                    if (round % 3 > 0) {
                        users.get(round % 3 - 1).awaitWaiting();
                    }
                    close(pair.local());
                    for (Task<Boolean> user : users) {
                        assertThat(user.failure())
                                .isInstanceOf(SocketException.class)
                                .hasMessageStartingWith("Socket");
                    }
                }
            }
        }
    }

    // Tools

    @SuppressWarnings("try") // Closing is what is tested.
    private static void close(TcpSocket socket) throws IOException {
        socket.close();
    }

    private static void readInOrder(Pair pair) throws IOException {
        byte[] one = new byte[1];
        for (int i = 0; i < BYTES; i++) {
            assertThat(pair.local().read(one)).isEqualTo(1);
            assertThat(one[0]).isEqualTo((byte) i);
        }
    }

    /** Each byte when the reader waits for it. */
    private static void feed(Pair pair, Task<Boolean> reader) throws Exception {
        for (int i = 0; i < BYTES; i++) {
            Await.until(
                    "it waits",
                    () -> Task.isWaiting(reader.thread()) && pair.local().available() == 0);
            pair.peer().getOutputStream().write(i);
        }
        assertThat(reader.get()).isTrue();
    }

    private static Task<Boolean> start(Heddle heddle, Caller.Work work) {
        return Task.on(heddle.threadFactory()::newThread, work);
    }

    private static long sum(Heddle heddle, ToLongFunction<Statistics.Carrier> what) {
        return heddle.statistics().carriers().stream().mapToLong(what).sum();
    }

    private static long hostedEvents() {
        return Heddle.shared().statistics().hostedPollers().stream()
                .mapToLong(Statistics.HostedPoller::events)
                .sum();
    }
}
