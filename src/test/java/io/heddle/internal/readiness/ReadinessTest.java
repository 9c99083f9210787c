package io.heddle.internal.readiness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Await;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** {@link Readiness}: each transition, and real threads that park on it; see ReadinessProperties for a model. */
class ReadinessTest {
    private static final long SEED = Long.getLong("heddle.seed", System.nanoTime());

    private final Readiness readiness = new Readiness();
    private final Thread me = Thread.currentThread();

    @Test
    void aPublishedThreadWaitsUntilItIsTakenOut() {
        assertThat(readiness.publish(me, false, 0)).isTrue();
        assertThat(readiness.isWaiting(me)).isTrue();
        assertThat(readiness.hasWaiter()).isTrue();

        readiness.ready();
        assertThat(readiness.isWaiting(me)).isFalse();
        assertThat(readiness.hasWaiter()).isFalse();
    }

    @Test
    void readinessThatComesFirstIsRememberedOnce() {
        readiness.ready();
        readiness.ready();

        assertThat(readiness.publish(me, false, 0)).isFalse();
        assertThat(readiness.publish(me, false, 0)).isTrue();
    }

    @Test
    void readinessThatTakesAThreadOutStaysForItsNextWait() {
        assertThat(readiness.publish(me, false, 0)).isTrue();
        readiness.ready();

        assertThat(readiness.publish(me, false, 0)).isFalse();
    }

    @Test
    void clearForgetsWhatCameBeforeTheCall() {
        readiness.ready();
        readiness.clear();

        assertThat(readiness.publish(me, false, 0)).isTrue();
    }

    @Test
    void aWakeTakesTheThreadOutAndLeavesNoReadiness() {
        assertThat(readiness.publish(me, false, 0)).isTrue();
        readiness.wake();

        assertThat(readiness.isWaiting(me)).isFalse();
        assertThat(readiness.publish(me, false, 0)).isTrue();
    }

    @Test
    void aWakeOfNobodyIsNotRemembered() {
        readiness.wake();
        assertThat(readiness.publish(me, false, 0)).isTrue();
        readiness.withdraw(me);

        readiness.ready();
        readiness.wake();
        assertThat(readiness.publish(me, false, 0))
                .as("readiness survives a wake")
                .isFalse();
    }

    @Test
    void aThreadThatLeavesKeepsReadinessThatCameMeanwhile() {
        assertThat(readiness.publish(me, false, 0)).isTrue();
        readiness.ready();
        readiness.withdraw(me);

        assertThat(readiness.publish(me, false, 0)).isFalse();
    }

    @Test
    void aThreadThatLeavesIsWokenByNobody() {
        assertThat(readiness.publish(me, false, 0)).isTrue();
        readiness.withdraw(me);

        assertThat(readiness.isWaiting(me)).isFalse();
        assertThat(readiness).hasToString("idle");
    }

    @Test
    void onlyTheWaiterItselfCanWithdraw() {
        assertThat(readiness.publish(me, false, 0)).isTrue();
        readiness.withdraw(Thread.ofVirtual().unstarted(() -> {}));

        assertThat(readiness.isWaiting(me)).isTrue();
    }

    @Test
    void haltIsForEverAndTakesTheThreadOut() {
        assertThat(readiness.publish(me, false, 0)).isTrue();
        readiness.halt();

        assertThat(readiness.isHalted()).isTrue();
        assertThat(readiness.isWaiting(me)).isFalse();
        readiness.clear();
        assertThat(readiness.isHalted()).isTrue();
        assertThat(readiness).hasToString("idle, halted");
    }

    @Test
    void onlyAThreadThatWaitsWithADeadlineIsTimed() {
        assertThat(readiness.hasTimedWaiter()).isFalse();
        assertThat(readiness.publish(me, true, 42)).isTrue();
        assertThat(readiness.hasTimedWaiter()).isTrue();
        assertThat(readiness.deadlineNanos()).isEqualTo(42);

        readiness.withdraw(me);
        assertThat(readiness.hasTimedWaiter()).isFalse();
        assertThat(readiness.publish(me, false, 0)).isTrue();
        assertThat(readiness.hasTimedWaiter()).isFalse();
    }

    @Test
    void aSecondWaiterIsADefect() {
        assertThat(readiness.publish(me, false, 0)).isTrue();
        Thread other = Thread.ofVirtual().unstarted(() -> {});

        assertThatThrownBy(() -> readiness.publish(other, false, 0))
                .isInstanceOf(AssertionError.class)
                .hasMessage("two threads wait on one direction: waiting=" + me);
    }

    enum Kind {
        VIRTUAL,
        PLATFORM;

        Thread start(Runnable task) {
            return this == VIRTUAL
                    ? Thread.ofVirtual().start(task)
                    : Thread.ofPlatform().daemon().start(task);
        }
    }

    /**
     * Goal: a parked thread goes on when it was taken out, and then only, whatever unparks come from elsewhere.
     *
     * <p>Method: a thread waits again and again; the test unparks it for nothing, looks that it still waits, and
     * takes it out by a random way. Books: waits = takings. A lost one hangs.
     */
    @ParameterizedTest
    @EnumSource
    void aParkedThreadGoesOnWhenItIsTakenOutAndOnlyThen(Kind kind) throws Exception {
        int rounds = 2_000;
        AtomicInteger waits = new AtomicInteger();
        Thread waiter = kind.start(() -> {
            Thread self = Thread.currentThread();
            for (int round = 0; round < rounds; round++) {
                readiness.clear();
                assertThat(readiness.publish(self, false, 0)).isTrue();
                while (readiness.isWaiting(self)) {
                    LockSupport.park();
                }
                waits.incrementAndGet();
            }
        });
        SplittableRandom random = new SplittableRandom(SEED);
        for (int round = 0; round < rounds; round++) {
            while (!readiness.hasWaiter()) {
                Thread.yield();
            }
            assertThat(waits).as("seed=%d", SEED).hasValue(round);
            for (int i = random.nextInt(3); i > 0; i--) {
                LockSupport.unpark(waiter);
                assertThat(readiness.isWaiting(waiter)).as("seed=%d", SEED).isTrue();
            }
            if (random.nextBoolean()) {
                readiness.ready();
            } else {
                readiness.wake();
            }
        }
        waiter.join();
        assertThat(waits).hasValue(rounds);
    }

    @ParameterizedTest
    @EnumSource
    void haltEndsAWaitThatHasBegun(Kind kind) throws Exception {
        Thread waiter = kind.start(() -> {
            Thread self = Thread.currentThread();
            assertThat(readiness.publish(self, false, 0)).isTrue();
            while (readiness.isWaiting(self)) {
                LockSupport.park();
            }
        });
        Await.until("the thread is parked", () -> waiter.getState() == Thread.State.WAITING);

        readiness.halt();
        waiter.join();
        assertThat(readiness.isHalted()).isTrue();
    }
}
