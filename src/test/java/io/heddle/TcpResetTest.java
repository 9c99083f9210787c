package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * A connection that was reset is never taken for one that ended: the kernel reports the reset once and the end of the
 * stream from then on, to whichever call comes.
 */
@Behaviour
class TcpResetTest {
    private static void assertReset(Throwable thrown) {
        assertThat(thrown).isExactlyInstanceOf(SocketException.class).hasMessage("Connection reset");
    }

    /** Reads once; fails unless that fails with the reset. */
    private static void readsReset(TcpSocket socket) {
        assertThatThrownBy(() -> socket.read(new byte[8])).satisfies(TcpResetTest::assertReset);
        assertThatThrownBy(() -> socket.inputStream().read()).satisfies(TcpResetTest::assertReset);
    }

    /** Writes until the kernel tells that the peer is gone. */
    private static SocketException writeUntilRefused(TcpSocket socket) throws Exception {
        SocketException[] refused = new SocketException[1];
        Await.until("the write is refused", () -> {
            try {
                socket.write(new byte[1]);
                return false;
            } catch (SocketException e) {
                refused[0] = e;
                return true;
            }
        });
        return refused[0];
    }

    @EveryCaller
    void aResetEndsAReadThatWaitsAndEveryLaterOne(Caller caller) throws Exception {
        for (Duration timeout : new Duration[] {Duration.ZERO, Duration.ofMinutes(10)}) {
            try (Pair pair = Pair.open()) {
                pair.local().setReadTimeout(timeout);
                Task<Integer> reading =
                        caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
                pair.reset();

                assertReset(reading.failure());
                caller.run(() -> {
                    for (int i = 0; i < 3; i++) {
                        readsReset(pair.local());
                    }
                });
                assertThat(pair.local().available()).isZero();
                assertThat(pair.local().isOpen()).isTrue();
            }
        }
    }

