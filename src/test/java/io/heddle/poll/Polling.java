package io.heddle.poll;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** A poll, and what tests do with it. */
final class Polling implements AutoCloseable {
    private static final int LOOKS = 5;

    final Poll poll;
    final Registry registry;
    final Events events = Events.withCapacity(64);

    Polling(Poll poll) {
        this.poll = poll;
        registry = poll.registry();
    }

    /** What one poll reports, by token. */
    Map<Long, Seen> once(Duration timeout) throws IOException {
        poll.poll(events, timeout);
        Map<Long, Seen> seen = new TreeMap<>();
        for (Event event : events) {
            seen.merge(event.token(), Seen.NOTHING.and(event), (before, now) -> before.and(event));
        }
        return seen;
    }

    /** Waits for the next event, which must be of that token, and answers what it says. */
    Seen next(long token) throws IOException {
        Map<Long, Seen> seen = once(Kind.PATIENCE);
        assertThat(seen).containsOnlyKeys(token);
        return Objects.requireNonNull(seen.get(token));
    }

    /** Nothing has to be reported, now. */
    void expectNothing() throws IOException {
        for (int i = 0; i < 3; i++) {
            assertThat(once(Duration.ZERO)).isEmpty();
        }
    }

    /** Collects what is said of one token until it is this; what else is said of it at last fails the test. */
    void expect(long token, Seen expected) throws IOException {
        Seen seen = Seen.NOTHING;
        long startNanos = System.nanoTime();
        while (!seen.equals(expected)) {
            Map<Long, Seen> more = once(Duration.ofMillis(100));
            assertThat(more.keySet()).isSubsetOf(token);
            for (Event event : events) {
                seen = seen.and(event);
            }
            if (System.nanoTime() - startNanos > Kind.PATIENCE.toNanos()) {
                assertThat(seen).isEqualTo(expected);
            }
        }
    }

    /** Polls without end on a thread of its own, which waits in the kernel when this returns. */
    Task<Map<Long, Seen>> startPolling() throws Exception {
        Task<Map<Long, Seen>> task = Caller.PLATFORM_THREAD.start(() -> once(Kind.PATIENCE));
        awaitBlocked(task);
        return task;
    }

    /** Until the thread of that task waits in the selector. A call that does not wait is not seen so often in a row. */
    static void awaitBlocked(Task<?> task) throws Exception {
        int[] looks = new int[1];
        Await.until("a poll waits", () -> {
            if (task.isDone()) {
                throw new AssertionError("the poll has ended: " + task);
            }
            looks[0] = isInSelector(task.thread()) ? looks[0] + 1 : 0;
            return looks[0] >= LOOKS;
        });
    }

    private static boolean isInSelector(Thread thread) {
        return Arrays.stream(thread.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals("io.heddle.internal.sys.Linking")
                        || frame.getClassName().equals("sun.nio.ch.EPoll"));
    }

    @Override
    public void close() {
        poll.close();
    }
}
