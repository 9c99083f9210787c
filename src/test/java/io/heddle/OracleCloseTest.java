package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.heddle.testing.Acceptor;
import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.Connection;
import io.heddle.testing.EveryStack;
import io.heddle.testing.EveryVirtualStack;
import io.heddle.testing.FullBacklog;
import io.heddle.testing.Pair;
import io.heddle.testing.Stack;
import io.heddle.testing.Task;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;

/** Closing while other threads are in a call, on our sockets and the JDK's. */
@Behaviour
@SuppressWarnings("try") // Closing is what is tested.
class OracleCloseTest {
    private static final int[] TIMEOUTS_MILLIS = {0, 600_000};
    private static final int ROUNDS = 100;

    private static void assertSocketClosed(Throwable thrown) {
        assertThat(thrown).isExactlyInstanceOf(SocketException.class).hasMessage("Socket closed");
    }

    private static Socket client(Acceptor acceptor) throws IOException {
        InetSocketAddress to = acceptor.localAddress();
        return new Socket(to.getAddress(), to.getPort());
    }

    @EveryStack
    void closeEndsAReadAndThePeerReadsTheEndAndNoReset(Stack stack, Caller caller) throws Exception {
        for (int millis : TIMEOUTS_MILLIS) {
            for (Stack.Ends ends : List.of(stack.open(), stack.accepted())) {
                try (ends) {
                    ends.local().readTimeout(millis);
                    Task<Integer> reading =
                            caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
                    ends.local().close();

                    assertThat(ends.peer().getInputStream().read()).isEqualTo(-1);
                    assertSocketClosed(reading.failure());
                    assertThat(reading.endedInterrupted()).isFalse();
                    assertThat(ends.local().isOpen()).isFalse();
                }
            }
        }
    }

