package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Behaviour;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.EveryVirtualCaller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/**
 * Interrupts: a virtual thread's wait ends and its socket is closed, as in the JDK; a platform thread's wait goes on.
 * The status stays set in every case.
 */
@Behaviour
class TcpInterruptTest {
    private static void assertClosedByInterrupt(Task<?> task) throws Exception {
        assertThat(task.failure()).isExactlyInstanceOf(SocketException.class).hasMessage("Closed by interrupt");
        assertThat(task.endedInterrupted()).as("interrupt status").isTrue();
    }

    @EveryVirtualCaller
    void aReadThatIsInterruptedClosesTheSocket(Caller caller) throws Exception {
        for (Duration timeout : new Duration[] {Duration.ZERO, Duration.ofMinutes(10)}) {
            try (Pair pair = Pair.open()) {
                pair.local().setReadTimeout(timeout);
                Task<Integer> reading =
                        caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
                reading.interrupt();

                assertClosedByInterrupt(reading);
                assertThat(pair.local().isOpen()).isFalse();
                assertThat(pair.peer().getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    @EveryVirtualCaller
    void aWriteThatIsInterruptedClosesTheSocket(Caller caller) throws Exception {
        try (Pair pair = Pair.narrow()) {
            Task<Boolean> writing = caller.startRun(() -> pair.local().write(Bytes.from(0, 5_000_000)))
                    .awaitWaiting();
            writing.interrupt();

            assertClosedByInterrupt(writing);
            assertThat(pair.local().isOpen()).isFalse();
            long arrived = Bytes.checkToEnd(pair.peer().getInputStream(), 0);
            assertThat(arrived).isPositive().isLessThan(5_000_000);
        }
    }

    @EveryVirtualCaller
    void anAcceptThatIsInterruptedClosesTheListener(Caller caller) throws Exception {
        for (Duration timeout : new Duration[] {Duration.ZERO, Duration.ofMinutes(10)}) {
            try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
                Task<TcpSocket> accepting =
                        caller.start(() -> listener.accept(timeout)).awaitWaiting();
                accepting.interrupt();

                assertClosedByInterrupt(accepting);
                assertThat(listener.isOpen()).isFalse();
            }
        }
    }

    @EveryVirtualCaller
    void serveThatIsInterruptedClosesTheListenerAndThrows(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            Task<Boolean> serving =
                    caller.startRun(() -> listener.serve(socket -> {})).awaitWaiting();
            serving.interrupt();

            assertClosedByInterrupt(serving);
            assertThat(listener.isOpen()).isFalse();
        }
    }

    @EveryVirtualCaller
    void serveThatIsInterruptedWhileItHasAllItsConnectionsClosesTheListenerAndThrows(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.builder().maxConnections(1).bind(Pair.anyPort());
                Socket client = new Socket()) {
            client.connect(listener.localAddress());
            Task<Boolean> serving = caller.startRun(() -> listener.serve(socket -> {
                socket.write(new byte[] {1});
                assertThat(socket.read(new byte[1])).isEqualTo(-1);
            }));
            assertThat(client.getInputStream().read()).isEqualTo(1);
            serving.awaitParked().interrupt();

            assertClosedByInterrupt(serving);
            assertThat(listener.isOpen()).isFalse();
        }
    }

    @EveryVirtualCaller
    void anInterruptBeforeTheCallEndsTheWaitAtOnce(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            Task<Integer> reading = caller.start(() -> {
                Thread.currentThread().interrupt();
                return pair.local().read(new byte[1]);
            });
            assertClosedByInterrupt(reading);
            assertThat(pair.local().isOpen()).isFalse();
        }
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            Task<TcpSocket> accepting = caller.start(() -> {
                Thread.currentThread().interrupt();
                return listener.accept();
            });
            assertClosedByInterrupt(accepting);
            assertThat(listener.isOpen()).isFalse();
        }
    }

    @EveryCaller
    void bytesThatAreThereWinOverTheInterrupt(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.deliver((byte) 1, (byte) 2);
            Task<Integer> reading = caller.start(() -> {
                Thread.currentThread().interrupt();
                return pair.local().read(new byte[1]) + pair.local().read(new byte[1]);
            });
            assertThat(reading.get()).isEqualTo(2);
            assertThat(reading.endedInterrupted()).isTrue();
            assertThat(pair.local().isOpen()).isTrue();
        }
    }

    @EveryCaller
    void theEndThatIsThereWinsOverTheInterrupt(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.peer().shutdownOutput();
            assertThat(caller.call(() -> pair.local().read(new byte[1]))).isEqualTo(-1);
            Task<Integer> reading = caller.start(() -> {
                Thread.currentThread().interrupt();
                return pair.local().read(new byte[1]);
            });
            assertThat(reading.get()).isEqualTo(-1);
            assertThat(reading.endedInterrupted()).isTrue();
            assertThat(pair.local().isOpen()).isTrue();
        }
    }

    @EveryCaller
    void aWriteThatNeedNotWaitIsNotInterrupted(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            Task<Boolean> writing = caller.startRun(() -> {
                Thread.currentThread().interrupt();
                pair.local().write(new byte[] {1});
            });
            assertThat(writing.get()).isTrue();
            assertThat(writing.endedInterrupted()).isTrue();
            assertThat(pair.peer().getInputStream().read()).isEqualTo(1);
            assertThat(pair.local().isOpen()).isTrue();
        }
    }

    @EveryCaller
    void aConnectionThatIsThereWinsOverTheInterrupt(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort());
                Socket client = new Socket()) {
            client.connect(listener.localAddress());
            Task<TcpSocket> accepting = caller.start(() -> {
                Thread.currentThread().interrupt();
                return listener.accept();
            });
            try (TcpSocket accepted = accepting.get()) {
                assertThat(accepted.isOpen()).isTrue();
            }
            assertThat(accepting.endedInterrupted()).isTrue();
            assertThat(listener.isOpen()).isTrue();
        }
    }

    @EveryVirtualCaller
    void aQueuedReaderIsNotInterruptedBeforeItsTurn(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            Task<Integer> first =
                    caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
            Task<Integer> second =
                    caller.start(() -> pair.local().read(new byte[1])).awaitQueued();
            second.interrupt();
            second.awaitQueued();
            assertThat(pair.local().isOpen()).isTrue();

            pair.peer().getOutputStream().write(1);
            assertThat(first.get()).isEqualTo(1);
            assertClosedByInterrupt(second);
        }
    }

    @Test
    void aPlatformThreadGoesOnReadingAndKeepsItsStatus() throws Exception {
        for (Duration timeout : new Duration[] {Duration.ZERO, Duration.ofMinutes(10)}) {
            try (Pair pair = Pair.open()) {
                pair.local().setReadTimeout(timeout);
                Task<Integer> reading = Caller.PLATFORM_THREAD
                        .start(() -> pair.local().read(new byte[1]))
                        .awaitWaiting();
                for (int i = 0; i < 10; i++) {
                    reading.interrupt();
                    reading.awaitWaiting();
                }
                pair.peer().getOutputStream().write(1);

                assertThat(reading.get()).isEqualTo(1);
                assertThat(reading.endedInterrupted()).isTrue();
                assertThat(pair.local().isOpen()).isTrue();
            }
        }
    }

    @Test
    void aPlatformThreadGoesOnWritingAndKeepsItsStatus() throws Exception {
        try (Pair pair = Pair.narrow()) {
            Task<Boolean> writing = Caller.PLATFORM_THREAD
                    .startRun(() -> pair.local().write(Bytes.from(0, 5_000_000)))
                    .awaitWaiting();
            writing.interrupt();
            writing.awaitWaiting();
            Bytes.check(pair.peer().getInputStream().readNBytes(5_000_000), 5_000_000, 0);

            assertThat(writing.get()).isTrue();
            assertThat(writing.endedInterrupted()).isTrue();
        }
    }

    @Test
    void aPlatformThreadGoesOnAcceptingAndKeepsItsStatus() throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort());
                Socket client = new Socket()) {
            Task<TcpSocket> accepting =
                    Caller.PLATFORM_THREAD.start(() -> listener.accept()).awaitWaiting();
            accepting.interrupt();
            accepting.awaitWaiting();
            client.connect(listener.localAddress());
            accepting.get().close();

            assertThat(accepting.endedInterrupted()).isTrue();
            assertThat(listener.isOpen()).isTrue();
        }
    }

    @Test
    @SuppressWarnings("try") // Closing is what ends serve.
    void aPlatformThreadServesUntilCloseAndReturnsWithItsStatusSet() throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort());
                Socket client = new Socket()) {
            Task<Boolean> serving =
                    Caller.PLATFORM_THREAD.startRun(() -> listener.serve(socket -> socket.write(new byte[] {1})));
            serving.awaitWaiting().interrupt();
            client.connect(listener.localAddress());
            assertThat(client.getInputStream().read()).isEqualTo(1);
            serving.awaitWaiting();
            listener.close();

            assertThat(serving.get()).isTrue();
            assertThat(serving.endedInterrupted()).isTrue();
        }
    }

    @Test
    void aPlatformThreadConnectsAndKeepsItsStatus() throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            for (Duration timeout : new Duration[] {Duration.ZERO, Duration.ofMinutes(10)}) {
                Task<TcpSocket> connecting = Caller.PLATFORM_THREAD.start(() -> {
                    Thread.currentThread().interrupt();
                    return TcpSocket.connect(listener.localAddress(), timeout);
                });
                connecting.get().close();
                assertThat(connecting.endedInterrupted()).isTrue();

                Task<TcpSocket> byName = Caller.PLATFORM_THREAD.start(() -> {
                    Thread.currentThread().interrupt();
                    return TcpSocket.connect(
                            "localhost", listener.localAddress().getPort(), timeout);
                });
                byName.get().close();
                assertThat(byName.endedInterrupted()).isTrue();
            }
        }
    }

    @EveryVirtualCaller
    void interruptsThatRaceWithDataLoseNeither(Caller caller) throws Exception {
        int readFirst = 0;
        for (int round = 0; round < 300; round++) {
            try (Pair pair = Pair.open()) {
                Task<Integer> reading = caller.start(() -> pair.local().read(new byte[1]));
                if (round % 2 == 0) {
                    reading.awaitWaiting();
                }
                pair.peer().getOutputStream().write(1);
                reading.interrupt();
                boolean read;
                try {
                    read = reading.get() == 1;
                    assertThat(pair.local().isOpen()).isTrue();
                } catch (SocketException e) {
                    read = false;
                    assertThat(e).hasMessage("Closed by interrupt");
                    assertThat(reading.endedInterrupted()).isTrue();
                    assertThat(pair.local().isOpen()).isFalse();
                }
                readFirst += read ? 1 : 0;
            }
        }
        assertThat(readFirst).isBetween(0, 300);
    }
}
