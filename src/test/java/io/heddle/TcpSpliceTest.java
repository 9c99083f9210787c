package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Fd;
import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.EveryVirtualCaller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Everything that one socket gets goes into another, and nothing is lost on the way, whichever of them fails. */
@Behaviour
class TcpSpliceTest {
    private static final int KIB_64 = 64 * 1024;
    private static final int MIB = 1024 * 1024;

    /** A connection that comes, and one that goes: what the client writes is for the server. */
    private record Proxy(Pair in, Pair out) implements AutoCloseable {
        static Proxy open() throws IOException {
            return of(Pair.open());
        }

        /** The server's side is soon full. */
        static Proxy narrow() throws IOException {
            return of(Pair.narrow());
        }

        private static Proxy of(Pair out) throws IOException {
            try {
                return new Proxy(Pair.open(), out);
            } catch (IOException e) {
                out.close();
                throw e;
            }
        }

        TcpSocket from() {
            return in.local();
        }

        TcpSocket to() {
            return out.local();
        }

        Socket client() {
            return in.peer();
        }

        Socket server() {
            return out.peer();
        }

        Task<Long> splice(Caller caller) {
            return caller.start(() -> from().splice(to()));
        }

        /** The client sends so many bytes and ends its stream; fails where the other end has failed. */
        Task<Boolean> send(int from, int count) {
            return Caller.PLATFORM_THREAD.startRun(() -> {
                client().getOutputStream().write(Bytes.from(from, count));
                client().shutdownOutput();
            });
        }

        @Override
        public void close() throws IOException {
            in.close();
            out.close();
        }
    }

    @EveryCaller
    void everySizeComesThrough(Caller caller) throws Exception {
        for (int count : List.of(0, 1, KIB_64 - 1, KIB_64, KIB_64 + 1, 8 * MIB)) {
            try (Proxy proxy = Proxy.open()) {
                Task<Long> splicing = proxy.splice(caller);
                Task<Boolean> sending = proxy.send(0, count);
                Task<Long> receiving = Caller.PLATFORM_THREAD.start(
                        () -> Bytes.checkToEnd(proxy.server().getInputStream(), 0));

                assertThat(splicing.get()).isEqualTo(count);
                assertThat(sending.get()).isTrue();
                assertThat(proxy.to().isOpen()).isTrue();
                proxy.to().shutdownOutput();
                assertThat(receiving.get()).isEqualTo(count);
                assertThat(caller.<Integer>call(() -> proxy.from().read(new byte[1])))
                        .isEqualTo(-1);
                assertThat(proxy.splice(caller).get()).isZero();
            }
        }
    }

    @Test
    void nothingIsCopied() throws Exception {
        try (Proxy proxy = Proxy.narrow();
                FaultPlan plan = FaultPlan.counting()) {
            Task<Long> splicing = proxy.splice(Caller.HEDDLE_THREAD);
            Task<Boolean> sending = proxy.send(0, 2 * MIB);
            byte[] arrived = proxy.server().getInputStream().readNBytes(2 * MIB);

            Bytes.check(arrived, 2 * MIB, 0);
            assertThat(splicing.get()).isEqualTo(2 * MIB);
            assertThat(sending.get()).isTrue();
            assertThat(plan.calls("splice")).isPositive();
            // The end is asked for once more.
            assertThat(plan.calls("recv")).isLessThanOrEqualTo(1);
            assertThat(plan.calls("send")).isZero();
        }
    }

