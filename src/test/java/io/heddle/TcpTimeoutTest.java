package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Behaviour;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** Timeouts of reads and writes: never early, nothing is lost, and the next call starts afresh. */
@Behaviour
class TcpTimeoutTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);

    /** What a call must do: time out, not before its time. */
    private static SocketTimeoutException timesOut(Duration timeout, Caller.Work call) throws Exception {
        long startNanos = System.nanoTime();
        try {
            call.run();
        } catch (SocketTimeoutException e) {
            assertThat(System.nanoTime() - startNanos).as("elapsed").isGreaterThanOrEqualTo(timeout.toNanos());
            return e;
        }
        throw new AssertionError("did not time out: timeout=" + timeout);
    }

    @EveryCaller
    void aReadTimesOutButNotEarly(Caller caller) throws Exception {
        for (Duration timeout :
                List.of(Duration.ofNanos(1), Duration.ofNanos(10_000), Duration.ofMillis(1), Duration.ofMillis(30))) {
            try (Pair pair = Pair.open()) {
                pair.local().setReadTimeout(timeout);
                SocketTimeoutException e =
                        caller.call(() -> timesOut(timeout, () -> pair.local().read(new byte[1])));
                assertThat(e).hasMessage("Read timed out");
                assertThat(e.bytesTransferred).isZero();
                assertThat(pair.local().isOpen()).isTrue();
            }
        }
    }

    @EveryCaller
    void everyWayToReadTimesOut(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            Duration timeout = Duration.ofMillis(1);
            pair.local().setReadTimeout(timeout);
            caller.run(() -> {
                for (int round = 0; round < 20; round++) {
                    timesOut(timeout, () -> pair.local().read(new byte[1]));
                    timesOut(timeout, () -> pair.local().read(ByteBuffer.allocateDirect(1)));
                    timesOut(timeout, () -> pair.local().inputStream().read());
                    timesOut(timeout, () -> pair.local().readFully(new byte[1]));
                }
            });
        }
    }

    @EveryCaller
    void nothingIsLostByTimeouts(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.local().setReadTimeout(Duration.ofMillis(1));
            int count = 300;
            Task<Integer> reading = caller.start(() -> {
                int timeouts = 0;
                byte[] dst = new byte[7];
                for (int received = 0; received < count; ) {
                    try {
                        int n = pair.local().read(dst);
                        Bytes.check(dst, n, received);
                        received += n;
                    } catch (SocketTimeoutException e) {
                        timeouts++;
                    }
                }
                return timeouts;
            });
            for (int i = 0; i < count; i++) {
                if (i % 50 == 0) {
                    reading.awaitWaiting();
                }
                pair.peer().getOutputStream().write(Bytes.at(i));
            }
            assertThat(reading.get()).isNotNegative();
        }
    }

    @EveryCaller
    void whatIsThereIsReadEvenIfTheTimeIsOver(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.local().setReadTimeout(Duration.ofNanos(1));
            for (int i = 0; i < 50; i++) {
                pair.deliver((byte) i);
                assertThat(caller.call(() -> pair.local().read(new byte[1]))).isEqualTo(1);
            }
            pair.peer().shutdownOutput();
            pair.local().setReadTimeout(LONG);
            assertThat(caller.call(() -> pair.local().read(new byte[1]))).isEqualTo(-1);
        }
    }

    @EveryCaller
    void longTimeoutsDoNotOverflow(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            for (Duration timeout : List.of(
                    LONG, Duration.ofDays(30), Duration.ofNanos(Long.MAX_VALUE), Duration.ofDays(400_000), FOR_EVER)) {
                pair.local().setReadTimeout(timeout).setWriteTimeout(timeout);
                Task<Integer> reading =
                        caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
                pair.peer().getOutputStream().write(1);
                assertThat(reading.get()).as(timeout.toString()).isEqualTo(1);
                caller.run(() -> pair.local().write(new byte[1]));
            }
        }
    }

    @EveryCaller
    void zeroMeansNoTimeout(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.local().setReadTimeout(Duration.ofMillis(1));
            caller.run(() -> timesOut(Duration.ofMillis(1), () -> pair.local().read(new byte[1])));
            pair.local().setReadTimeout(Duration.ZERO);
            Task<Integer> reading =
                    caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
            pair.peer().getOutputStream().write(1);
            assertThat(reading.get()).isEqualTo(1);
        }
    }

    @Test
    void aNegativeTimeoutIsAnError() throws Exception {
        try (Pair pair = Pair.open();
                TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            for (Duration negative : List.of(Duration.ofNanos(-1), Duration.ofSeconds(Long.MIN_VALUE))) {
                assertThatThrownBy(() -> pair.local().setReadTimeout(negative))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageEndingWith("timeout=" + negative);
                assertThatThrownBy(() -> pair.local().setWriteTimeout(negative))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> listener.accept(negative)).isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> listener.close(negative)).isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> TcpSocket.connect(listener.localAddress(), negative))
                        .isInstanceOf(IllegalArgumentException.class);
                assertThatThrownBy(() -> TcpSocket.connect("localhost", 1, negative))
                        .isInstanceOf(IllegalArgumentException.class);
            }
            assertThat(listener.isOpen()).isTrue();
        }
    }

    @EveryCaller
    void aShortTimeoutAfterALongOneIsKept(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            for (int round = 0; round < 20; round++) {
                pair.local().setReadTimeout(Duration.ofSeconds(30));
                Task<Integer> reading =
                        caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
                pair.peer().getOutputStream().write(1);
                assertThat(reading.get()).isEqualTo(1);

                // How connection pools ask whether a connection still lives.
                pair.local().setReadTimeout(Duration.ofMillis(1));
                caller.run(
                        () -> timesOut(Duration.ofMillis(1), () -> pair.local().read(new byte[1])));
            }
        }
    }

    @EveryCaller
    void aStaleTimeoutDoesNotEndALaterRead(Caller caller) throws Exception {
        try (Pair pair = Pair.open();
                Pair clock = Pair.open()) {
            Duration timeout = Duration.ofMillis(50);
            caller.run(() -> {
                pair.local().setReadTimeout(timeout);
                pair.peer().getOutputStream().write(1);
                assertThat(pair.local().read(new byte[1])).isEqualTo(1);
            });
            // The deadline of a wait that ended in time passes while an untimed read waits.
            Task<Integer> inTime =
                    caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
            pair.peer().getOutputStream().write(2);
            assertThat(inTime.get()).isEqualTo(1);
            pair.local().setReadTimeout(Duration.ZERO);
            Task<Integer> untimed =
                    caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();

            clock.local().setReadTimeout(timeout.multipliedBy(3));
            caller.run(() -> timesOut(timeout, () -> clock.local().read(new byte[1])));
            assertThat(untimed.isDone()).isFalse();
            pair.peer().getOutputStream().write(3);
            assertThat(untimed.get()).isEqualTo(1);
        }
    }

    @EveryCaller
    void aChangedTimeoutHoldsFromTheNextReadOn(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            Task<Integer> reading =
                    caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
            pair.local().setReadTimeout(Duration.ofNanos(1));
            reading.awaitWaiting();
            pair.peer().getOutputStream().write(1);
            assertThat(reading.get()).isEqualTo(1);
            caller.run(() -> timesOut(Duration.ofNanos(1), () -> pair.local().read(new byte[1])));
        }
    }

    @EveryCaller
    void theTimeoutIncludesTheWaitForAnEarlierReader(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            Task<Integer> first =
                    caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
            Duration timeout = Duration.ofMillis(20);
            pair.local().setReadTimeout(timeout);
            SocketTimeoutException e =
                    caller.call(() -> timesOut(timeout, () -> pair.local().read(new byte[1])));
            assertThat(e).hasMessage("Read timed out");
            assertThat(first.isDone()).isFalse();

            pair.peer().getOutputStream().write(1);
            assertThat(first.get()).isEqualTo(1);
        }
    }

    @EveryCaller
    void aForeignUnparkEndsNothingEarly(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            Duration timeout = Duration.ofMillis(50);
            pair.local().setReadTimeout(timeout);
            Task<SocketTimeoutException> reading =
                    caller.start(() -> timesOut(timeout, () -> pair.local().read(new byte[1])));
            while (!reading.isDone()) {
                LockSupport.unpark(reading.thread());
            }
            assertThat(reading.get()).hasMessage("Read timed out");
        }
    }

    @EveryCaller
    void readFullySaysHowManyBytesCameBeforeTheTimeout(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.local().setReadTimeout(Duration.ofMillis(20));
            pair.deliver(Bytes.from(0, 3));
            byte[] dst = new byte[5];
            SocketTimeoutException e = caller.call(
                    () -> timesOut(Duration.ofMillis(20), () -> pair.local().readFully(dst)));
            assertThat(e.bytesTransferred).isEqualTo(3);
            Bytes.check(dst, 3, 0);
        }
    }

    @EveryCaller
    void aWriteTimesOutAndSaysHowMuchTheKernelTook(Caller caller) throws Exception {
        Duration timeout = Duration.ofMillis(30);
        byte[] big = Bytes.from(0, 3_000_000);
        List<WriteAll> ways = List.of(
                (socket, timing) -> timing.of(() -> socket.write(big)),
                (socket, timing) -> timing.of(() -> socket.outputStream().write(big)),
                (socket, timing) -> timing.of(() -> socket.write(ByteBuffer.wrap(big))),
                (socket, timing) -> timing.of(() -> socket.write(
                        ByteBuffer.allocateDirect(big.length).put(big).flip())),
                (socket, timing) ->
                        timing.of(() -> socket.write(new ByteBuffer[] {ByteBuffer.allocate(0), ByteBuffer.wrap(big)})));
        for (int way = 0; way < ways.size(); way++) {
            // More than what one system call of a gathering write takes.
            try (Pair pair = Pair.withBuffers(200_000)) {
                pair.local().setWriteTimeout(timeout);
                WriteAll write = ways.get(way);
                SocketTimeoutException e = caller.call(() -> write.on(pair.local(), call -> timesOut(timeout, call)));
                assertThat(e).as("way=" + way).hasMessageStartingWith("Write timed out");
                assertThat(e.bytesTransferred).as("way=" + way).isPositive().isLessThan(big.length);
                assertThat(pair.local().isOpen()).isTrue();

                // The stream goes on exactly where the kernel stopped taking.
                pair.local().setWriteTimeout(Duration.ZERO);
                int taken = e.bytesTransferred;
                Task<Boolean> rest = caller.startRun(() -> {
                    pair.local().write(big, taken, big.length - taken);
                    pair.local().shutdownOutput();
                });
                InputStream in = pair.peer().getInputStream();
                assertThat(Bytes.checkToEnd(in, 0)).as("way=" + way).isEqualTo(big.length);
                assertThat(rest.get()).isTrue();
            }
        }
    }

    private interface Timing {
        SocketTimeoutException of(Caller.Work call) throws Exception;
    }

    private interface WriteAll {
        SocketTimeoutException on(TcpSocket socket, Timing timing) throws Exception;
    }

    @EveryCaller
    void aBufferStandsBehindWhatTheKernelTook(Caller caller) throws Exception {
        for (boolean direct : new boolean[] {false, true}) {
            try (Pair pair = Pair.narrow()) {
                byte[] big = Bytes.from(0, 3_000_000);
                ByteBuffer src =
                        direct ? ByteBuffer.allocateDirect(big.length).put(big).flip() : ByteBuffer.wrap(big);
                pair.local().setWriteTimeout(Duration.ofMillis(30));
                SocketTimeoutException e = caller.call(
                        () -> timesOut(Duration.ofMillis(30), () -> pair.local().write(src)));
                assertThat(src.position()).isEqualTo(e.bytesTransferred);

                pair.local().setWriteTimeout(LONG);
                Task<Integer> rest = caller.start(() -> pair.local().write(src));
                Bytes.check(pair.peer().getInputStream().readNBytes(big.length), big.length, 0);
                assertThat(rest.get()).isEqualTo(big.length - e.bytesTransferred);
            }
        }
    }

    @EveryCaller
    void aWriteTimeoutIncludesTheWaitForAnEarlierWriter(Caller caller) throws Exception {
        try (Pair pair = Pair.narrow()) {
            byte[] big = Bytes.from(0, 3_000_000);
            Task<Boolean> first = caller.startRun(() -> pair.local().write(big)).awaitWaiting();
            Duration timeout = Duration.ofMillis(20);
            pair.local().setWriteTimeout(timeout);
            SocketTimeoutException e =
                    caller.call(() -> timesOut(timeout, () -> pair.local().write(new byte[1])));
            assertThat(e.bytesTransferred).isZero();

            Bytes.check(pair.peer().getInputStream().readNBytes(big.length), big.length, 0);
            assertThat(first.get()).isTrue();
        }
    }

    @EveryCaller
    void readAndWriteTimeoutsOfOneSocketDoNotDisturbEachOther(Caller caller) throws Exception {
        try (Pair pair = Pair.narrow()) {
            pair.local().setReadTimeout(Duration.ofMillis(20)).setWriteTimeout(Duration.ofMillis(60));
            Task<SocketTimeoutException> writing = caller.start(
                    () -> timesOut(Duration.ofMillis(60), () -> pair.local().write(new byte[3_000_000])));
            caller.run(() -> {
                for (int i = 0; i < 5; i++) {
                    timesOut(Duration.ofMillis(20), () -> pair.local().read(new byte[1]));
                }
            });
            assertThat(writing.get()).hasMessageStartingWith("Write timed out");
        }
    }

    @EveryCaller
    void manySocketsTimeOutEachForItself(Caller caller) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 100, Pair.anyPort().getAddress())) {
            List<TcpSocket> sockets = new ArrayList<>();
            List<Socket> peers = new ArrayList<>();
            List<Task<SocketTimeoutException>> reads = new ArrayList<>();
            try {
                for (int i = 0; i < 50; i++) {
                    TcpSocket socket = TcpSocket.connect((InetSocketAddress) server.getLocalSocketAddress());
                    sockets.add(socket);
                    peers.add(server.accept());
                    Duration timeout = Duration.ofMillis(1 + i * 7L % 60);
                    socket.setReadTimeout(timeout);
                    reads.add(caller.start(() -> timesOut(timeout, () -> socket.read(new byte[1]))));
                }
                for (Task<SocketTimeoutException> read : reads) {
                    assertThat(read.get()).hasMessage("Read timed out");
                }
            } finally {
                sockets.forEach(TcpSocket::close);
                for (Socket peer : peers) {
                    peer.close();
                }
            }
        }
    }

    @Test
    void anAcceptedSocketHasNoTimeout() throws Exception {
        try (Pair pair = Pair.accepted()) {
            Task<Integer> reading = Caller.HEDDLE_THREAD
                    .start(() -> pair.local().read(new byte[1]))
                    .awaitWaiting();
            assertThat(reading.thread().getState()).isEqualTo(Thread.State.WAITING);
            pair.peer().getOutputStream().write(1);
            assertThat(reading.get()).isEqualTo(1);
        }
    }
}
