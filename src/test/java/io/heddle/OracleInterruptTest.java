package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Acceptor;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.Connection;
import io.heddle.testing.EveryVirtualStack;
import io.heddle.testing.FullBacklog;
import io.heddle.testing.Stack;
import io.heddle.testing.Task;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.concurrent.Callable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What an interrupt does and does not, on our sockets and the JDK's. */
@Behaviour
class OracleInterruptTest {
    private static final int[] TIMEOUTS_MILLIS = {0, 600_000};

    private static void assertClosedByInterrupt(Task<?> task) throws Exception {
        assertThat(task.failure()).isExactlyInstanceOf(SocketException.class).hasMessage("Closed by interrupt");
        assertThat(task.endedInterrupted()).isTrue();
    }

    /** On the thread of the caller, whose status is set before and must be after. */
    private static <T> T interrupted(Caller caller, Callable<T> work) throws Exception {
        Task<T> task = caller.start(() -> {
            Thread.currentThread().interrupt();
            return work.call();
        });
        T result = task.get();
        assertThat(task.endedInterrupted()).isTrue();
        return result;
    }

    @EveryVirtualStack
    void aReadThatIsInterruptedClosesTheSocketAndKeepsTheStatus(Stack stack, Caller caller) throws Exception {
        for (int millis : TIMEOUTS_MILLIS) {
            try (Stack.Ends ends = stack.open()) {
                ends.local().readTimeout(millis);
                Task<Integer> reading =
                        caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
                reading.interrupt();
                assertClosedByInterrupt(reading);
                assertThat(ends.local().isOpen()).isFalse();
                assertThat(ends.peer().getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    @EveryVirtualStack
    void aWriteThatIsInterruptedClosesTheSocketAndKeepsTheStatus(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.narrow()) {
            Task<Boolean> writing = caller.startRun(() -> ends.local().write(new byte[5_000_000]))
                    .awaitWaiting();
            writing.interrupt();
            assertClosedByInterrupt(writing);
            assertThat(ends.local().isOpen()).isFalse();
        }
    }

    @EveryVirtualStack
    void anAcceptThatIsInterruptedClosesTheListenerAndKeepsTheStatus(Stack stack, Caller caller) throws Exception {
        for (int millis : TIMEOUTS_MILLIS) {
            try (Acceptor acceptor = stack.listen()) {
                Task<Connection> accepting =
                        caller.start(() -> acceptor.accept(millis)).awaitWaiting();
                accepting.interrupt();
                assertClosedByInterrupt(accepting);
                assertThat(acceptor.isOpen()).isFalse();
            }
        }
    }

    @EveryVirtualStack
    void aConnectThatIsInterruptedFailsAndKeepsTheStatus(Stack stack, Caller caller) throws Exception {
        try (FullBacklog full = FullBacklog.open()) {
            for (int millis : TIMEOUTS_MILLIS) {
                Task<Connection> connecting = caller.start(() -> stack.connect(full.address(), millis))
                        .awaitWaiting();
                connecting.interrupt();
                assertClosedByInterrupt(connecting);
            }
        }
    }

    /** With a timeout the JDK looks first whether it need wait, see whatNeedNotWaitIsNotInterrupted. */
    @EveryVirtualStack
    void anInterruptBeforeAConnectWithoutATimeoutEndsItAtOnce(Stack stack, Caller caller) throws Exception {
        try (Acceptor acceptor = stack.listen()) {
            Task<Connection> connecting = caller.start(() -> {
                Thread.currentThread().interrupt();
                return stack.connect(acceptor.localAddress(), 0);
            });
            assertClosedByInterrupt(connecting);
        }
    }

    @EveryVirtualStack
    void anInterruptBeforeTheCallEndsItAsSoonAsItWouldWait(Stack stack, Caller caller) throws Exception {
        for (int millis : TIMEOUTS_MILLIS) {
            try (Stack.Ends ends = stack.open();
                    Acceptor acceptor = stack.listen()) {
                ends.local().readTimeout(millis);
                Task<Integer> reading = caller.start(() -> {
                    Thread.currentThread().interrupt();
                    return ends.local().read(new byte[1]);
                });
                assertClosedByInterrupt(reading);
                Task<Connection> accepting = caller.start(() -> {
                    Thread.currentThread().interrupt();
                    return acceptor.accept(millis);
                });
                assertClosedByInterrupt(accepting);
            }
        }
    }

    @EveryVirtualStack
    void bytesTheEndAndAResetThatAreThereWinOverTheInterrupt(Stack stack, Caller caller) throws Exception {
        for (int millis : TIMEOUTS_MILLIS) {
            try (Stack.Ends ends = stack.open()) {
                ends.local().readTimeout(millis);
                ends.deliver((byte) 1);
                assertThat(interrupted(caller, () -> ends.local().read(new byte[2])))
                        .isEqualTo(1);
                ends.end();
                assertThat(interrupted(caller, () -> ends.local().read(new byte[2])))
                        .isEqualTo(-1);
                assertThat(ends.local().isOpen()).isTrue();
            }
            try (Stack.Ends ends = stack.open()) {
                ends.local().readTimeout(millis);
                ends.reset();
                assertThat(interrupted(
                                caller, () -> messageOf(() -> ends.local().read(new byte[2]))))
                        .isEqualTo("Connection reset");
                assertThat(ends.local().isOpen()).isTrue();
            }
        }
    }

    private static String messageOf(Caller.Work work) throws Exception {
        try {
            work.run();
            return "nothing was thrown";
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @EveryVirtualStack
    void whatNeedNotWaitIsNotInterrupted(Stack stack, Caller caller) throws Exception {
        try (Acceptor acceptor = stack.listen();
                Connection local = interrupted(caller, () -> stack.connect(acceptor.localAddress(), 600_000));
                Connection accepted = interrupted(caller, () -> acceptor.accept(600_000))) {
            assertThat(interrupted(caller, () -> {
                        local.write(new byte[3]);
                        local.write(new byte[0]);
                        return local.read(new byte[0]) + local.available();
                    }))
                    .isZero();
            assertThat(accepted.remoteAddress()).isEqualTo(local.localAddress());
            assertThat(acceptor.isOpen() && local.isOpen()).isTrue();
        }
    }

    @EveryVirtualStack
    void aReaderInTheQueueIsNotInterruptedBeforeItsTurn(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            Task<Integer> first =
                    caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
            Task<Integer> second =
                    caller.start(() -> ends.local().read(new byte[1])).awaitQueued();
            second.interrupt();
            ends.peer().getOutputStream().write(1);
            assertThat(first.get()).isEqualTo(1);
            assertClosedByInterrupt(second);
        }
    }

    @EveryVirtualStack
    void aTimedReaderInTheQueueTimesOutInsteadAndKeepsTheStatus(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            Task<Integer> first =
                    caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
            ends.local().readTimeout(50);
            Task<Integer> second = caller.start(() -> {
                Thread.currentThread().interrupt();
                return ends.local().read(new byte[1]);
            });
            assertThat(second.failure())
                    .isExactlyInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Read timed out");
            assertThat(second.endedInterrupted()).isTrue();
            ends.peer().getOutputStream().write(1);
            assertThat(first.get()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @EnumSource(Stack.class)
    void aPlatformThreadWaitsOnAndKeepsItsStatus(Stack stack) throws Exception {
        try (Stack.Ends ends = stack.narrow();
                Acceptor acceptor = stack.listen()) {
            Task<Integer> reading = Caller.PLATFORM_THREAD
                    .start(() -> ends.local().read(new byte[1]))
                    .awaitWaiting();
            Task<Boolean> writing = Caller.PLATFORM_THREAD
                    .startRun(() -> ends.local().write(new byte[5_000_000]))
                    .awaitWaiting();
            Task<Connection> accepting =
                    Caller.PLATFORM_THREAD.start(() -> acceptor.accept(0)).awaitWaiting();
            reading.interrupt();
            writing.interrupt();
            accepting.interrupt();
            ends.peer().getOutputStream().write(1);
            assertThat(ends.peer().getInputStream().readNBytes(5_000_000)).hasSize(5_000_000);
            try (Socket client = new Socket(
                            acceptor.localAddress().getAddress(),
                            acceptor.localAddress().getPort());
                    Connection accepted = accepting.get()) {
                assertThat(accepted.remoteAddress()).isEqualTo(client.getLocalSocketAddress());
            }
            assertThat(reading.get()).isEqualTo(1);
            assertThat(writing.get()).isTrue();
            assertThat(reading.endedInterrupted() && writing.endedInterrupted() && accepting.endedInterrupted())
                    .isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(Stack.class)
    void anInterruptDoesNotShortenATimedWaitOfAPlatformThread(Stack stack) throws Exception {
        int millis = 60;
        try (Stack.Ends ends = stack.open();
                Acceptor acceptor = stack.listen();
                FullBacklog full = FullBacklog.open()) {
            ends.local().readTimeout(millis);
            assertTimesOutInterrupted(
                    stack, "Read timed out", millis, () -> ends.local().read(new byte[1]));
            assertTimesOutInterrupted(stack, "Accept timed out", millis, () -> acceptor.accept(millis));
            assertTimesOutInterrupted(stack, "Connect timed out", millis, () -> stack.connect(full.address(), millis));
            assertThat(ends.local().isOpen() && acceptor.isOpen()).isTrue();
        }
    }

    private static void assertTimesOutInterrupted(Stack stack, String message, int millis, Caller.Work call)
            throws Exception {
        long startNanos = System.nanoTime();
        Task<Boolean> waiting = Caller.PLATFORM_THREAD.startRun(call);
        waiting.interrupt();
        assertThat(waiting.failure())
                .isExactlyInstanceOf(SocketTimeoutException.class)
                .hasMessage(message);
        assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(stack.leastNanos(millis));
        assertThat(waiting.endedInterrupted()).isTrue();
    }
}
