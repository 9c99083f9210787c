package io.heddle.poll;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.Task;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Goal: no stale token, no lost event, no leak while sources come and go under a poll that waits.
 *
 * <p>Method: 10,000 counters. Eight threads, each for its own eighth, register them under a new token each time and
 * with a random trigger, add to them, wait until what they added was read, register them anew, deregister them, and
 * wake. One thread polls, and reads each counter that is reported. A token that was deregistered before a poll began
 * must not be in that poll. What was added = what was read + what is left; each wait for a read ends only if no event
 * was lost. The time is shared between the selectors. {@code -Dheddle.seed=} replays the choices, though not the
 * schedule; {@code -Dsoak.seconds=} says how long.
 */
@Tag("soak")
@ExtendWith(NoLeaks.class)
class PollSoak {
    private static final long SEED = Long.getLong("heddle.seed", System.nanoTime());
    private static final int SECONDS = Integer.getInteger("soak.seconds", 10);
    private static final Kind[] KINDS = Kind.all().toArray(Kind[]::new);
    private static final int POLLS = 2_000;
    private static final int SOURCES = 10_000;
    private static final int THREADS = 8;
    private static final long WAKE = -1;
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();

    @Test
    @Timeout(value = 1, unit = TimeUnit.HOURS)
    void pollsComeAndGo() throws Exception {
        System.out.println("PollSoak: seed=" + SEED + ", polls=" + POLLS);
        Random choices = new Random(SEED);
        Map<Kind, Counter> counters = new EnumMap<>(Kind.class);
        for (Kind kind : KINDS) {
            counters.put(kind, Counter.open(kind));
        }
        for (Counter each : counters.values()) {
            each.add();
        }
        List<Polling> open = new ArrayList<>();
        int events = 0;
        for (int i = 0; i < POLLS; i++) {
            Kind kind = any(choices, KINDS);
            IoSource source = Objects.requireNonNull(counters.get(kind)).source;
            Polling polling = kind.open();
            polling.registry.register(source, i, Interest.READABLE, any(choices, Trigger.values()));
            assertThat(polling.next(i)).isEqualTo(Seen.READABLE);
            events++;
            Waker.create(polling.registry, WAKE).wake();
            if (choices.nextBoolean()) {
                polling.registry.deregister(source);
                open.add(polling);
            } else {
                polling.close();
            }
            if (open.size() > 200) {
                open.remove(choices.nextInt(open.size())).close();
            }
        }
        open.forEach(Polling::close);
        for (Counter each : counters.values()) {
            each.close();
        }
        assertThat(events).isEqualTo(POLLS);
    }

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void sourcesComeAndGoUnderAPollThatWaits() throws Exception {
        for (Kind kind : KINDS) {
            new Run(kind).run();
        }
    }

    private static <T> T any(Random choices, T[] all) {
        return all[choices.nextInt(all.length)];
    }

    private final class Run {
        private final Kind kind;
        private final Counter[] counters = new Counter[SOURCES];
        private final AtomicLongArray added = new AtomicLongArray(SOURCES);
        private final AtomicLongArray read = new AtomicLongArray(SOURCES);

        /** Tokens that may be reported, and those that may be in polls up to a number, not beyond. */
        private final Map<Long, Boolean> live = new ConcurrentHashMap<>();

        private final Map<Long, Long> dead = new ConcurrentHashMap<>();
        private final AtomicLong poll = new AtomicLong();
        private final AtomicLong wakes = new AtomicLong();
        private final AtomicLong wakesSeen = new AtomicLong();
        private final LongAdder registrations = new LongAdder();
        private final LongAdder events = new LongAdder();
        private volatile boolean ending;

        Run(Kind kind) {
            this.kind = kind;
        }

