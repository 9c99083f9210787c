package io.heddle.internal.carrier;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.epoll.EpollPoller;
import io.heddle.internal.poller.Arming;
import io.heddle.testing.Await;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What carriers count, under loads of which it is known. */
class CountersTest {
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);

    private final List<Carriers> opened = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        LastCarriers.closeAll(opened);
    }

    @Test
    void aNewCarrierHasDoneNothingButSleep() throws Exception {
        Carriers carriers = open(1, HOUR);
        Await.until("it sleeps", () -> carriers.count(0, Count.PARKS) > 0);

        for (Count what : Count.values()) {
            boolean sleeps = what == Count.PARKS || what == Count.POLLS;
            assertThat(carriers.count(0, what)).as("%s", what).isEqualTo(sleeps ? 1 : 0);
        }
    }

    @Test
    void eachResumptionOfAThreadIsATask() throws Exception {
        Carriers carriers = open(1, HOUR);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            threads.add(start(carriers, () -> {
                for (int yields = 0; yields < 20; yields++) {
                    Thread.yield();
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertThat(carriers.count(0, Count.TASKS)).isEqualTo(50 * (1 + 20));
    }

    @Test
    void whoWakesASleepingCarrierIsCountedThereAndTheSleepOnce() throws Exception {
        Carriers carriers = open(1, HOUR);
        for (int wakes = 0; wakes < 100; wakes++) {
            long sleeps = wakes;
            Await.until("it sleeps anew", () -> carriers.count(0, Count.PARKS) == sleeps + 1);
            Await.until("and has announced it", () -> carriers.toString().contains("asleep"));
            start(carriers, () -> {}).join();
        }
        Await.until("it sleeps again", () -> carriers.count(0, Count.PARKS) == 101);

        assertThat(carriers.count(0, Count.WAKES)).isEqualTo(100);
        assertThat(carriers.count(0, Count.TASKS)).isEqualTo(100);
        assertThat(carriers.count(0, Count.POLLS)).isGreaterThanOrEqualTo(101);
        assertThat(carriers.count(0, Count.EVENTS)).as("doorbells are none").isZero();
    }

    @Test
    void aSleepIsATimerThatFires() throws Exception {
        Carriers carriers = open(1, HOUR);
        start(carriers, () -> {
                    for (int i = 0; i < 20; i++) {
                        LockSupport.parkNanos(200_000);
                    }
                })
                .join();

        assertThat(carriers.count(0, Count.TIMERS)).isEqualTo(20);
    }

    @Test
    void whatComesInByStealingWentOutElsewhere() throws Exception {
        Carriers carriers = open(3, HOUR);
        int children = 10_000;
        CountDownLatch all = new CountDownLatch(children);
        start(carriers, () -> {
                    for (int i = 0; i < children; i++) {
                        Thread.startVirtualThread(() -> {
                            compute(20_000);
                            all.countDown();
                        });
                    }
                })
                .join();
        all.await();
        // A theft is counted before what was stolen runs, and a carrier that sleeps steals nothing.
        Await.until("all sleep", () -> allAsleep(carriers));

        assertThat(carriers.count(Count.STEALS_IN)).isPositive().isEqualTo(carriers.count(Count.STEALS_OUT));
        assertThat(carriers.count(Count.TASKS)).isEqualTo(children + 1);
        for (int i = 0; i < carriers.count(); i++) {
            assertThat(carriers.queued(i)).isZero();
            assertThat(carriers.count(i, Count.PARKS)).isLessThanOrEqualTo(carriers.count(i, Count.POLLS));
        }
    }

    @Test
    void aTakeOverIsCountedAtTheCarrierThatWasTaken() throws Exception {
        Carriers carriers = open(2, 1_000_000);
        CountDownLatch stuck = new CountDownLatch(1);
        CountDownLatch free = new CountDownLatch(1);
        // Only who waits behind it on the same carrier lets it go on.
        Thread busy = start(carriers, () -> {
            Thread.startVirtualThread(free::countDown);
            stuck.countDown();
            while (free.getCount() > 0) {
                Thread.onSpinWait();
            }
        });
        stuck.await();
        busy.join();

        assertThat(carriers.count(0, Count.RESCUES)).isPositive();
        assertThat(carriers.count(1, Count.RESCUES)).isZero();
        assertThat(carriers.rescues()).isEqualTo(carriers.count(0, Count.RESCUES));
    }

    @Test
    void carriersAreKnownWhileTheyLive() throws Exception {
        Carriers carriers = open(1, HOUR);
        assertThat(Carriers.live()).contains(carriers);
        Carriers ending =
                new Carriers(1, () -> EpollPoller.open(Arming.EDGE), new Carriers.Limits(64, HOUR), () -> carriers);
        ending.close();
        assertThat(Carriers.live()).contains(carriers).doesNotContain(ending);
    }

    // Tools

    private static boolean allAsleep(Carriers carriers) {
        return carriers.toString().split(" asleep", -1).length - 1 == carriers.count();
    }

    private static void compute(long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
    }

    private Carriers open(int count, long rescueAfterNanos) throws IOException {
        Carriers carriers = new Carriers(
                count,
                () -> EpollPoller.open(Arming.EDGE),
                new Carriers.Limits(64, rescueAfterNanos),
                () -> opened.getFirst());
        opened.add(carriers);
        return carriers;
    }

    private static Thread start(Carriers carriers, Runnable task) {
        Thread thread = carriers.threads().newThread(task);
        thread.start();
        return thread;
    }
}
