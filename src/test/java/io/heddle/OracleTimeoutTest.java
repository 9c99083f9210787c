package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Acceptor;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.Connection;
import io.heddle.testing.EveryStack;
import io.heddle.testing.FullBacklog;
import io.heddle.testing.Stack;
import io.heddle.testing.Task;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** Timeouts of read, accept and connect, on our sockets and the JDK's. */
@Behaviour
@SuppressWarnings("try") // Closing is part of what is tested.
class OracleTimeoutTest {
    private static final int LONG = 600_000;

    private static Socket client(Acceptor acceptor) throws IOException {
        InetSocketAddress to = acceptor.localAddress();
        return new Socket(to.getAddress(), to.getPort());
    }

    /** The call must time out, and not before its time. */
    private static void assertTimesOut(Stack stack, String message, int millis, Caller.Work call) throws Exception {
        long startNanos = System.nanoTime();
        try {
            call.run();
        } catch (SocketTimeoutException e) {
            assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(stack.leastNanos(millis));
            assertThat(e).isExactlyInstanceOf(SocketTimeoutException.class).hasMessage(message);
            return;
        }
        throw new AssertionError("did not time out: millis=" + millis);
    }

    // Reads

    @EveryStack
    void aTimedReadOfWhatIsThereDoesNotWait(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            ends.local().readTimeout(LONG);
            ends.deliver((byte) 1);
            assertThat(caller.call(() -> ends.local().read(new byte[1]))).isEqualTo(1);
        }
    }

    @EveryStack
    void aTimedReadWaitsForWhatComesLater(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            ends.local().readTimeout(LONG);
            Task<Integer> reading =
                    caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
            ends.peer().getOutputStream().write(1);
            assertThat(reading.get()).isEqualTo(1);
        }
    }

    @EveryStack
    void afterAReadHasTimedOutTheSocketIsUsableTimedAndUntimedAndNoByteIsLost(Stack stack, Caller caller)
            throws Exception {
        try (Stack.Ends ends = stack.open()) {
            for (int millis : new int[] {1, 20}) {
                ends.local().readTimeout(millis);
                caller.run(() -> {
                    assertTimesOut(
                            stack, "Read timed out", millis, () -> ends.local().read(new byte[1]));
                    assertTimesOut(
                            stack, "Read timed out", millis, () -> ends.local().read(new byte[1]));
                });
                ends.deliver((byte) 1, (byte) 2);
                assertThat(caller.call(() -> ends.local().read(new byte[1]))).isEqualTo(1);
                assertThat(caller.call(() -> ends.local().read(new byte[9]))).isEqualTo(1);

                ends.local().readTimeout(0);
                Task<Integer> reading =
                        caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
                ends.peer().getOutputStream().write(1);
                assertThat(reading.get()).isEqualTo(1);
                assertThat(ends.local().isOpen()).isTrue();
            }
        }
    }

    @EveryStack
    void theLongestTimeoutDoesNotOverflow(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open();
                Acceptor acceptor = stack.listen()) {
            ends.local().readTimeout(Integer.MAX_VALUE);
            Task<Integer> reading =
                    caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
            Task<Connection> accepting =
                    caller.start(() -> acceptor.accept(Integer.MAX_VALUE)).awaitWaiting();
            ends.peer().getOutputStream().write(1);
            assertThat(reading.get()).isEqualTo(1);
            try (Connection connected = caller.call(() -> stack.connect(acceptor.localAddress(), Integer.MAX_VALUE));
                    Connection accepted = accepting.get()) {
                assertThat(accepted.remoteAddress()).isEqualTo(connected.localAddress());
            }
        }
    }

    /** The texts differ: ours names the value. */
    @EveryStack
    void aNegativeTimeoutIsAnIllegalArgument(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open();
                Acceptor acceptor = stack.listen()) {
            caller.run(() -> {
                assertThatThrownBy(() -> ends.local().readTimeout(-1)).isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> acceptor.accept(-1)).isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> stack.connect(acceptor.localAddress(), -1))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThat(ends.local().isOpen() && acceptor.isOpen()).isTrue();
            });
        }
    }

    @EveryStack
    void aChangedTimeoutAppliesFromTheNextReadOn(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            Task<Integer> untimed =
                    caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
            ends.local().readTimeout(1);
            assertTimesOut(
                    stack,
                    "Read timed out",
                    1,
                    () -> caller.call(() -> ends.local().read(new byte[1])));
            assertThat(untimed.isDone()).isFalse();
            ends.peer().getOutputStream().write(1);
            assertThat(untimed.get()).isEqualTo(1);

            ends.local().readTimeout(LONG);
            Task<Integer> timed =
                    caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
            ends.local().readTimeout(0);
            ends.peer().getOutputStream().write(1);
            assertThat(timed.get()).isEqualTo(1);
        }
    }

    @EveryStack
    void theTimeIncludesTheWaitForAnEarlierReader(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            Task<Integer> first =
                    caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
            ends.local().readTimeout(30);
            caller.run(() -> assertTimesOut(
                    stack, "Read timed out", 30, () -> ends.local().read(new byte[1])));
            ends.peer().getOutputStream().write(1);
            assertThat(first.get()).isEqualTo(1);
        }
    }

    @EveryStack
    void closeEndsATimedReadAndATimedAccept(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open();
                Acceptor acceptor = stack.listen()) {
            ends.local().readTimeout(LONG);
            Task<Integer> reading =
                    caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
            Task<Connection> accepting =
                    caller.start(() -> acceptor.accept(LONG)).awaitWaiting();
            ends.local().close();
            acceptor.close();
            assertThat(reading.failure())
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Socket closed");
            assertThat(accepting.failure())
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Socket closed");
        }
    }

    /** As connection pools do before they hand a connection out. */
    @EveryStack
    void readsOfOneMillisecondTellAnIdleConnectionFromAnEndedOne(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            ends.local().readTimeout(1);
            caller.run(() -> {
                for (int probe = 0; probe < 50; probe++) {
                    assertTimesOut(
                            stack, "Read timed out", 1, () -> ends.local().read(new byte[1]));
                }
            });
            ends.end();
            assertThat(caller.call(() -> ends.local().read(new byte[1]))).isEqualTo(-1);
        }
    }

    @EveryStack
    void timeoutsOfManyLengthsAreNeverEarly(Stack stack, Caller caller) throws Exception {
        int[] lengths = {1, 2, 5, 10, 25, 50, 1, 13, 3};
        List<Task<Boolean>> sockets = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            int first = i;
            sockets.add(caller.startRun(() -> {
                try (Stack.Ends ends = stack.open()) {
                    for (int k = 0; k < lengths.length; k++) {
                        int millis = lengths[(first + k) % lengths.length];
                        ends.local().readTimeout(millis);
                        assertTimesOut(
                                stack,
                                "Read timed out",
                                millis,
                                () -> ends.local().read(new byte[1]));
                    }
                }
            }));
        }
        for (Task<Boolean> socket : sockets) {
            assertThat(socket.get()).isTrue();
        }
    }

    // Accepts

    @EveryStack
    void afterAnAcceptHasTimedOutTheListenerIsUsableTimedAndUntimed(Stack stack, Caller caller) throws Exception {
        try (Acceptor acceptor = stack.listen()) {
            for (int millis : new int[] {1, 20}) {
                caller.run(() -> assertTimesOut(stack, "Accept timed out", millis, () -> acceptor.accept(millis)));
                for (int next : new int[] {LONG, 0}) {
                    Task<Connection> accepting =
                            caller.start(() -> acceptor.accept(next)).awaitWaiting();
                    try (Socket client = client(acceptor);
                            Connection accepted = accepting.get()) {
                        assertThat(accepted.remoteAddress()).isEqualTo(client.getLocalSocketAddress());
                    }
                }
                try (Socket client = client(acceptor);
                        Connection accepted = caller.call(() -> acceptor.accept(LONG))) {
                    assertThat(accepted.remoteAddress()).isEqualTo(client.getLocalSocketAddress());
                }
            }
        }
    }

    /** Both wait for the same length, so the loser's end must not be two of them after its start. */
    @EveryStack
    void ofTwoAcceptorsAndOneConnectionOneTimesOutAfterItsOwnTimeAlone(Stack stack, Caller caller) throws Exception {
        int millis = 200;
        try (Acceptor acceptor = stack.listen()) {
            List<Task<Boolean>> acceptors = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                acceptors.add(caller.start(() -> {
                    long startNanos = System.nanoTime();
                    try (Connection accepted = acceptor.accept(millis)) {
                        return accepted.isOpen();
                    } catch (SocketTimeoutException e) {
                        assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(stack.leastNanos(millis));
                        return false;
                    }
                }));
            }
            try (Socket client = client(acceptor)) {
                assertThat(client.isConnected()).isTrue();
                assertThat(acceptors.get(0).get()).isNotEqualTo(acceptors.get(1).get());
            }
        }
    }

    /** An acceptor that waits for the lock the whole time has no time left for a wait of its own. */
    @EveryStack
    void anAcceptThatTimesOutInTheQueueDoesNotWaitForTheFirst(Stack stack, Caller caller) throws Exception {
        try (Acceptor acceptor = stack.listen()) {
            Task<Connection> first = caller.start(() -> acceptor.accept(LONG)).awaitWaiting();
            caller.run(() -> assertTimesOut(stack, "Accept timed out", 30, () -> acceptor.accept(30)));
            assertThat(first.isDone()).isFalse();
            try (Socket client = client(acceptor);
                    Connection accepted = first.get()) {
                assertThat(accepted.remoteAddress()).isEqualTo(client.getLocalSocketAddress());
            }
        }
    }

    @EveryStack
    void anAcceptedSocketDoesNotInheritTheTimeout(Stack stack, Caller caller) throws Exception {
        try (Acceptor acceptor = stack.listen();
                Socket client = client(acceptor)) {
            try (Connection accepted = caller.call(() -> acceptor.accept(1))) {
                Task<Integer> reading =
                        caller.start(() -> accepted.read(new byte[1])).awaitWaiting();
                // As long as it would have taken, and longer.
                caller.run(() -> assertTimesOut(stack, "Accept timed out", 30, () -> acceptor.accept(30)));
                assertThat(reading.isDone()).isFalse();
                client.getOutputStream().write(1);
                assertThat(reading.get()).isEqualTo(1);
            }
        }
    }

    // Connects

    @EveryStack
    void aConnectThatNobodyAnswersTimesOutAndLeavesNothingOpen(Stack stack, Caller caller) throws Exception {
        try (FullBacklog full = FullBacklog.open()) {
            for (int millis : new int[] {10, 40}) {
                caller.run(() -> assertTimesOut(
                        stack, "Connect timed out", millis, () -> stack.connect(full.address(), millis)));
            }
        }
    }
}
