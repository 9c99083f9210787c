package io.heddle.internal.carrier;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.epoll.EpollPoller;
import io.heddle.internal.poller.Arming;
import io.heddle.testing.Await;
import io.heddle.testing.LiveThreads;
import io.heddle.testing.NoLeaks;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Carriers that are closed at any moment of a rescue: every worker leaves, and every thread ends at the heir. */
@ExtendWith(NoLeaks.class)
class CarriersEndTest {
    private static final long SEED = Long.getLong("heddle.seed", System.nanoTime());
    private static final int ROUNDS = Integer.getInteger("heddle.rounds", 100);

    /** A worker that waits as a spare and was not rung leaves after half a minute. */
    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

    @Test
    void noWorkerStaysBehindWhateverTheMonitorDoesAtTheEnd() throws Exception {
        SplittableRandom random = new SplittableRandom(SEED);
        List<Carriers> heir = new ArrayList<>();
        heir.add(new Carriers(2, () -> EpollPoller.open(Arming.EDGE), limits(random), heir::getFirst));
        long rescues = 0;
        try {
            for (int round = 0; round < ROUNDS; round++) {
                rescues += round(random, heir.getFirst(), "-Dheddle.seed=" + SEED + " round=" + round);
            }
        } finally {
            LastCarriers.closeAll(heir);
        }
        assertThat(rescues).as("-Dheddle.seed=%d", SEED).isPositive();
    }

    /** Answers how many rescues there were. */
    private static long round(SplittableRandom random, Carriers heir, String name) throws Exception {
        Carriers ending =
                new Carriers(1 + random.nextInt(3), () -> EpollPoller.open(Arming.EDGE), limits(random), () -> heir);
        AtomicInteger ended = new AtomicInteger();
        int threads = 1 + random.nextInt(20);
        try (ForcedRescues forced = ForcedRescues.begin(ending, random.nextLong(), 1 + random.nextInt(100_000))) {
            for (int i = 0; i < threads; i++) {
                SplittableRandom own = random.split();
                ending.threads()
                        .newThread(() -> {
                            live(own);
                            ended.incrementAndGet();
                        })
                        .start();
            }
            LockSupport.parkNanos(random.nextInt(2_000_000));
            ending.close();
            assertThat(forced.count()).isNotNegative();
        }
        if (!Await.until("all workers have left", PATIENCE_NANOS, () -> ending.workers() == 0)) {
            throw new AssertionError(name + ": " + ending + "\n" + LiveThreads.dump());
        }
        Await.until("all threads have ended", () -> ended.get() == threads);
        return ending.rescues();
    }

    /** Computes, yields, sleeps and parks, for some milliseconds. */
    private static void live(SplittableRandom random) {
        int steps = random.nextInt(20);
        for (int i = 0; i < steps; i++) {
            switch (random.nextInt(3)) {
                case 0 -> Thread.yield();
                case 1 -> LockSupport.parkNanos(random.nextInt(200_000));
                default -> compute(random.nextInt(200_000));
            }
        }
    }

    private static void compute(long nanos) {
        long end = System.nanoTime() + nanos;
        while (System.nanoTime() - end < 0) {
            Thread.onSpinWait();
        }
    }

    /** A monitor that always finds something, or seldom. */
    private static Carriers.Limits limits(SplittableRandom random) {
        return new Carriers.Limits(64, random.nextBoolean() ? 20_000 : 2_000_000);
    }
}
