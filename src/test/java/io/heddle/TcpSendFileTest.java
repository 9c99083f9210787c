package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Fd;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.EveryVirtualCaller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import io.heddle.testing.TcpState;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.NonReadableChannelException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that go into a socket without passing through this process. */
@Behaviour
class TcpSendFileTest {
    private static final int KIB_64 = 64 * 1024;
    private static final int SIZE = 8 * 1024 * 1024 + 4321;
    private static final byte[] CONTENT = Bytes.from(0, SIZE);

    private static Path path;

    @BeforeAll
    static void write(@TempDir Path directory) throws IOException {
        path = Files.write(directory.resolve("content"), CONTENT);
    }

    private static String digest(byte[] bytes, int from, int count) throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        digest.update(bytes, from, count);
        return HexFormat.of().formatHex(digest.digest());
    }

    private static Task<byte[]> readingToTheEnd(Pair pair) {
        return Caller.PLATFORM_THREAD.start(() -> pair.peer().getInputStream().readAllBytes());
    }

    @EveryCaller
    void everySizeFromEveryPlaceArrivesWhole(Caller caller) throws Exception {
        try (FileChannel file = FileChannel.open(path)) {
            for (int position : List.of(0, 1, 4095, KIB_64 - 1)) {
                for (int count : List.of(0, 1, KIB_64 - 1, KIB_64, KIB_64 + 1, 192 * 1024 + 1, 8 * 1024 * 1024)) {
                    if (count > KIB_64 + 1 && position > 1) {
                        continue;
                    }
                    int wanted = Math.min(count, SIZE - position);
                    try (Pair pair = Pair.open()) {
                        Task<byte[]> reading = readingToTheEnd(pair);
                        long sent = caller.call(() -> pair.local().sendFile(file, position, count));
                        pair.local().shutdownOutput();

                        assertThat(sent).isEqualTo(wanted);
                        byte[] arrived = reading.get();
                        assertThat(arrived).hasSize(wanted);
                        assertThat(digest(arrived, 0, wanted)).isEqualTo(digest(CONTENT, position, wanted));
                    }
                }
            }
            assertThat(file.position()).isZero();
        }
    }

    @EveryCaller
    void itEndsWhereTheFileEnds(Caller caller) throws Exception {
        try (FileChannel file = FileChannel.open(path);
                Pair pair = Pair.open()) {
            assertThat(caller.<Long>call(() -> pair.local().sendFile(file, SIZE, 1)))
                    .isZero();
            assertThat(caller.<Long>call(() -> pair.local().sendFile(file, Long.MAX_VALUE, Long.MAX_VALUE)))
                    .isZero();
            assertThat(caller.<Long>call(() -> pair.local().sendFile(file, SIZE - 3, Long.MAX_VALUE)))
                    .isEqualTo(3);
            pair.local().shutdownOutput();
            assertThat(Bytes.checkToEnd(pair.peer().getInputStream(), SIZE - 3)).isEqualTo(3);
        }
    }

    @Test
    void aFileThatBecomesShorterEndsThere(@TempDir Path directory) throws Exception {
        Path shrinking = Files.write(directory.resolve("shrinking"), CONTENT);
        try (FileChannel file = FileChannel.open(shrinking, StandardOpenOption.READ, StandardOpenOption.WRITE);
                Pair pair = Pair.narrow()) {
            Task<Long> sending = Caller.HEDDLE_THREAD
                    .start(() -> pair.local().sendFile(file, 0, SIZE))
                    .awaitWaiting();
            FileChannel same = file.truncate(4 * 1024 * 1024);
            assertThat(same).isSameAs(file);
            Task<byte[]> reading = readingToTheEnd(pair);
            assertThat(sending.get()).isEqualTo(4 * 1024 * 1024);
            pair.local().shutdownOutput();
            Bytes.check(reading.get(), 4 * 1024 * 1024, 0);
        }
    }

    @EveryCaller
    void aSlowReaderGetsAllOfIt(Caller caller) throws Exception {
        int count = 2 * 1024 * 1024;
        try (FileChannel file = FileChannel.open(path);
                Pair pair = Pair.narrow();
                FaultPlan plan = FaultPlan.counting()) {
            Task<Long> sending =
                    caller.start(() -> pair.local().sendFile(file, 7, count)).awaitWaiting();
            InputStream in = pair.peer().getInputStream();
            for (int place = 7; place < count + 7; ) {
                byte[] some = in.readNBytes(Math.min(100_000, count + 7 - place));
                assertThat(some).isNotEmpty();
                Bytes.check(some, some.length, place);
                place += some.length;
            }
            assertThat(sending.get()).isEqualTo(count);
            assertThat(plan.calls("send")).as("copied").isZero();
            assertThat(plan.calls("splice")).isGreaterThan(10);
        }
    }

    @Test
    void whatAnotherWriterWritesComesBeforeOrBehind() throws Exception {
        try (FileChannel file = FileChannel.open(path);
                Pair pair = Pair.narrow()) {
            Task<Long> sending = Caller.HEDDLE_THREAD
                    .start(() -> pair.local().sendFile(file, 0, 1_000_000))
                    .awaitWaiting();
            Task<Boolean> writing = Caller.HEDDLE_THREAD
                    .startRun(() -> pair.local().write(Bytes.from(1_000_000, 500_000)))
                    .awaitQueued();
            byte[] all = pair.peer().getInputStream().readNBytes(1_500_000);

            Bytes.check(all, 1_500_000, 0);
            assertThat(sending.get()).isEqualTo(1_000_000);
            assertThat(writing.get()).isTrue();
        }
    }

    @EveryCaller
    void aTimeoutTellsWhereToGoOn(Caller caller) throws Exception {
        try (FileChannel file = FileChannel.open(path);
                Pair pair = Pair.narrow()) {
            pair.local().setWriteTimeout(Duration.ofMillis(20));
            SocketTimeoutException late = (SocketTimeoutException) caller.failureOf(
                    () -> assertThat(pair.local().sendFile(file, 0, SIZE)).isNegative());
            int sent = late.bytesTransferred;
            assertThat(late).hasMessage("Write timed out: bytesTransferred=" + sent);
            assertThat(sent).isPositive().isLessThan(SIZE);

            pair.local().setWriteTimeout(Duration.ZERO);
            Task<byte[]> reading = readingToTheEnd(pair);
            assertThat(caller.<Long>call(() -> pair.local().sendFile(file, sent, SIZE)))
                    .isEqualTo(SIZE - sent);
            pair.local().shutdownOutput();
            assertThat(digest(reading.get(), 0, SIZE)).isEqualTo(digest(CONTENT, 0, SIZE));
        }
    }

    @EveryVirtualCaller
    void anInterruptWhileItWaitsClosesTheSocketAndNotTheFile(Caller caller) throws Exception {
        try (FileChannel file = FileChannel.open(path);
                Pair pair = Pair.narrow()) {
            // There is room no more: it waits at once, and nothing lets it read the file, which an interrupt would
            // close.
            pair.local().setWriteTimeout(Duration.ofMillis(200));
            assertThat(caller.failureOf(() -> pair.local().write(CONTENT))).isInstanceOf(SocketTimeoutException.class);
            pair.local().setWriteTimeout(Duration.ZERO);
            Task<Long> sending =
                    caller.start(() -> pair.local().sendFile(file, 0, SIZE)).awaitWaiting();
            sending.interrupt();

            assertThat(sending.failure())
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Closed by interrupt");
            assertThat(sending.endedInterrupted()).isTrue();
            assertThat(pair.local().isOpen()).isFalse();
            assertThat(file.isOpen()).isTrue();
        }
    }

    @EveryCaller
    void anInterruptThatIsPendingDisturbsNothingUntilItWaits(Caller caller) throws Exception {
        try (FileChannel file = FileChannel.open(path);
                Pair pair = Pair.open()) {
            Task<Long> sending = caller.start(() -> {
                Thread.currentThread().interrupt();
                return pair.local().sendFile(file, 0, 10);
            });
            assertThat(sending.get()).isEqualTo(10);
            assertThat(sending.endedInterrupted()).isTrue();
            assertThat(file.isOpen()).isTrue();
            assertThat(pair.local().isOpen()).isTrue();
        }
    }

    @Test
    void anInterruptDoesNotDisturbAPlatformThread() throws Exception {
        try (FileChannel file = FileChannel.open(path);
                Pair pair = Pair.narrow()) {
            Task<Long> sending = Caller.PLATFORM_THREAD
                    .start(() -> pair.local().sendFile(file, 0, SIZE))
                    .awaitWaiting();
            sending.interrupt();
            Bytes.check(pair.peer().getInputStream().readNBytes(SIZE), SIZE, 0);
            assertThat(sending.get()).isEqualTo(SIZE);
            assertThat(sending.endedInterrupted()).isTrue();
        }
    }

    @EveryCaller
    void closeFromAnotherThreadEndsIt(Caller caller) throws Exception {
        try (FileChannel file = FileChannel.open(path);
                Pair pair = Pair.narrow()) {
            Task<Long> sending =
                    caller.start(() -> pair.local().sendFile(file, 0, SIZE)).awaitWaiting();
            pair.local().close();

            assertThat(sending.failure())
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Socket closed");
            assertThat(Bytes.checkToEnd(pair.peer().getInputStream(), 0)).isBetween(1L, SIZE - 1L);
        }
    }

    @EveryCaller
    void aResetEndsItAndIsKeptForReads(Caller caller) throws Exception {
        try (FileChannel file = FileChannel.open(path);
                Pair pair = Pair.narrow()) {
            Task<Long> sending =
                    caller.start(() -> pair.local().sendFile(file, 0, SIZE)).awaitWaiting();
            pair.reset();

            assertThat(sending.failure())
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Connection reset by peer");
            assertThat(caller.failureOf(
                            () -> assertThat(pair.local().read(new byte[1])).isNegative()))
                    .hasMessage("Connection reset");
        }
    }

    @EveryCaller
    void anOutputThatIsShutIsABrokenPipeAndNoSignalComes(Caller caller) throws Exception {
        try (FileChannel file = FileChannel.open(path);
                Pair pair = Pair.open()) {
            InetSocketAddress here = pair.local().localAddress();
            InetSocketAddress there = pair.local().remoteAddress();
            pair.local().shutdownOutput();
            TcpState.await(here, there, TcpState.FIN_WAIT2);
            assertThat(caller.failureOf(
                            () -> assertThat(pair.local().sendFile(file, 0, 1)).isNegative()))
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Broken pipe");
        }
    }

    @Test
    void whatTheFileRefusesIsTheFilesAndTheSocketStays(@TempDir Path directory) throws Exception {
        Path other = directory.resolve("other");
        try (FileChannel file = FileChannel.open(path);
                FileChannel writable = FileChannel.open(other, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
                Pair pair = Pair.open()) {
            TcpSocket socket = pair.local();
            assertThatThrownBy(() -> assertThat(socket.sendFile(writable, 0, 1)).isNegative())
                    .isInstanceOf(NonReadableChannelException.class);
            FileChannel closed = FileChannel.open(path);
            closed.close();
            assertThatThrownBy(() -> assertThat(socket.sendFile(closed, 0, 1)).isNegative())
                    .isExactlyInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> assertThat(socket.sendFile(file, -1, 1)).isNegative())
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("position and count must not be negative: position=-1, count=1");
            assertThatThrownBy(() -> assertThat(socket.sendFile(file, 0, -1)).isNegative())
                    .isInstanceOf(IllegalArgumentException.class);

            assertThat(socket.sendFile(file, 5, 1000)).isEqualTo(1000);
            Bytes.check(pair.peer().getInputStream().readNBytes(1000), 1000, 5);
        }
    }

    @Test
    void aChannelOfAnotherFileSystemIsSentToo(@TempDir Path directory) throws Exception {
        Path archive = directory.resolve("archive.zip");
        try (FileSystem zip = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
            Path packed = Files.write(zip.getPath("packed"), CONTENT);
            assertThat(packed).exists();
        }
        try (FileSystem zip = FileSystems.newFileSystem(archive);
                FileChannel file = FileChannel.open(zip.getPath("packed"), StandardOpenOption.READ);
                Pair pair = Pair.open()) {
            Task<byte[]> reading = readingToTheEnd(pair);
            assertThat(Caller.HEDDLE_THREAD.<Long>call(() -> pair.local().sendFile(file, 11, SIZE)))
                    .isEqualTo(SIZE - 11);
            pair.local().shutdownOutput();
            Bytes.check(reading.get(), SIZE - 11, 11);
        }
    }

    /** As splice(2) would wait in the kernel. */
    @EveryCaller
    void aSocketThatSomebodyElseLetsBlockGetsACopy(Caller caller) throws Exception {
        try (FileChannel file = FileChannel.open(path);
                Pair pair = Pair.narrow();
                Descriptor shared = pair.local().descriptor();
                FaultPlan plan = FaultPlan.counting()) {
            assertThat(Fd.setBlocking(shared.number(), true)).isZero();
            Task<Long> sending = caller.start(() -> pair.local().sendFile(file, 3, 1_000_000))
                    .awaitWaiting();

            Bytes.check(pair.peer().getInputStream().readNBytes(1_000_000), 1_000_000, 3);
            assertThat(sending.get()).isEqualTo(1_000_000);
            assertThat(plan.calls("splice")).isZero();
        }
    }

    @EveryCaller
    void aSocketThatIsLetBlockMeanwhileGetsACopy(Caller caller) throws Exception {
        try (FileChannel file = FileChannel.open(path);
                Pair pair = Pair.narrow();
                Descriptor shared = pair.local().descriptor();
                FaultPlan plan = FaultPlan.before("splice", 1, () -> letBlock(shared))) {
            Task<byte[]> reading = readingToTheEnd(pair);
            assertThat(caller.<Long>call(() -> pair.local().sendFile(file, 0, 1_000_000)))
                    .isEqualTo(1_000_000);
            pair.local().shutdownOutput();
            Bytes.check(reading.get(), 1_000_000, 0);
            // And one that empties the pipe to /dev/null.
            assertThat(plan.calls("splice")).isLessThanOrEqualTo(2);
        }
    }

    private static void letBlock(Descriptor shared) {
        assertThat(Fd.setBlocking(shared.number(), true)).isZero();
    }

    @Test
    void aSpliceThatIsInterruptedBySignalsGoesOn() throws Exception {
        for (int k = 1; k <= 3; k++) {
            try (FileChannel file = FileChannel.open(path);
                    Pair pair = Pair.open();
                    FaultPlan plan = FaultPlan.failing("splice", Errno.EINTR, k)) {
                Task<byte[]> reading = readingToTheEnd(pair);
                assertThat(Caller.HEDDLE_THREAD.<Long>call(() -> pair.local().sendFile(file, 0, 1_000_000)))
                        .isEqualTo(1_000_000);
                pair.local().shutdownOutput();
                Bytes.check(reading.get(), 1_000_000, 0);
                assertThat(plan.wasMet()).isTrue();
            }
        }
    }

    @Test
    void aSpliceThatFailsIsTheSocketsFailure() throws Exception {
        for (int errno : List.of(Errno.ECONNRESET, Errno.ETIMEDOUT, Errno.ENOMEM, Errno.EINVAL)) {
            try (FileChannel file = FileChannel.open(path);
                    Pair pair = Pair.open();
                    FaultPlan plan = FaultPlan.failing("splice", errno, 1)) {
                assertThat(Caller.HEDDLE_THREAD.failureOf(() ->
                                assertThat(pair.local().sendFile(file, 0, 1000)).isNegative()))
                        .isExactlyInstanceOf(SocketException.class);
                assertThat(plan.wasMet()).isTrue();
            }
        }
    }
}