    @EveryStack
    void whatWasWrittenBeforeCloseUnderAReaderArrives(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            Task<Integer> reading =
                    caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
            caller.run(() -> ends.local().write(Bytes.from(0, 200_000)));
            ends.local().close();

            assertThat(Bytes.checkToEnd(ends.peer().getInputStream(), 0)).isEqualTo(200_000);
            assertSocketClosed(reading.failure());
        }
    }

    @EveryStack
    void closeEndsAWriteAndThePeerStillReadsWhatTheKernelTook(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.narrow()) {
            Task<Boolean> writing = caller.startRun(() -> ends.local().write(Bytes.from(0, 5_000_000)))
                    .awaitWaiting();
            ends.local().close();

            assertSocketClosed(writing.failure());
            assertThat(Bytes.checkToEnd(ends.peer().getInputStream(), 0))
                    .isPositive()
                    .isLessThan(5_000_000);
        }
    }

    @EveryStack
    void closeEndsAnAccept(Stack stack, Caller caller) throws Exception {
        for (int millis : TIMEOUTS_MILLIS) {
            try (Acceptor acceptor = stack.listen()) {
                Task<Connection> accepting =
                        caller.start(() -> acceptor.accept(millis)).awaitWaiting();
                acceptor.close();

                assertSocketClosed(accepting.failure());
                assertThat(acceptor.isOpen()).isFalse();
            }
        }
    }

    @EveryStack
    void aHundredReadersOfOneSocketAllEnd(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            Task<Integer> first =
                    caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
            List<Task<Integer>> queued = new ArrayList<>();
            for (int i = 0; i < 99; i++) {
                queued.add(caller.start(() -> ends.local().read(new byte[1])));
            }
            for (Task<Integer> reading : queued) {
                reading.awaitQueued();
            }
            ends.local().close();

            assertSocketClosed(first.failure());
            for (Task<Integer> reading : queued) {
                assertSocketClosed(reading.failure());
            }
        }
    }

    @EveryStack
    void aHundredReadersOfAsManySocketsAllEnd(Stack stack, Caller caller) throws Exception {
        List<Stack.Ends> all = new ArrayList<>();
        List<Task<Integer>> readings = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            Stack.Ends ends = stack.open();
            all.add(ends);
            readings.add(caller.start(() -> ends.local().read(new byte[1])));
        }
        for (Task<Integer> reading : readings) {
            reading.awaitWaiting();
        }
        for (Stack.Ends ends : all) {
            ends.local().close();
        }
        for (Task<Integer> reading : readings) {
            assertSocketClosed(reading.failure());
        }
        for (Stack.Ends ends : all) {
            assertThat(ends.peer().getInputStream().read()).isEqualTo(-1);
            ends.close();
        }
    }

    @EveryStack
    void closingAgainAndFromEitherStreamDoesNothingMore(Stack stack, Caller caller) throws Exception {
        for (int way = 0; way < 3; way++) {
            int how = way;
            try (Stack.Ends ends = stack.open()) {
                caller.run(() -> {
                    switch (how) {
                        case 0 -> ends.local().inputStream().close();
                        case 1 -> ends.local().outputStream().close();
                        default -> ends.local().close();
                    }
                    assertThat(ends.local().isOpen()).isFalse();
                    ends.local().close();
                    ends.local().close();
                });
                assertThat(ends.peer().getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    @EveryStack
    void everyCallAfterCloseSaysSo(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open();
                Acceptor acceptor = stack.listen()) {
            Connection local = ends.local();
            local.close();
            acceptor.close();
            caller.run(() -> {
                assertFails("Socket closed", () -> local.read(new byte[1]));
                assertFails("Socket closed", () -> local.write(new byte[1]));
                assertFails("Socket closed", local::available);
                assertFails("Socket is closed", local::shutdownInput);
                assertFails("Socket is closed", local::shutdownOutput);
                assertFails("Socket is closed", () -> local.set(StandardSocketOptions.TCP_NODELAY, true));
                assertFails("Socket is closed", () -> local.get(StandardSocketOptions.TCP_NODELAY));
                assertFails("Socket is closed", () -> acceptor.accept(0));
                assertFails("Socket is closed", () -> acceptor.get(StandardSocketOptions.SO_RCVBUF));
                // The length is looked at first.
                assertThat(local.read(new byte[0])).isZero();
                assertThatCode(() -> local.write(new byte[0])).doesNotThrowAnyException();
            });
        }
    }

    private static void assertFails(String message, Caller.Work call) throws Exception {
        try {
            call.run();
        } catch (SocketException e) {
            assertThat(e).isExactlyInstanceOf(SocketException.class).hasMessage(message);
            return;
        }
        throw new AssertionError("should have failed: message=" + message);
    }

    @EveryStack
    void aWriteAfterThePeerHasClosedIsAnExceptionAndNoSignal(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            ends.peer().close();
            Throwable thrown = caller.failureOf(() -> {
                OutputStream out = ends.local().outputStream();
                while (!Thread.currentThread().isInterrupted()) {
                    out.write(1);
                }
            });
            assertThat(thrown).isExactlyInstanceOf(SocketException.class).hasMessage("Broken pipe");
        }
    }

    /** The books are the descriptors, which may not grow. */
    @EveryStack
    void closeThatRacesWithOtherCallsLeavesNothingOpen(Stack stack, Caller caller) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            try (Stack.Ends ends = stack.open()) {
                Connection local = ends.local();
                List<Caller.Work> calls = List.of(
                        local::close,
                        () -> local.get(StandardSocketOptions.SO_RCVBUF),
                        () -> local.set(StandardSocketOptions.SO_LINGER, -1),
                        local::localAddress,
                        local::available,
                        local::shutdownOutput,
                        () -> local.read(new byte[1]),
                        () -> local.write(new byte[1]));
                for (Task<Boolean> task : atOnce(caller, calls)) {
                    assertEndedOrClosed(task);
                }
            }
        }
    }

    @EveryStack
    void closeThatRacesWithAcceptLeavesNothingOpen(Stack stack, Caller caller) throws Exception {
        for (int round = 0; round < ROUNDS; round++) {
            try (Acceptor acceptor = stack.listen();
                    Socket client = client(acceptor)) {
                List<Caller.Work> calls = List.of(
                        acceptor::close,
                        () -> acceptor.get(StandardSocketOptions.SO_RCVBUF),
                        () -> acceptor.accept(0).close(),
                        () -> acceptor.accept(600_000).close());
                for (Task<Boolean> task : atOnce(caller, calls)) {
                    assertEndedOrClosed(task);
                }
                assertThat(client.isConnected()).isTrue();
            }
        }
    }

    @EveryVirtualStack
    void anInterruptThatRacesWithConnectLeavesNothingOpen(Stack stack, Caller caller) throws Exception {
        try (Acceptor acceptor = stack.listen(Pair.anyPort(), 4096);
                FullBacklog full = FullBacklog.open()) {
            for (int round = 0; round < ROUNDS; round++) {
                InetSocketAddress to = round % 2 == 0 ? acceptor.localAddress() : full.address();
                Task<Boolean> connecting =
                        caller.startRun(() -> stack.connect(to, 600_000).close());
                connecting.interrupt();
                try {
                    assertThat(connecting.get()).isTrue();
                } catch (SocketException e) {
                    assertThat(e).hasMessage("Closed by interrupt");
                }
            }
        }
    }

    private static List<Task<Boolean>> atOnce(Caller caller, List<Caller.Work> calls) {
        CyclicBarrier start = new CyclicBarrier(calls.size());
        List<Task<Boolean>> tasks = new ArrayList<>();
        for (Caller.Work call : calls) {
            tasks.add(caller.startRun(() -> {
                start.await();
                call.run();
            }));
        }
        return tasks;
    }

    private static void assertEndedOrClosed(Task<Boolean> task) throws Exception {
        try {
            assertThat(task.get()).isTrue();
        } catch (SocketException e) {
            // A write after shutdownOutput has won.
            assertThat(e.getMessage()).isIn("Socket closed", "Socket is closed", "Broken pipe");
        }
    }

    /** The kernel makes close(2) wait for what is unsent: that of the closer or of the writer, whoever is last out. */
    @EveryStack
    void aCloseThatLingersHoldsUpNobodyElse(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.narrow();
                Stack.Ends others = stack.open()) {
            Task<Boolean> writing = caller.startRun(() -> ends.local().write(new byte[5_000_000]))
                    .awaitWaiting();
            ends.local().set(StandardSocketOptions.SO_LINGER, 600);
            Task<Boolean> closing = caller.startRun(ends.local()::close);
            Await.until("the close has begun", () -> !ends.local().isOpen());
            List<Task<Integer>> readings = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                readings.add(caller.start(() -> others.local().read(new byte[1])));
            }
            for (int i = 0; i < 10; i++) {
                others.peer().getOutputStream().write(1);
            }
            for (Task<Integer> reading : readings) {
                assertThat(reading.get()).isEqualTo(1);
            }
            // On a platform thread the JDK replaces the number by dup2(2), and then nobody waits.
            if (stack != Stack.JDK || caller.isVirtual()) {
                assertThat(writing.isDone() && closing.isDone()).isFalse();
            }
            ends.peer().setSoLinger(true, 0);
            ends.peer().close();
            if (stack != Stack.JDK) {
                assertSocketClosed(writing.failure());
            } else {
                // The JDK says that it is closed a moment before its writer can see it.
                assertThat(writing.failure()).isInstanceOf(SocketException.class);
            }
            assertThat(closing.get()).isTrue();
        }
    }

    /** The JDK frees it when the acceptor has left. */
    @EveryStack
    void theListenersPortIsFreeAtOnceAfterCloseUnderAnAccept(Stack stack, Caller caller) throws Exception {
        InetSocketAddress address;
        try (Acceptor acceptor = stack.listen()) {
            address = acceptor.localAddress();
        }
        for (int round = 0; round < 20; round++) {
            try (Acceptor acceptor = stack.listen(address, 1)) {
                Task<Connection> accepting =
                        caller.start(() -> acceptor.accept(0)).awaitWaiting();
                acceptor.close();
                if (stack == Stack.JDK) {
                    assertSocketClosed(accepting.failure());
                }
                stack.listen(address, 1).close();
                assertSocketClosed(accepting.failure());
            }
        }
    }
}
