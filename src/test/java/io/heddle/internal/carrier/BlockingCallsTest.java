package io.heddle.internal.carrier;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Await;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@link BlockingCalls} with limits of its own. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BlockingCallsTest {
    private final Set<Thread> workers = ConcurrentHashMap.newKeySet();

    @Test
    void noMoreWorkAtOnceThanTheLimitAndAllOfIt() throws Exception {
        BlockingCalls calls = new BlockingCalls(2, 1_000_000);
        Semaphore go = new Semaphore(0);
        AtomicInteger working = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        AtomicInteger done = new AtomicInteger();
        List<Thread> callers = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            callers.add(Thread.startVirtualThread(() -> {
                calls.run(() -> {
                    workers.add(Thread.currentThread());
                    most.accumulateAndGet(working.incrementAndGet(), Math::max);
                    go.acquireUninterruptibly();
                    working.decrementAndGet();
                });
                done.incrementAndGet();
            }));
        }
        Await.until("two work", () -> working.get() == 2);
        for (Thread caller : callers) {
            Await.until("it waits", () -> caller.getState() == Thread.State.WAITING);
        }
        go.release(callers.size());
        callers.forEach(Await::end);

        assertThat(done).hasValue(callers.size());
        assertThat(most).hasValue(2);
        workers.forEach(Await::end);
    }

    @Test
    void aThreadWithoutWorkServesTheNextCallAndEndsWhenNoneComes() throws Exception {
        BlockingCalls calls = new BlockingCalls(8, 5_000_000_000L);
        for (int i = 0; i < 10; i++) {
            Await.end(Thread.startVirtualThread(() -> calls.run(() -> workers.add(Thread.currentThread()))));
            Await.until(
                    "they have no work",
                    () -> workers.stream().allMatch(worker -> worker.getState() == Thread.State.TIMED_WAITING));
        }
        assertThat(workers).hasSize(1);
        workers.forEach(Await::end);
    }
}
