package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryStack;
import io.heddle.testing.Stack;
import io.heddle.testing.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** A call that has to wait must not ask the kernel again and again meanwhile. */
@Behaviour
class TcpSpinTest {
    private static final long WATCHED_NANOS = TimeUnit.MILLISECONDS.toNanos(400);

    /** In ticks of 10 ms, of all threads of the process; see proc_pid_stat(5). */
    private static long cpuTicks() throws IOException {
        String stat = Files.readString(Path.of("/proc/self/stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
    }

    /** A thread that spins for that time takes 40 ticks; what else the process does, compiling say, comes and goes. */
    private static void assertDoesNotSpin(Task<?> waiting) throws Exception {
        long fewest = Long.MAX_VALUE;
        for (int look = 0; look < 5 && fewest > 10; look++) {
            long before = cpuTicks();
            idle();
            waiting.awaitWaiting();
            fewest = Math.min(fewest, cpuTicks() - before);
        }
        assertThat(fewest).as("ticks of CPU in 400 ms").isLessThanOrEqualTo(10);
    }

    private static void idle() {
        long startNanos = System.nanoTime();
        for (long left = WATCHED_NANOS; left > 0; left = WATCHED_NANOS - (System.nanoTime() - startNanos)) {
            LockSupport.parkNanos(left);
        }
    }

    /** The peer's end makes the socket ready for ever, but not for writing. */
    @EveryStack
    void aWriterWhosePeerHasEndedAndDoesNotReadWaitsQuietly(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.narrow()) {
            Task<Boolean> writing = caller.startRun(() -> ends.local().write(new byte[5_000_000]))
                    .awaitWaiting();
            ends.peer().shutdownOutput();
            assertDoesNotSpin(writing);
            assertThat(ends.peer().getInputStream().readNBytes(5_000_000)).hasSize(5_000_000);
            assertThat(writing.get()).isTrue();
        }
    }

    /** There is room to write for ever, but nothing to read. */
    @EveryStack
    void aReaderBesideRoomToWriteWaitsQuietly(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            Task<Integer> reading =
                    caller.start(() -> ends.local().read(new byte[1])).awaitWaiting();
            caller.run(() -> ends.local().write(new byte[100]));
            assertDoesNotSpin(reading);
            ends.peer().getOutputStream().write(1);
            assertThat(reading.get()).isEqualTo(1);
        }
    }
}
