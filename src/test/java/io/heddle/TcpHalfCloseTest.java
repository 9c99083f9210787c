package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Behaviour;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.net.SocketException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** One direction ends, the other lives on. */
@Behaviour
class TcpHalfCloseTest {
    @EveryCaller
    void thePeerReadsTheEndAfterShutdownOutputAndMayStillAnswer(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            caller.run(() -> {
                pair.local().write(new byte[] {1, 2});
                pair.local().shutdownOutput();
            });
            assertThat(pair.peer().getInputStream().readAllBytes()).containsExactly(1, 2);

            Task<Integer> reading = caller.start(() -> {
                byte[] dst = new byte[100_000];
                pair.local().readFully(dst);
                Bytes.check(dst, dst.length, 0);
                return pair.local().read(dst);
            });
            pair.peer().getOutputStream().write(Bytes.from(0, 100_000));
            pair.peer().shutdownOutput();
            assertThat(reading.get()).isEqualTo(-1);
        }
    }

    @EveryCaller
    void weMayStillAnswerAfterThePeersEnd(Caller caller) throws Exception {
        try (Pair pair = Pair.narrow()) {
            pair.peer().shutdownOutput();
            assertThat(caller.call(() -> pair.local().read(new byte[1]))).isEqualTo(-1);

            Task<Boolean> writing = caller.startRun(() -> {
                pair.local().write(Bytes.from(0, 3_000_000));
                pair.local().shutdownOutput();
            });
            writing.awaitWaiting();
            assertThat(Bytes.checkToEnd(pair.peer().getInputStream(), 0)).isEqualTo(3_000_000);
            assertThat(writing.get()).isTrue();
        }
    }

    @EveryCaller
    void thePeersEndWhileAWriterWaitsDoesNotDisturbIt(Caller caller) throws Exception {
        try (Pair pair = Pair.narrow()) {
            Task<Boolean> writing = caller.startRun(() -> pair.local().write(Bytes.from(0, 3_000_000)))
                    .awaitWaiting();
            pair.peer().shutdownOutput();
            assertThat(caller.call(() -> pair.local().read(new byte[1]))).isEqualTo(-1);
            writing.awaitWaiting();

            Bytes.check(pair.peer().getInputStream().readNBytes(3_000_000), 3_000_000, 0);
            assertThat(writing.get()).isTrue();
        }
    }

    @EveryCaller
    void shutdownInputEndsAReadThatWaitsAndEveryLaterOne(Caller caller) throws Exception {
        for (Duration timeout : new Duration[] {Duration.ZERO, Duration.ofMinutes(10)}) {
            try (Pair pair = Pair.open()) {
                pair.local().setReadTimeout(timeout);
                Task<Integer> reading =
                        caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
                pair.local().shutdownInput();

                assertThat(reading.get()).isEqualTo(-1);
                assertThat(caller.call(() -> pair.local().read(new byte[1]))).isEqualTo(-1);
                assertThat(pair.local().available()).isZero();
            }
        }
    }

    @EveryCaller
    void writingGoesOnAfterShutdownInput(Caller caller) throws Exception {
        try (Pair pair = Pair.narrow()) {
            pair.local().shutdownInput();
            Task<Boolean> writing = caller.startRun(() -> pair.local().write(Bytes.from(0, 3_000_000)));
            Bytes.check(pair.peer().getInputStream().readNBytes(3_000_000), 3_000_000, 0);
            assertThat(writing.get()).isTrue();
        }
    }

    @EveryCaller
    void whatThePeerSendsAfterShutdownInputIsNotRead(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.deliver(new byte[3]);
            pair.local().shutdownInput();
            pair.peer().getOutputStream().write(new byte[3]);
            assertThat(caller.call(() -> pair.local().read(new byte[8]))).isEqualTo(-1);
            assertThat(pair.local().available()).isZero();
        }
    }

    @EveryCaller
    void shutdownOutputEndsAWriteThatWaitsAndEveryLaterOne(Caller caller) throws Exception {
        try (Pair pair = Pair.narrow()) {
            Task<Boolean> writing = caller.startRun(() -> pair.local().write(Bytes.from(0, 3_000_000)))
                    .awaitWaiting();
            pair.local().shutdownOutput();

            assertThat(writing.failure()).isExactlyInstanceOf(SocketException.class);
            assertThat(caller.failureOf(() -> pair.local().write(new byte[1])))
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Broken pipe");
            long arrived = Bytes.checkToEnd(pair.peer().getInputStream(), 0);
            assertThat(arrived).isPositive().isLessThan(3_000_000);
        }
    }

    @Test
    void aDirectionIsShutOnce() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.local().shutdownInput();
            pair.local().shutdownOutput();
            assertThatThrownBy(() -> pair.local().shutdownInput())
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Socket input is already shutdown");
            assertThatThrownBy(() -> pair.local().shutdownOutput())
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Socket output is already shutdown");
            assertThat(pair.local().isOpen()).isTrue();
        }
    }

    @EveryCaller
    void bothDirectionsCanBeShutWhileBothWait(Caller caller) throws Exception {
        try (Pair pair = Pair.narrow()) {
            Task<Boolean> writing = caller.startRun(() -> pair.local().write(new byte[3_000_000]))
                    .awaitWaiting();
            Task<Integer> reading =
                    caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
            pair.local().shutdownInput();
            assertThat(reading.get()).isEqualTo(-1);
            pair.local().shutdownOutput();
            assertThat(writing.failure()).isExactlyInstanceOf(SocketException.class);
        }
    }

    @Test
    void shuttingWhatThePeerHasResetIsNoError() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.reset();
            assertThatThrownBy(() -> pair.local().read(new byte[1])).hasMessage("Connection reset");
            pair.local().shutdownOutput();
            pair.local().shutdownInput();
            assertThat(pair.local().isOpen()).isTrue();
        }
    }
}
