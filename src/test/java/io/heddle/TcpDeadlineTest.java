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

/** Timeouts finer than the JDK's milliseconds, and timeouts that others change meanwhile. */
@Behaviour
class TcpDeadlineTest {
    private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

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

    /** After Go's timer heap test: every timer is moved forward again and again while others fire. */
    @EveryCaller
    void threadsThatMoveTheTimeoutsOfTenSocketsEarlierLoseNoWait(Caller caller) throws Exception {
        List<Pair> pairs = new ArrayList<>();
        try {
            List<Task<Integer>> readings = new ArrayList<>();
            List<Task<?>> movers = new ArrayList<>();
            AtomicBoolean done = new AtomicBoolean();
            for (int i = 0; i < 10; i++) {
                Pair pair = Pair.open();
                pairs.add(pair);
                pair.local().setReadTimeout(Duration.ofMillis(40));
                readings.add(caller.start(() -> {
                    int timeouts = 0;
                    while (timeouts < 30) {
                        timeouts +=
                                timesOut(Duration.ofNanos(1), () -> pair.local().read(new byte[1])) ? 1 : 0;
                    }
                    return timeouts;
                }));
            }
            for (Caller mover : Caller.values()) {
                movers.add(mover.startRun(() -> {
                    for (int micros = 40_000; !done.get(); micros = micros <= 100 ? 40_000 : micros * 9 / 10) {
                        for (Pair pair : pairs) {
                            pair.local().setReadTimeout(Duration.ofNanos(micros * 1_000L));
                        }
                        Thread.yield();
                    }
                }));
            }
            for (Task<Integer> reading : readings) {
                assertThat(reading.get()).isEqualTo(30);
            }
            done.set(true);
            for (Task<?> mover : movers) {
                assertThat(mover.get()).isEqualTo(true);
            }
        } finally {
            for (Pair pair : pairs) {
                pair.close();
            }
        }
    }
}
