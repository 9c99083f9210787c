package io.heddle.internal.timer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;
import org.jspecify.annotations.Nullable;

/**
 * Goal: no sequence of links, unlinks and jumps of time makes a timer fire early, late or twice.
 *
 * <p>Method: random steps on a wheel and on a plain list of what is linked. At the end the owner's own loop
 * runs: it sleeps exactly as long as the wheel says, and every timer must fire at its very nanosecond.
 */
class TimerWheelProperties {
    private static final long TICK = 1 << 20;

    /** A timer sinks through seven levels at most and then fires; each may cost the owner one look. */
    private static final int LOOKS_MAX_PER_TIMER = 8;

    enum Verb {
        LINK,
        UNLINK,
        RELINK,
        ADVANCE
    }

    @Provide
    Arbitrary<Long> bases() {
        return Arbitraries.oneOf(
                Arbitraries.of(0L, -1L, Long.MAX_VALUE, Long.MIN_VALUE, Long.MAX_VALUE - 5 * TICK),
                Arbitraries.longs());
    }

    @Provide
    Arbitrary<List<Tuple2<Verb, Long>>> steps() {
        Arbitrary<Long> spans = Arbitraries.oneOf(
                Arbitraries.longs().between(0, 20_000),
                Arbitraries.longs().between(-3 * TICK, 3 * TICK),
                Arbitraries.longs().between(0, 70).map(ticks -> ticks * TICK),
                Arbitraries.integers()
                        .between(20, 46)
                        .flatMap(bits -> Arbitraries.longs().between((1L << bits) - 2, (1L << bits) + 2)),
                Arbitraries.longs().between(0, 50L * 3_600_000_000_000L),
                Arbitraries.of(TimerWheel.DELAY_MAX_NANOS, TimerWheel.DELAY_MAX_NANOS - 1));
        return Arbitraries.of(Verb.class)
                .flatMap(verb -> spans.map(span -> Tuple.of(verb, span)))
                .list()
                .ofMaxSize(60);
    }

    @Property
    void noTimerIsEarlyLateOrLost(@ForAll("bases") long base, @ForAll("steps") List<Tuple2<Verb, Long>> steps) {
        Model model = new Model(base);
        for (Tuple2<Verb, Long> step : steps) {
            model.step(step.get1(), step.get2());
            model.checkAdvice();
        }
        model.runOwner();
    }

    @Property
    void takeAnyReturnsEachTimerOnce(@ForAll("bases") long base, @ForAll("steps") List<Tuple2<Verb, Long>> steps) {
        Model model = new Model(base);
        for (Tuple2<Verb, Long> step : steps) {
            model.step(step.get1(), step.get2());
        }
        List<Timer> taken = new ArrayList<>();
        for (Timer timer = model.wheel.takeAny(); timer != null; timer = model.wheel.takeAny()) {
            taken.add(timer);
        }
        assertThat(taken).containsExactlyInAnyOrderElementsOf(model.linked);
        assertThat(model.wheel.count()).isZero();
    }

    /**
     * A sorted map does all that the wheel does, but in O(log n): here both are told the same. Deadlines are put into
     * it as the time since the base, which does not overflow; timers that fire may link themselves again.
     */
    @Property
    void aSortedMapFiresTheSameInTheSameOrder(
            @ForAll("bases") long base, @ForAll("steps") List<Tuple2<Verb, Long>> steps) {
        Sorted sorted = new Sorted(base);
        for (Tuple2<Verb, Long> step : steps) {
            sorted.step(step.get1(), step.get2());
        }
        while (!sorted.map.isEmpty()) {
            sorted.advance(Math.max(sorted.elapsed, sorted.map.firstKey()));
        }
        assertThat(sorted.wheel.count()).isZero();
    }

    /** A wheel and a sorted map of what is linked. */
    private static final class Sorted {
        /** A timer that is linked again from its own firing comes so much later, and so often. */
        private static final long PERIOD = TICK + 7;

        private static final int AGAIN_MAX = 3;

        final TimerWheel wheel;
        final TreeMap<Long, Set<Ticker>> map = new TreeMap<>();
        private final List<Ticker> all = new ArrayList<>();
        private final List<Ticker> fired = new ArrayList<>();
        private final long base;

        /** Since the base. */
        private long elapsed;

        Sorted(long base) {
            this.base = base;
            wheel = new TimerWheel(base);
        }

        void step(Verb verb, long span) {
            switch (verb) {
                case LINK -> link(new Ticker(), elapsed + span);
                case UNLINK -> pick(span).ifPresent(this::unlink);
                case RELINK ->
                    pick(span).ifPresent(ticker -> {
                        unlink(ticker);
                        link(ticker, elapsed + span);
                    });
                case ADVANCE -> advance(elapsed + (span > 1L << 50 ? 1 : Math.max(span, 0)));
            }
            assertThat(wheel.count())
                    .isEqualTo(map.values().stream().mapToInt(Set::size).sum());
        }

