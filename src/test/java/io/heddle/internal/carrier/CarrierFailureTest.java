package io.heddle.internal.carrier;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.epoll.EpollPoller;
import io.heddle.internal.poller.Arming;
import io.heddle.internal.poller.Poller;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.timer.Timer;
import io.heddle.testing.Await;
import io.heddle.testing.LogTap;
import io.heddle.testing.NoLeaks;
import java.io.IOException;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A carrier whose own code fails between two tasks, as any code does when memory is out. */
@ExtendWith(NoLeaks.class)
class CarrierFailureTest {
    private static final long HOUR_NANOS = TimeUnit.HOURS.toNanos(1);

    private final Queue<String> done = new ConcurrentLinkedQueue<>();

    /** The next poll of the carrier fails, by no fault of the kernel. */
    private final AtomicBoolean pollFails = new AtomicBoolean();

    // Not final, and opened behind the ledger's first look.
    private Carriers heir;
    private Carriers carriers;
    private Carrier carrier;

    @BeforeEach
    void openAll() throws Exception {
        heir = open(() -> EpollPoller.open(Arming.EDGE));
        carriers = open(() -> new FailingPoller(EpollPoller.open(Arming.EDGE), pollFails));
        carrier = (Carrier) Objects.requireNonNull(CarrierFailureTest.<Object>run(carriers, Carriers::currentHome));
    }

    private Carriers open(Carriers.PollerFactory pollers) throws IOException {
        return new Carriers(1, pollers, new Carriers.Limits(64, 2_000_000), this::heir);
    }

    private Carriers heir() {
        return heir;
    }

    @AfterEach
    @SuppressWarnings("NullAway") // The ledger asks whether their memory is garbage, while this object still lives.
    void closeAll() throws Exception {
        carriers.close();
        LastCarriers.close(heir);
        carrier = null;
        carriers = null;
        heir = null;
    }

    // What is half done

    @Test
    void whatComesAfterAFailureInTheInboxIsDoneAllTheSame() throws Exception {
        Delayed cancelled = new Delayed(carrier, () -> done.add("cancelled"), System.nanoTime() + HOUR_NANOS);
        carrier.schedule(cancelled, cancelled.dueNanos);
        postAtOnce(() -> {
            carrier.execute(() -> done.add("task 1"));
            carrier.schedule(new Failing(() -> {}, () -> done.add("timer 1")), System.nanoTime());
            carrier.execute(() -> done.add("task 2"));
            carrier.schedule(new Failing(() -> {}, () -> done.add("timer 2")), System.nanoTime());
            carrier.schedule(new Failing(() -> {}, () -> done.add("timer 3")), System.nanoTime());
            assertThat(cancelled.cancel(false)).isTrue();
            carrier.execute(() -> done.add("task 3"));
        });

        Await.until("all is done", () -> done.size() >= 6);
        assertThat(CarrierFailureTest.<Integer>run(carriers, carrier::timerCount))
                .isZero();
        assertThat(done).containsExactlyInAnyOrder("task 1", "timer 1", "task 2", "timer 2", "timer 3", "task 3");
    }

    @Test
    void soItIsIfTheCarrierEndsJustThen() throws Exception {
        carriers.prepareClose();
        postAtOnce(() -> {
            Delayed timer = new Delayed(carrier, () -> done.add("timer"), System.nanoTime());
            carrier.execute(() -> done.add("task 1"));
            carrier.schedule(new Failing(carrier::beginEnd, () -> {}), System.nanoTime() + HOUR_NANOS);
            carrier.execute(() -> done.add("task 2"));
            carrier.schedule(timer, timer.dueNanos);
            carrier.execute(() -> done.add("task 3"));
        });

        Await.until("all is done", () -> done.size() >= 4);
        assertThat(CarrierFailureTest.<Integer>run(heir, () -> 42)).isEqualTo(42);
        assertThat(done).containsExactlyInAnyOrder("task 1", "task 2", "timer", "task 3");
    }

    /** The carrier stands still until all is posted, and then takes it at once. */
    private void postAtOnce(Runnable post) throws InterruptedException {
        CountDownLatch still = new CountDownLatch(1);
        CountDownLatch posted = new CountDownLatch(1);
        inLoop(() -> {
            still.countDown();
            awaitUninterrupted(posted);
        });
        still.await();
        post.run();
        posted.countDown();
    }

    /** A timer that cannot be linked at first. */
    private static final class Failing extends Timer {
        private final Runnable beforeFailure;
        private final Runnable command;
        private final AtomicBoolean failed = new AtomicBoolean();

        Failing(Runnable beforeFailure, Runnable command) {
            this.beforeFailure = beforeFailure;
            this.command = command;
        }

        @Override
        public boolean isDead() {
            if (failed.compareAndSet(false, true)) {
                beforeFailure.run();
                throw new OutOfMemoryError("thrown by a test");
            }
            return false;
        }

        @Override
        protected void fire(long nowNanos) {
            command.run();
        }
    }

    // What is logged

    @Test
    void aLoggerThatBlocksHoldsUpOnlyTheWorkerThatLogs() throws Exception {
        blockTheLogger(
                () -> inLoop(() -> {
                    throw new IllegalStateException("thrown by a test");
                }),
                () -> carrier.execute(() -> done.add("what is wanted")));
    }

    @Test
    void soItIsIfAPollHasFailed() throws Exception {
        blockTheLogger(
                () -> inLoop(() -> pollFails.set(true)), () -> carrier.execute(() -> done.add("what is wanted")));
    }

    private interface Failure {
        void happen() throws Exception;
    }

    private void blockTheLogger(Failure failure, Runnable meanwhile) throws Exception {
        CountDownLatch logging = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (LogTap tap = LogTap.open(line -> {
            if (line.equals("Heddle: a carrier's loop threw")) {
                logging.countDown();
                awaitUninterrupted(release);
            }
        })) {
            assertThat(tap).isNotNull();
            try {
                failure.happen();
                logging.await();
                meanwhile.run();
                Await.until("it is done by another worker", () -> done.contains("what is wanted"));
                assertThat(carriers.rescues()).isPositive();
            } finally {
                release.countDown();
            }
        }
    }

    /** Nothing else is there to do, and nobody comes to ask. */
    @Test
    void norDoesItHoldUpWhatIsHalfDone() throws Exception {
        Failing timer = new Failing(() -> {}, () -> done.add("what is wanted"));
        blockTheLogger(() -> postAtOnce(() -> carrier.schedule(timer, System.nanoTime())), () -> {});
    }

    /** The kernel's, but for one poll. */
    private static final class FailingPoller extends ForwardingPoller {
        private final AtomicBoolean fails;

        FailingPoller(Poller kernel, AtomicBoolean fails) {
            super(kernel);
            this.fails = fails;
        }

        @Override
        public int poll(long timeoutNanos, int reportsMax, Sink sink) {
            return fails.compareAndSet(true, false) ? -Errno.EINVAL : super.poll(timeoutNanos, reportsMax, sink);
        }
    }

    // Tools

    /** Timers fire between two tasks, when nobody may take the carrier from its worker. */
    private void inLoop(Runnable command) {
        Delayed timer = new Delayed(carrier, command, System.nanoTime());
        carrier.schedule(timer, timer.dueNanos);
    }

    private static <T> T run(Carriers carriers, Callable<T> task) throws Exception {
        FutureTask<T> future = new FutureTask<>(task);
        carriers.threads().newThread(future).start();
        return future.get();
    }

    private static void awaitUninterrupted(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError("workers are never interrupted", e);
        }
    }
}