    @EveryCaller
    void bytesBeforeTheResetAreDelivered(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.deliver(Bytes.from(0, 5));
            pair.reset();
            caller.run(() -> {
                byte[] dst = new byte[2];
                for (int received = 0; received < 5; ) {
                    int n = pair.local().read(dst);
                    Bytes.check(dst, n, received);
                    received += n;
                }
                for (int i = 0; i < 3; i++) {
                    readsReset(pair.local());
                }
            });
        }
    }

    @EveryCaller
    void aResetThatAWriteMetFirstIsNoEndOfStreamForReads(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.reset();
            SocketException refused = caller.call(() -> writeUntilRefused(pair.local()));
            assertThat(refused.getMessage()).isIn("Connection reset by peer", "Broken pipe", "Connection reset");
            caller.run(() -> {
                for (int i = 0; i < 3; i++) {
                    readsReset(pair.local());
                }
            });
        }
    }

    @EveryCaller
    void bytesBeforeAResetThatAWriteMetFirstAreDelivered(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.deliver(Bytes.from(0, 5));
            pair.reset();
            caller.run(() -> {
                SocketException refused = writeUntilRefused(pair.local());
                assertThat(refused).isNotNull();
                byte[] dst = new byte[5];
                pair.local().readFully(dst);
                Bytes.check(dst, 5, 0);
                readsReset(pair.local());
                readsReset(pair.local());
            });
        }
    }

    @EveryCaller
    void aResetWhileAWriterWaitsEndsTheWriteAndIsNoEndOfStreamForReads(Caller caller) throws Exception {
        for (int round = 0; round < 20; round++) {
            try (Pair pair = Pair.narrow()) {
                Task<Boolean> writing = caller.startRun(() -> pair.local().write(new byte[5_000_000]))
                        .awaitWaiting();
                pair.reset();

                assertThat(writing.failure()).isExactlyInstanceOf(SocketException.class);
                caller.run(() -> readsReset(pair.local()));
            }
        }
    }

    @EveryCaller
    void aResetEndsBothDirectionsThatWait(Caller caller) throws Exception {
        for (int round = 0; round < 50; round++) {
            try (Pair pair = Pair.narrow()) {
                Task<Boolean> writing = caller.startRun(() -> pair.local().write(new byte[5_000_000]))
                        .awaitWaiting();
                Task<Integer> reading =
                        caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
                pair.reset();

                assertThat(writing.failure()).isExactlyInstanceOf(SocketException.class);
                assertReset(reading.failure());
                caller.run(() -> readsReset(pair.local()));
            }
        }
    }

    @EveryCaller
    void availableAsksForNoErrorAndTakesNone(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.deliver(Bytes.from(0, 3));
            pair.reset();
            caller.run(() -> {
                assertThat(pair.local().available()).isEqualTo(3);
                pair.local().readFully(new byte[3]);
                assertThat(pair.local().available()).isZero();
                readsReset(pair.local());
            });
        }
    }

    /** The JDK, as we do, shuts its output before it closes: its stream has ended when the kernel resets. */
    @EveryCaller
    void aPeerThatClosesWithUnreadBytesHasEndedItsStreamFirst(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            caller.run(() -> pair.local().write(new byte[10]));
            assertThat(pair.peer().getInputStream().read()).isZero();
            pair.peer().close();
            caller.run(() -> {
                assertThat(pair.local().read(new byte[1])).isEqualTo(-1);
                assertThat(pair.local().read(new byte[1])).isEqualTo(-1);
            });
        }
    }

    /** The peer has said all that it had to say: what came after is about what we said. */
    @EveryCaller
    void aResetThatFollowsTheEndDoesNotTakeTheEndBack(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.deliver(Bytes.from(0, 5));
            pair.peer().close();
            caller.run(() -> {
                SocketException refused = writeUntilRefused(pair.local());
                assertThat(refused).hasMessage("Broken pipe");
                byte[] dst = new byte[5];
                pair.local().readFully(dst);
                Bytes.check(dst, 5, 0);
                assertThat(pair.local().read(dst)).isEqualTo(-1);
                assertThat(pair.local().read(dst)).isEqualTo(-1);
            });
        }
    }

    @EveryCaller
    void anEndThatWasReadStaysTheEnd(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.peer().close();
            caller.run(() -> {
                assertThat(pair.local().read(new byte[1])).isEqualTo(-1);
                assertThat(writeUntilRefused(pair.local())).hasMessage("Broken pipe");
                assertThat(pair.local().read(new byte[1])).isEqualTo(-1);
            });
        }
    }

    @EveryCaller
    void theEndAfterBothSidesClosedIsTheEnd(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            caller.run(() -> pair.local().shutdownOutput());
            assertThat(pair.peer().getInputStream().read()).isEqualTo(-1);
            pair.peer().close();
            caller.run(() -> {
                assertThat(pair.local().read(new byte[1])).isEqualTo(-1);
                assertThat(pair.local().read(new byte[1])).isEqualTo(-1);
            });
        }
    }

    @EveryCaller
    void aResetAfterOurOwnEndIsStillAReset(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            caller.run(() -> pair.local().shutdownOutput());
            assertThat(pair.peer().getInputStream().read()).isEqualTo(-1);
            Task<Integer> reading =
                    caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
            pair.reset();
            assertReset(reading.failure());
            caller.run(() -> readsReset(pair.local()));
        }
    }

    @Test
    void lingerZeroMakesCloseAReset() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.local().setOption(StandardSocketOptions.SO_LINGER, 0);
            pair.local().close();
            assertThatThrownBy(() -> pair.peer().getInputStream().read()).satisfies(TcpResetTest::assertReset);
        }
    }

    @EveryCaller
    void lingerZeroMakesCloseAResetEvenIfAReaderWaits(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.local().setOption(StandardSocketOptions.SO_LINGER, 0);
            Task<Integer> reading =
                    caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
            pair.local().close();
            assertThat(reading.failure()).hasMessage("Socket closed");
            assertThatThrownBy(() -> pair.peer().getInputStream().read()).satisfies(TcpResetTest::assertReset);
        }
    }

    @Test
    void lingerThatIsTakenBackMakesCloseAnEndAgain() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.local().setOption(StandardSocketOptions.SO_LINGER, 0);
            pair.local().setOption(StandardSocketOptions.SO_LINGER, -1);
            pair.local().close();
            assertThat(pair.peer().getInputStream().read()).isEqualTo(-1);
        }
    }
}
