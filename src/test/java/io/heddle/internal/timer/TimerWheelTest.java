package io.heddle.internal.timer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link TimerWheel}, case by case. Time is a number here; see TimerWheelProperties for random sequences. */
class TimerWheelTest {
    private static final long TICK = 1 << 20;
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);

    private final TimerWheel wheel = new TimerWheel(0);
    private final List<Probe> fired = new ArrayList<>();

    @Test
    void anEmptyWheelHasNothingToDoForEver() {
        assertThat(wheel.nextDelayNanos(0)).isEqualTo(Long.MAX_VALUE);
        assertThat(wheel.advance(HOUR)).isZero();
        assertThat(wheel.nextDelayNanos(HOUR)).isEqualTo(Long.MAX_VALUE);
        assertThat(wheel.takeAny()).isNull();
    }

    @ParameterizedTest
    @ValueSource(
            longs = {
                0,
                1,
                10_000,
                TICK - 1,
                TICK,
                TICK + 1,
                2 * TICK - 1,
                2 * TICK,
                63 * TICK,
                64 * TICK,
                65 * TICK,
                4096 * TICK,
                4097 * TICK + 1,
                30_000_000_000L,
                1L << 50,
                TimerWheel.DELAY_MAX_NANOS
            })
    void aTimerFiresAtItsTimeAndNotANanosecondBefore(long delay) {
        Probe probe = link(delay);

        assertThat(wheel.advance(delay - 1)).isZero();
        assertThat(probe.isLinked()).isTrue();
        assertThat(wheel.nextDelayNanos(delay - 1)).isEqualTo(1);
        assertThat(wheel.advance(delay)).isEqualTo(1);
        assertThat(fired).containsExactly(probe);
        assertThat(probe.isLinked()).isFalse();
        assertThat(wheel.count()).isZero();
    }

    @Test
    void aTimeThatHasPassedIsDueAtOnce() {
        wheel.advance(HOUR);
        Probe probe = link(HOUR - 1);
        Probe older = link(-HOUR);

        assertThat(wheel.nextDelayNanos(HOUR)).isZero();
        assertThat(wheel.advance(HOUR)).isEqualTo(2);
        assertThat(fired).containsExactly(older, probe);
    }

    @Test
    void timersFireInTheOrderOfTheirTimes() {
        Probe third = link(3 * HOUR);
        Probe first = link(7);
        Probe second = link(90 * TICK);
        Probe fourth = link(3 * HOUR + 1);

        assertThat(wheel.advance(4 * HOUR)).isEqualTo(4);
        assertThat(fired).containsExactly(first, second, third, fourth);
    }

    @Test
    void aJumpOfHoursFiresAllThatIsDueAndNothingElse() {
        List<Probe> due = new ArrayList<>();
        for (long delay = 1; delay < 10 * HOUR; delay = delay * 3 + TICK) {
            due.add(link(delay));
        }
        Probe later = link(10 * HOUR + 1);

        assertThat(wheel.advance(10 * HOUR)).isEqualTo(due.size());
        assertThat(fired).containsExactlyElementsOf(due);
        assertThat(later.isLinked()).isTrue();
        assertThat(wheel.nextDelayNanos(10 * HOUR)).isEqualTo(1);
    }

    @Test
    void anUnlinkedTimerDoesNotFireAndCanBeLinkedAgain() {
        Probe near = link(5);
        Probe far = link(5 * HOUR);
        wheel.unlink(near);
        wheel.unlink(far);
        wheel.unlink(far);

        assertThat(wheel.count()).isZero();
        assertThat(wheel.nextDelayNanos(0)).isEqualTo(Long.MAX_VALUE);
        wheel.link(far, 6 * HOUR);
        assertThat(wheel.advance(6 * HOUR)).isEqualTo(1);
        assertThat(fired).containsExactly(far);
    }

    @Test
    void oneOfSeveralInASlotCanBeUnlinkedWhereverItIs() {
        for (int leaving = 0; leaving < 3; leaving++) {
            List<Probe> probes = new ArrayList<>(List.of(link(HOUR), link(HOUR + 1), link(HOUR + 2)));
            Probe gone = probes.remove(leaving);
            wheel.unlink(gone);
            assertThat(wheel.count()).isEqualTo(2);
            probes.forEach(wheel::unlink);
            assertThat(wheel.count()).isZero();
        }
        assertThat(wheel.advance(2 * HOUR)).isZero();
    }

    @Test
    void aTimerMayLinkItselfAgainFromFire() {
        Probe ticking = new Probe() {
            @Override
            protected void fire(long nowNanos) {
                super.fire(nowNanos);
                if (fired.size() < 5) {
                    wheel.link(this, nowNanos + HOUR);
                }
            }
        };
        wheel.link(ticking, HOUR);

        for (int hour = 1; hour <= 5; hour++) {
            assertThat(wheel.advance(hour * HOUR)).isEqualTo(1);
        }
        assertThat(wheel.count()).isZero();
    }

    @Test
    void aTimerMayUnlinkAnotherThatIsDueInTheSameAdvance() {
        Probe victim = new Probe();
        Probe first = new Probe() {
            @Override
            protected void fire(long nowNanos) {
                super.fire(nowNanos);
                wheel.unlink(victim);
            }
        };
        wheel.link(victim, 20);
        wheel.link(first, 10);

        assertThat(wheel.advance(30)).isEqualTo(1);
        assertThat(fired).containsExactly(first);
        assertThat(wheel.count()).isZero();
    }

    @Test
    void aTimerThatThrowsIsGoneAndTheOthersFireNextTime() {
        Probe broken = new Probe() {
            @Override
            protected void fire(long nowNanos) {
                throw new IllegalStateException("thrown by a test");
            }
        };
        wheel.link(broken, 10);
        Probe other = link(20);

        assertThatThrownBy(() -> wheel.advance(30)).hasMessage("thrown by a test");
        assertThat(broken.isLinked()).isFalse();
        assertThat(wheel.count()).isEqualTo(1);
        assertThat(wheel.advance(30)).isEqualTo(1);
        assertThat(fired).containsExactly(other);
    }

    @Test
    void takeAnyDrainsNearAndFarTimers() {
        List<Timer> linked = new ArrayList<>();
        for (long delay = 1; delay < TimerWheel.DELAY_MAX_NANOS / 7; delay *= 7) {
            linked.add(link(delay));
        }
        List<Timer> taken = new ArrayList<>();
        for (Timer timer = wheel.takeAny(); timer != null; timer = wheel.takeAny()) {
            assertThat(timer.isLinked()).isFalse();
            taken.add(timer);
        }
        assertThat(taken).containsExactlyInAnyOrderElementsOf(linked);
        assertThat(wheel.count()).isZero();
        assertThat(wheel.nextDelayNanos(0)).isEqualTo(Long.MAX_VALUE);
    }

    @Test
    void manyNearTimersComeOutSorted() {
        List<Probe> probes = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            probes.add(link(i * 7919 % 1000));
        }
        for (int i = 0; i < 1000; i += 3) {
            wheel.unlink(probes.get(i));
        }
        assertThat(wheel.advance(1000)).isEqualTo(666);
        assertThat(fired).extracting(Timer::atNanos).isSorted();
    }

    @Test
    void linkingALinkedTimerIsADefect() {
        Probe probe = link(1);

        assertThatThrownBy(() -> wheel.link(probe, 2))
                .isInstanceOf(AssertionError.class)
                .hasMessage("linked twice");
    }

    private Probe link(long atNanos) {
        Probe probe = new Probe();
        wheel.link(probe, atNanos);
        return probe;
    }

    private class Probe extends Timer {
        @Override
        protected void fire(long nowNanos) {
            assertThat(isLinked()).isFalse();
            assertThat(nowNanos - atNanos()).isNotNegative();
            fired.add(this);
        }

        @Override
        public String toString() {
            return "Probe[" + atNanos() + "]";
        }
    }
}