    @EveryCaller
    void bothWaysGoAtTheSameTime(Caller caller) throws Exception {
        int count = 4 * MIB;
        try (Proxy proxy = Proxy.open()) {
            Task<Long> there = proxy.splice(caller);
            Task<Long> back = caller.start(() -> proxy.to().splice(proxy.from()));
            Task<Boolean> asking = proxy.send(0, count);
            Task<Boolean> answering = Caller.PLATFORM_THREAD.startRun(() -> {
                proxy.server().getOutputStream().write(Bytes.from(count, count));
                proxy.server().shutdownOutput();
            });
            Task<byte[]> asked = Caller.PLATFORM_THREAD.start(
                    () -> proxy.server().getInputStream().readNBytes(count));
            Bytes.check(proxy.client().getInputStream().readNBytes(count), count, count);
            Bytes.check(asked.get(), count, 0);

            assertThat(there.get()).isEqualTo(count);
            assertThat(back.get()).isEqualTo(count);
            assertThat(asking.get() && answering.get()).isTrue();
        }
    }

    @EveryCaller
    void aSocketMayBeSplicedToItself(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            Task<Long> echo = caller.start(() -> pair.local().splice(pair.local()));
            Task<Boolean> sending = Caller.PLATFORM_THREAD.startRun(() -> {
                pair.peer().getOutputStream().write(Bytes.from(0, MIB));
                pair.peer().shutdownOutput();
            });
            Bytes.check(pair.peer().getInputStream().readNBytes(MIB), MIB, 0);
            assertThat(echo.get()).isEqualTo(MIB);
            assertThat(sending.get()).isTrue();
        }
    }

    @EveryCaller
    void aReadBeforeItAndOneBehindItGetWhatIsTheirs(Caller caller) throws Exception {
        try (Proxy proxy = Proxy.open()) {
            proxy.in().deliver(Bytes.from(0, 100));
            byte[] head = new byte[200];
            // A read that finds less than it asks for knows that there is no more: no longer so after the splice.
            assertThat(caller.<Integer>call(() -> proxy.from().read(head))).isEqualTo(100);
            proxy.from().setReadTimeout(Duration.ofMillis(20));
            proxy.in().deliver(Bytes.from(100, 100));
            assertThat(caller.failureOf(
                            () -> assertThat(proxy.from().splice(proxy.to())).isNegative()))
                    .isInstanceOf(SocketTimeoutException.class);
            Bytes.check(proxy.server().getInputStream().readNBytes(100), 100, 100);
            proxy.from().setReadTimeout(Duration.ZERO);
            proxy.in().deliver(Bytes.from(200, 100));
            assertThat(caller.<Integer>call(() -> proxy.from().read(head))).isEqualTo(100);
            Bytes.check(head, 100, 200);
        }
    }

    @EveryCaller
    void aReadThatTimesOutLeavesBothUsable(Caller caller) throws Exception {
        try (Proxy proxy = Proxy.open()) {
            proxy.in().deliver(Bytes.from(0, 1000));
            proxy.from().setReadTimeout(Duration.ofMillis(20));
            SocketTimeoutException late = (SocketTimeoutException) caller.failureOf(
                    () -> assertThat(proxy.from().splice(proxy.to())).isNegative());
            assertThat(late).hasMessage("Read timed out");
            assertThat(late.bytesTransferred).isEqualTo(1000);

            proxy.from().setReadTimeout(Duration.ZERO);
            Task<Long> splicing = proxy.splice(caller);
            assertThat(proxy.send(1000, 500).get()).isTrue();
            assertThat(splicing.get()).isEqualTo(500);
            Bytes.check(proxy.server().getInputStream().readNBytes(1500), 1500, 0);
        }
    }

    @EveryCaller
    void aWriteThatTimesOutLosesNothing(Caller caller) throws Exception {
        try (Proxy proxy = Proxy.narrow()) {
            proxy.to().setWriteTimeout(Duration.ofMillis(20));
            Task<Boolean> sending = proxy.send(0, MIB);
            SocketTimeoutException late = (SocketTimeoutException) caller.failureOf(
                    () -> assertThat(proxy.from().splice(proxy.to())).isNegative());
            int moved = late.bytesTransferred;
            assertThat(late).hasMessageStartingWith("Write timed out");
            assertThat(moved).isPositive().isLessThan(MIB);
            assertThat(proxy.from().available()).isPositive();

            // By hand, then by another splice: first comes what was under way.
            byte[] next = new byte[10];
            caller.run(() -> proxy.from().readFully(next));
            Bytes.check(next, 10, moved);
            ByteBuffer direct = ByteBuffer.allocateDirect(10);
            assertThat(caller.<Integer>call(() -> proxy.from().read(direct))).isEqualTo(10);
            direct.flip().get(next);
            Bytes.check(next, 10, moved + 10);
            proxy.to().setWriteTimeout(Duration.ZERO);
            Task<Long> splicing = proxy.splice(caller);
            Bytes.check(proxy.server().getInputStream().readNBytes(moved), moved, 0);
            int rest = MIB - moved - 20;
            Bytes.check(proxy.server().getInputStream().readNBytes(rest), rest, moved + 20);
            assertThat(splicing.get()).isEqualTo(rest);
            assertThat(sending.get()).isTrue();
        }
    }

    @EveryCaller
    void whatTheOtherDidNotTakeBeforeItsResetCanBeRead(Caller caller) throws Exception {
        try (Proxy proxy = Proxy.narrow()) {
            Task<Boolean> sending = proxy.send(0, MIB);
            Task<Long> splicing = proxy.splice(caller);
            Await.until("the writer waits", () -> isWriting(splicing));
            proxy.out().reset();

            assertThat(splicing.failure())
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Connection reset by peer");
            byte[] left = caller.call(() -> proxy.from().inputStream().readAllBytes());
            assertThat(sending.get()).isTrue();
            assertThat(left.length).isBetween(1, MIB - 1);
            Bytes.check(left, left.length, MIB - left.length);
        }
    }

    @EveryCaller
    void whatCameBeforeAResetIsWritten(Caller caller) throws Exception {
        try (Proxy proxy = Proxy.open()) {
            Task<Long> splicing = proxy.splice(caller);
            OutputStream client = proxy.client().getOutputStream();
            client.write(Bytes.from(0, 5000));
            Bytes.check(proxy.server().getInputStream().readNBytes(5000), 5000, 0);
            proxy.in().reset();

            assertThat(splicing.failure())
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Connection reset");
            assertThat(caller.failureOf(
                            () -> assertThat(proxy.from().read(new byte[1])).isNegative()))
                    .hasMessage("Connection reset");
            assertThat(proxy.to().isOpen()).isTrue();
        }
    }

    @EveryVirtualCaller
    void anInterruptClosesTheOneThatIsWaitedFor(Caller caller) throws Exception {
        try (Proxy proxy = Proxy.open()) {
            Task<Long> reading = proxy.splice(caller).awaitWaiting();
            reading.interrupt();
            assertThat(reading.failure()).hasMessage("Closed by interrupt");
            assertThat(proxy.from().isOpen()).isFalse();
            assertThat(proxy.to().isOpen()).isTrue();
        }
        try (Proxy proxy = Proxy.narrow()) {
            Task<Boolean> sending = proxy.send(0, MIB);
            Task<Long> writing = proxy.splice(caller);
            Await.until("the writer waits", () -> isWriting(writing));
            writing.interrupt();
            assertThat(writing.failure()).hasMessage("Closed by interrupt");
            assertThat(proxy.to().isOpen()).isFalse();
            assertThat(proxy.from().isOpen()).isTrue();
            byte[] left = caller.call(() -> proxy.from().inputStream().readAllBytes());
            Bytes.check(left, left.length, MIB - left.length);
            assertThat(sending.get()).isTrue();
        }
    }

    private static boolean isWriting(Task<?> task) {
        for (StackTraceElement frame : task.thread().getStackTrace()) {
            if (frame.getMethodName().equals("writeBy")) {
                return Task.isWaiting(task.thread());
            }
        }
        return false;
    }

    @EveryCaller
    void closingEitherEndsIt(Caller caller) throws Exception {
        try (Proxy proxy = Proxy.open()) {
            Task<Long> reading = proxy.splice(caller).awaitWaiting();
            proxy.from().close();
            assertThat(reading.failure())
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Socket closed");
        }
        try (Proxy proxy = Proxy.narrow()) {
            Task<Boolean> sending = proxy.send(0, MIB);
            Task<Long> writing = proxy.splice(caller);
            Await.until("the writer waits", () -> isWriting(writing));
            proxy.to().close();
            assertThat(writing.failure())
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Socket closed");
            byte[] left = caller.call(() -> proxy.from().inputStream().readAllBytes());
            Bytes.check(left, left.length, MIB - left.length);
            assertThat(sending.get()).isTrue();
        }
    }

    @EveryCaller
    void shuttingItsInputEndsIt(Caller caller) throws Exception {
        try (Proxy proxy = Proxy.open()) {
            Task<Long> reading = proxy.splice(caller).awaitWaiting();
            proxy.from().shutdownInput();
            assertThat(reading.get()).isZero();
        }
    }

    @EveryCaller
    void urgentDataIsNoWall(Caller caller) throws Exception {
        try (Proxy proxy = Proxy.open()) {
            OutputStream client = proxy.client().getOutputStream();
            client.write(Bytes.from(0, 1000));
            proxy.client().sendUrgentData('!');
            client.write(Bytes.from(1000, 1000));
            proxy.client().shutdownOutput();
            assertThat(proxy.splice(caller).get()).isEqualTo(2000);
            Bytes.check(proxy.server().getInputStream().readNBytes(2000), 2000, 0);
        }
    }

    @EveryCaller
    void aSocketThatSomebodyElseLetsBlockIsCopied(Caller caller) throws Exception {
        for (boolean source : new boolean[] {true, false}) {
            try (Proxy proxy = Proxy.narrow();
                    Descriptor shared = (source ? proxy.from() : proxy.to()).descriptor();
                    FaultPlan plan = FaultPlan.counting()) {
                assertThat(Fd.setBlocking(shared.number(), true)).isZero();
                Task<Boolean> sending = proxy.send(0, MIB);
                Task<Long> splicing = proxy.splice(caller).awaitWaiting();
                Bytes.check(proxy.server().getInputStream().readNBytes(MIB), MIB, 0);
                assertThat(splicing.get()).isEqualTo(MIB);
                assertThat(sending.get()).isTrue();
                assertThat(plan.calls("splice")).isZero();
            }
        }
    }

    /** By the first splice(2) bytes come into the pipe; by the second they would leave it, and wait for room. */
    @EveryCaller
    void aSocketThatIsLetBlockMeanwhileIsCopied(Caller caller) throws Exception {
        try (Proxy proxy = Proxy.narrow();
                Descriptor shared = proxy.to().descriptor();
                FaultPlan plan = FaultPlan.before("splice", 1, () -> letBlock(shared))) {
            proxy.in().deliver(Bytes.from(0, 1000));
            Task<Boolean> sending = proxy.send(1000, MIB - 1000);
            Task<Long> splicing = proxy.splice(caller);
            Bytes.check(proxy.server().getInputStream().readNBytes(MIB), MIB, 0);
            assertThat(splicing.get()).isEqualTo(MIB);
            assertThat(sending.get()).isTrue();
            assertThat(plan.calls("splice")).isEqualTo(1);
        }
    }

    private static void letBlock(Descriptor shared) {
        assertThat(Fd.setBlocking(shared.number(), true)).isZero();
    }

    @EveryCaller
    void whatWasGivenBackGoesByTheRulesOfARead(Caller caller) throws Exception {
        for (boolean shut : new boolean[] {true, false}) {
            try (Proxy proxy = Proxy.narrow()) {
                proxy.to().setWriteTimeout(Duration.ofMillis(20));
                Task<Boolean> sending = proxy.send(0, MIB);
                SocketTimeoutException late =
                        (SocketTimeoutException) proxy.splice(caller).failure();
                proxy.to().setWriteTimeout(Duration.ZERO);
                assertThat(proxy.from().available()).isPositive();
                if (shut) {
                    proxy.from().shutdownInput();
                    assertThat(proxy.splice(caller).get()).isZero();
                    // It is still the end.
                    proxy.from().close();
                    assertThat(proxy.splice(caller).get()).isZero();
                } else {
                    proxy.from().close();
                    assertThat(proxy.splice(caller).failure()).hasMessage("Socket closed");
                }
                proxy.to().close();
                assertThat(Bytes.checkToEnd(proxy.server().getInputStream(), 0)).isEqualTo(late.bytesTransferred);
                // Sent or refused: nobody reads it.
                proxy.client().close();
                assertThat(sending.endedInterrupted()).isFalse();
            }
        }
    }

    @Test
    void signalsChangeNothing() throws Exception {
        for (int k = 1; k <= 3; k++) {
            try (Proxy proxy = Proxy.open()) {
                proxy.in().deliver(Bytes.from(0, 3000));
                proxy.client().shutdownOutput();
                try (FaultPlan plan = FaultPlan.failing("splice", Errno.EINTR, k)) {
                    assertThat(proxy.splice(Caller.HEDDLE_THREAD).get()).isEqualTo(3000);
                    assertThat(plan.wasMet()).isTrue();
                }
                Bytes.check(proxy.server().getInputStream().readNBytes(3000), 3000, 0);
            }
        }
    }

    @Test
    void aReadThatFailsTakesNothing() throws Exception {
        try (Proxy proxy = Proxy.open()) {
            proxy.in().deliver(Bytes.from(0, 3000));
            try (FaultPlan plan = FaultPlan.failing("splice", Errno.ENOMEM, 1)) {
                assertThat(proxy.splice(Caller.HEDDLE_THREAD).failure())
                        .isExactlyInstanceOf(SocketException.class)
                        .hasMessageStartingWith("The kernel has no memory");
                assertThat(plan.wasMet()).isTrue();
            }
            Bytes.check(proxy.from().inputStream().readNBytes(3000), 3000, 0);
        }
    }

    @EveryCaller
    void aWriteThatFailsGivesBackAllThatItHad(Caller caller) throws Exception {
        for (int errno : List.of(Errno.ECONNRESET, Errno.EPIPE, Errno.ENOMEM)) {
            try (Proxy proxy = Proxy.open()) {
                proxy.in().deliver(Bytes.from(0, 3000));
                try (FaultPlan plan = FaultPlan.failing("splice", errno, 2)) {
                    assertThat(proxy.splice(caller).failure()).isExactlyInstanceOf(SocketException.class);
                    assertThat(plan.wasMet()).isTrue();
                }
                assertThat(proxy.from().available()).isEqualTo(3000);
                byte[] given = caller.call(() -> proxy.from().inputStream().readNBytes(3000));
                Bytes.check(given, 3000, 0);
                assertThat(proxy.from().available()).isZero();
                // The kernel's come behind those.
                proxy.in().deliver(Bytes.from(3000, 10));
                Bytes.check(caller.call(() -> proxy.from().inputStream().readNBytes(10)), 10, 3000);
            }
        }
    }

    /** splice(2) may have met the reset after it had moved some bytes; then it says nothing of it but EPIPE. */
    @Test
    void aResetThatSpliceHasSwallowedIsNoEndForWhoReads() throws Exception {
        try (Proxy proxy = Proxy.open()) {
            proxy.in().deliver(Bytes.from(0, 3000));
            try (FaultPlan plan = FaultPlan.failing("splice", Errno.EPIPE, 2)) {
                assertThat(proxy.splice(Caller.HEDDLE_THREAD).failure()).hasMessageStartingWith("Connection reset");
                assertThat(plan.wasMet()).isTrue();
            }
            proxy.server().shutdownOutput();
            assertThat(Caller.HEDDLE_THREAD.failureOf(
                            () -> assertThat(proxy.to().read(new byte[1])).isNegative()))
                    .hasMessage("Connection reset");
        }
    }
}
