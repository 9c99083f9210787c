package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Behaviour;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.Connection;
import io.heddle.testing.EveryStack;
import io.heddle.testing.Stack;
import io.heddle.testing.Task;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.util.List;

/** Reading, writing, ends and resets, on our sockets and the JDK's. */
@Behaviour
class OracleStreamTest {
    private static final int MUCH = 5_000_000;
    private static final int[] TIMEOUTS_MILLIS = {0, 600_000};

    private static void assertFails(String message, Caller.Work call) {
        assertThatThrownBy(call::run).isExactlyInstanceOf(SocketException.class).hasMessage(message);
    }

    // Reads and writes

    @EveryStack
    void aReadOrWriteOfNoBytesChecksItsBoundsAndNothingElse(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            InputStream in = ends.local().inputStream();
            caller.run(() -> {
                assertThat(in.read(new byte[0])).isZero();
                assertThat(in.read(new byte[3], 3, 0)).isZero();
                assertThatThrownBy(() -> in.read(new byte[3], 4, 0)).isInstanceOf(IndexOutOfBoundsException.class);
                ends.local().write(new byte[0]);
                ends.peer().shutdownOutput();
                assertThat(ends.local().read(new byte[1])).isEqualTo(-1);
                assertThat(in.read(new byte[0])).isZero();
                ends.local().shutdownOutput();
                ends.local().write(new byte[0]);
                ends.local().close();
                assertThat(in.read(new byte[0])).isZero();
                assertThatCode(() -> ends.local().write(new byte[0])).doesNotThrowAnyException();
            });
            assertThat(ends.peer().getInputStream().read()).isEqualTo(-1);
        }
    }

    @EveryStack
    void aWriteReturnsOnlyWhenTheKernelHasAllBytes(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.narrow()) {
            Task<Boolean> writing = caller.startRun(() -> {
                        ends.local().write(Bytes.from(0, MUCH));
                        ends.local().shutdownOutput();
                    })
                    .awaitWaiting();
            assertThat(Bytes.checkToEnd(ends.peer().getInputStream(), 0)).isEqualTo(MUCH);
            assertThat(writing.get()).isTrue();
        }
    }

    @EveryStack
    void aReaderAndAWriterGoOnAtTheSameTime(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.narrow()) {
            Task<Boolean> writing =
                    caller.startRun(() -> ends.local().write(new byte[MUCH])).awaitWaiting();
            ends.deliver((byte) 1);
            assertThat(caller.call(() -> ends.local().read(new byte[1]))).isEqualTo(1);
            Task<Integer> reading =
                    caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
            assertThat(ends.peer().getInputStream().readNBytes(MUCH)).hasSize(MUCH);
            assertThat(writing.get()).isTrue();
            caller.run(() -> ends.local().write(new byte[1]));
            ends.peer().getOutputStream().write(1);
            assertThat(reading.get()).isEqualTo(1);
        }
    }

    @EveryStack
    void aSecondWriterWritesBehindTheFirst(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.narrow()) {
            Task<Boolean> first = caller.startRun(() -> ends.local().write(Bytes.from(0, MUCH)))
                    .awaitWaiting();
            Task<Boolean> second = caller.startRun(() -> ends.local().write(Bytes.from(MUCH, MUCH)))
                    .awaitQueued();
            byte[] both = ends.peer().getInputStream().readNBytes(2 * MUCH);
            Bytes.check(both, 2 * MUCH, 0);
            assertThat(first.get() && second.get()).isTrue();
        }
    }

    @EveryStack
    void availableCountsWhatIsThere(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            caller.run(() -> {
                assertThat(ends.local().available()).isZero();
                ends.deliver(Bytes.from(0, 5));
                assertThat(ends.local().available()).isEqualTo(5);
                assertThat(ends.local().read(new byte[2])).isEqualTo(2);
                assertThat(ends.local().available()).isEqualTo(3);
                assertThat(ends.local().inputStream().available()).isEqualTo(3);
                ends.end();
                assertThat(ends.local().available()).isEqualTo(3);
                ends.local().shutdownInput();
                assertThat(ends.local().available()).isZero();
            });
        }
    }

    /** The JDK's streams are made when they are asked for, and then it refuses to make them. */
    @EveryStack
    void theStreamsAreTheSameForEverAndTheJdkGivesThemToAnOpenSocketOnly(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            Connection local = ends.local();
            assertThat(local.inputStream()).isSameAs(local.inputStream());
            assertThat(local.outputStream()).isSameAs(local.outputStream());
            caller.run(() -> {
                local.shutdownInput();
                local.shutdownOutput();
                if (stack.isJavaNet()) {
                    assertFails("Socket input is shutdown", local::inputStream);
                    assertFails("Socket output is shutdown", local::outputStream);
                } else {
                    assertThat(local.inputStream().read()).isEqualTo(-1);
                    assertFails("Broken pipe", () -> local.outputStream().write(1));
                }
            });
            local.close();
            if (stack.isJavaNet()) {
                assertFails("Socket is closed", local::inputStream);
                assertFails("Socket is closed", local::outputStream);
            } else {
                assertFails("Socket closed", () -> local.inputStream().available());
                assertFails("Socket closed", () -> local.outputStream().write(1));
            }
        }
    }

    // The end

    @EveryStack
    void thePeersEndEndsAReadThatWaitsAndEveryLaterOneEvenAfterClose(Stack stack, Caller caller) throws Exception {
        for (int millis : TIMEOUTS_MILLIS) {
            try (Stack.Ends ends = stack.open()) {
                ends.local().readTimeout(millis);
                Task<Integer> reading =
                        caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
                ends.peer().close();
                assertThat(reading.get()).isEqualTo(-1);
                caller.run(() -> {
                    assertThat(ends.local().read(new byte[1])).isEqualTo(-1);
                    ends.local().close();
                    assertThat(ends.local().read(new byte[1])).isEqualTo(-1);
                });
            }
        }
    }

    @EveryStack
    void bytesBeforeTheEndAreDelivered(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            ends.deliver(Bytes.from(0, 300));
            ends.end();
            InputStream in = ends.local().inputStream();
            assertThat(caller.call(() -> Bytes.checkToEnd(in, 0))).isEqualTo(300);
        }
    }

    @EveryStack
    void shutdownInputEndsAReadThatWaitsAndEveryLaterOne(Stack stack, Caller caller) throws Exception {
        for (int millis : TIMEOUTS_MILLIS) {
            try (Stack.Ends ends = stack.open()) {
                ends.local().readTimeout(millis);
                Task<Integer> reading =
                        caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
                ends.local().shutdownInput();
                assertThat(reading.get()).isEqualTo(-1);
                caller.run(() -> {
                    assertThat(ends.local().read(new byte[1])).isEqualTo(-1);
                    assertThat(ends.local().available()).isZero();
                    assertFails(
                            "Socket input is already shutdown",
                            () -> ends.local().shutdownInput());
                    ends.local().write(new byte[1]);
                });
                assertThat(ends.peer().getInputStream().read()).isZero();
            }
        }
    }

    @EveryStack
    void shutdownOutputSendsTheEndEndsAWriteThatWaitsAndLeavesTheOtherDirection(Stack stack, Caller caller)
            throws Exception {
        try (Stack.Ends ends = stack.narrow()) {
            Task<Boolean> writing = caller.startRun(() -> ends.local().write(Bytes.from(0, MUCH)))
                    .awaitWaiting();
            ends.local().shutdownOutput();
            assertThat(writing.failure()).isInstanceOf(IOException.class).hasMessage("Broken pipe");
            assertThat(Bytes.checkToEnd(ends.peer().getInputStream(), 0)).isLessThan(MUCH);
            caller.run(() -> {
                assertFails(
                        "Socket output is already shutdown", () -> ends.local().shutdownOutput());
                assertFails("Broken pipe", () -> ends.local().write(new byte[1]));
                ends.deliver((byte) 1);
                assertThat(ends.local().read(new byte[9])).isEqualTo(1);
            });
        }
    }

    @EveryStack
    void thePeersHalfCloseLeavesOurDirection(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            ends.end();
            caller.run(() -> {
                assertThat(ends.local().read(new byte[1])).isEqualTo(-1);
                ends.local().write(Bytes.from(0, 1_000));
                ends.local().shutdownOutput();
            });
            assertThat(Bytes.checkToEnd(ends.peer().getInputStream(), 0)).isEqualTo(1_000);
        }
    }

    // Resets

    @EveryStack
    void aResetEndsAReadThatWaitsAndEveryLaterOneAndIsNoEnd(Stack stack, Caller caller) throws Exception {
        for (int millis : TIMEOUTS_MILLIS) {
            try (Stack.Ends ends = stack.open()) {
                ends.local().readTimeout(millis);
                Task<Integer> reading =
                        caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
                ends.reset();
                assertThat(reading.failure())
                        .isExactlyInstanceOf(SocketException.class)
                        .hasMessage("Connection reset");
                caller.run(() -> {
                    for (int again = 0; again < 3; again++) {
                        assertFails("Connection reset", () -> ends.local().read(new byte[1]));
                        assertThat(ends.local().available()).isZero();
                    }
                    assertThat(ends.local().isOpen()).isTrue();
                });
            }
        }
    }

    @EveryStack
    void bytesBeforeTheResetAreDeliveredAndThenEveryReadFails(Stack stack, Caller caller) throws Exception {
        for (int millis : TIMEOUTS_MILLIS) {
            for (int length : List.of(1, 100, 30_000)) {
                try (Stack.Ends ends = stack.open()) {
                    ends.local().readTimeout(millis);
                    ends.deliver(Bytes.from(0, length));
                    ends.reset();
                    caller.run(() -> {
                        byte[] dst = new byte[7];
                        for (int place = 0; place < length; ) {
                            assertThat(ends.local().available()).isEqualTo(length - place);
                            int n = ends.local().read(dst);
                            Bytes.check(dst, n, place);
                            place += n;
                        }
                        for (int again = 0; again < 3; again++) {
                            assertThat(ends.local().available()).isZero();
                            assertFails("Connection reset", () -> ends.local().read(dst));
                        }
                    });
                }
            }
        }
    }

    @EveryStack
    void aResetEndsAWriteThatWaits(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.narrow()) {
            Task<Boolean> writing =
                    caller.startRun(() -> ends.local().write(new byte[MUCH])).awaitWaiting();
            ends.reset();
            assertThat(writing.failure())
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Connection reset by peer");
            caller.run(() -> assertFails("Broken pipe", () -> ends.local().write(new byte[1])));
        }
    }

    /** The JDK takes the reset for the end of the stream, so that a truncated message looks whole. */
    @EveryStack
    void aResetThatAWriteMetFirstIsTheEndForTheJdksReadsAndAResetForOurs(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            ends.deliver(Bytes.from(0, 3));
            ends.reset();
            caller.run(() -> {
                assertFails("Connection reset by peer", () -> ends.local().write(new byte[1]));
                assertThat(ends.local().read(new byte[9])).isEqualTo(3);
                if (stack == Stack.JDK) {
                    assertThat(ends.local().read(new byte[9])).isEqualTo(-1);
                } else {
                    assertFails("Connection reset", () -> ends.local().read(new byte[9]));
                    assertFails("Connection reset", () -> ends.local().read(new byte[9]));
                }
            });
        }
    }

    @EveryStack
    void lingerZeroMakesCloseAResetEvenUnderAReader(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            Task<Integer> reading =
                    caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
            ends.local().set(StandardSocketOptions.SO_LINGER, 0);
            ends.local().close();
            assertThat(reading.failure()).hasMessage("Socket closed");
            assertFails("Connection reset", () -> ends.peer().getInputStream().read());
        }
    }
}
