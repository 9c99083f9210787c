package io.heddle.internal.carrier;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicIntegerArray;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.Tuple.Tuple2;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Ring}: a queue to its owner, with counters that wrap, and shared with thieves. */
class RingTest {
    private static final long SEED = Long.getLong("heddle.seed", System.nanoTime());

    @Test
    void anEmptyRingGivesNothing() {
        Ring ring = new Ring();

        assertThat(ring.poll()).isNull();
        assertThat(ring.steal()).isNull();
        assertThat(ring.isEmpty()).isTrue();
        assertThat(ring.size()).isZero();
    }

    @Test
    void theFirstInIsTheFirstOutWhoeverTakesIt() {
        Ring ring = new Ring();
        Runnable a = new Numbered(1);
        Runnable b = new Numbered(2);
        Runnable c = new Numbered(3);
        assertThat(List.of(ring.offer(a), ring.offer(b), ring.offer(c))).containsOnly(true);

        assertThat(ring.steal()).isSameAs(a);
        assertThat(ring.poll()).isSameAs(b);
        assertThat(ring.steal()).isSameAs(c);
        assertThat(ring.poll()).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, Integer.MAX_VALUE - 100, Integer.MAX_VALUE, Integer.MIN_VALUE, -1, -Ring.CAPACITY})
    void aFullRingRefusesUntilOneIsTakenWhereverItsCountersAre(int before) {
        Ring ring = new Ring(before);
        for (int i = 0; i < Ring.CAPACITY; i++) {
            assertThat(ring.size()).isEqualTo(i);
            assertThat(ring.offer(new Numbered(i))).isTrue();
        }
        assertThat(ring.size()).isEqualTo(Ring.CAPACITY);
        assertThat(ring.offer(new Numbered(-1))).isFalse();
        assertThat(ring.steal()).isEqualTo(new Numbered(0));
        assertThat(ring.offer(new Numbered(Ring.CAPACITY))).isTrue();
        assertThat(ring.offer(new Numbered(-1))).isFalse();
        for (int i = 1; i <= Ring.CAPACITY; i++) {
            assertThat(ring.poll()).isEqualTo(new Numbered(i));
        }
        assertThat(ring.isEmpty()).isTrue();
        assertThat(ring.size()).isZero();
    }

    @Test
    void theSameTaskMayBeInItTwice() {
        Ring ring = new Ring();
        Runnable task = new Numbered(1);

        assertThat(ring.offer(task)).isTrue();
        assertThat(ring.offer(task)).isTrue();
        assertThat(ring.poll()).isSameAs(task);
        assertThat(ring.poll()).isSameAs(task);
        assertThat(ring.poll()).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {0, Integer.MAX_VALUE - 1, -1})
    void knowsWhetherATaskIsLeftOfThoseThatWereThere(int before) {
        Ring ring = new Ring(before);
        assertThat(ring.holdsBefore(ring.tail())).isFalse();
        ring.offer(new Numbered(1));
        ring.offer(new Numbered(2));
        int then = ring.tail();
        ring.offer(new Numbered(3));

        ring.poll();
        assertThat(ring.holdsBefore(then)).isTrue();
        ring.steal();
        assertThat(ring.holdsBefore(then)).isFalse();
    }

    enum Verb {
        OFFER,
        POLL,
        STEAL
    }

    @Provide
    Arbitrary<List<Tuple2<Verb, Integer>>> steps() {
        return Arbitraries.of(Verb.class)
                .flatMap(verb -> Arbitraries.integers().between(1, 300).map(times -> Tuple.of(verb, times)))
                .list()
                .ofMaxSize(20);
    }

    @Provide
    Arbitrary<Integer> counters() {
        return Arbitraries.oneOf(
                Arbitraries.integers(), Arbitraries.integers().between(Integer.MAX_VALUE - 600, Integer.MAX_VALUE));
    }

    @Property(tries = 300)
    void behavesAsABoundedQueue(@ForAll("counters") int before, @ForAll("steps") List<Tuple2<Verb, Integer>> steps) {
        Ring ring = new Ring(before);
        Queue<Numbered> model = new ArrayDeque<>();
        int number = 0;
        for (Tuple2<Verb, Integer> step : steps) {
            for (int i = 0; i < step.get2(); i++) {
                switch (step.get1()) {
                    case OFFER -> {
                        Numbered task = new Numbered(number++);
                        boolean room = model.size() < Ring.CAPACITY;
                        assertThat(ring.offer(task)).isEqualTo(room);
                        if (room) {
                            model.add(task);
                        }
                    }
                    case POLL -> assertThat(ring.poll()).isSameAs(model.poll());
                    case STEAL -> assertThat(ring.steal()).isSameAs(model.poll());
                }
                assertThat(ring.size()).isEqualTo(model.size());
                assertThat(ring.isEmpty()).isEqualTo(model.isEmpty());
            }
        }
    }

    /**
     * Goal: no task is lost or taken twice when thieves race with the owner and the counters wrap.
     *
     * <p>Method: the owner adds and takes numbered tasks at random while three thieves steal. In the end each
     * number must have been taken once.
     */
    @Test
    void eachTaskIsTakenOnceByOwnerOrThief() throws Exception {
        int tasks = 200_000;
        Ring ring = new Ring(Integer.MAX_VALUE - tasks / 2);
        AtomicIntegerArray taken = new AtomicIntegerArray(tasks);
        Numbered last = new Numbered(-1);
        List<Thread> thieves = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            thieves.add(Thread.ofPlatform().start(() -> {
                for (Runnable task = ring.steal(); task != last; task = ring.steal()) {
                    count(taken, task);
                    if (task == null) {
                        Thread.onSpinWait();
                    }
                }
            }));
        }
        SplittableRandom random = new SplittableRandom(SEED);
        for (int added = 0; added < tasks; ) {
            for (int i = random.nextInt(2 * Ring.CAPACITY); i > 0 && added < tasks; i--) {
                if (!ring.offer(new Numbered(added))) {
                    break;
                }
                added++;
            }
            for (int i = random.nextInt(Ring.CAPACITY); i > 0; i--) {
                count(taken, ring.poll());
            }
        }
        for (Runnable task = ring.poll(); task != null; task = ring.poll()) {
            count(taken, task);
        }
        for (Thread thief : thieves) {
            assertThat(ring.offer(last)).as("one end for each thief, %s", thief).isTrue();
        }
        for (Thread thief : thieves) {
            thief.join();
        }
        for (int i = 0; i < tasks; i++) {
            assertThat(taken.get(i)).as("task %d, seed=%d", i, SEED).isEqualTo(1);
        }
    }

    private static void count(AtomicIntegerArray taken, @Nullable Runnable task) {
        if (task instanceof Numbered numbered && numbered.number >= 0) {
            taken.incrementAndGet(numbered.number);
        }
    }

    private record Numbered(int number) implements Runnable {
        @Override
        public void run() {
            throw new AssertionError("nobody runs these: " + this);
        }
    }
}
