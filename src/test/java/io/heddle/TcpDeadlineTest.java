package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Behaviour;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** Timeouts finer than the JDK's milliseconds, and timeouts that others change meanwhile. */
@Behaviour
class TcpDeadlineTest {
    private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);
    private static final long MOVED_MAX_NANOS = 40_000_000;

    /** Whether the call timed out; if so, not before its time. */
    private static boolean timesOut(Duration timeout, Caller.Work call) throws Exception {
        long startNanos = System.nanoTime();
        try {
            call.run();
            return false;
        } catch (SocketTimeoutException e) {
            assertThat(System.nanoTime() - startNanos).as("elapsed").isGreaterThanOrEqualTo(timeout.toNanos());
            return true;
        }
    }

    @EveryCaller
    void timeoutsFromANanosecondToTensOfMillisecondsAreNeverEarly(Caller caller) throws Exception {
        long[] lengths = {1, 100, 1_000, 10_000, 100_000, 1_000_000, 3_000_000, 30_000_000};
        try (Pair pair = Pair.narrow()) {
            caller.run(() -> {
                pair.local().setWriteTimeout(Duration.ofNanos(1));
                assertThat(timesOut(Duration.ofNanos(1), () -> pair.local().write(new byte[5_000_000])))
                        .isTrue();
                for (int round = 0; round < 5; round++) {
                    for (long nanos : lengths) {
                        Duration timeout = Duration.ofNanos(nanos);
                        pair.local().setReadTimeout(timeout).setWriteTimeout(timeout);
                        assertThat(timesOut(timeout, () -> pair.local().read(new byte[1])))
                                .isTrue();
                        assertThat(timesOut(timeout, () -> pair.local().write(new byte[5_000_000])))
                                .isTrue();
                    }
                }
            });
        }
    }

    /** Go fails such a read; here, as in the JDK, what is there wins. */
    @EveryCaller
    void aTimeThatIsOverBeforeItBeginsTakesWhatIsThere(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            pair.local().setReadTimeout(Duration.ofNanos(1));
            pair.local().setWriteTimeout(Duration.ofNanos(1));
            pair.deliver(Bytes.from(0, 200));
            caller.run(() -> {
                byte[] dst = new byte[1];
                for (int place = 0; place < 200; place++) {
                    assertThat(pair.local().read(dst)).isEqualTo(1);
                    Bytes.check(dst, 1, place);
                    pair.local().write(dst);
                }
                assertThat(timesOut(Duration.ofNanos(1), () -> pair.local().read(dst)))
                        .isTrue();
            });
        }
    }

    @EveryCaller
    void aTimeoutThatIsSetAnewForEachByteProlongsTheWait(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            Duration timeout = Duration.ofMillis(20);
            Task<Integer> reading = caller.start(() -> {
                int bytes = 0;
                for (int timeouts = 0; timeouts < 5; ) {
                    pair.local().setReadTimeout(timeout);
                    int[] n = new int[1];
                    if (timesOut(timeout, () -> n[0] = pair.local().read(new byte[1]))) {
                        timeouts++;
                    }
                    bytes += n[0];
                }
                return bytes;
            });
            int sent = 0;
            while (!reading.isDone() && sent < 20) {
                pair.peer().getOutputStream().write(1);
                sent++;
            }
            assertThat(reading.get()).isEqualTo(sent);
        }
    }

    /** A read that begins with the longest timeout must end by the short one of the next, and not by its own. */
    @EveryCaller
    void theLongestAndTheShortestTimeoutsTakeTurns(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            for (int round = 0; round < 50; round++) {
                pair.local().setReadTimeout(FOR_EVER);
                Task<Integer> reading =
                        caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
                pair.peer().getOutputStream().write(1);
                assertThat(reading.get()).isEqualTo(1);
                Duration timeout = Duration.ofNanos(round % 2 == 0 ? 1 : 1_000_000);
                pair.local().setReadTimeout(timeout);
                assertThat(caller.call(
                                () -> timesOut(timeout, () -> pair.local().read(new byte[1]))))
                        .isTrue();
            }
        }
    }

    /** After Go's timer heap test: timers are moved forward again and again while others fire. */
    @EveryCaller
    void threadsThatMoveTheTimeoutsOfTenSocketsEarlierLoseNoWait(Caller caller) throws Exception {
        List<Pair> pairs = new ArrayList<>();
        List<Task<Boolean>> movers = new ArrayList<>();
        AtomicBoolean done = new AtomicBoolean();
        try {
            List<Task<Integer>> readings = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                Pair pair = Pair.open();
                pairs.add(pair);
                pair.local().setReadTimeout(Duration.ofNanos(MOVED_MAX_NANOS));
                readings.add(caller.start(() -> {
                    int timeouts = 0;
                    while (timeouts < 30) {
                        timeouts +=
                                timesOut(Duration.ofNanos(1), () -> pair.local().read(new byte[1])) ? 1 : 0;
                    }
                    return timeouts;
                }));
            }
            for (int i = 0; i < 4; i++) {
                movers.add(Caller.PLATFORM_THREAD.startRun(() -> moveEarlier(pairs, done)));
            }
            for (Task<Integer> reading : readings) {
                assertThat(reading.get()).isEqualTo(30);
            }
        } finally {
            done.set(true);
            for (Task<Boolean> mover : movers) {
                assertThat(mover.get()).isTrue();
            }
            for (Pair pair : pairs) {
                pair.close();
            }
        }
    }

    private static void moveEarlier(List<Pair> pairs, AtomicBoolean done) {
        for (long nanos = MOVED_MAX_NANOS; !done.get(); nanos = nanos < 100_000 ? MOVED_MAX_NANOS : nanos / 10 * 9) {
            for (Pair pair : pairs) {
                pair.local().setReadTimeout(Duration.ofNanos(nanos));
            }
            LockSupport.parkNanos(50_000);
        }
    }
}
