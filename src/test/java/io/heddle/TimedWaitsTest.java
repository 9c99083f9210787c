package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.engine.Engine;
import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.ChildJvm;
import io.heddle.testing.Task;
import io.heddle.testing.TimedWait;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The timed waits of the JDK on threads of Heddle. */
@Behaviour
class TimedWaitsTest {
    @ParameterizedTest
    @EnumSource
    void aWaitEndsAndNeverEarly(TimedWait wait) throws Exception {
        for (long nanos : new long[] {1, 10_000, 3_000_000}) {
            long took = Caller.HEDDLE_THREAD.call(() -> {
                long startNanos = System.nanoTime();
                wait.await(nanos);
                return System.nanoTime() - startNanos;
            });
            assertThat(took).isGreaterThanOrEqualTo(nanos);
        }
    }

    @ParameterizedTest
    @EnumSource
    void theLongestWaitLastsUntilAnInterruptAndLeavesNoTimer(TimedWait wait) throws Exception {
        boolean hosted = Heddle.shared().mode() == Heddle.Mode.HOSTED;
        int before = Engine.timers();
        Task<Boolean> task = Caller.HEDDLE_THREAD.startRun(() -> wait.await(Long.MAX_VALUE));
        Await.until("it waits", () -> task.thread().getState() == Thread.State.TIMED_WAITING);
        // A wait in milliseconds may be longer than any timer, and then has none.
        if (!hosted && wait != TimedWait.MONITOR) {
            Await.until("its timer is linked", () -> Engine.timers() == before + 1);
        }
        task.interrupt();

        assertThat(task.failure()).isInstanceOf(InterruptedException.class);
        Await.until("its timer is gone", () -> Engine.timers() == before);
    }

    @Test
    void ourTimersEndThemAndNotTheJdks() throws Exception {
        try (ChildJvm child = ChildJvm.start(TimedWaitsProgram.class)) {
            String timers = child.await("timers");
            if (Heddle.shared().mode() == Heddle.Mode.HOSTED) {
                assertThat(timers).as("what the JDK calls them").isNotEqualTo("[]");
            } else {
                assertThat(timers).isEqualTo("[]");
            }
        }
    }

    @Test
    void aHundredThousandSleepersAllWakeAndNoneEarly() throws Exception {
        long seed = Long.getLong("heddle.seed", System.nanoTime());
        System.out.println("TimedWaitsTest: seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        int sleepers = 100_000;
        CountDownLatch woken = new CountDownLatch(sleepers);
        AtomicLong early = new AtomicLong();
        try (Heddle heddle = Heddle.open(2)) {
            long startNanos = System.nanoTime();
            for (int i = 0; i < sleepers; i++) {
                long deadlineNanos = startNanos + random.nextLong(TimeUnit.SECONDS.toNanos(2));
                Thread sleeper = heddle.startVirtualThread(() -> {
                    for (long left = deadlineNanos - System.nanoTime(); left > 0; ) {
                        LockSupport.parkNanos(left);
                        left = deadlineNanos - System.nanoTime();
                        // Nobody unparks it: only its timer can have ended the park.
                        early.addAndGet(left > 0 ? 1 : 0);
                    }
                    woken.countDown();
                });
                assertThat(sleeper.isVirtual()).isTrue();
            }
            woken.await();
        }
        assertThat(early).hasValue(0);
    }
}
