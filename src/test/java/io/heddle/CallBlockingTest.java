package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.EveryVirtualCaller;
import io.heddle.testing.Task;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** {@link Heddle#callBlocking}: work beside the carriers. */
@Behaviour
class CallBlockingTest {
    @EveryCaller
    void theAnswerIsThatOfTheWork(Caller caller) throws Exception {
        assertThat(caller.<String>call(() -> Heddle.callBlocking(() -> "done"))).isEqualTo("done");
        assertThat(caller.<Boolean>call(() -> isNull(Heddle.callBlocking(CallBlockingTest::nothing))))
                .isTrue();
    }

    @SuppressWarnings("NullAway") // It does not look into type arguments.
    private static Object nothing() {
        return null;
    }

    private static boolean isNull(@Nullable Object answer) {
        return answer == null;
    }

    @EveryCaller
    void whatTheWorkThrowsIsThrownAsItIs(Caller caller) throws Exception {
        IOException checked = new IOException("checked");
        IllegalStateException unchecked = new IllegalStateException("unchecked");
        AssertionError error = new AssertionError("error");

        assertThat(caller.failureOf(() -> failChecked(checked))).isSameAs(checked);
        assertThat(caller.failureOf(() -> Heddle.callBlocking(() -> {
                    throw unchecked;
                })))
                .isSameAs(unchecked);
        assertThat(caller.failureOf(() -> Heddle.callBlocking(() -> {
                    throw error;
                })))
                .isSameAs(error);
        assertThat(caller.failureOf(() -> failChecked(checked))).isSameAs(checked);
    }

    /** Compiles: the work's exception is the only checked one. */
    private static void failChecked(IOException thrown) throws IOException {
        Heddle.callBlocking(() -> {
            throw thrown;
        });
    }

    @EveryCaller
    void aVirtualThreadHasItDoneByAPlatformThreadWhichDoesItItself(Caller caller) throws Exception {
        caller.run(() -> {
            Thread me = Thread.currentThread();
            Thread worker = Heddle.callBlocking(Thread::currentThread);
            Thread nested = Heddle.callBlocking(() -> Heddle.callBlocking(Thread::currentThread));

            assertThat(worker.isVirtual()).isFalse();
            assertThat(worker.isDaemon()).isTrue();
            assertThat(nested.isVirtual()).isFalse();
            if (caller.isVirtual()) {
                assertThat(worker.getName()).matches("heddle-blocking-\\d+");
            } else {
                assertThat(worker).isSameAs(me);
                assertThat(nested).isSameAs(me);
            }
        });
    }

    @Test
    void otherThreadsOfTheCarrierRunMeanwhile() throws Exception {
        try (Heddle heddle = Heddle.open(1)) {
            int calls = 20;
            CountDownLatch all = new CountDownLatch(calls);
            AtomicInteger done = new AtomicInteger();
            for (int i = 0; i < calls; i++) {
                heddle.startVirtualThread(() -> {
                    Heddle.callBlocking(() -> {
                        all.countDown();
                        awaitQuietly(all);
                        return true;
                    });
                    done.incrementAndGet();
                });
            }
            Await.until("all have been done at once", () -> done.get() == calls);
        }
    }

    @EveryVirtualCaller
    void anInterruptReachesTheWorkAndEndsThere(Caller caller) throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        AtomicReference<InterruptedException> caught = new AtomicReference<>();
        Task<Boolean> task = caller.startRun(() -> Heddle.callBlocking(() -> {
            working.countDown();
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                caught.set(e);
                throw e;
            }
            return true;
        }));
        working.await();
        task.interrupt();

        assertThat(task.failure()).isInstanceOf(InterruptedException.class).isSameAs(caught.get());
        assertThat(task.endedInterrupted()).isFalse();
    }

    @EveryVirtualCaller
    void workThatDoesNotHeedAnInterruptEndsAsItLikesAndTheCallerKeepsIt(Caller caller) throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        Semaphore go = new Semaphore(0);
        Task<String> task = caller.start(() -> Heddle.callBlocking(() -> {
            working.countDown();
            go.acquireUninterruptibly();
            return "done";
        }));
        working.await();
        task.interrupt();
        assertThat(task.isDone()).isFalse();
        go.release();

        assertThat(task.get()).isEqualTo("done");
        assertThat(task.endedInterrupted()).isTrue();
    }

    @EveryVirtualCaller
    void workOfAnInterruptedThreadBeginsInterrupted(Caller caller) throws Exception {
        Task<Boolean> task = caller.start(() -> {
            Thread.currentThread().interrupt();
            return Heddle.callBlocking(Thread::interrupted);
        });
        assertThat(task.get()).isTrue();
        assertThat(task.endedInterrupted()).isFalse();
    }

    @EveryVirtualCaller
    void noInterruptIsLostAndNoneGoesToAnothersWork(Caller caller) throws Exception {
        long seed = Long.getLong("heddle.seed", System.nanoTime());
        System.out.println("CallBlockingTest: seed=" + seed);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 500; i++) {
            int pauseNanos = random.nextInt(60_000);
            Task<Boolean> task = caller.start(() -> Heddle.callBlocking(() -> {
                boolean seen = Thread.interrupted();
                LockSupport.parkNanos(20_000);
                return seen || Thread.interrupted();
            }));
            LockSupport.parkNanos(pauseNanos);
            task.interrupt();
            boolean byWork = task.get();
            boolean byCaller = task.endedInterrupted();
            // Of an interrupt that comes after the call neither knows.
            assertThat(byWork && byCaller).isFalse();
            assertThat(caller.<Boolean>call(() -> Heddle.callBlocking(Thread::interrupted)))
                    .isFalse();
        }
    }

    @Test
    void closingWaitsForTheWorkOfItsThreads() throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        Semaphore go = new Semaphore(0);
        AtomicInteger done = new AtomicInteger();
        Heddle heddle = Heddle.open(1);
        heddle.startVirtualThread(() -> {
            Heddle.callBlocking(() -> {
                working.countDown();
                go.acquireUninterruptibly();
                return true;
            });
            done.incrementAndGet();
        });
        working.await();
        Task<Boolean> closing = Caller.PLATFORM_THREAD.startRun(heddle::close);
        closing.awaitParked();
        assertThat(done).hasValue(0);
        go.release();
        closing.get();

        assertThat(done).hasValue(1);
    }

    @Test
    void anInterruptedCloserInterruptsTheWork() throws Exception {
        CountDownLatch working = new CountDownLatch(1);
        AtomicInteger interrupted = new AtomicInteger();
        Heddle heddle = Heddle.open(1);
        heddle.startVirtualThread(() -> {
            try {
                Heddle.callBlocking(() -> {
                    working.countDown();
                    new CountDownLatch(1).await();
                    return true;
                });
            } catch (InterruptedException e) {
                interrupted.incrementAndGet();
            }
        });
        working.await();
        Task<Boolean> closing = Caller.PLATFORM_THREAD.startRun(heddle::close);
        closing.awaitParked();
        closing.interrupt();

        assertThat(closing.endedInterrupted()).isTrue();
        assertThat(interrupted).hasValue(1);
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError("nobody interrupts this", e);
        }
    }
}
