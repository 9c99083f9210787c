package io.heddle.poll.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Await;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Timeouts: order, time, rounds and cancelling. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TimersTest {
    private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

    private final Timers<Integer> timers = new Timers<>();

    private List<Integer> round() {
        List<Integer> told = new ArrayList<>();
        for (Integer token = timers.poll(); token != null; token = timers.poll()) {
            told.add(token);
        }
        return told;
    }

    private List<Integer> all() throws Exception {
        List<Integer> told = new ArrayList<>();
        Await.until("all have expired", () -> {
            told.addAll(round());
            return timers.size() == 0;
        });
        return told;
    }

    @Test
    void theyExpireInTheOrderOfTheirTimesAndNotEarly() throws Exception {
        List<Integer> delays = new ArrayList<>(IntStream.range(0, 200).boxed().toList());
        Collections.shuffle(delays, new Random(1));
        long[] earliest = new long[delays.size()];
        long[] latest = new long[delays.size()];
        for (int i = 0; i < delays.size(); i++) {
            Duration delay = Duration.ofNanos(delays.get(i) * 250_000L);
            earliest[i] = System.nanoTime() + delay.toNanos();
            timers.set(i, delay);
            latest[i] = System.nanoTime() + delay.toNanos();
        }
        List<Integer> told = new ArrayList<>();
        Await.until("all have expired", () -> {
            for (Integer token : round()) {
                assertThat(System.nanoTime() - earliest[token]).isNotNegative();
                told.add(token);
            }
            return timers.size() == 0;
        });
        assertThat(told).hasSize(delays.size()).doesNotHaveDuplicates();
        for (int i = 1; i < told.size(); i++) {
            assertThat(latest[told.get(i)] - earliest[told.get(i - 1)]).isNotNegative();
        }
    }

    @Test
    void aCancelledOneIsNotTold() throws Exception {
        var first = timers.set(1, Duration.ZERO);
        var second = timers.set(2, Duration.ofMillis(3));
        timers.set(3, Duration.ofMillis(6));
        assertThat(second.isPending()).isTrue();
        assertThat(second.cancel()).isTrue();
        assertThat(second.isPending()).isFalse();
        assertThat(second.cancel()).isFalse();
        assertThat(timers.size()).isEqualTo(2);
        assertThat(all()).containsExactly(1, 3);
        assertThat(first.isPending()).isFalse();
        assertThat(first.cancel()).isFalse();
        assertThat(timers.size()).isZero();
    }

    /** mio 0.6.2: the slot was looked at for ever. */
    @Test
    void aSingleCancelledOneLeavesNothingToWaitFor() {
        for (long millis : new long[] {0, 1, 5, 100, 100_000, 10_000_000_000L}) {
            assertThat(timers.nextDelay()).isEqualTo(FOR_EVER);
            var timeout = timers.set(1, Duration.ofMillis(millis));
            assertThat(timers.nextDelay()).isLessThanOrEqualTo(Duration.ofMillis(millis));
            assertThat(timeout.cancel()).isTrue();
            assertThat(timers.nextDelay()).isEqualTo(FOR_EVER);
            assertThat(timers.poll()).isNull();
            assertThat(timers.nextDelay()).isEqualTo(FOR_EVER);
        }
    }

    @Test
    void oneThatHasExpiredCanBeCancelledUntilItIsTold() throws Exception {
        timers.set(1, Duration.ZERO);
        var second = timers.set(2, Duration.ofNanos(10));
        var third = timers.set(3, Duration.ofNanos(20));
        long startNanos = System.nanoTime();
        Await.until("all three have expired", () -> System.nanoTime() - startNanos > 20);
        assertThat(timers.poll()).isEqualTo(1);
        assertThat(second.cancel()).isTrue();
        assertThat(third.isPending()).isTrue();
        assertThat(timers.poll()).isEqualTo(3);
        assertThat(timers.poll()).isNull();
        assertThat(timers.size()).isZero();
    }

    @Test
    void whatIsSetDuringARoundIsForTheNext() {
        timers.set(1, Duration.ZERO);
        assertThat(timers.poll()).isEqualTo(1);
        timers.set(2, Duration.ZERO);
        assertThat(timers.nextDelay()).isZero();
        assertThat(timers.poll()).isNull();
        assertThat(timers.nextDelay()).isZero();
        assertThat(timers.poll()).isEqualTo(2);
        assertThat(timers.poll()).isNull();
    }

    @Test
    void aRoundEndsThoughEachSetsTheNext() {
        timers.set(0, Duration.ZERO);
        for (int round = 0; round < 5; round++) {
            int told = 0;
            for (Integer token = timers.poll(); token != null; token = timers.poll()) {
                timers.set(token + 1, Duration.ZERO);
                told++;
            }
            assertThat(told).isEqualTo(1);
        }
        assertThat(round()).containsExactly(5);
    }

    @Test
    void theNextDelayIsNeverLongerThanToTheNext() {
        timers.set(1, Duration.ofDays(400));
        assertThat(timers.nextDelay()).isBetween(Duration.ofDays(1), Duration.ofDays(400));
        timers.set(2, Duration.ofSeconds(40));
        assertThat(timers.nextDelay()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(40));
        timers.set(3, Duration.ZERO);
        assertThat(timers.nextDelay()).isZero();
        assertThat(round()).containsExactly(3);
    }

    @Test
    void theLongestDelaysDoNotOverflow() {
        for (Duration delay : List.of(
                ChronoUnit.FOREVER.getDuration(),
                FOR_EVER,
                Duration.ofSeconds(Long.MAX_VALUE),
                Duration.ofDays(36_500))) {
            timers.set(1, delay);
        }
        assertThat(timers.poll()).isNull();
        assertThat(timers.nextDelay()).isGreaterThan(Duration.ofDays(365));
        assertThat(timers).hasToString("Timers[pending=4]");
    }

    @Test
    void aNegativeDelayIsRefused() {
        assertThatThrownBy(() -> timers.set(1, Duration.ofNanos(-1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("delay must not be negative: delay=PT-0.000000001S");
        assertThat(timers.size()).isZero();
    }

    @Test
    void whateverIsSetIsToldOrCancelledOnce() throws Exception {
        long seed = Long.getLong("heddle.seed", System.nanoTime());
        System.out.println("TimersTest.whateverIsSetIsToldOrCancelledOnce: -Dheddle.seed=" + seed);
        Random random = new Random(seed);
        Map<Integer, io.heddle.poll.loop.Timeout> pending = new HashMap<>();
        int cancelled = 0;
        int told = 0;
        int set = 20_000;
        for (int i = 0; i < set; i++) {
            pending.put(i, timers.set(i, Duration.ofNanos(random.nextInt(5_000_000))));
            int other = random.nextInt(i + 1);
            var victim = pending.get(other);
            if (victim != null && random.nextBoolean()) {
                assertThat(victim.cancel()).isTrue();
                pending.remove(other);
                cancelled++;
            }
            // Rounds are left in the middle, too.
            for (int polls = random.nextInt(3); polls > 0; polls--) {
                Integer token = timers.poll();
                if (token != null) {
                    assertThat(pending.remove(token)).isNotNull();
                    told++;
                }
            }
            assertThat(timers.size()).isEqualTo(pending.size());
        }
        for (Integer token : all()) {
            assertThat(pending.remove(token)).isNotNull();
            told++;
        }
        assertThat(pending).isEmpty();
        assertThat(told + cancelled).isEqualTo(set);
    }
}
