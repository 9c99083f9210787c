package io.heddle.internal.carrier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.carrier.Ownership.Claim;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** {@link Ownership}: every arrow of its picture, and random walks over it. */
class OwnershipTest {
    private static final int ANNE = 1;
    private static final int BERT = Ownership.WORKER_MAX;
    private static final long EPOCH_MAX = (1L << 40) - 1;

    private final Ownership ownership = new Ownership(ANNE, 0);

    @Test
    void aCarrierBeginsInTheLoopOfItsFirstWorker() {
        assertThat(ownership).hasToString("worker=1, LOOP, epoch=0");
        assertThat(ownership.claim(ANNE)).isEqualTo(Claim.LOOP);
        assertThat(ownership.claim(BERT)).isEqualTo(Claim.FOREIGN);
    }

    @Test
    void enteringATaskBeginsAnEpoch() {
        ownership.enterTask();

        assertThat(ownership).hasToString("worker=1, IN_TASK, epoch=1");
        assertThat(Ownership.isInTask(ownership.word())).isTrue();
        assertThat(Ownership.workerOf(ownership.word())).isEqualTo(ANNE);
    }

    @Test
    void leavingATaskLeadsBackToTheLoopInTheSameEpoch() {
        ownership.enterTask();

        assertThat(ownership.leaveTask(ANNE)).isTrue();
        assertThat(ownership).hasToString("worker=1, LOOP, epoch=1");
    }

    @Test
    void aClaimInsideATaskIsLentAndLeavesNoTrace() {
        ownership.enterTask();
        long word = ownership.word();

        assertThat(ownership.claim(ANNE)).isEqualTo(Claim.LENT);
        assertThat(Ownership.isInTask(ownership.word())).isFalse();
        ownership.unclaim();
        assertThat(ownership.word()).isEqualTo(word);
    }

    @Test
    void aClaimInsideAClaimIsTheLoopsOwn() {
        ownership.enterTask();

        assertThat(ownership.claim(ANNE)).isEqualTo(Claim.LENT);
        assertThat(ownership.claim(ANNE)).isEqualTo(Claim.LOOP);
    }

    @Test
    void whoNeverServedItIsForeignInEveryState() {
        assertThat(ownership.claim(BERT)).isEqualTo(Claim.FOREIGN);
        ownership.enterTask();
        assertThat(ownership.claim(BERT)).isEqualTo(Claim.FOREIGN);
        assertThat(ownership.word()).isEqualTo(new Ownership(ANNE, 1).word() | 1);
    }

    @Test
    void takingOverATaskHandsTheLoopToTheOther() {
        ownership.enterTask();

        assertThat(ownership.takeOver(ownership.word(), BERT)).isTrue();
        assertThat(ownership).hasToString("worker=" + BERT + ", LOOP, epoch=2");
        assertThat(ownership.claim(BERT)).isEqualTo(Claim.LOOP);
    }

    @Test
    void aWorkerWhoseCarrierWasTakenIsForeignFromThenOn() {
        ownership.enterTask();
        assertThat(ownership.takeOver(ownership.word(), BERT)).isTrue();
        long word = ownership.word();

        assertThat(ownership.claim(ANNE)).isEqualTo(Claim.FOREIGN);
        assertThat(ownership.leaveTask(ANNE)).isFalse();
        assertThat(ownership.word()).isEqualTo(word);
        ownership.enterTask();
        assertThat(ownership.leaveTask(ANNE)).isFalse();
        assertThat(ownership.leaveTask(BERT)).isTrue();
    }

    @Test
    void aTaskThatHasEndedCannotBeTakenOver() {
        ownership.enterTask();
        long seen = ownership.word();
        assertThat(ownership.leaveTask(ANNE)).isTrue();

        assertThat(ownership.takeOver(seen, BERT)).isFalse();
        ownership.enterTask();
        assertThat(ownership.takeOver(seen, BERT)).as("the next task").isFalse();
        assertThat(ownership).hasToString("worker=1, IN_TASK, epoch=2");
    }

    @Test
    void aTaskCannotBeTakenOverWhileItLendsTheCarrier() {
        ownership.enterTask();
        long seen = ownership.word();
        assertThat(ownership.claim(ANNE)).isEqualTo(Claim.LENT);

        assertThat(ownership.takeOver(seen, BERT)).isFalse();
        ownership.unclaim();
        assertThat(ownership.takeOver(seen, BERT)).isTrue();
    }

    @Test
    void aTaskThatDiedInsideAClaimStillLeavesTheCarrierToItsWorker() {
        ownership.enterTask();
        assertThat(ownership.claim(ANNE)).isEqualTo(Claim.LENT);

        // No unclaim: a stack that overflowed, memory that ran out.
        assertThat(ownership.leaveTask(ANNE)).isTrue();
        assertThat(ownership.claim(ANNE)).isEqualTo(Claim.LOOP);
    }

    @Test
    void theEpochWrapsAndTouchesNothingElse() {
        Ownership old = new Ownership(BERT, EPOCH_MAX);
        assertThat(old).hasToString("worker=" + BERT + ", LOOP, epoch=" + EPOCH_MAX);

        old.enterTask();
        assertThat(old).hasToString("worker=" + BERT + ", IN_TASK, epoch=0");
        assertThat(old.takeOver(old.word(), ANNE)).isTrue();
        assertThat(old).hasToString("worker=1, LOOP, epoch=1");

        Ownership taken = new Ownership(ANNE, EPOCH_MAX - 1);
        taken.enterTask();
        assertThat(taken.takeOver(taken.word(), BERT)).isTrue();
        assertThat(taken).hasToString("worker=" + BERT + ", LOOP, epoch=0");
    }

