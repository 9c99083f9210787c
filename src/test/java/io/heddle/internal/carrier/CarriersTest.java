package io.heddle.internal.carrier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.epoll.EpollPoller;
import io.heddle.internal.poller.Arming;
import io.heddle.internal.poller.Home;
import io.heddle.internal.poller.Poller;
import io.heddle.internal.readiness.Registration;
import io.heddle.internal.sys.EventFd;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.Scratch;
import io.heddle.testing.Await;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Carriers} with real workers, real pollers and real virtual threads. */
class CarriersTest {
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);

    private final List<Carriers> opened = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        opened.forEach(Carriers::close);
        Carriers last = heir.get();
        if (last != null) {
            LastCarriers.close(last);
        }
    }

    // Tasks

    @Test
    void tasksOfAllKindsOfSubmittersRunExactlyOnce() throws Exception {
        Carriers carriers = open(2);
        Carrier target = carrierOf(carriers);
        int each = 5_000;
        AtomicIntegerArray runs = new AtomicIntegerArray(5 * each);
        CountDownLatch all = new CountDownLatch(5 * each);
        List<Thread> submitters = new ArrayList<>();
        submitters.add(Thread.ofPlatform().unstarted(() -> submit(target, runs, all, 0, each)));
        submitters.add(Thread.ofVirtual().unstarted(() -> submit(target, runs, all, each, 2 * each)));
        submitters.add(target.threads().newThread(() -> submit(target, runs, all, 2 * each, 3 * each)));
        submitters.add(
                otherThan(target, carriers).threads().newThread(() -> submit(target, runs, all, 3 * each, 4 * each)));
        // From the loop itself, between two tasks.
        submitters.add(target.threads()
                .newThread(() -> target.execute(() -> {
                    Delayed timer =
                            new Delayed(target, () -> submit(target, runs, all, 4 * each, 5 * each), System.nanoTime());
                    target.schedule(timer, timer.dueNanos);
                })));
        submitters.forEach(Thread::start);
        all.await();
        for (Thread submitter : submitters) {
            submitter.join();
        }
        for (int i = 0; i < 5 * each; i++) {
            assertThat(runs.get(i)).as("task %d", i).isEqualTo(1);
        }
    }

    private static void submit(Carrier target, AtomicIntegerArray runs, CountDownLatch all, int from, int to) {
        for (int i = from; i < to; i++) {
            int number = i;
            target.execute(() -> {
                runs.incrementAndGet(number);
                all.countDown();
            });
        }
    }

    @Test
    void tasksOfOneSubmitterRunInTheirOrder() throws Exception {
        Carriers carriers = open(1);
        Carrier carrier = carrierOf(carriers);
        for (Callable<Boolean> submitter : List.<Callable<Boolean>>of(
                () -> submitInOrder(carrier), () -> run(carriers, () -> submitInOrder(carrier)))) {
            assertThat(submitter.call()).isTrue();
        }
    }

    private static boolean submitInOrder(Carrier carrier) throws Exception {
        List<Integer> order = new ArrayList<>();
        int tasks = Ring.CAPACITY / 2;
        CountDownLatch all = new CountDownLatch(tasks);
        for (int i = 0; i < tasks; i++) {
            int number = i;
            carrier.execute(() -> {
                order.add(number);
                all.countDown();
            });
        }
        all.await();
        assertThat(order).hasSize(tasks).isSorted();
        return true;
    }

    @Test
    void aTaskThatThrowsTakesNothingWithIt() throws Exception {
        Carriers carriers = open(1);
        Carrier carrier = carrierOf(carriers);
        CountDownLatch ran = new CountDownLatch(2);
        carrier.execute(() -> {
            ran.countDown();
            throw new IllegalStateException("thrown by a test");
        });
        carrier.execute(() -> {
            ran.countDown();
            throw new StackOverflowError("thrown by a test");
        });
        ran.await();
        assertThat(run(carriers, () -> 42)).isEqualTo(42);
        assertThat(carrierOf(carriers)).isSameAs(carrier);
    }

    @Test
    void aTimerThatThrowsTakesNothingWithIt() throws Exception {
        Carriers carriers = open(1);
        Carrier carrier = carrierOf(carriers);
        CountDownLatch ran = new CountDownLatch(1);
        Delayed broken = new Delayed(
                carrier,
                () -> {
                    ran.countDown();
                    throw new IllegalStateException("thrown by a test");
                },
                System.nanoTime());
        carrier.schedule(broken, broken.dueNanos);
        ran.await();
        assertThat(run(carriers, () -> 42)).isEqualTo(42);
    }

    @Test
    void aVirtualThreadThatThrowsEndsAlone() throws Exception {
        Carriers carriers = open(1);
        AtomicReference<@Nullable Throwable> seen = new AtomicReference<>();
        Thread thread = carriers.threads().newThread(() -> {
            throw new IllegalStateException("thrown by a test");
        });
        thread.setUncaughtExceptionHandler((ignored, thrown) -> seen.set(thrown));
        thread.start();
        thread.join();

        assertThat(seen.get()).hasMessage("thrown by a test");
        assertThat(run(carriers, () -> 42)).isEqualTo(42);
    }

    @Test
    void threadsAreSpreadOverAllCarriersAndTheirChildrenStay() throws Exception {
        Carriers carriers = open(3);
        List<Home> homes = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            homes.add(run(carriers, () -> {
                Home mine = Objects.requireNonNull(Carriers.currentHome());
                AtomicReference<@Nullable Home> childs = new AtomicReference<>();
                Thread.startVirtualThread(() -> childs.set(Carriers.currentHome()))
                        .join();
                assertThat(childs.get()).isSameAs(mine);
                return mine;
            }));
        }
        assertThat(homes.subList(0, 3)).doesNotHaveDuplicates();
        assertThat(homes.subList(3, 6)).isEqualTo(homes.subList(0, 3));
    }

    @Test
    void nobodyElseHasACarrier() throws Exception {
        Carriers carriers = open(1);

        assertThat(Carriers.currentHome()).isNull();
        assertThat(carriers.isCurrent()).isFalse();
        AtomicReference<@Nullable Home> hosted = new AtomicReference<>();
        Thread.ofVirtual().start(() -> hosted.set(Carriers.currentHome())).join();
        assertThat(hosted.get()).isNull();
        assertThat(run(carriers, carriers::isCurrent)).isTrue();
        assertThat(run(open(1), carriers::isCurrent)).isFalse();
    }

    // Fairness

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void tenThousandThreadsThatYieldAllProgress(int count) throws Exception {
        Carriers carriers = open(count);
        int threads = 10_000;
        AtomicIntegerArray yields = new AtomicIntegerArray(threads);
        List<Thread> started = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            int number = i;
            started.add(start(carriers, () -> {
                for (int j = 0; j < 10; j++) {
                    Thread.yield();
                    yields.incrementAndGet(number);
                }
            }));
        }
        for (Thread thread : started) {
            thread.join();
        }
        for (int i = 0; i < threads; i++) {
            assertThat(yields.get(i)).as("thread %d", i).isEqualTo(10);
        }
    }

    @Test
    void threadsThatYieldWithoutEndStarveNeitherTheBacklogNorTimersNorDescriptorsNorOthers() throws Exception {
        Carriers carriers = open(1);
        AtomicBoolean stop = new AtomicBoolean();
        List<Thread> yielders = new ArrayList<>();
        for (int i = 0; i < 2 * Ring.CAPACITY; i++) {
            yielders.add(start(carriers, () -> {
                while (!stop.get()) {
                    Thread.yield();
                }
            }));
        }
        try (Doorbell doorbell = new Doorbell()) {
            Thread reader = start(carriers, doorbell::await);
            assertThat(run(carriers, () -> 42)).as("a foreign submit").isEqualTo(42);
            assertThat(run(carriers, () -> {
                        AtomicInteger child = new AtomicInteger();
                        Thread.startVirtualThread(() -> child.set(43)).join();
                        TimeUnit.MILLISECONDS.sleep(1);
                        return child.get();
                    }))
                    .as("a submit of its own, and a timer")
                    .isEqualTo(43);
            doorbell.ring();
            reader.join();
        } finally {
            stop.set(true);
        }
        for (Thread yielder : yielders) {
            yielder.join();
        }
    }

    // Waking across threads

    @Test
    void aSleepingCarrierIsWokenByEveryKindOfThread() throws Exception {
        Carriers carriers = open(2);
        Carriers others = open(1);
        for (Callable<Carriers> home : List.<Callable<Carriers>>of(() -> carriers, () -> others)) {
            Carriers wakers = home.call();
            for (int round = 0; round < 500; round++) {
                Handover handover = new Handover();
                Thread sleeper = start(carriers, handover::await);
                start(wakers, handover::pass).join();
                sleeper.join();
            }
        }
        for (int round = 0; round < 500; round++) {
            Handover handover = new Handover();
            Thread sleeper = start(carriers, handover::await);
            if (round % 2 == 0) {
                handover.pass();
            } else {
                Thread.ofVirtual().start(handover::pass).join();
            }
            sleeper.join();
        }
    }

    /** Blocked on a monitor, a thread is sent on by the JDK's own unblocker thread. */
    @Test
    void threadsThatContendForAMonitorAllGetIt() throws Exception {
        Carriers carriers = open(2);
        Object monitor = new Object();
        int[] count = {0};
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            threads.add(start(carriers, () -> {
                for (int j = 0; j < 100; j++) {
                    synchronized (monitor) {
                        count[0]++;
                        if (j % 10 == 0) {
                            Thread.yield();
                        }
                    }
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        synchronized (monitor) {
            assertThat(count[0]).isEqualTo(5_000);
        }
    }

    // Time

    @ParameterizedTest
    @ValueSource(longs = {10_000, 1_000_000, 50_000_000})
    void aTimedParkEndsAndNeverEarly(long nanos) throws Exception {
        Carriers carriers = open(2);
        List<FutureTask<Long>> parked = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            parked.add(submit(carriers, () -> {
                long start = System.nanoTime();
                TimeUnit.NANOSECONDS.sleep(nanos);
                return System.nanoTime() - start;
            }));
            parked.add(submit(carriers, () -> {
                long start = System.nanoTime();
                while (System.nanoTime() - start < nanos) {
                    LockSupport.parkNanos(nanos - (System.nanoTime() - start));
                }
                return System.nanoTime() - start;
            }));
        }
        for (FutureTask<Long> each : parked) {
            assertThat(each.get()).isGreaterThanOrEqualTo(nanos);
        }
    }

    @Test
    void everyTimedWaitOfTheJdkEndsAndNeverEarly() throws Exception {
        Carriers carriers = open(1);
        long nanos = 2_000_000;
        List<Callable<Boolean>> waits = List.of(
                () -> {
                    Object monitor = new Object();
                    long start = System.nanoTime();
                    synchronized (monitor) {
                        while (System.nanoTime() - start < nanos) {
                            monitor.wait(2);
                        }
                    }
                    return true;
                },
                () -> !new CountDownLatch(1).await(nanos, TimeUnit.NANOSECONDS),
                () -> {
                    ReentrantLock lock = new ReentrantLock();
                    Thread holder = new Thread(lock::lock);
                    holder.start();
                    holder.join();
                    return !lock.tryLock(nanos, TimeUnit.NANOSECONDS);
                },
                () -> {
                    assertThatThrownBy(() -> new CompletableFuture<Void>().get(nanos, TimeUnit.NANOSECONDS))
                            .isInstanceOf(TimeoutException.class);
                    return true;
                },
                () -> {
                    TimeUnit.NANOSECONDS.sleep(nanos);
                    return true;
                },
                () -> !Thread.currentThread().join(Duration.ofNanos(nanos)));
        for (Callable<Boolean> wait : waits) {
            long took = run(carriers, () -> {
                long start = System.nanoTime();
                assertThat(wait.call()).isTrue();
                return System.nanoTime() - start;
            });
            assertThat(took).isGreaterThanOrEqualTo(nanos);
        }
        assertThat(timers(carriers)).isZero();
    }

    @Test
    void aWaitThatIsNotifiedEndsBeforeItsTime() throws Exception {
        Carriers carriers = open(2);
        Object monitor = new Object();
        AtomicBoolean told = new AtomicBoolean();
        FutureTask<Boolean> waiting = submit(carriers, () -> {
            synchronized (monitor) {
                while (!told.get()) {
                    monitor.wait(TimeUnit.NANOSECONDS.toMillis(HOUR));
                }
            }
            return true;
        });
        run(carriers, () -> {
            synchronized (monitor) {
                told.set(true);
                monitor.notifyAll();
            }
            return true;
        });
        assertThat(waiting.get()).isTrue();
    }

    @Test
    void ourTimersAndNotTheJdksServeOurThreads() throws Exception {
        Carriers carriers = open(1);
        int threads = 100;
        List<Thread> sleepers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            sleepers.add(start(carriers, () -> LockSupport.parkNanos(HOUR)));
        }
        for (Thread sleeper : sleepers) {
            Await.until("it sleeps", () -> sleeper.getState() == Thread.State.TIMED_WAITING);
        }
        assertThat(timers(carriers)).isEqualTo(threads);
        assertThat(Thread.getAllStackTraces().keySet())
                .extracting(Thread::getName)
                .doesNotContain("VirtualThread-unparker");
        sleepers.forEach(LockSupport::unpark);
        for (Thread sleeper : sleepers) {
            sleeper.join();
        }
        assertThat(timers(carriers)).as("cancelled timers are gone").isZero();
    }

    @Test
    void timersThatAreCancelledFromElsewhereAreGoneToo() throws Exception {
        Carriers carriers = open(2);
        Carrier carrier = carrierOf(carriers);
        List<Delayed> timers = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            Delayed timer = new Delayed(carrier, () -> {}, System.nanoTime() + HOUR);
            carrier.schedule(timer, timer.dueNanos);
            timers.add(timer);
        }
        assertThat(runOn(carrier, carrier::timerCount)).isEqualTo(1_000);
        for (Delayed timer : timers) {
            assertThat(timer.cancel(false)).isTrue();
            assertThat(timer.cancel(false)).isFalse();
            assertThat(timer.isCancelled()).isTrue();
        }
        assertThat(runOn(carrier, carrier::timerCount)).isZero();
    }

    @Test
    void aTimerThatRanCannotBeCancelled() throws Exception {
        Carriers carriers = open(1);
        Carrier carrier = carrierOf(carriers);
        CountDownLatch ran = new CountDownLatch(1);
        Delayed timer = new Delayed(carrier, ran::countDown, System.nanoTime());
        assertThat(timer.isDone()).isFalse();
        assertThatThrownBy(timer::get)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a carrier's timer cannot be waited for");
        carrier.schedule(timer, timer.dueNanos);
        ran.await();

        assertThat(timer.isDone()).isTrue();
        assertThat(timer.cancel(false)).isFalse();
        assertThat(timer.isCancelled()).isFalse();
        assertThat(timer.get()).isNull();
    }

    @Test
    void anEarlierTimerFromElsewhereWakesACarrierThatSleepsForALaterOne() throws Exception {
        Carriers carriers = open(1);
        Carrier carrier = carrierOf(carriers);
        Delayed late = new Delayed(carrier, () -> {}, System.nanoTime() + HOUR);
        carrier.schedule(late, late.dueNanos);
        Await.until("the carrier sleeps", carrier::isAsleep);
        CountDownLatch fired = new CountDownLatch(1);
        Delayed early = new Delayed(carrier, fired::countDown, System.nanoTime() + 1_000_000);
        carrier.schedule(early, early.dueNanos);
        fired.await();

        assertThat(System.nanoTime() - early.dueNanos).isNotNegative();
        assertThat(late.cancel(false)).isTrue();
    }

    // Descriptors

    @ParameterizedTest
    @EnumSource
    void aThreadThatWaitsForADescriptorIsWokenByIt(Arming arming) throws Exception {
        Carriers carriers = open(2, arming);
        for (int round = 0; round < 200; round++) {
            try (Doorbell doorbell = new Doorbell()) {
                Thread reader = start(carriers, doorbell::await);
                doorbell.ring();
                reader.join();
            }
        }
    }

    @Test
    void aDeadlineOnADescriptorEndsTheWaitAndNeverEarly() throws Exception {
        Carriers carriers = open(2);
        for (long nanos : new long[] {20_000, 1_000_000, 20_000_000}) {
            try (Doorbell doorbell = new Doorbell()) {
                long late = run(carriers, () -> {
                    long deadline = System.nanoTime() + nanos;
                    int outcome;
                    do {
                        outcome = doorbell.registration.await(doorbell.registration.reader, true, deadline);
                    } while (outcome == Registration.WOKEN);
                    assertThat(outcome).isEqualTo(Registration.TIMED_OUT);
                    return System.nanoTime() - deadline;
                });
                assertThat(late).isNotNegative();
            }
        }
        assertThat(timers(carriers)).isZero();
    }

    // Take-over

    /** Its initialiser holds a worker until another thread of the same carrier lets go. */
    private static final class Pinned {
        static final CountDownLatch ENTERED = new CountDownLatch(1);
        static final CountDownLatch RELEASE = new CountDownLatch(1);

        private static final class Initialiser {
            static final boolean DONE;

            static {
                ENTERED.countDown();
                DONE = awaitUninterrupted(RELEASE);
            }
        }

        static boolean hold() {
            return Initialiser.DONE;
        }
    }

    @Test
    void aClassInitialiserThatWaitsForAThreadOfItsOwnCarrierCompletes() throws Exception {
        Carriers carriers = open(1);
        Carrier carrier = carrierOf(carriers);
        FutureTask<Boolean> pinned = submit(carriers, Pinned::hold);
        Pinned.ENTERED.await();

        // All of this runs on the carrier whose worker is lost.
        assertThat(run(carriers, () -> {
                    TimeUnit.MILLISECONDS.sleep(1);
                    return Carriers.currentHome();
                }))
                .isSameAs(carrier);
        try (Doorbell doorbell = new Doorbell()) {
            Thread reader = start(carriers, doorbell::await);
            doorbell.ring();
            reader.join();
        }
        start(carriers, Pinned.RELEASE::countDown).join();
        assertThat(pinned.get()).isTrue();
        assertThat(carriers.rescues()).isPositive();
    }

    @Test
    void aWorkerThatComesBackIsTheNextSpare() throws Exception {
        Carriers carriers = open(1);
        Carrier carrier = carrierOf(carriers);
        Set<Integer> workers = new HashSet<>();
        for (int round = 0; round < 20; round++) {
            int first = Ownership.workerOf(carrier.ownership.word());
            workers.add(first);
            CountDownLatch entered = new CountDownLatch(1);
            CountDownLatch release = new CountDownLatch(1);
            carrier.execute(() -> {
                entered.countDown();
                assertThat(awaitUninterrupted(release)).isTrue();
            });
            entered.await();
            assertThat(run(carriers, () -> 42)).isEqualTo(42);
            assertThat(Ownership.workerOf(carrier.ownership.word())).isNotEqualTo(first);
            release.countDown();
            Await.until("the worker is back", () -> !carriers.toString().contains("spares=0"));
        }
        // Two do, and one more for each round in which the machine kept a worker from running.
        assertThat(workers).hasSizeLessThan(10);
        assertThat(carriers.rescues()).isGreaterThanOrEqualTo(20);
    }

    @Test
    void aTaskWhoseCarrierWasTakenStillSubmitsAndSchedules() throws Exception {
        Carriers carriers = open(1);
        Carrier carrier = carrierOf(carriers);
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch ran = new CountDownLatch(2);
        carrier.execute(() -> {
            entered.countDown();
            assertThat(awaitUninterrupted(release)).isTrue();
            // Foreign by now, though on a thread that believes to serve the carrier.
            assertThat(((Worker) Thread.currentThread()).carrier).isSameAs(carrier);
            carrier.execute(ran::countDown);
            Delayed timer = new Delayed(carrier, ran::countDown, System.nanoTime() + 1_000_000);
            carrier.schedule(timer, timer.dueNanos);
            Delayed cancelled = new Delayed(carrier, () -> {}, System.nanoTime() + HOUR);
            carrier.schedule(cancelled, cancelled.dueNanos);
            assertThat(cancelled.cancel(false)).isTrue();
        });
        entered.await();
        assertThat(run(carriers, () -> 42)).as("on the spare").isEqualTo(42);
        release.countDown();
        ran.await();
        assertThat(timers(carriers)).isZero();
    }

    @Test
    void whatWaitedInTheQueueOfALostWorkerRuns() throws Exception {
        Carriers carriers = open(1);
        Carrier carrier = carrierOf(carriers);
        CountDownLatch queued = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch ran = new CountDownLatch(2 * Ring.CAPACITY);
        carrier.execute(() -> {
            // Into the ring and, when that is full, the backlog: both are handed over with the word.
            for (int i = 0; i < 2 * Ring.CAPACITY; i++) {
                carrier.execute(ran::countDown);
            }
            queued.countDown();
            assertThat(awaitUninterrupted(release)).isTrue();
        });
        queued.await();
        ran.await();
        release.countDown();
        assertThat(carriers.rescues()).isPositive();
    }

    /** Books: every task that blocks has its worker; when all are released, every thread has ended. */
    @Test
    void manyBlockedTasksInARowAreAllRescued() throws Exception {
        Carriers carriers = open(2);
        CountDownLatch release = new CountDownLatch(1);
        List<FutureTask<Boolean>> blocked = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            CountDownLatch entered = new CountDownLatch(1);
            Carrier carrier = carrierOf(carriers);
            FutureTask<Boolean> task = new FutureTask<>(() -> {
                entered.countDown();
                return awaitUninterrupted(release);
            });
            carrier.execute(task);
            blocked.add(task);
            entered.await();
        }
        assertThat(run(carriers, () -> 42)).isEqualTo(42);
        assertThat(run(carriers, () -> 43)).isEqualTo(43);
        assertThat(carriers.rescues()).isGreaterThanOrEqualTo(6);
        release.countDown();
        for (FutureTask<Boolean> task : blocked) {
            assertThat(task.get()).isTrue();
        }
    }

    @Test
    void noMoreWorkersThanTheLimitAreRaised() throws Exception {
        Carriers carriers = keep(
                new Carriers(1, () -> EpollPoller.open(Arming.EDGE), new Carriers.Limits(2, 1_000_000), this::heir));
        Carrier carrier = carrierOf(carriers);
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch entered = new CountDownLatch(2);
        for (int i = 0; i < 2; i++) {
            carrier.execute(() -> {
                entered.countDown();
                assertThat(awaitUninterrupted(release)).isTrue();
            });
        }
        entered.await();
        FutureTask<Integer> waits = submit(carriers, () -> 42);
        assertThat(carriers.workers()).isEqualTo(2);
        release.countDown();
        assertThat(waits.get()).isEqualTo(42);
    }

    // The end

    @Test
    void childrenThatNobodyTracksMoveToTheSuccessor() throws Exception {
        Carriers ending = open(2);
        Semaphore permit = new Semaphore(1);
        CompletableFuture<Void> future = new CompletableFuture<>();
        Object monitor = new Object();
        AtomicBoolean told = new AtomicBoolean();
        List<FutureTask<@Nullable Home>> children = new ArrayList<>();
        try (Doorbell doorbell = new Doorbell();
                Doorbell timed = new Doorbell()) {
            permit.acquire();
            children.add(submit(ending, () -> {
                permit.acquire();
                return Carriers.currentHome();
            }));
            children.add(submit(ending, () -> {
                future.join();
                return Carriers.currentHome();
            }));
            children.add(submit(ending, () -> {
                synchronized (monitor) {
                    while (!told.get()) {
                        monitor.wait();
                    }
                }
                return Carriers.currentHome();
            }));
            children.add(submit(ending, () -> {
                doorbell.await();
                return Carriers.currentHome();
            }));
            children.add(submit(ending, () -> {
                timed.await(System.nanoTime() + HOUR);
                return Carriers.currentHome();
            }));
            Thread sleeper = start(ending, () -> LockSupport.parkNanos(HOUR));
            Await.until(
                    "all wait",
                    () -> doorbell.isAwaited()
                            && timed.isAwaited()
                            && permit.hasQueuedThreads()
                            && sleeper.getState() == Thread.State.TIMED_WAITING);

            ending.close();
            opened.remove(ending);
            Await.until("the sleep and the deadline have moved", () -> timers(heir()) == 2);
            LockSupport.unpark(sleeper);
            sleeper.join();
            permit.release();
            future.complete(null);
            synchronized (monitor) {
                told.set(true);
                monitor.notifyAll();
            }
            doorbell.ring();
            timed.ring();
            for (FutureTask<@Nullable Home> child : children) {
                assertThat(heirHas(child.get())).isTrue();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aThreadThatWaitsForADescriptorWhenItsCarrierEndsWaitsOn(Arming arming) throws Exception {
        for (int round = 0; round < 20; round++) {
            Carriers ending = open(1, arming);
            try (Doorbell doorbell = new Doorbell()) {
                FutureTask<@Nullable Home> child = submit(ending, () -> {
                    doorbell.await();
                    return Carriers.currentHome();
                });
                Await.until("it waits", doorbell::isAwaited);
                ending.close();
                opened.remove(ending);
                Await.until("it waits on", () -> doorbell.isAwaited() || child.isDone());
                assertThat(child.isDone()).isFalse();
                doorbell.ring();
                assertThat(heirHas(child.get())).isTrue();
            }
        }
    }

    @Test
    void aDeadlineOutlivesTheCarrierItWasSetOn() throws Exception {
        Carriers ending = open(1);
        try (Doorbell doorbell = new Doorbell()) {
            FutureTask<Integer> child = submit(ending, () -> {
                long deadline = System.nanoTime() + 30_000_000;
                for (; ; ) {
                    int outcome = doorbell.registration.await(doorbell.registration.reader, true, deadline);
                    if (outcome != Registration.WOKEN) {
                        return outcome;
                    }
                }
            });
            Await.until("it waits", () -> doorbell.isAwaited() || child.isDone());
            ending.close();
            opened.remove(ending);
            assertThat(child.get()).isEqualTo(Registration.TIMED_OUT);
        }
    }

    /** Books: every timer either ran or was cancelled, and the heir keeps all of its own and, in the end, no other. */
    @Test
    void timersThatAreCancelledWhileTheirCarrierEndsDamageNoOthers() throws Exception {
        Carrier heir = carrierOf(heir());
        List<Delayed> others = schedule(heir, 100, HOUR, new AtomicInteger());
        for (int round = 0; round < 50; round++) {
            Carriers ending = open(1);
            Carrier carrier = carrierOf(ending);
            AtomicInteger ran = new AtomicInteger();
            AtomicInteger cancelled = new AtomicInteger();
            List<Delayed> timers = schedule(carrier, 2_000, TimeUnit.MILLISECONDS.toNanos(20), ran);
            assertThat(runOn(carrier, carrier::timerCount)).isPositive();
            Thread canceller = Thread.ofPlatform().start(() -> {
                for (Delayed timer : timers) {
                    cancelled.addAndGet(timer.cancel(false) ? 1 : 0);
                }
            });
            ending.close();
            opened.remove(ending);
            canceller.join();
            Await.until("every timer has ended", () -> ran.get() + cancelled.get() == timers.size());
        }
        Await.until("the heir has its own", () -> runOn(heir, heir::timerCount) == others.size());
        assertThat(others).allMatch(timer -> timer.cancel(false));
        assertThat(runOn(heir, heir::timerCount)).isZero();
    }

    private static List<Delayed> schedule(Carrier carrier, int count, long delayNanos, AtomicInteger ran) {
        List<Delayed> timers = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Delayed timer = new Delayed(carrier, ran::incrementAndGet, System.nanoTime() + delayNanos);
            carrier.schedule(timer, timer.dueNanos);
            timers.add(timer);
        }
        return timers;
    }

    @Test
    void aThreadThatIsStartedAfterTheEndRunsOnTheSuccessor() throws Exception {
        Carriers ending = open(1);
        Carrier carrier = carrierOf(ending);
        ending.close();
        opened.remove(ending);

        assertThat(heirHas(runOn(carrier, Carriers::currentHome))).isTrue();
        assertThat(runOn(carrier, () -> {
                    TimeUnit.MILLISECONDS.sleep(1);
                    return 42;
                }))
                .isEqualTo(42);
    }

    @Test
    void aTaskThatIsStillRunningWhenItsCarrierEndsGoesOnAtTheSuccessor() throws Exception {
        Carriers ending = open(1);
        CountDownLatch entered = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        FutureTask<@Nullable Home> child = submit(ending, () -> {
            entered.countDown();
            Pinning.hold(release);
            TimeUnit.MILLISECONDS.sleep(1);
            return Carriers.currentHome();
        });
        entered.await();
        ending.close();
        opened.remove(ending);
        release.countDown();
        assertThat(heirHas(child.get())).isTrue();
    }

    /** Holds a worker: a native frame would, a class initialiser does. */
    private static final class Pinning {
        private static final AtomicReference<@Nullable CountDownLatch> LATCH = new AtomicReference<>();

        private static final class Holder {
            static final boolean DONE = awaitUninterrupted(Objects.requireNonNull(LATCH.get()));
        }

        static void hold(CountDownLatch until) {
            LATCH.set(until);
            assertThat(Holder.DONE).isTrue();
        }
    }

    @Test
    void theSuccessorIsAskedForByTheCloserAndByNobodyWhoWakesAThread() throws Exception {
        List<Thread> askers = new ArrayList<>();
        Carriers heir = heir();
        Carriers ending = keep(new Carriers(1, () -> EpollPoller.open(Arming.EDGE), limits(), () -> {
            synchronized (askers) {
                askers.add(Thread.currentThread());
            }
            return heir;
        }));
        Handover handover = new Handover();
        FutureTask<Boolean> child = submit(ending, () -> {
            handover.await();
            return true;
        });
        ending.close();
        opened.remove(ending);
        handover.pass();
        assertThat(child.get()).isTrue();
        synchronized (askers) {
            // It may have to be started, which takes locks and waits: not in execute().
            assertThat(askers).containsOnly(Thread.currentThread());
        }
    }

    @Test
    void carriersLiveOnForTheirThreadsIfTheSuccessorCannotBeHad() throws Exception {
        AtomicBoolean broken = new AtomicBoolean(true);
        Carriers ending = keep(new Carriers(1, () -> EpollPoller.open(Arming.EDGE), limits(), () -> {
            if (broken.get()) {
                throw new IllegalStateException("thrown by a test");
            }
            return heir();
        }));
        Handover handover = new Handover();
        FutureTask<Boolean> child = submit(ending, () -> {
            handover.await();
            TimeUnit.MILLISECONDS.sleep(1);
            return true;
        });
        assertThatThrownBy(ending::close).hasMessage("thrown by a test");
        handover.pass();
        assertThat(child.get()).isTrue();
        broken.set(false);
    }

    @Test
    void closedCarriersLeaveNoWorkerAndNoDescriptor() throws Exception {
        Carriers ending = open(3);
        assertThat(run(ending, () -> 42)).isEqualTo(42);
        List<Poller> pollers = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            pollers.add(carrierOf(ending).poller());
        }
        ending.close();
        opened.remove(ending);

        Await.until("all workers have left", () -> ending.workers() == 0);
        for (Poller poller : pollers) {
            assertThat(poller.watch(0, 1, 1)).isEqualTo(Poller.CLOSED);
        }
    }

    @Test
    void anInterruptedCloserWaitsForTheEndAndKeepsItsStatus() throws Exception {
        Carriers ending = open(2);
        Thread.currentThread().interrupt();
        ending.close();
        opened.remove(ending);

        assertThat(Thread.interrupted()).isTrue();
        Await.until("all workers have left", () -> ending.workers() == 0);
    }

    @Test
    void aPollerThatCannotBeOpenedLeavesNothingBehind() {
        List<EpollPoller> pollers = new ArrayList<>();
        assertThatThrownBy(() -> new Carriers(
                        3,
                        () -> {
                            if (pollers.size() == 2) {
                                throw new IOException("thrown by a test");
                            }
                            EpollPoller poller = EpollPoller.open(Arming.EDGE);
                            pollers.add(poller);
                            return poller;
                        },
                        limits(),
                        this::heir))
                .hasMessage("thrown by a test");
        assertThat(pollers).hasSize(2);
        assertThat(pollers).allMatch(poller -> poller.watch(0, 1, 1) == Poller.CLOSED);
    }

    @Test
    void aSleepingCarrierSaysSo() throws Exception {
        Carriers carriers = open(1);
        Carrier carrier = carrierOf(carriers);
        Await.until("the carrier sleeps", carrier::isAsleep);

        assertThat(carrier.hasBusiness()).isFalse();
        assertThat(carrier)
                .hasToString("Carrier[" + carrier.number + ", " + workerOf(carrier)
                        + " asleep, queued=0, watched=0, timers=0]");
        assertThat(carriers).hasToString("Carriers[workers=1, spares=0, [" + carrier + "]]");
    }

    // Tools

    private static String workerOf(Carrier carrier) {
        return Worker.name(Ownership.workerOf(carrier.ownership.word()));
    }

    private static Carriers.Limits limits() {
        return new Carriers.Limits(64, 2_000_000);
    }

    private Carriers open(int count) throws IOException {
        return open(count, Arming.EDGE);
    }

    private Carriers open(int count, Arming arming) throws IOException {
        return keep(new Carriers(count, () -> EpollPoller.open(arming), limits(), this::heir));
    }

    private Carriers keep(Carriers carriers) {
        opened.addFirst(carriers);
        return carriers;
    }

    private final AtomicReference<@Nullable Carriers> heir = new AtomicReference<>();

    /** Where threads of closed carriers go; it has none of its own when it is closed. */
    private Carriers heir() {
        Carriers known = heir.get();
        if (known != null) {
            return known;
        }
        try {
            Carriers created = new Carriers(1, () -> EpollPoller.open(Arming.EDGE), limits(), this::heir);
            heir.set(created);
            return created;
        } catch (IOException e) {
            throw new AssertionError("no heir", e);
        }
    }

    private boolean heirHas(@Nullable Home home) throws Exception {
        return carrierOf(heir()) == home;
    }

    private static Carrier carrierOf(Carriers carriers) throws Exception {
        return (Carrier) Objects.requireNonNull(run(carriers, Carriers::currentHome));
    }

    private static Carrier otherThan(Carrier one, Carriers carriers) throws Exception {
        Carrier other;
        do {
            other = carrierOf(carriers);
        } while (other == one);
        return other;
    }

    private static int timers(Carriers carriers) throws Exception {
        int sum = 0;
        for (int i = 0; i < carriers.count(); i++) {
            // Each is asked on its own owner, one after the other.
            sum += run(carriers, () -> ((Carrier) Objects.requireNonNull(Carriers.currentHome())).timerCount());
        }
        return sum;
    }

    private static Thread start(Carriers carriers, Runnable task) {
        Thread thread = carriers.threads().newThread(task);
        thread.start();
        return thread;
    }

    private static <T extends @Nullable Object> FutureTask<T> submit(Carriers carriers, Callable<T> task) {
        FutureTask<T> future = new FutureTask<>(task);
        start(carriers, future);
        return future;
    }

    private static <T extends @Nullable Object> T run(Carriers carriers, Callable<T> task) throws Exception {
        return submit(carriers, task).get();
    }

    private static <T extends @Nullable Object> T runOn(Carrier carrier, Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        carrier.threads().newThread(future).start();
        return future.get();
    }

    private static boolean awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
            return true;
        } catch (InterruptedException e) {
            throw new AssertionError("workers are never interrupted", e);
        }
    }

    /** One passes, another waits for it, by park and unpark. */
    private static final class Handover {
        private final AtomicReference<@Nullable Thread> waiter = new AtomicReference<>();
        private final AtomicBoolean passed = new AtomicBoolean();

        void await() {
            waiter.set(Thread.currentThread());
            while (!passed.get()) {
                LockSupport.park();
            }
        }

        void pass() {
            passed.set(true);
            LockSupport.unpark(waiter.get());
        }
    }

    /** An eventfd that threads wait for. */
    private static final class Doorbell implements AutoCloseable {
        private final int fd = EventFd.open();
        private final Scratch scratch = Scratch.own();
        final Registration registration =
                new Registration(fd, () -> Objects.requireNonNull(Carriers.currentHome(), "not on a carrier"));

        void await() {
            for (; ; ) {
                registration.reader.clear();
                if (EventFd.reset(scratch, fd) == 0) {
                    return;
                }
                assertThat(registration.await(registration.reader, false, 0)).isEqualTo(Registration.WOKEN);
            }
        }

        void await(long deadlineNanos) {
            for (; ; ) {
                registration.reader.clear();
                if (EventFd.reset(scratch, fd) == 0) {
                    return;
                }
                assertThat(registration.await(registration.reader, true, deadlineNanos))
                        .isEqualTo(Registration.WOKEN);
            }
        }

        boolean isAwaited() {
            return registration.reader.hasWaiter();
        }

        void ring() {
            EventFd.signal(fd);
        }

        @Override
        public void close() {
            registration.discard();
            assertThat(Fd.close(fd)).isZero();
        }
    }
}