        private Optional<Ticker> pick(long span) {
            return all.isEmpty()
                    ? Optional.empty()
                    : Optional.of(all.get((int) Math.floorMod(span, (long) all.size())));
        }

        private void link(Ticker ticker, long at) {
            ticker.at = at;
            wheel.link(ticker, base + at);
            put(ticker);
            all.add(ticker);
        }

        private void put(Ticker ticker) {
            map.computeIfAbsent(ticker.at, key -> new HashSet<>()).add(ticker);
        }

        private void unlink(Ticker ticker) {
            wheel.unlink(ticker);
            take(ticker);
        }

        private void take(Ticker ticker) {
            Set<Ticker> tickers = map.get(ticker.at);
            if (tickers != null && tickers.remove(ticker) && tickers.isEmpty()) {
                map.remove(ticker.at);
            }
        }

        /** Each timer that fires must be one of those that the map has first. */
        void advance(long to) {
            elapsed = to;
            fired.clear();
            int count = wheel.advance(base + to);
            assertThat(count).isEqualTo(fired.size());
            assertThat(map.headMap(to, true)).as("overslept").isEmpty();
        }

        private final class Ticker extends Timer {
            long at;
            private int again;

            @Override
            protected void fire(long nowNanos) {
                assertThat(nowNanos).isEqualTo(base + elapsed);
                assertThat(at).as("early").isLessThanOrEqualTo(elapsed);
                assertThat(map.firstKey()).as("in order").isEqualTo(at);
                assertThat(map.get(at)).contains(this);
                take(this);
                fired.add(this);
                if (at % 3 == 0 && again++ < AGAIN_MAX) {
                    at += PERIOD;
                    wheel.link(this, base + at);
                    put(this);
                }
            }
        }
    }

    /** A wheel, its clock, and what should be in it. */
    private static final class Model {
        final TimerWheel wheel;
        final List<Probe> linked = new ArrayList<>();
        private final List<Probe> all = new ArrayList<>();
        private long now;

        Model(long base) {
            wheel = new TimerWheel(base);
            now = base;
        }

        void step(Verb verb, long span) {
            switch (verb) {
                case LINK -> link(new Probe(), span);
                case UNLINK -> unlink(pick(span));
                case RELINK -> {
                    Probe probe = pick(span);
                    unlink(probe);
                    if (probe != null) {
                        link(probe, span);
                    }
                }
                case ADVANCE -> {
                    // Years are for deadlines; a clock that has run for them is beyond any uptime.
                    now += span > 1L << 50 ? 1 : Math.max(span, 0);
                    advance();
                }
            }
            assertThat(wheel.count()).isEqualTo(linked.size());
        }

        private @Nullable Probe pick(long span) {
            return all.isEmpty() ? null : all.get((int) Math.floorMod(span, (long) all.size()));
        }

        private void link(Probe probe, long delay) {
            probe.mayFireAt = now + Math.max(delay, 0);
            wheel.link(probe, now + delay);
            linked.add(probe);
            all.add(probe);
        }

        private void unlink(@Nullable Probe probe) {
            if (probe != null) {
                wheel.unlink(probe);
                linked.remove(probe);
                assertThat(probe.isLinked()).isFalse();
            }
        }

        private int advance() {
            int before = linked.size();
            int fired = wheel.advance(now);
            assertThat(linked).hasSize(before - fired);
            assertThat(linked).allMatch(probe -> probe.atNanos() - now > 0);
            return fired;
        }

        /** What the wheel says about the next thing to do, against what is linked. */
        void checkAdvice() {
            long delay = wheel.nextDelayNanos(now);
            if (linked.isEmpty()) {
                assertThat(delay).isEqualTo(Long.MAX_VALUE);
            } else {
                long earliest = linked.stream()
                        .mapToLong(probe -> probe.atNanos() - now)
                        .min()
                        .orElseThrow();
                assertThat(delay).isBetween(0L, Math.max(earliest, 0));
            }
        }

        void runOwner() {
            int looks = 0;
            int looksMax = LOOKS_MAX_PER_TIMER * linked.size();
            while (!linked.isEmpty()) {
                now += wheel.nextDelayNanos(now);
                for (Probe probe : linked) {
                    assertThat(now - probe.mayFireAt).as("overslept").isNotPositive();
                }
                advance();
                assertThat(++looks).as("looks of the owner").isLessThanOrEqualTo(looksMax);
            }
            assertThat(wheel.nextDelayNanos(now)).isEqualTo(Long.MAX_VALUE);
        }

        private final class Probe extends Timer {
            /** Its time, or when it was linked if that was later. */
            long mayFireAt;

            @Override
            protected void fire(long nowNanos) {
                assertThat(nowNanos).isEqualTo(now);
                assertThat(nowNanos - mayFireAt).as("early").isNotNegative();
                assertThat(isLinked()).isFalse();
                assertThat(linked.remove(this)).isTrue();
            }
        }
    }
}
