package io.heddle.poll.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.poll.Event;
import io.heddle.poll.Interest;
import io.heddle.poll.Poll;
import io.heddle.poll.Selectors;
import io.heddle.poll.Trigger;
import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.Task;
import java.nio.channels.ClosedSelectorException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Goal: no message, timeout or setting of a user-space source is lost, told twice, or told to the wrong one.
 *
 * <p>Method: four threads, each with eight sources of its own, make them ready, wait now and then until that was told,
 * register them anew with a random trigger, deregister them, and send messages, as room permits or waiting for it. The
 * handler sets a timeout for each message, and cancels some of them. Messages sent = told; timeouts set = told +
 * cancelled; each wait for a setting ends. {@code -Dheddle.seed=} replays the choices, though not the schedule;
 * {@code -Dsoak.seconds=} says how long.
 */
@Tag("soak")
@ExtendWith(NoLeaks.class)
class LoopSoak {
    private static final long SEED = Long.getLong("heddle.seed", System.nanoTime());
    private static final int SECONDS = Integer.getInteger("soak.seconds", 10);
    private static final int THREADS = 4;
    private static final int SOURCES_PER_THREAD = 8;
    private static final int[] LAST = {};
    private static final List<Caller> CALLERS = List.of(Caller.values());
    private static final List<Trigger> TRIGGERS = List.of(Trigger.values());
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final AtomicIntegerArray said = new AtomicIntegerArray(THREADS * SOURCES_PER_THREAD);
    private final AtomicIntegerArray seen = new AtomicIntegerArray(THREADS * SOURCES_PER_THREAD);
    private final Registration[] sources = new Registration[THREADS * SOURCES_PER_THREAD];
    private final LongAdder sent = new LongAdder();
    private final LongAdder settings = new LongAdder();

    /** Books of the loop's thread. */
    private final class Teller implements Handler<int[], Integer> {
        private final Random choices = new Random(SEED);
        private final Map<Integer, Timeout> pending = new HashMap<>();
        private final int[] next = new int[THREADS];
        private int set;
        private int told;
        private int cancelled;
        private long messages;
        private boolean ending;

        @Override
        public void ready(EventLoop<int[], Integer> loop, Event event) {
            int source = (int) event.token();
            sources[source].setReadiness().clear();
            // What is said after the clear is another event.
            seen.set(source, said.get(source));
        }

        @Override
        public void message(EventLoop<int[], Integer> loop, int[] message) {
            if (message == LAST) {
                ending = true;
                return;
            }
            assertThat(message[1]).isEqualTo(next[message[0]]++);
            messages++;
            pending.put(set, loop.timeout(set, Duration.ofNanos(choices.nextInt(3_000_000))));
            Timeout victim = pending.remove(choices.nextInt(set + 1));
            if (victim != null) {
                assertThat(victim.cancel()).isTrue();
                cancelled++;
            }
            set++;
        }

        @Override
        public void timeout(EventLoop<int[], Integer> loop, Integer token) {
            assertThat(pending.remove(token)).isNotNull();
            told++;
        }

        @Override
        public void tick(EventLoop<int[], Integer> loop) {
            if (ending && pending.isEmpty()) {
                loop.shutdown();
            }
        }
    }

    @EverySelector
    @org.junit.jupiter.api.Timeout(value = 1, unit = TimeUnit.HOURS)
    void nothingIsLost(Selectors kind) throws Exception {
        int seconds = Math.max(1, SECONDS / 2);
        System.out.println("LoopSoak: seed=" + SEED + ", selector=" + kind + ", seconds=" + seconds);
        long deadlineNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        Teller teller = new Teller();
        try (EventLoop<int[], Integer> loop = EventLoop.open(Poll.open(kind), 64)) {
            Task<Boolean> running = Caller.PLATFORM_THREAD.startRun(() -> {
                // If the handler fails: nobody then waits for room, or for what is told no more.
                try (loop) {
                    loop.run(teller);
                }
            });
            List<Task<Boolean>> users = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                int who = i;
                Caller caller = CALLERS.get(i % CALLERS.size());
                users.add(caller.startRun(() -> use(loop, who, deadlineNanos)));
            }
            try {
                for (Task<Boolean> each : users) {
                    assertThat(each.get()).isTrue();
                }
                loop.channel().send(LAST);
            } catch (ClosedSelectorException e) {
                e.addSuppressed(running.failure());
                throw e;
            }
            assertThat(running.get()).isTrue();
        }
        assertThat(teller.messages).isEqualTo(sent.sum());
        assertThat(teller.told + teller.cancelled).isEqualTo(teller.set);
        System.out.println("LoopSoak: messages=" + teller.messages + ", cancelled=" + teller.cancelled + ", told="
                + teller.told + ", settings=" + settings.sum());
    }

    private void use(EventLoop<int[], Integer> loop, int who, long deadlineNanos) throws Exception {
        Random choices = new Random(SEED + who);
        int first = who * SOURCES_PER_THREAD;
        for (int source = first; source < first + SOURCES_PER_THREAD; source++) {
            sources[source] = Registration.create();
            loop.register(sources[source], source, Interest.READABLE);
        }
        int messages = 0;
        while (System.nanoTime() - deadlineNanos < 0) {
            int source = first + choices.nextInt(SOURCES_PER_THREAD);
            Registration each = sources[source];
            Interest interest = Interest.READABLE.with(TRIGGERS.get(choices.nextInt(TRIGGERS.size())));
            switch (choices.nextInt(8)) {
                case 0 -> awaitSeen(loop, source);
                case 1 -> loop.reregister(each, source, interest);
                case 2 -> {
                    loop.deregister(each);
                    loop.register(each, source, interest);
                }
                case 3 -> messages += loop.channel().trySend(new int[] {who, messages}) ? 1 : 0;
                case 4 -> loop.channel().send(new int[] {who, messages++});
                default -> {
                    said.incrementAndGet(source);
                    each.setReadiness().set(Interest.READABLE);
                    settings.increment();
                }
            }
        }
        for (int source = first; source < first + SOURCES_PER_THREAD; source++) {
            awaitSeen(loop, source);
            sources[source].close();
        }
        sent.add(messages);
    }

    /** Whatever its trigger was: as an edge it is told anew if it is ready. */
    private void awaitSeen(EventLoop<int[], Integer> loop, int source) throws Exception {
        loop.reregister(sources[source], source, Interest.READABLE);
        int goal = said.get(source);
        assertThat(Await.until("the handler has seen it", PATIENCE_NANOS, () -> seen.get(source) >= goal))
                .describedAs("source %d, said %d", source, goal)
                .isTrue();
    }
}
