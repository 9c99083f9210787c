package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Behaviour;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Several threads on one socket. */
@Behaviour
class TcpSharingTest {
    @EveryCaller
    void aWriterGoesOnWhileAReaderWaits(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            Task<Integer> reading =
                    caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
            caller.run(() -> pair.local().write(new byte[] {5}));
            assertThat(pair.peer().getInputStream().read()).isEqualTo(5);
            assertThat(reading.isDone()).isFalse();

            pair.peer().getOutputStream().write(6);
            assertThat(reading.get()).isEqualTo(1);
        }
    }

    @EveryCaller
    void aReaderGoesOnWhileAWriterWaits(Caller caller) throws Exception {
        try (Pair pair = Pair.narrow()) {
            Task<Boolean> writing = caller.startRun(() -> pair.local().write(Bytes.from(0, 5_000_000)))
                    .awaitWaiting();
            for (int i = 0; i < 100; i++) {
                Task<Integer> reading = caller.start(() -> pair.local().read(new byte[1]));
                pair.peer().getOutputStream().write(i);
                assertThat(reading.get()).isEqualTo(1);
            }
            assertThat(writing.isDone()).isFalse();

            Bytes.check(pair.peer().getInputStream().readNBytes(5_000_000), 5_000_000, 0);
            assertThat(writing.get()).isTrue();
        }
    }

    @EveryCaller
    void bothDirectionsCanWaitAtOnceAndEitherIsWokenAlone(Caller caller) throws Exception {
        try (Pair pair = Pair.narrow()) {
            for (int round = 0; round < 10; round++) {
                Task<Boolean> writing = caller.startRun(() -> pair.local().write(Bytes.from(0, 1_000_000)))
                        .awaitWaiting();
                Task<Integer> reading =
                        caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
                if (round % 2 == 0) {
                    Bytes.check(pair.peer().getInputStream().readNBytes(1_000_000), 1_000_000, 0);
                    assertThat(writing.get()).isTrue();
                    assertThat(reading.isDone()).isFalse();
                    pair.peer().getOutputStream().write(1);
                    assertThat(reading.get()).isEqualTo(1);
                } else {
                    pair.peer().getOutputStream().write(1);
                    assertThat(reading.get()).isEqualTo(1);
                    assertThat(writing.isDone()).isFalse();
                    Bytes.check(pair.peer().getInputStream().readNBytes(1_000_000), 1_000_000, 0);
                    assertThat(writing.get()).isTrue();
                }
            }
        }
    }

    @EveryCaller
    void aSecondReaderQueuesBehindTheFirst(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            byte[] one = new byte[1];
            byte[] two = new byte[1];
            Task<Integer> first = caller.start(() -> pair.local().read(one)).awaitWaiting();
            Task<Integer> second = caller.start(() -> pair.local().read(two)).awaitQueued();

            pair.peer().getOutputStream().write(1);
            assertThat(first.get()).isEqualTo(1);
            second.awaitWaiting();
            pair.peer().getOutputStream().write(2);
            assertThat(second.get()).isEqualTo(1);
            assertThat(one[0]).isEqualTo((byte) 1);
            assertThat(two[0]).isEqualTo((byte) 2);
        }
    }

    @Test
    void readersOfEveryKindShareTheBytesAmongThem() throws Exception {
        try (Pair pair = Pair.open()) {
            List<Task<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                for (Caller caller : Caller.values()) {
                    readers.add(caller.start(() -> sumToEnd(pair.local())));
                }
            }
            int sent = 0;
            for (int i = 0; i < 5000; i++) {
                pair.peer().getOutputStream().write(i % 100);
                sent += i % 100;
            }
            pair.peer().shutdownOutput();
            int received = 0;
            for (Task<Integer> reader : readers) {
                received += reader.get();
            }
            assertThat(received).isEqualTo(sent);
        }
    }

    private static int sumToEnd(TcpSocket socket) throws IOException {
        int sum = 0;
        byte[] one = new byte[1];
        while (socket.read(one) > 0) {
            sum += one[0];
        }
        return sum;
    }

    @Test
    void concurrentWritersDoNotMixTheirBytes() throws Exception {
        int block = 300_000;
        int rounds = 3;
        try (Pair pair = Pair.narrow()) {
            List<Task<Boolean>> writers = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                for (Caller caller : Caller.values()) {
                    byte mark = (byte) writers.size();
                    writers.add(caller.startRun(() -> {
                        for (int round = 0; round < rounds; round++) {
                            write(pair.local(), mark, block, round);
                        }
                    }));
                }
            }
            DataInputStream in = new DataInputStream(pair.peer().getInputStream());
            Map<Byte, Integer> seen = new HashMap<>();
            byte[] bytes = new byte[block];
            for (int i = 0; i < writers.size() * rounds; i++) {
                in.readFully(bytes);
                byte mark = bytes[0];
                for (byte b : bytes) {
                    assertThat(b).isEqualTo(mark);
                }
                seen.merge(mark, 1, Integer::sum);
            }
            for (Task<Boolean> writer : writers) {
                assertThat(writer.get()).isTrue();
            }
            assertThat(seen)
                    .hasSize(6)
                    .allSatisfy((mark, count) -> assertThat(count).isEqualTo(rounds));
        }
    }

    /** One of the three ways to write. */
    private static void write(TcpSocket socket, byte mark, int block, int way) throws Exception {
        byte[] bytes = new byte[block];
        Arrays.fill(bytes, mark);
        if (way == 0) {
            socket.write(bytes);
        } else if (way == 1) {
            int n = socket.write(ByteBuffer.allocateDirect(block).put(bytes).flip());
            assert n == block;
        } else {
            ByteBuffer[] parts = {ByteBuffer.wrap(bytes, 0, 100_000), ByteBuffer.wrap(bytes, 100_000, block - 100_000)};
            long n = socket.write(parts);
            assert n == block;
        }
    }

    @EveryCaller
    void aReaderMovesFromOneKindOfThreadToAnother(Caller first) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.local().setReadTimeout(Duration.ofMinutes(1));
            for (int round = 0; round < 5; round++) {
                for (Caller next : Caller.values()) {
                    for (Caller caller : new Caller[] {first, next}) {
                        Task<Integer> reading = caller.start(() -> pair.local().read(new byte[1]))
                                .awaitWaiting();
                        pair.peer().getOutputStream().write(round);
                        assertThat(reading.get()).isEqualTo(1);
                    }
                }
            }
        }
    }
}
