package io.heddle.internal.carrier;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.epoll.EpollPoller;
import io.heddle.internal.jdk.VirtualThreads;
import io.heddle.internal.poller.Arming;
import io.heddle.internal.poller.Home;
import io.heddle.internal.poller.Poller;
import io.heddle.testing.Await;
import io.heddle.testing.NoLeaks;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Carriers that take each other's tasks. No take-over disturbs: the monitor looks once an hour. */
@ExtendWith(NoLeaks.class)
class StealingTest {
    private static final long SEED = Long.getLong("heddle.seed", System.nanoTime());
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);
    private static final int BUSY = 4;

    private final List<Carriers> opened = new ArrayList<>();

    /** Whoever is first takes what is left when the others end. */
    @BeforeEach
    void openHeir() throws IOException {
        open(1);
    }

    @AfterEach
    void closeAll() throws Exception {
        LastCarriers.closeAll(opened);
        // The ledger asks whether their memory is garbage, while this object still lives.
        opened.clear();
    }

    @Test
    void theChildrenOfOneThreadRunOnSeveralCarriersAndEachOnce() throws Exception {
        Carriers carriers = open(3);
        int count = 10_000;
        AtomicIntegerArray runs = new AtomicIntegerArray(count);
        CountDownLatch all = new CountDownLatch(count);
        Set<Carrier> homes = ConcurrentHashMap.newKeySet();
        start(carriers, () -> {
                    for (int i = 0; i < count; i++) {
                        int child = i;
                        Thread.startVirtualThread(() -> {
                            compute(50_000);
                            homes.add(here());
                            runs.incrementAndGet(child);
                            all.countDown();
                        });
                    }
                })
                .join();
        all.await();

        for (int i = 0; i < count; i++) {
            assertThat(runs.get(i)).as("child %d", i).isEqualTo(1);
        }
        assertThat(homes).hasSizeGreaterThan(1);
        assertThat(carriers.steals()).isPositive();
    }

    @Test
    void aStolenThreadGoesHomeWhenItIsWoken() throws Exception {
        Stray stray = ended(stray(open(2)));

        assertThat(stray.parkedOn).isNotSameAs(stray.home);
        assertThat(stray.wokenOn).isSameAs(stray.home);
    }

    /** Its sockets would be polled by a carrier that cannot wake it without a message, for as long as they live. */
    @Test
    void aStolenThreadWaitsForItsSocketsAtHome() throws Exception {
        Stray stray = ended(stray(open(2)));

        assertThat(stray.parkedOn).isNotSameAs(stray.home);
        assertThat(stray.waitsAt).isSameAs(stray.home);
    }

    @Test
    void aThreadWhoseCarrierSleepsRunsWhereItIsWoken() throws Exception {
        Carriers carriers = open(2);
        Wanderer wanderer = new Wanderer(carriers);
        long stolen = carriers.steals();
        wanderer.wakeFromSibling(() -> LockSupport.unpark(wanderer.thread));

        assertThat(wanderer.wokenOn).isSameAs(wanderer.sibling);
        assertThat(carriers.steals()).isEqualTo(stolen + 1);
    }

    /** Or a thread that computes on would keep it waiting beside a carrier that sleeps. */
    @Test
    void aThreadThatIsWokenByOneWhoComputesRunsAtHome() throws Exception {
        Carriers carriers = open(2);
        Wanderer wanderer = new Wanderer(carriers);
        wanderer.wakeFromSibling(() -> {
            compute(2_000_000);
            LockSupport.unpark(wanderer.thread);
            while (wanderer.wokenOn == null) {
                Thread.onSpinWait();
            }
        });

        assertThat(wanderer.wokenOn).isSameAs(wanderer.home);
    }

    /** The owner has not yet come back from waking the thief when that has taken the whole ring. */
    @Test
    void whatHadNoRoomInTheRingIsNotForgottenWhenThievesEmptyIt() throws Exception {
        AtomicReference<@Nullable Carrier> robbed = new AtomicReference<>();
        AtomicInteger waits = new AtomicInteger();
        Carriers carriers = open(2, kernel -> new ForwardingPoller(kernel) {
            @Override
            public void wake() {
                super.wake();
                Carrier victim = robbed.get();
                if (victim != null && Thread.currentThread() instanceof Worker worker && worker.carrier == victim) {
                    waits.incrementAndGet();
                    while (victim.isLoaded()) {
                        Thread.onSpinWait();
                    }
                }
            }
        });
        Carrier victim = homeOfOne(carriers);
        robbed.set(victim);
        int count = Ring.CAPACITY + 1;
        do {
            CountDownLatch all = new CountDownLatch(count);
            long due = System.nanoTime() + 1_000_000;
            for (int i = 0; i < count; i++) {
                victim.schedule(new Delayed(victim, () -> victim.execute(all::countDown), due), due);
            }
            all.await();
        } while (waits.get() == 0);
    }

    /** What was loaded and then blocked has nothing left to steal, and must not be all that a thief looks at. */
    @Test
    void aCarrierThatWasRobbedAndThenBlockedHidesNoOther() throws Exception {
        Carriers carriers = open(2);
        CountDownLatch release = new CountDownLatch(1);
        try {
            Carrier blocked;
            do {
                blocked = blockAfterBurst(carriers, release);
            } while (blocked == null);
            Carrier robbed = blocked;
            Await.until("nothing is left", () -> !robbed.isLoaded());
        } finally {
            release.countDown();
        }
    }

    /** A burst, the last of which holds its carrier; null if that was stolen. */
    private static @Nullable Carrier blockAfterBurst(Carriers carriers, CountDownLatch release) throws Exception {
        Carrier home = homeOfOne(carriers);
        FutureTask<Boolean> last = new FutureTask<>(() -> here() == home);
        for (int i = 0; i < Ring.CAPACITY; i++) {
            home.execute(() -> compute(20_000));
        }
        home.execute(() -> {
            last.run();
            while (here() == home && release.getCount() > 0) {
                Thread.onSpinWait();
            }
        });
        return last.get() ? home : null;
    }

    @Test
    void aThreadStartedByAStolenOneSharesTheHomeOfItsParent() throws Exception {
        Stray stray = ended(stray(open(2)));

        assertThat(stray.childOn).isSameAs(stray.home);
    }

    /** A ring of {@value Ring#CAPACITY} must not keep alive what a sibling ran long ago. */
    @Test
    void whatWasStolenIsForgottenByTheCarrierThatHadIt() throws Exception {
        Carriers carriers = open(2);
        WeakReference<Stray> forgotten = strayed(carriers);

        // Each of these rests once more.
        for (int i = 0; i < 2 * carriers.count(); i++) {
            start(carriers, () -> {}).join();
        }
        Await.until("the stolen thread is garbage", () -> {
            System.gc();
            return forgotten.get() == null;
        });
    }

    private WeakReference<Stray> strayed(Carriers carriers) throws Exception {
        return new WeakReference<>(ended(stray(carriers)));
    }

    /** Books: each task runs once, by whomever, also while its carrier ends. */
    @Test
    void nothingIsLostOrDoubledWhenCarriersEndAmongThieves() throws Exception {
        SplittableRandom random = new SplittableRandom(SEED);
        Carriers heir = open(2);
        for (int round = 0; round < 50; round++) {
            Carriers ending = new Carriers(3, () -> EpollPoller.open(Arming.EDGE), limits(), () -> heir);
            int parents = 1 + random.nextInt(3);
            int children = random.nextInt(2 * Ring.CAPACITY);
            AtomicIntegerArray runs = new AtomicIntegerArray(parents * children);
            CountDownLatch all = new CountDownLatch(parents * children);
            CountDownLatch started = new CountDownLatch(parents);
            for (int p = 0; p < parents; p++) {
                int first = p * children;
                start(ending, () -> {
                    for (int i = 0; i < children; i++) {
                        int child = first + i;
                        Thread.startVirtualThread(() -> {
                            compute(20_000);
                            Thread.yield();
                            runs.incrementAndGet(child);
                            all.countDown();
                        });
                    }
                    started.countDown();
                });
            }
            started.await();
            ending.close();
            all.await();
            for (int i = 0; i < runs.length(); i++) {
                assertThat(runs.get(i))
                        .as("-Dheddle.seed=%d round %d child %d", SEED, round, i)
                        .isEqualTo(1);
            }
        }
    }

    // Tools

    /** A thread, where it parked after it was stolen, and where it and its child ran afterwards. */
    private static final class Stray {
        final Carrier home;
        volatile @Nullable Carrier parkedOn;
        volatile @Nullable Home waitsAt;
        volatile @Nullable Carrier wokenOn;
        volatile @Nullable Carrier childOn;
        private final CountDownLatch ran = new CountDownLatch(1);
        final Thread thread;

        Stray(Carrier home) {
            this.home = home;
            thread = home.threads().newThread(this::run);
        }

        private void run() {
            parkedOn = here();
            waitsAt = Carriers.currentHome();
            ran.countDown();
            LockSupport.park();
            wokenOn = here();
            Thread child = Thread.startVirtualThread(() -> childOn = here());
            try {
                child.join();
            } catch (InterruptedException e) {
                throw new AssertionError("nobody interrupts", e);
            }
        }
    }

    /** A thread that is parked while its carrier sleeps, and a sibling to wake it from. */
    private static final class Wanderer {
        final Carrier home;
        final Carrier sibling;
        final Thread thread;
        volatile @Nullable Carrier wokenOn;

        Wanderer(Carriers carriers) throws Exception {
            home = homeOfOne(carriers);
            sibling = homeOfOne(carriers);
            assertThat(sibling).isNotSameAs(home);
            thread = home.threads().newThread(() -> {
                LockSupport.park();
                wokenOn = here();
            });
            thread.start();
            Await.until(
                    "its carrier sleeps",
                    () -> thread.getState() == Thread.State.WAITING && home.isAsleep() && sibling.isAsleep());
        }

        void wakeFromSibling(Runnable waker) throws InterruptedException {
            Thread waking = sibling.threads().newThread(waker);
            waking.start();
            waking.join();
            thread.join();
        }
    }

    /** Wakes it, and waits for its end. */
    private static Stray ended(Stray stray) throws InterruptedException {
        LockSupport.unpark(stray.thread);
        stray.thread.join();
        return stray;
    }

    /** A thread that is parked now and ran on another carrier than its own before. */
    private Stray stray(Carriers carriers) throws Exception {
        for (; ; ) {
            List<Stray> strays = new ArrayList<>();
            CountDownLatch free = new CountDownLatch(1);
            CountDownLatch quiet = new CountDownLatch(BUSY);
            Carrier home = keepBusyUntil(carriers, free, quiet);
            for (int i = 0; i < 8; i++) {
                Stray stray = new Stray(home);
                strays.add(stray);
                stray.thread.start();
            }
            for (Stray stray : strays) {
                stray.ran.await();
            }
            free.countDown();
            Await.until(
                    "all are parked", () -> strays.stream().allMatch(s -> s.thread.getState() == Thread.State.WAITING));
            Stray stolen = null;
            for (Stray stray : strays) {
                if (stolen == null && stray.parkedOn != home) {
                    stolen = stray;
                } else {
                    ended(stray);
                }
            }
            if (stolen != null) {
                return stolen;
            }
        }
    }

    /** Tasks that follow each other on one carrier without a pause until a latch is down; answers that carrier. */
    private static Carrier keepBusyUntil(Carriers carriers, CountDownLatch free, CountDownLatch quiet)
            throws Exception {
        Carrier carrier = homeOfOne(carriers);
        Runnable busy = new Runnable() {
            @Override
            public void run() {
                compute(200_000);
                if (free.getCount() > 0) {
                    carrier.execute(this);
                } else {
                    quiet.countDown();
                }
            }
        };
        // Several: a thief may take some of them, and brings each back.
        for (int i = 0; i < BUSY; i++) {
            carrier.execute(busy);
        }
        return carrier;
    }

    private static Carrier homeOfOne(Carriers carriers) throws Exception {
        FutureTask<Carrier> home = new FutureTask<>(() -> (Carrier) Objects.requireNonNull(Carriers.currentHome()));
        start(carriers, home);
        return home.get();
    }

    private static void compute(long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
    }

    /** Where the caller runs now, be it at home or not. */
    private static Carrier here() {
        return Objects.requireNonNull(((Worker) VirtualThreads.currentCarrier()).carrier);
    }

    private static Carriers.Limits limits() {
        return new Carriers.Limits(64, HOUR);
    }

    private Carriers open(int count) throws IOException {
        return open(count, kernel -> kernel);
    }

    private Carriers open(int count, UnaryOperator<Poller> hook) throws IOException {
        Carriers carriers =
                new Carriers(count, () -> hook.apply(EpollPoller.open(Arming.EDGE)), limits(), opened::getFirst);
        opened.add(carriers);
        return carriers;
    }

    private static Thread start(Carriers carriers, Runnable task) {
        Thread thread = carriers.threads().newThread(task);
        thread.start();
        return thread;
    }
}