    @Test
    void enteringATaskTwiceIsADefect() {
        ownership.enterTask();

        assertThatThrownBy(ownership::enterTask)
                .isInstanceOf(AssertionError.class)
                .hasMessage("worker=1, IN_TASK, epoch=1");
    }

    @Test
    void unclaimingTwiceIsADefect() {
        ownership.enterTask();
        assertThat(ownership.claim(ANNE)).isEqualTo(Claim.LENT);
        ownership.unclaim();

        assertThatThrownBy(ownership::unclaim)
                .isInstanceOf(AssertionError.class)
                .hasMessage("worker=1, IN_TASK, epoch=1");
    }

    @Test
    void takingOverTheLoopIsADefect() {
        assertThatThrownBy(() -> ownership.takeOver(ownership.word(), BERT))
                .isInstanceOf(AssertionError.class)
                .hasMessage("worker=1, LOOP, epoch=0");
    }

    @Test
    void aWorkerNeedsANumberThatFits() {
        assertThatThrownBy(() -> new Ownership(0, 0)).isInstanceOf(AssertionError.class);
        assertThatThrownBy(() -> new Ownership(Ownership.WORKER_MAX + 1, 0)).isInstanceOf(AssertionError.class);
    }

    enum Verb {
        /** The owner enters a task, or does nothing inside one. */
        ENTER,
        LEAVE,
        CLAIM,
        UNCLAIM,
        /** The monitor notes what it sees. */
        SEE,
        TAKE_OVER
    }

    record Step(Verb verb, int worker) {}

    /** All numbers that fit, those at both ends above all. */
    @Provide
    Arbitrary<Integer> workers() {
        return Arbitraries.oneOf(
                Arbitraries.of(ANNE, 2, BERT - 1, BERT), Arbitraries.integers().between(ANNE, BERT));
    }

    @Provide
    Arbitrary<Long> epochs() {
        return Arbitraries.oneOf(
                Arbitraries.longs().between(0, 3),
                Arbitraries.longs().between(EPOCH_MAX - 3, EPOCH_MAX),
                Arbitraries.longs().between(0, EPOCH_MAX));
    }

    /** Three workers, so that they meet. */
    @Provide
    Arbitrary<List<Step>> steps() {
        return Arbitraries.of(Verb.class)
                .flatMap(verb -> Arbitraries.of(0, 1, 2).map(worker -> new Step(verb, worker)))
                .list()
                .ofMaxSize(80);
    }

    @Property
    void behavesAsAnOwnerAStateAndACounterOverItsWholeRange(
            @ForAll("workers") int first,
            @ForAll("workers") int second,
            @ForAll("workers") int third,
            @ForAll("epochs") long begin,
            @ForAll("steps") List<Step> steps) {
        int[] workers = {first, second, third};
        Ownership walk = new Ownership(first, begin);
        int owner = first;
        boolean inTask = false;
        boolean lent = false;
        long epoch = begin;
        // What the monitor saw: a task, by its worker and epoch.
        long seen = 0;
        int seenOwner = 0;
        long seenEpoch = 0;
        for (Step step : steps) {
            int worker = workers[step.worker];
            switch (step.verb) {
                case ENTER -> {
                    if (inTask && !lent) {
                        assertThatThrownBy(walk::enterTask).isInstanceOf(AssertionError.class);
                    } else if (!inTask) {
                        walk.enterTask();
                        inTask = true;
                        epoch = (epoch + 1) & EPOCH_MAX;
                    }
                }
                case LEAVE -> {
                    if (inTask && !lent) {
                        assertThat(walk.leaveTask(worker)).isEqualTo(worker == owner);
                        inTask = worker != owner;
                    }
                }
                case CLAIM -> {
                    Claim expected = worker != owner ? Claim.FOREIGN : inTask && !lent ? Claim.LENT : Claim.LOOP;
                    assertThat(walk.claim(worker)).isEqualTo(expected);
                    lent |= expected == Claim.LENT;
                }
                case UNCLAIM -> {
                    if (lent) {
                        walk.unclaim();
                        lent = false;
                    } else if (inTask) {
                        assertThatThrownBy(walk::unclaim).isInstanceOf(AssertionError.class);
                    }
                }
                case SEE -> {
                    seen = walk.word();
                    seenOwner = owner;
                    seenEpoch = epoch;
                    assertThat(Ownership.isInTask(seen)).isEqualTo(inTask && !lent);
                }
                case TAKE_OVER -> {
                    if (!Ownership.isInTask(seen)) {
                        long loop = seen;
                        assertThatThrownBy(() -> walk.takeOver(loop, worker)).isInstanceOf(AssertionError.class);
                    } else {
                        boolean same = inTask && !lent && owner == seenOwner && epoch == seenEpoch;
                        assertThat(walk.takeOver(seen, worker)).isEqualTo(same);
                        if (same) {
                            owner = worker;
                            inTask = false;
                            epoch = (epoch + 1) & EPOCH_MAX;
                        }
                    }
                }
            }
            assertThat(Ownership.workerOf(walk.word())).isEqualTo(owner);
            String state = inTask && !lent ? "IN_TASK" : "LOOP";
            assertThat(walk).hasToString("worker=" + owner + ", " + state + ", epoch=" + epoch);
        }
    }
}
