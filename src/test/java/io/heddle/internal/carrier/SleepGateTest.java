package io.heddle.internal.carrier;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** {@link SleepGate}, step by step; SleepAgainstWakeTest in src/jcstress has the interleavings. */
class SleepGateTest {
    private final SleepGate gate = new SleepGate();

    @Test
    void nobodyRingsForOneWhoIsAwake() {
        assertThat(gate.isAsleep()).isFalse();
        assertThat(gate.claimWake()).isFalse();
        assertThat(gate).hasToString("awake");
    }

    @Test
    void theFirstBringerRingsAndNoOtherDoes() {
        gate.announce();

        assertThat(gate.isAsleep()).isTrue();
        assertThat(gate).hasToString("asleep");
        assertThat(gate.claimWake()).isTrue();
        assertThat(gate.claimWake()).isFalse();
        assertThat(gate.isAsleep()).isFalse();
    }

    @Test
    void whoDoesNotSleepAfterAllIsNotRungFor() {
        gate.announce();
        gate.clear();

        assertThat(gate.claimWake()).isFalse();
    }

    @Test
    void everySleepCanBeEnded() {
        for (int i = 0; i < 3; i++) {
            gate.announce();
            assertThat(gate.claimWake()).isTrue();
            gate.clear();
        }
    }

    /**
     * Goal: work never waits for a sleeper that nobody rings; it would hang here.
     *
     * <p>Method: two threads bring counted work and wait until it is done before they bring more, so that
     * the sleeper is about to sleep nearly always. The doorbell is a semaphore; rings = claimed wakes.
     */
    @Test
    void noWorkWaitsForASleeperThatNobodyRings() throws Exception {
        int rounds = 20_000;
        Inbox inbox = new Inbox();
        Semaphore doorbell = new Semaphore(0);
        long done = 0;
        AtomicLong rings = new AtomicLong();
        List<Thread> bringers = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            bringers.add(Thread.ofPlatform().start(() -> {
                for (int round = 0; round < rounds; round++) {
                    Semaphore mine = new Semaphore(0);
                    assertThat(inbox.add(Inbox.Message.run(mine::release))).isTrue();
                    if (gate.claimWake()) {
                        rings.incrementAndGet();
                        doorbell.release();
                    }
                    mine.acquireUninterruptibly();
                }
            }));
        }
        long rung = 0;
        while (done < 2L * rounds) {
            for (Inbox.Message message = inbox.takeAll(); message != null; message = message.next) {
                Runnable task = message.task;
                assert task != null;
                task.run();
                done++;
            }
            gate.announce();
            if (inbox.isEmpty() && done < 2L * rounds) {
                doorbell.acquire();
                rung++;
            }
            gate.clear();
        }
        for (Thread bringer : bringers) {
            bringer.join();
        }
        assertThat(rung + doorbell.availablePermits()).isEqualTo(rings.get());
    }
}
