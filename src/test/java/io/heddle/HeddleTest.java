package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The runtime: its threads, and how it ends. */
@Behaviour
@SuppressWarnings("try") // Closing is among what is tested.
class HeddleTest {
    @Test
    void theSharedOneIsAlwaysTheSameAndNeverClosed() {
        Heddle shared = Heddle.shared();
        assertThat(Heddle.shared()).isSameAs(shared);
        assertThatThrownBy(shared::close).isInstanceOf(UnsupportedOperationException.class);
        assertThat(shared.carriers()).isPositive();
    }

    @Test
    void theModeIsTheOneThatWasAskedFor() {
        boolean hosted = "hosted".equals(System.getProperty("heddle.scheduler"));
        try (Heddle own = Heddle.open(1)) {
            for (Heddle heddle : List.of(Heddle.shared(), own)) {
                assertThat(heddle.mode()).isEqualTo(hosted ? Heddle.Mode.HOSTED : Heddle.Mode.CARRIERS);
                assertThat(heddle.hostedBecause().isPresent()).isEqualTo(hosted);
                assertThat(heddle.toString())
                        .contains(hosted ? "hosted" : "carriers")
                        .contains(System.getProperty("heddle.arming", "edge"));
            }
            if (!hosted) {
                assertThat(own.carriers()).isEqualTo(1);
            }
        }
    }

    @Test
    void thereIsAtLeastOneCarrier() {
        for (int carriers : new int[] {0, -1, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> Heddle.open(carriers))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageEndingWith("carriers=" + carriers);
        }
    }

