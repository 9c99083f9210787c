package io.heddle.internal.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.sys.Errno;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Pipes for pages: how many there are, and what happens where there is none. */
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConduitTest {
    private static final int OPEN_MAX = 64;
    private static final int IDLE_MAX = 16;

    /** All there may be; then those who need one find none. */
    private static final class All implements AutoCloseable {
        private final List<Conduit> held = new ArrayList<>();

        All() {
            for (Conduit next = Conduit.take(); next != null; next = Conduit.take()) {
                held.add(next);
            }
        }

        @Override
        public void close() {
            held.forEach(Conduit::release);
        }
    }

    private static int pipeEnds() throws IOException {
        int count = 0;
        try (var numbers = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path number : numbers) {
                try {
                    count += Files.readSymbolicLink(number).toString().startsWith("pipe:") ? 1 : 0;
                } catch (NoSuchFileException e) {
                    assert e.getMessage() != null : "the stream's own, or closed meanwhile";
                }
            }
        }
        return count;
    }

    private static Conduit take() {
        Conduit taken = Conduit.take();
        if (taken == null) {
            throw new AssertionError("no pipe to be had");
        }
        return taken;
    }

    @Test
    void thereAreSixtyFourAndSixteenAreKept() throws Exception {
        All first = new All();
        int whileAllAreOpen = pipeEnds();
        assertThat(first.held).hasSize(OPEN_MAX);
        first.close();
        assertThat(whileAllAreOpen - pipeEnds()).isGreaterThanOrEqualTo(2 * (OPEN_MAX - IDLE_MAX));
        try (All again = new All()) {
            assertThat(again.held).hasSize(OPEN_MAX);
        }
    }

    @Test
    void whatIsLeftInOneIsNotForTheNext(@TempDir Path directory) throws Exception {
        Path path = Files.write(directory.resolve("content"), Bytes.from(0, 100_000));
        try (FileChannel file = FileChannel.open(path)) {
            Conduit used = take();
            assertThat(used.takesFiles()).isTrue();
            assertThat(used.fill(file, 10, 50_000)).isEqualTo(50_000);
            used.release();
            Conduit next = take();
            assertThat(next.isEmpty()).isTrue();
            assertThat(next.takesFiles()).isTrue();
            assertThat(next.fill(file, 100, Long.MAX_VALUE)).isEqualTo(99_900);
            ByteBuffer bytes = next.takeBytes();
            byte[] rest = new byte[99_900];
            assertThat(bytes.remaining()).isEqualTo(rest.length);
            bytes.get(rest);
            Bytes.check(rest, rest.length, 100);
            next.release();
        }
    }

    @Test
    void aFileThatFailsLeavesAPipeThatNobodyUsesAgain(@TempDir Path directory) throws Exception {
        Path path = Files.write(directory.resolve("content"), Bytes.from(0, 100_000));
        FileChannel closed = FileChannel.open(path);
        closed.close();
        for (int i = 0; i < 2 * OPEN_MAX; i++) {
            Conduit used = take();
            assertThat(used.takesFiles()).isTrue();
            try {
                int n = used.fill(closed, 0, 10);
                throw new AssertionError("a closed channel gave something: n=" + n);
            } catch (IOException e) {
                assertThat(used.isEmpty()).isFalse();
            } finally {
                used.release();
            }
        }
    }

    @Test
    void whereThereIsNoneBytesAreCopied(@TempDir Path directory) throws Exception {
        Path path = Files.write(directory.resolve("content"), Bytes.from(0, 1_000_000));
        try (All all = new All();
                FileChannel file = FileChannel.open(path);
                Pair in = Pair.open();
                Pair out = Pair.narrow();
                FaultPlan plan = FaultPlan.counting()) {
            assertThat(all.held).hasSize(OPEN_MAX);
            Task<Long> sending = Caller.HEDDLE_THREAD
                    .start(() -> out.local().sendFile(file, 5, Long.MAX_VALUE))
                    .awaitWaiting();
            Bytes.check(out.peer().getInputStream().readNBytes(999_995), 999_995, 5);
            assertThat(sending.get()).isEqualTo(999_995);

            Task<Long> splicing = Caller.HEDDLE_THREAD.start(() -> in.local().splice(out.local()));
            Task<Boolean> client = Caller.PLATFORM_THREAD.startRun(() -> {
                in.peer().getOutputStream().write(Bytes.from(0, 1_000_000));
                in.peer().shutdownOutput();
            });
            Bytes.check(out.peer().getInputStream().readNBytes(1_000_000), 1_000_000, 0);
            assertThat(splicing.get()).isEqualTo(1_000_000);
            assertThat(client.get()).isTrue();
            assertThat(plan.calls("splice")).isZero();
        }
    }

    @Test
    void whereTheKernelHasNoneToGiveBytesAreCopied() throws Exception {
        for (String refused : List.of("pipe2", "fcntl")) {
            try (All all = new All();
                    FaultPlan plan = FaultPlan.failingAlways(refused, Errno.EMFILE)) {
                // One place is free, and no pipe idle.
                all.held.removeLast().close();
                assertThat(Conduit.take()).isNull();
                assertThat(plan.wasMet()).isTrue();
            }
        }
    }
}
