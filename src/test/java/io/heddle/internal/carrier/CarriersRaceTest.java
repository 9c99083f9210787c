package io.heddle.internal.carrier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.epoll.EpollPoller;
import io.heddle.internal.poller.Arming;
import io.heddle.internal.timer.Timer;
import io.heddle.testing.Await;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Orders of events that {@link CarriersTest} meets by chance at most, made to happen. */
class CarriersRaceTest {
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);
    private static final long SECONDS_5 = TimeUnit.SECONDS.toNanos(5);

    private final AtomicReference<@Nullable Carriers> opened = new AtomicReference<>();

    @AfterEach
    void close() throws Exception {
        Carriers carriers = opened.get();
        if (carriers != null) {
            LastCarriers.close(carriers);
            opened.set(null);
        }
    }

    private static final class Sleeper extends Timer {
        volatile boolean cancelled;

        @Override
        public boolean isDead() {
            return cancelled;
        }

        @Override
        protected void fire(long nowNanos) {
            throw new AssertionError("it was cancelled");
        }
    }

    /** {@code Home.cancel}: "unlinks the timer, soon", also if the schedule is still on its way. */
    @Test
    void aCancelThatOvertakesTheScheduleOfAnotherThreadUnlinksTheTimer() throws Exception {
        Carriers carriers = open(HOUR);
        Sleeper timer = new Sleeper();
        CountDownLatch posted = new CountDownLatch(1);
        Carrier carrier = run(carriers, () -> {
            Carrier here = (Carrier) Objects.requireNonNull(Carriers.currentHome());
            Thread.ofPlatform().start(() -> {
                here.schedule(timer, System.nanoTime() + HOUR);
                posted.countDown();
            });
            while (posted.getCount() > 0) {
                // Must not park: the carrier would drain its inbox.
                Thread.onSpinWait();
            }
            timer.cancelled = true;
            here.cancel(timer);
            return here;
        });
        assertThat(run(carriers, carrier::timerCount)).isZero();
    }

    /** A machine on which each of the monitor's sleeps ends late must not keep a blocked carrier blocked for ever. */
    @Test
    void aMonitorThatAlwaysComesLateRescuesAllTheSame() throws Exception {
        // No sleep is as exact as that, so each round is late.
        Carriers carriers = open(1_000);
        CountDownLatch free = new CountDownLatch(1);
        CountDownLatch other = new CountDownLatch(1);
        run(carriers, () -> {
            FutureTask<Boolean> blocker = new FutureTask<>(() -> {
                while (free.getCount() > 0) {
                    Thread.onSpinWait();
                }
                return true;
            });
            Thread.startVirtualThread(blocker);
            Thread.startVirtualThread(other::countDown);
            return true;
        });
        try {
            assertThat(other.await(5, TimeUnit.SECONDS))
                    .as("the other thread ran, rescues=%d", carriers.rescues())
                    .isTrue();
        } finally {
            free.countDown();
        }
    }

    /** What Monitor.rescue does with a spare it does not need, at the moment the carriers are closed. */
    @Test
    void aSpareThatComesBackAfterTheCloseLeavesAtOnce() throws Exception {
        Carriers carriers = open(HOUR);
        Worker spare = Objects.requireNonNull(carriers.takeSpare());
        Await.until("it waits for its carrier", () -> spare.getState() == Thread.State.TIMED_WAITING);
        close();
        carriers.addSpare(spare);

        assertThat(Await.until("it leaves", SECONDS_5, () -> !spare.isAlive())).isTrue();
    }

    /** Only tests have such carriers: the shared ones, to which all others leave theirs, are never closed. */
    @Test
    void carriersThatAreTheirOwnHeirSayWhenSomethingIsLeftForTheHeir() throws Exception {
        Carriers carriers = open(HOUR);
        Carrier carrier = run(carriers, () -> (Carrier) Objects.requireNonNull(Carriers.currentHome()));
        close();

        assertThatThrownBy(() -> carrier.execute(() -> {}))
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("carriers that are their own heir must be idle");
    }

    // Tools

    private Carriers open(long rescueAfterNanos) throws IOException {
        Carriers carriers = new Carriers(
                1,
                () -> EpollPoller.open(Arming.EDGE),
                new Carriers.Limits(64, rescueAfterNanos),
                () -> Objects.requireNonNull(opened.get()));
        opened.set(carriers);
        return carriers;
    }

    private static <T> T run(Carriers carriers, Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        carriers.threads().newThread(future).start();
        return future.get();
    }
}