    @Test
    void manyOpenAndCloseOneAfterTheOther() throws Exception {
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < 30; i++) {
            try (Heddle heddle = Heddle.open(1 + i % 4)) {
                for (int j = 0; j < 10; j++) {
                    Thread thread = heddle.startVirtualThread(ran::incrementAndGet);
                    assertThat(thread.isVirtual()).isTrue();
                }
            }
            assertThat(ran).hasValue(10 * (i + 1));
        }
    }

    @Test
    void theFactoryMakesVirtualThreadsThatAreNotStarted() throws Exception {
        try (Heddle heddle = Heddle.open(2)) {
            for (Heddle each : List.of(heddle, Heddle.shared())) {
                ThreadFactory factory = each.threadFactory();
                AtomicBoolean ran = new AtomicBoolean();
                Thread thread = factory.newThread(() -> ran.set(true));
                assertThat(thread.isVirtual()).isTrue();
                assertThat(thread.getState()).isEqualTo(Thread.State.NEW);
                thread.start();
                thread.join();
                assertThat(ran).isTrue();
                assertThatThrownBy(() -> factory.newThread(null)).isInstanceOf(NullPointerException.class);
            }
        }
    }

    @EveryCaller
    void theExecutorRunsAThreadPerTask(Caller caller) throws Exception {
        try (Heddle heddle = Heddle.open(2)) {
            for (Heddle each : List.of(heddle, Heddle.shared())) {
                caller.run(() -> {
                    List<Future<Integer>> results = new ArrayList<>();
                    try (ExecutorService executor = each.newVirtualThreadPerTaskExecutor()) {
                        for (int i = 0; i < 100; i++) {
                            int result = i;
                            results.add(executor.submit(() -> {
                                Thread.yield();
                                return result;
                            }));
                        }
                    }
                    for (int i = 0; i < 100; i++) {
                        assertThat(results.get(i).get()).isEqualTo(i);
                    }
                });
            }
        }
    }

    @EveryCaller
    void closeWaitsForAllThreads(Caller caller) throws Exception {
        for (int round = 0; round < 20; round++) {
            Heddle heddle = Heddle.open(2);
            CountDownLatch goOn = new CountDownLatch(1);
            AtomicInteger ended = new AtomicInteger();
            for (int i = 0; i < 20; i++) {
                Thread thread = heddle.startVirtualThread(() -> {
                    try {
                        goOn.await();
                        LockSupport.parkNanos(1000);
                        ended.incrementAndGet();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
                assertThat(thread.isAlive()).isTrue();
            }
            Task<Boolean> closing = caller.startRun(heddle::close).awaitParked();
            Task<Boolean> closingToo = caller.startRun(heddle::close).awaitParked();
            goOn.countDown();
            assertThat(closing.get() && closingToo.get()).isTrue();
            assertThat(ended).hasValue(20);
            caller.run(heddle::close);
        }
    }

    @Test
    void aThreadThatWasNeverStartedIsNotWaitedForAndRunsLater() throws Exception {
        Heddle heddle = Heddle.open(1);
        AtomicBoolean ran = new AtomicBoolean();
        Thread late = heddle.threadFactory().newThread(() -> ran.set(true));
        heddle.close();
        late.start();
        late.join();
        assertThat(ran).isTrue();
    }

    @EveryCaller
    void anInterruptOfTheCloserInterruptsTheThreads(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            Heddle heddle = Heddle.open(2);
            LinkedBlockingQueue<String> outcomes = new LinkedBlockingQueue<>();
            List<Thread> threads = new ArrayList<>();
            threads.add(heddle.startVirtualThread(() -> {
                try {
                    outcomes.add("read " + pair.local().read(new byte[1]));
                } catch (IOException e) {
                    outcomes.add(e.toString());
                }
            }));
            threads.add(heddle.startVirtualThread(() -> {
                LockSupport.park();
                outcomes.add("parked, interrupted=" + Thread.currentThread().isInterrupted());
            }));
            for (Thread thread : threads) {
                Await.until("the thread waits", () -> thread.getState() == Thread.State.WAITING);
            }
            Task<Boolean> closing = caller.startRun(heddle::close).awaitParked();
            closing.interrupt();

            assertThat(closing.get()).isTrue();
            assertThat(closing.endedInterrupted()).isTrue();
            assertThat(outcomes)
                    .containsExactlyInAnyOrder(
                            new SocketException("Closed by interrupt").toString(), "parked, interrupted=true");
        }
    }

    @Test
    void aCloserWhoseStatusIsSetInterruptsTheThreadsAtOnce() throws Exception {
        for (Caller caller : Caller.values()) {
            Heddle heddle = Heddle.open(1);
            AtomicBoolean interrupted = new AtomicBoolean();
            Thread thread = heddle.startVirtualThread(() -> {
                LockSupport.park();
                interrupted.set(Thread.currentThread().isInterrupted());
            });
            Await.until("the thread waits", () -> thread.getState() == Thread.State.WAITING);
            Task<Boolean> closing = caller.startRun(() -> {
                Thread.currentThread().interrupt();
                heddle.close();
            });
            assertThat(closing.get()).isTrue();
            assertThat(closing.endedInterrupted()).isTrue();
            assertThat(interrupted).isTrue();
        }
    }

    @Test
    void aClosedHeddleMakesNoThreads() throws Exception {
        Heddle heddle = Heddle.open(1);
        ThreadFactory factory = heddle.threadFactory();
        ExecutorService executor = heddle.newVirtualThreadPerTaskExecutor();
        heddle.close();
        assertThatThrownBy(() -> heddle.startVirtualThread(() -> {})).isInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(() -> factory.newThread(() -> {})).isInstanceOf(RejectedExecutionException.class);
        assertThatThrownBy(() -> executor.execute(() -> {})).isInstanceOf(RejectedExecutionException.class);
        executor.close();
        assertThat(heddle.toString()).contains("closed");
    }

    @Test
    void aClosingHeddleMakesNoThreads() throws Exception {
        Heddle heddle = Heddle.open(1);
        CountDownLatch goOn = new CountDownLatch(1);
        LinkedBlockingQueue<Throwable> refused = new LinkedBlockingQueue<>();
        Thread thread = heddle.startVirtualThread(() -> {
            try {
                goOn.await();
                heddle.startVirtualThread(() -> {});
            } catch (InterruptedException | RejectedExecutionException e) {
                refused.add(e);
            }
        });
        Task<Boolean> closing = Caller.PLATFORM_THREAD.startRun(heddle::close).awaitParked();
        assertThatThrownBy(() -> heddle.startVirtualThread(() -> {})).isInstanceOf(RejectedExecutionException.class);
        goOn.countDown();
        assertThat(closing.get()).isTrue();
        assertThat(refused).hasSize(1).allMatch(RejectedExecutionException.class::isInstance);
        thread.join();
    }

    @Test
    void aThreadCannotCloseTheHeddleItRunsOn() throws Exception {
        try (Heddle heddle = Heddle.open(1)) {
            LinkedBlockingQueue<String> outcomes = new LinkedBlockingQueue<>();
            Runnable close = () -> {
                try {
                    heddle.close();
                    outcomes.add("closed");
                } catch (IllegalStateException e) {
                    outcomes.add("refused");
                }
            };
            Thread own = heddle.startVirtualThread(close);
            own.join();
            if (heddle.mode() == Heddle.Mode.CARRIERS) {
                Thread parent = heddle.startVirtualThread(() -> {
                    try {
                        Thread.startVirtualThread(close).join();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                });
                parent.join();
                assertThat(outcomes).containsExactly("refused", "refused");
            } else {
                assertThat(outcomes).containsExactly("refused");
            }
            AtomicBoolean stillOpen = new AtomicBoolean();
            heddle.startVirtualThread(() -> stillOpen.set(true)).join();
            assertThat(stillOpen).isTrue();
        }
    }

    @Test
    void oneHeddleMayCloseAnother() throws Exception {
        try (Heddle outer = Heddle.open(1)) {
            Heddle inner = Heddle.open(1);
            AtomicBoolean closed = new AtomicBoolean();
            outer.startVirtualThread(() -> {
                        inner.close();
                        closed.set(true);
                    })
                    .join();
            assertThat(closed).isTrue();
        }
    }

    /** Starts, from a thread of the Heddle, a thread that the Heddle does not know. */
    private static Task<Boolean> orphan(Heddle heddle, Caller.Work work) throws Exception {
        LinkedBlockingQueue<Task<Boolean>> started = new LinkedBlockingQueue<>();
        Thread parent = heddle.startVirtualThread(
                () -> started.add(Task.on(task -> Thread.ofVirtual().unstarted(task), work)));
        Task<Boolean> orphan = started.take();
        parent.join();
        return orphan;
    }

    @Test
    void threadsThatNobodyTrackedLiveOnAndMayDoEverything() throws Exception {
        for (int round = 0; round < 10; round++) {
            try (Pair waiting = Pair.open();
                    Pair registered = Pair.open()) {
                Heddle heddle = Heddle.open(2);
                CountDownLatch closed = new CountDownLatch(1);
                Semaphore permits = new Semaphore(0);
                List<Task<Boolean>> orphans = new ArrayList<>();
                // One waits on its socket while the carrier ends.
                orphans.add(orphan(
                        heddle,
                        () -> assertThat(waiting.local().read(new byte[1])).isEqualTo(1)));
                // One has used its socket before, and uses it again afterwards.
                orphans.add(orphan(heddle, () -> {
                    assertThat(registered.local().read(new byte[1])).isEqualTo(1);
                    closed.await();
                    registered.local().write(new byte[] {3});
                    assertThat(registered.local().read(new byte[1])).isEqualTo(1);
                }));
                // Some sleep, briefly and beyond the end.
                for (long nanos : new long[] {1000, 1_000_000, 30_000_000}) {
                    orphans.add(orphan(heddle, () -> {
                        while (closed.getCount() > 0) {
                            LockSupport.parkNanos(nanos);
                        }
                    }));
                }
                // One waits in time for a permit, one in a monitor.
                orphans.add(orphan(
                        heddle,
                        () -> assertThat(permits.tryAcquire(1, TimeUnit.HOURS)).isTrue()));
                Object monitor = new Object();
                orphans.add(orphan(heddle, () -> {
                    synchronized (monitor) {
                        while (closed.getCount() > 0) {
                            monitor.wait(1);
                        }
                    }
                }));
                registered.peer().getOutputStream().write(1);
                orphans.getFirst().awaitWaiting();

                heddle.close();
                closed.countDown();
                permits.release();
                waiting.peer().getOutputStream().write(1);
                assertThat(registered.peer().getInputStream().read()).isEqualTo(3);
                registered.peer().getOutputStream().write(1);
                for (Task<Boolean> orphan : orphans) {
                    assertThat(orphan.get()).isTrue();
                }
            }
        }
    }

    @Test
    void closeDoesNotWaitForThreadsThatNobodyTrackedAndThatAlwaysHaveWork() throws Exception {
        Heddle heddle = Heddle.open(1);
        AtomicBoolean closed = new AtomicBoolean();
        Task<Boolean> yielding = orphan(heddle, () -> {
            while (!closed.get()) {
                Thread.yield();
            }
        });
        heddle.close();
        closed.set(true);
        assertThat(yielding.get()).isTrue();
    }

    @Test
    void closeDoesNotWaitForThreadsThatNobodyTrackedAndThatCompute() throws Exception {
        Heddle heddle = Heddle.open(1);
        AtomicBoolean closed = new AtomicBoolean();
        Task<Boolean> computing = orphan(heddle, () -> {
            while (!closed.get()) {
                Thread.onSpinWait();
            }
        });
        heddle.close();
        closed.set(true);
        assertThat(computing.get()).isTrue();
    }

    @Test
    void socketsOutliveTheHeddleTheyWereUsedOn() throws Exception {
        try (Pair pair = Pair.open()) {
            for (int round = 0; round < 10; round++) {
                try (Heddle heddle = Heddle.open(2)) {
                    Future<Integer> read;
                    try (ExecutorService executor = heddle.newVirtualThreadPerTaskExecutor()) {
                        read = executor.submit(() -> pair.local().read(new byte[1]));
                        pair.peer().getOutputStream().write(1);
                    }
                    assertThat(read.get()).isEqualTo(1);
                }
                for (Caller caller : Caller.values()) {
                    Task<Integer> reading =
                            caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
                    pair.peer().getOutputStream().write(1);
                    assertThat(reading.get()).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void aForeignReaderWaitsOnWhileTheCarriersOfItsSocketEnd() throws Exception {
        for (Caller caller : Caller.values()) {
            try (Pair pair = Pair.open()) {
                Heddle heddle = Heddle.open(1);
                Thread thread = heddle.startVirtualThread(() -> {
                    try {
                        assertThat(pair.local().read(new byte[1])).isEqualTo(1);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                });
                Await.until("the thread waits", () -> thread.getState() == Thread.State.WAITING);
                pair.peer().getOutputStream().write(1);
                thread.join();
                // The socket is watched by that carrier now, whoever waits.
                Task<Integer> reading =
                        caller.start(() -> pair.local().read(new byte[1])).awaitWaiting();
                heddle.close();
                pair.peer().getOutputStream().write(2);
                assertThat(reading.get()).isEqualTo(1);
            }
        }
    }
}
