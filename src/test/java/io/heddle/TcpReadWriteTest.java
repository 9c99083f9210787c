package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Behaviour;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.EOFException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Reading and writing byte arrays and streams. */
@Behaviour
class TcpReadWriteTest {
    @EveryCaller
    void aReadTakesWhatIsThere(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.deliver(Bytes.from(0, 5));
            byte[] dst = new byte[10];

            assertThat(caller.call(() -> pair.local().read(dst))).isEqualTo(5);
            Bytes.check(dst, 5, 0);
            assertThat(dst[5]).isZero();
        }
    }

    @EveryCaller
    void aReadWaitsForTheFirstByte(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            byte[] dst = new byte[10];
            for (int round = 0; round < 20; round++) {
                Task<Integer> reading =
                        caller.start(() -> pair.local().read(dst)).awaitWaiting();
                pair.peer().getOutputStream().write(round);

                assertThat(reading.get()).isEqualTo(1);
                assertThat(dst[0]).isEqualTo((byte) round);
            }
        }
    }

    @EveryCaller
    void oneByteReadsLoseNothing(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            int count = 2000;
            Task<Boolean> writing = Caller.PLATFORM_THREAD.startRun(
                    () -> pair.peer().getOutputStream().write(Bytes.from(0, count)));
            caller.run(() -> {
                byte[] one = new byte[1];
                for (int i = 0; i < count; i++) {
                    assertThat(pair.local().read(one)).isEqualTo(1);
                    assertThat(one[0]).isEqualTo(Bytes.at(i));
                }
            });
            assertThat(writing.get()).isTrue();
        }
    }

    @EveryCaller
    void oneByteWritesArriveInOrder(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            caller.run(() -> {
                for (int i = 0; i < 2000; i++) {
                    pair.local().write(new byte[] {Bytes.at(i)});
                }
                pair.local().shutdownOutput();
            });
            assertThat(Bytes.checkToEnd(pair.peer().getInputStream(), 0)).isEqualTo(2000);
        }
    }

    @EveryCaller
    void aReadOfNoBytesAnswersZeroAtOnce(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            caller.run(() -> {
                assertThat(pair.local().read(new byte[0])).isZero();
                assertThat(pair.local().read(new byte[3], 3, 0)).isZero();
                pair.local().readFully(new byte[0]);
            });
        }
    }

    @EveryCaller
    void aWriteOfNoBytesSendsNothing(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            caller.run(() -> {
                pair.local().write(new byte[0]);
                pair.local().write(new byte[3], 3, 0);
                pair.local().write(new byte[] {7});
                pair.local().shutdownOutput();
            });
            assertThat(pair.peer().getInputStream().readAllBytes()).containsExactly(7);
        }
    }

    @EveryCaller
    void readsAndWritesKeepToTheirPartOfTheArray(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            caller.run(() -> pair.local().write(new byte[] {9, 1, 2, 3, 9}, 1, 3));
            assertThat(pair.peer().getInputStream().readNBytes(3)).containsExactly(1, 2, 3);

            pair.deliver((byte) 4, (byte) 5, (byte) 6);
            byte[] dst = {9, 9, 9, 9, 9};
            assertThat(caller.call(() -> pair.local().read(dst, 2, 2))).isEqualTo(2);
            assertThat(dst).containsExactly(9, 9, 4, 5, 9);
            assertThat(caller.call(() -> pair.local().read(dst, 4, 1))).isEqualTo(1);
            assertThat(dst).containsExactly(9, 9, 4, 5, 6);
        }
    }

    @Test
    void boundsAreCheckedBeforeAnythingElse() throws Exception {
        try (Pair pair = Pair.open()) {
            byte[] five = new byte[5];
            int[][] outside = {{-1, 1}, {0, 6}, {5, 1}, {1, -1}, {6, 0}, {Integer.MAX_VALUE, 1}, {1, Integer.MAX_VALUE}
            };
            for (int[] range : outside) {
                assertThatThrownBy(() -> pair.local().read(five, range[0], range[1]))
                        .as(Arrays.toString(range))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> pair.local().write(five, range[0], range[1]))
                        .as(Arrays.toString(range))
                        .isInstanceOf(IndexOutOfBoundsException.class);
            }
            pair.deliver((byte) 1);
            assertThat(pair.local().read(five)).isEqualTo(1);
        }
    }

    @EveryCaller
    void readFullyWaitsUntilTheArrayIsFull(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            byte[] dst = new byte[300_000];
            Task<Boolean> reading = caller.startRun(() -> pair.local().readFully(dst));
            OutputStream out = pair.peer().getOutputStream();
            for (int i = 0; i < 3; i++) {
                reading.awaitWaiting();
                out.write(Bytes.from(i * 100_000L, 100_000));
            }
            assertThat(reading.get()).isTrue();
            Bytes.check(dst, dst.length, 0);
        }
    }

    @EveryCaller
    void readFullySaysHowManyBytesCameBeforeTheEnd(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.peer().getOutputStream().write(new byte[3]);
            pair.peer().shutdownOutput();

            assertThat(caller.failureOf(() -> pair.local().readFully(new byte[4])))
                    .isInstanceOf(EOFException.class)
                    .hasMessageEndingWith("read=3, wanted=4");
        }
    }

    @EveryCaller
    void theEndOfTheStreamIsReportedForEver(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.peer().getOutputStream().write(1);
            pair.peer().shutdownOutput();

            caller.run(() -> {
                assertThat(pair.local().read(new byte[4])).isEqualTo(1);
                for (int i = 0; i < 3; i++) {
                    assertThat(pair.local().read(new byte[4])).isEqualTo(-1);
                    assertThat(pair.local().inputStream().read()).isEqualTo(-1);
                    assertThat(pair.local().available()).isZero();
                }
                assertThat(pair.local().read(new byte[0])).isZero();
            });
        }
    }

    @EveryCaller
    void availableCountsWhatCanBeReadWithoutWaiting(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            assertThat(caller.call(() -> pair.local().available())).isZero();
            pair.deliver(new byte[100]);
            assertThat(caller.call(() -> pair.local().available())).isEqualTo(100);
            assertThat(caller.call(() -> pair.local().read(new byte[60]))).isEqualTo(60);
            assertThat(caller.call(() -> pair.local().inputStream().available()))
                    .isEqualTo(40);
        }
    }

    @EveryCaller
    void streamsCarryEveryByteValue(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            caller.run(() -> {
                OutputStream out = pair.local().outputStream();
                for (int b = -128; b < 256; b++) {
                    out.write(b);
                }
                out.flush();
            });
            InputStream in = pair.peer().getInputStream();
            for (int b = -128; b < 256; b++) {
                assertThat(in.read()).isEqualTo(b & 0xff);
            }
            for (int b = 0; b < 256; b++) {
                pair.peer().getOutputStream().write(b);
            }
            caller.run(() -> {
                for (int b = 0; b < 256; b++) {
                    assertThat(pair.local().inputStream().read()).isEqualTo(b);
                }
            });
        }
    }

    @EveryCaller
    void streamsReadToTheEnd(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            Task<Boolean> writing = Caller.PLATFORM_THREAD.startRun(() -> {
                pair.peer().getOutputStream().write(Bytes.from(0, 1_000_000));
                pair.peer().shutdownOutput();
            });
            long count = caller.call(() -> Bytes.checkToEnd(pair.local().inputStream(), 0));
            assertThat(count).isEqualTo(1_000_000);
            assertThat(writing.get()).isTrue();
        }
    }

    @Test
    void theStreamsAreAlwaysTheSame() throws Exception {
        try (Pair pair = Pair.open()) {
            assertThat(pair.local().inputStream()).isSameAs(pair.local().inputStream());
            assertThat(pair.local().outputStream()).isSameAs(pair.local().outputStream());
        }
    }

    @Test
    void closingEitherStreamClosesTheSocket() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.local().inputStream().close();
            assertThat(pair.local().isOpen()).isFalse();
        }
        try (Pair pair = Pair.open()) {
            pair.local().outputStream().close();
            assertThat(pair.local().isOpen()).isFalse();
            assertThat(pair.peer().getInputStream().read()).isEqualTo(-1);
        }
    }

    @EveryCaller
    void anAcceptedSocketReadsAndWritesLikeAConnectedOne(Caller caller) throws Exception {
        try (Pair pair = Pair.accepted()) {
            pair.peer().getOutputStream().write(Bytes.from(0, 1000));
            caller.run(() -> {
                byte[] dst = new byte[1000];
                pair.local().readFully(dst);
                Bytes.check(dst, 1000, 0);
                pair.local().write(dst);
            });
            Bytes.check(pair.peer().getInputStream().readNBytes(1000), 1000, 0);
        }
    }
}