        void run() throws Exception {
            int seconds = Math.max(1, SECONDS / KINDS.length);
            System.out.println("PollSoak: seed=" + SEED + ", selector=" + kind + ", seconds=" + seconds);
            for (int i = 0; i < SOURCES; i++) {
                counters[i] = Counter.open(kind);
            }
            long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
            try (Polling polling = kind.open();
                    Waker waker = Waker.create(polling.registry, WAKE)) {
                Task<Boolean> poller = Caller.PLATFORM_THREAD.startRun(() -> poll(polling));
                List<Task<Boolean>> threads = new ArrayList<>();
                for (int i = 0; i < THREADS; i++) {
                    int first = i;
                    threads.add(Caller.PLATFORM_THREAD.startRun(
                            () -> comeAndGo(polling.registry, waker, first, deadlineNanos)));
                }
                for (Task<Boolean> each : threads) {
                    assertThat(each.get()).as("seed=" + SEED).isTrue();
                }
                Await.until("the last wake is seen", () -> wakesSeen.get() == wakes.get() || poller.isDone());
                ending = true;
                waker.wake();
                assertThat(poller.get()).isTrue();
            }
            long sumAdded = 0;
            long sumRead = 0;
            for (int i = 0; i < SOURCES; i++) {
                sumAdded += added.get(i);
                sumRead += read.get(i) + counters[i].take();
                counters[i].close();
            }
            System.out.printf(
                    "PollSoak: %s, %d registrations, %d polls, %d events, %d added%n",
                    kind, registrations.sum(), poll.get(), events.sum(), sumAdded);
            assertThat(failures).as("seed=" + SEED).isEmpty();
            assertThat(sumRead).as("read, seed=" + SEED).isEqualTo(sumAdded);
            assertThat(events.sum()).isPositive();
        }

        private void poll(Polling polling) throws IOException {
            Events found = Events.growing(16, 4096);
            while (!ending) {
                long number = poll.incrementAndGet();
                polling.poll.poll(found);
                for (Event event : found) {
                    if (event.token() == WAKE) {
                        // What was counted before the wake is seen after it.
                        wakesSeen.set(wakes.get());
                        check(ending || wakesSeen.get() > 0, "a wake of nobody");
                        continue;
                    }
                    check(isAllowed(event.token(), number), "a stale token: " + event + ", poll=" + number);
                    check(event.isReadable(), "not readable: " + event);
                    events.increment();
                    int index = (int) (event.token() >>> 32);
                    read.addAndGet(index, counters[index].take());
                }
                dead.values().removeIf(last -> last < number);
            }
        }

        private boolean isAllowed(long token, long number) {
            if (live.containsKey(token)) {
                return true;
            }
            Long last = dead.get(token);
            return last != null && last >= number;
        }

        private void check(boolean holds, String what) {
            if (!holds) {
                failures.add(new AssertionError(what));
            }
        }

        private void comeAndGo(Registry registry, Waker waker, int first, long deadlineNanos) throws Exception {
            Random choices = new Random(SEED + first);
            long[] tokens = new long[SOURCES];
            Trigger[] triggers = new Trigger[SOURCES];
            int generation = 0;
            while (deadlineNanos - System.nanoTime() > 0 && failures.isEmpty()) {
                int index = first + THREADS * choices.nextInt(SOURCES / THREADS);
                IoSource source = counters[index].source;
                if (tokens[index] == 0) {
                    tokens[index] = (long) index << 32 | ++generation;
                    triggers[index] = any(choices, Trigger.values());
                    live.put(tokens[index], true);
                    registry.register(source, tokens[index], Interest.READABLE, triggers[index]);
                    registrations.increment();
                }
                switch (choices.nextInt(8)) {
                    case 0 -> {
                        wakes.incrementAndGet();
                        waker.wake();
                    }
                    case 1, 2 -> {
                        add(index);
                        if (triggers[index] == Trigger.ONESHOT) {
                            registry.reregister(source, tokens[index], Interest.READABLE, Trigger.ONESHOT);
                        }
                        awaitRead(index);
                    }
                    case 3 -> {
                        long before = tokens[index];
                        tokens[index] = (long) index << 32 | ++generation;
                        live.put(tokens[index], true);
                        triggers[index] = any(choices, Trigger.values());
                        registry.reregister(source, tokens[index], Interest.READABLE, triggers[index]);
                        dead.put(before, poll.get());
                        live.remove(before);
                    }
                    default -> {
                        if (choices.nextInt(4) == 0) {
                            add(index);
                        }
                        registry.deregister(source);
                        dead.put(tokens[index], poll.get());
                        live.remove(tokens[index]);
                        tokens[index] = 0;
                    }
                }
            }
        }

        private void add(int index) throws IOException {
            added.incrementAndGet(index);
            counters[index].add();
        }

        private void awaitRead(int index) throws Exception {
            boolean done =
                    Await.until("what was added is read", PATIENCE_NANOS, () -> read.get(index) == added.get(index));
            check(done, "lost: added=" + added.get(index) + ", read=" + read.get(index) + ", source=" + index);
        }
    }
}
