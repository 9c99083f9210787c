package io.heddle.internal.readiness;

import static java.lang.Thread.State.TERMINATED;
import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.poller.Arming;
import io.heddle.internal.poller.Ready;
import io.heddle.testing.Await;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * {@link Registration} on a poller and a clock that the test drives by hand, so that every order of events can be
 * had. Descriptors are numbers that no kernel knows.
 */
class RegistrationTest {
    private static final int ENOSPC = 28;
    private static final long HOUR = 3_600_000_000_000L;
    private static final AtomicInteger FDS = new AtomicInteger(1_000_000);

    private static final ThreadFactory VIRTUAL = Thread.ofVirtual().factory();
    private static final ThreadFactory PLATFORM = Thread.ofPlatform().daemon().factory();

    private final int fd = FDS.incrementAndGet();
    private final ScriptedHome edge = new ScriptedHome(Arming.EDGE);
    private final ScriptedHome oneshot = new ScriptedHome(Arming.ONESHOT);
    private final List<Registration> registrations = new ArrayList<>();

    /** Where the next wait finds its home. */
    private volatile ScriptedHome current = edge;

    private final Registration registration = newRegistration(fd);

    @AfterEach
    void discardAll() {
        registrations.forEach(Registration::discard);
    }

    // Arming

    @Test
    void nothingIsWatchedBeforeTheFirstWait() {
        registration.halt();

        assertThat(edge.poller.calls()).isEmpty();
        registration.discard();
        assertThat(edge.poller.calls()).isEmpty();
    }

    @Test
    void underEdgeADescriptorIsWatchedOnce() throws Exception {
        for (int i = 0; i < 3; i++) {
            Waiter reader = read().awaitParked();
            edge.poller.report(fd, Ready.READABLE);
            assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
            registration.reader.clear();
        }
        Waiter writer = write().awaitParked();
        edge.poller.report(fd, Ready.WRITABLE);
        assertThat(writer.outcome()).isEqualTo(Registration.WOKEN);

        assertThat(edge.poller.calls()).containsExactly("watch(fd=" + fd + ", READABLE|READ_CLOSED)");
    }

    @Test
    void underOneshotEachWaitArmsForWhatItWaitsFor() throws Exception {
        current = oneshot;
        Waiter reader = read().awaitParked();
        oneshot.poller.report(fd, Ready.READABLE);
        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(oneshot.poller.armedFor(fd)).isEqualTo("NONE");
        Waiter writer = write().awaitParked();
        oneshot.poller.report(fd, Ready.WRITABLE);
        assertThat(writer.outcome()).isEqualTo(Registration.WOKEN);

        assertThat(oneshot.poller.calls())
                .containsExactly("watch(fd=" + fd + ", READABLE|READ_CLOSED)", "rearm(fd=" + fd + ", WRITABLE)");
    }

    @ParameterizedTest
    @EnumSource
    void readinessThatCameFirstNeedsNoWait(Arming arming) throws Exception {
        current = home(arming);
        registration.reader.ready();

        assertThat(read().outcome()).isEqualTo(Registration.WOKEN);
        assertThat(home(arming).poller.calls()).isEmpty();
    }

    // One-shot: the kernel knows one interest, the union of what both directions wait for

    @Test
    void aSecondWaiterArmsForBoth() throws Exception {
        current = oneshot;
        Waiter reader = read().awaitParked();
        Waiter writer = write().awaitParked();

        assertArmedForBothAndReport(reader, writer);
    }

    @Test
    void aWaiterThatComesBeforeTheKernelKnowsTheFirstIsNotForgotten() throws Exception {
        current = oneshot;
        List<Waiter> second = new ArrayList<>();
        oneshot.poller.beforeNext(() -> second.add(write().awaitParked()));
        Waiter reader = read().awaitParked();

        assertArmedForBothAndReport(reader, second.getFirst());
    }

    @Test
    void aWaiterThatComesBeforeTheFirstHasFinishedToWatchIsNotForgotten() throws Exception {
        current = oneshot;
        List<Waiter> second = new ArrayList<>();
        oneshot.poller.afterNext(() -> second.add(write().awaitParked()));
        Waiter reader = read().awaitParked();

        assertArmedForBothAndReport(reader, second.getFirst());
    }

    @Test
    void ofTwoThatRearmAtOnceTheLastInTheKernelArmsForBoth() throws Exception {
        current = oneshot;
        watch();
        List<Waiter> second = new ArrayList<>();
        // The reader has seen no writer; then the writer comes and is done; then the reader's call overwrites it.
        oneshot.poller.beforeNext(() -> second.add(write().awaitParked()));
        Waiter reader = read().awaitParked();

        assertThat(oneshot.poller.calls())
                .endsWith(
                        "rearm(fd=" + fd + ", READABLE|READ_CLOSED)",
                        "rearm(fd=" + fd + ", READABLE|WRITABLE|READ_CLOSED)",
                        "rearm(fd=" + fd + ", READABLE|WRITABLE|READ_CLOSED)");
        assertArmedForBothAndReport(reader, second.getFirst());
    }

    @Test
    void aWaiterThatComesRightAfterTheOthersRearmArmsForBoth() throws Exception {
        current = oneshot;
        watch();
        List<Waiter> second = new ArrayList<>();
        oneshot.poller.afterNext(() -> second.add(write().awaitParked()));
        Waiter reader = read().awaitParked();

        assertArmedForBothAndReport(reader, second.getFirst());
    }

    @Test
    void aReportForOneDirectionSendsTheOtherToArmAgain() throws Exception {
        current = oneshot;
        Waiter reader = read().awaitParked();
        Waiter writer = write().awaitParked();

        oneshot.poller.report(fd, Ready.READABLE);
        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(writer.outcome()).isEqualTo(Registration.WOKEN);
        registration.reader.clear();
        Waiter again = write().awaitParked();
        assertThat(oneshot.poller.armedFor(fd)).isEqualTo("WRITABLE");
        oneshot.poller.report(fd, Ready.WRITABLE);
        assertThat(again.outcome()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void aReportInTheMiddleOfTheOthersRearmLosesNobody() throws Exception {
        current = oneshot;
        watch();
        Waiter reader = read().awaitParked();
        // The writer's interest has both; the report for the reader comes before the kernel has it.
        oneshot.poller.beforeNext(() -> oneshot.poller.report(fd, Ready.READABLE));
        Waiter writer = write();

        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(writer.outcome()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void underEdgeAReportForOneDirectionLeavesTheOtherAlone() throws Exception {
        Waiter reader = read().awaitParked();
        Waiter writer = write().awaitParked();

        edge.poller.report(fd, Ready.READABLE);
        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(registration.writer.isWaiting(writer.thread)).isTrue();
        edge.poller.report(fd, Ready.WRITABLE);
        assertThat(writer.outcome()).isEqualTo(Registration.WOKEN);
    }

    // What the kernel reports

    @ParameterizedTest
    @EnumSource
    void anEndOrAnErrorWakesWhomItConcerns(Arming arming) throws Exception {
        current = home(arming);
        Waiter reader = read().awaitParked();
        home(arming).poller.report(fd, Ready.READ_CLOSED);
        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);

        for (int bits : new int[] {Ready.ERROR, Ready.HANGUP}) {
            registration.reader.clear();
            registration.writer.clear();
            Waiter both = read().awaitParked();
            Waiter writer = write().awaitParked();
            home(arming).poller.report(fd, bits);
            assertThat(both.outcome()).isEqualTo(Registration.WOKEN);
            assertThat(writer.outcome()).isEqualTo(Registration.WOKEN);
        }
    }

    @Test
    void onlyWhatNeverGoesAwayIsSticky() throws Exception {
        watch();
        edge.poller.report(fd, Ready.READABLE | Ready.WRITABLE);
        assertThat(registration.isSticky()).isFalse();

        for (int bit : new int[] {Ready.PRIORITY, Ready.READ_CLOSED, Ready.HANGUP, Ready.ERROR}) {
            Registration other = newRegistration(FDS.incrementAndGet());
            watch(other);
            edge.poller.report(other.fd(), bit);
            assertThat(other.isSticky()).as(Ready.describe(bit)).isTrue();
            edge.poller.report(other.fd(), Ready.READABLE);
            assertThat(other.isSticky()).as("still").isTrue();
            assertThat(other.toString()).contains("sticky=" + Ready.describe(bit));
        }
    }

    @Test
    void aReportOfAnEarlierGenerationIsDropped() throws Exception {
        watch();
        long stale = edge.poller.token(fd);
        registration.discard();
        Registration next = newRegistration(fd);
        Waiter reader = new Waiter(VIRTUAL, next, next.reader, false, 0).awaitParked();

        Registrations.SINK.ready(stale, Ready.READABLE | Ready.ERROR);
        assertThat(next.reader.isWaiting(reader.thread)).isTrue();
        assertThat(next.isSticky()).isFalse();
        edge.poller.report(fd, Ready.READABLE);
        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void aReportOfADiscardedDescriptorIsDropped() throws Exception {
        watch();
        long stale = edge.poller.token(fd);
        registration.discard();

        Registrations.SINK.ready(stale, Ready.READABLE);
        assertThat(registration.reader).hasToString("idle");
    }

    // Refusals

    @ParameterizedTest
    @EnumSource
    void aWaiterTheKernelRefusesGetsTheErrno(Arming arming) throws Exception {
        current = home(arming);
        home(arming).poller.refuseNext(ENOSPC);

        assertThat(read().outcome()).isEqualTo(-ENOSPC);
        assertThat(registration.reader.hasWaiter()).isFalse();
        Waiter again = read().awaitParked();
        home(arming).poller.report(fd, Ready.READABLE);
        assertThat(again.outcome()).isEqualTo(Registration.WOKEN);
    }

    @ParameterizedTest
    @EnumSource
    void whoReliedOnARefusedWatchTriesForItself(Arming arming) throws Exception {
        current = home(arming);
        List<Waiter> second = new ArrayList<>();
        home(arming).poller.refuseNext(ENOSPC);
        home(arming).poller.beforeNext(() -> second.add(write().awaitParked()));
        Waiter reader = read();

        assertThat(reader.outcome()).isEqualTo(-ENOSPC);
        assertThat(second.getFirst().outcome()).isEqualTo(Registration.WOKEN);
        Waiter again = write().awaitParked();
        home(arming).poller.report(fd, Ready.WRITABLE);
        assertThat(again.outcome()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void aRefusedRearmEndsTheWait() throws Exception {
        current = oneshot;
        watch();
        oneshot.poller.refuseNext(ENOSPC);

        assertThat(read().outcome()).isEqualTo(-ENOSPC);
        assertThat(registration.reader.hasWaiter()).isFalse();
    }

    // Deadlines

    @Test
    void aDeadlineThatHasPassedNeedsNoWait() throws Exception {
        assertThat(await(registration.reader, System.nanoTime() - 1).outcome()).isEqualTo(Registration.TIMED_OUT);
        assertThat(edge.poller.calls()).isEmpty();
    }

    @Test
    void theTimerOnlyWakesAndTheWaiterDecidesByItsOwnClock() throws Exception {
        long deadline = System.nanoTime() + HOUR;
        Waiter reader = await(registration.reader, deadline).awaitParked();

        // This home's clock is an hour ahead of the waiter's.
        assertThat(edge.advance(deadline)).isEqualTo(1);
        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void aWaiterPastItsDeadlineTimesOut() throws Exception {
        long deadline = System.nanoTime() + 1_000_000;
        Waiter reader = await(registration.reader, deadline);
        // On a slow machine the deadline has passed before there was anything to wait for.
        Await.until(
                "the timer has fired",
                () -> edge.advance(System.nanoTime()) > 0 || reader.thread.getState() == TERMINATED);

        assertThat(reader.outcome()).isEqualTo(Registration.TIMED_OUT);
        assertThat(System.nanoTime() - deadline).isNotNegative();
        assertThat(registration.reader).hasToString("idle");
        assertThat(edge.timers()).isZero();
    }

    @Test
    void laterDeadlinesTouchNothing() throws Exception {
        long deadline = System.nanoTime() + HOUR;
        for (int i = 0; i < 5; i++) {
            Waiter reader = await(registration.reader, deadline + i).awaitParked();
            edge.poller.report(fd, Ready.READABLE);
            assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
            registration.reader.clear();
        }
        assertThat(edge.scheduled()).containsExactly(deadline);
    }

    @Test
    void anEarlierDeadlineMovesTheTimer() throws Exception {
        long deadline = System.nanoTime() + HOUR;
        Waiter first = await(registration.reader, deadline).awaitParked();
        edge.poller.report(fd, Ready.READABLE);
        assertThat(first.outcome()).isEqualTo(Registration.WOKEN);
        registration.reader.clear();
        Waiter second = await(registration.reader, deadline - HOUR / 2).awaitParked();

        assertThat(edge.scheduled()).containsExactly(deadline, deadline - HOUR / 2);
        assertThat(edge.timers()).isEqualTo(1);
        assertThat(edge.advance(deadline - HOUR / 2)).isEqualTo(1);
        assertThat(second.outcome()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void aTimerThatFiresTooEarlyIsLinkedAgainForTheDeadlineOfNow() throws Exception {
        long deadline = System.nanoTime() + HOUR;
        Waiter first = await(registration.reader, deadline).awaitParked();
        edge.poller.report(fd, Ready.READABLE);
        assertThat(first.outcome()).isEqualTo(Registration.WOKEN);
        registration.reader.clear();
        Waiter second = await(registration.reader, deadline + HOUR).awaitParked();

        assertThat(edge.advance(deadline)).isEqualTo(1);
        assertThat(registration.reader.isWaiting(second.thread)).isTrue();
        assertThat(edge.scheduled()).containsExactly(deadline, deadline + HOUR);
        assertThat(edge.advance(deadline + HOUR)).isEqualTo(1);
        assertThat(second.outcome()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void aTimerThatFiresForNobodyIsNotLinkedAgain() throws Exception {
        long deadline = System.nanoTime() + HOUR;
        Waiter reader = await(registration.reader, deadline).awaitParked();
        edge.poller.report(fd, Ready.READABLE);
        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);

        assertThat(edge.advance(deadline)).isEqualTo(1);
        assertThat(edge.timers()).isZero();
        registration.reader.clear();
        Waiter next = await(registration.reader, deadline + HOUR).awaitParked();
        assertThat(edge.scheduled()).as("the next wait links it").containsExactly(deadline, deadline + HOUR);
        assertThat(edge.advance(deadline + HOUR)).isEqualTo(1);
        assertThat(next.outcome()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void oneTimerGuardsBothDirections() throws Exception {
        long early = System.nanoTime() + HOUR;
        long late = early + HOUR;
        Waiter reader = await(registration.reader, late).awaitParked();
        Waiter writer = await(registration.writer, early).awaitParked();
        assertThat(edge.timers()).isEqualTo(1);

        assertThat(edge.advance(early)).isEqualTo(1);
        assertThat(writer.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(registration.reader.isWaiting(reader.thread)).isTrue();
        assertThat(edge.advance(late)).isEqualTo(1);
        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(edge.timers()).isZero();
    }

    @Test
    void aFiringThatSeesNobodyYetIsFollowedByTheWaitersOwnLink() throws Exception {
        long first = System.nanoTime() + HOUR;
        Waiter reader = await(registration.reader, first).awaitParked();
        edge.poller.report(fd, Ready.READABLE);
        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
        registration.reader.clear();
        // It fires between two waits, when `scheduled` said that there was no need to link.
        assertThat(edge.advance(first)).isEqualTo(1);
        Waiter next = await(registration.reader, first + 1).awaitParked();

        assertThat(edge.timers()).isEqualTo(1);
        assertThat(edge.advance(first + 1)).isEqualTo(1);
        assertThat(next.outcome()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void discardUnlinksTheTimerAndForgetsTheDescriptor() throws Exception {
        int before = Registrations.count();
        Waiter reader = await(registration.reader, System.nanoTime() + HOUR).awaitParked();
        assertThat(Registrations.count()).isEqualTo(before + 1);
        registration.halt();
        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(edge.timers()).isEqualTo(1);

        registration.discard();
        assertThat(edge.timers())
                .as("a closed socket is not kept until its deadline")
                .isZero();
        assertThat(edge.poller.calls()).endsWith("forget(fd=" + fd + ")");
        assertThat(Registrations.count()).isEqualTo(before);
    }

    @Test
    void discardLeavesATimerAloneThatIsNotLinked() throws Exception {
        watch();
        registration.discard();

        assertThat(edge.cancelled()).isZero();
    }

    // Halting and interrupting

    @ParameterizedTest
    @EnumSource
    void haltEndsAllWaitsAndEveryLaterOne(Arming arming) throws Exception {
        current = home(arming);
        Waiter reader = read().awaitParked();
        Waiter writer = write().awaitParked();
        registration.halt();

        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(writer.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(read().outcome()).isEqualTo(Registration.WOKEN);
        assertThat(start(PLATFORM, registration.writer).outcome()).isEqualTo(Registration.WOKEN);
        assertThat(registration.reader).hasToString("idle, halted");
        assertThat(registration.writer).hasToString("idle, halted");
    }

    @Test
    void haltBetweenArmingAndParkingEndsTheWait() throws Exception {
        edge.poller.afterNext(registration::halt);

        assertThat(read().outcome()).isEqualTo(Registration.WOKEN);
        assertThat(registration.reader.hasWaiter()).isFalse();
    }

    @Test
    void aReportBetweenArmingAndParkingEndsTheWait() throws Exception {
        edge.poller.afterNext(() -> edge.poller.report(fd, Ready.READABLE));

        assertThat(read().outcome()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void haltingOneDirectionLeavesTheOther() throws Exception {
        Waiter reader = read().awaitParked();
        Waiter writer = write().awaitParked();
        registration.reader.halt();

        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(registration.writer.isWaiting(writer.thread)).isTrue();
        edge.poller.report(fd, Ready.WRITABLE);
        assertThat(writer.outcome()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void anInterruptedVirtualThreadDoesNotWait() throws Exception {
        Waiter reader = new Waiter(VIRTUAL, true, registration, registration.reader, false, 0);

        assertThat(reader.outcome()).isEqualTo(Registration.INTERRUPTED);
        assertThat(reader.endedInterrupted).isTrue();
        assertThat(edge.poller.calls()).isEmpty();
    }

    @Test
    void anInterruptEndsTheWaitOfAVirtualThreadAndKeepsItsStatus() throws Exception {
        Waiter reader = read().awaitParked();
        reader.thread.interrupt();

        assertThat(reader.outcome()).isEqualTo(Registration.INTERRUPTED);
        assertThat(reader.endedInterrupted).isTrue();
        assertThat(registration.reader).hasToString("idle");
    }

    @Test
    void anInterruptBetweenArmingAndParkingEndsTheWait() throws Exception {
        edge.poller.afterNext(() -> Thread.currentThread().interrupt());
        Waiter reader = read();

        assertThat(reader.outcome()).isEqualTo(Registration.INTERRUPTED);
        assertThat(registration.reader.hasWaiter()).isFalse();
    }

    @Test
    void aPlatformThreadPutsItsInterruptAsideInsteadOfSpinning() throws Exception {
        Waiter reader = new Waiter(PLATFORM, true, registration, registration.reader, false, 0);
        // With the status set, park() would return at once for ever, and the thread would never be seen waiting.
        reader.awaitParked();
        assertThat(reader.thread.isInterrupted()).isFalse();

        edge.poller.report(fd, Ready.READABLE);
        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(reader.endedInterrupted).isTrue();
    }

    @Test
    void anInterruptDoesNotEndTheWaitOfAPlatformThreadAndIsKeptForLater() throws Exception {
        Waiter reader = start(PLATFORM, registration.reader).awaitParked();
        for (int i = 0; i < 3; i++) {
            reader.thread.interrupt();
            Await.until("the interrupt is put aside", () -> !reader.thread.isInterrupted());
            reader.awaitParked();
        }
        edge.poller.report(fd, Ready.READABLE);

        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(reader.endedInterrupted).isTrue();
    }

    @Test
    void aPlatformThreadThatWasNotInterruptedEndsWithoutTheStatus() throws Exception {
        Waiter reader = start(PLATFORM, registration.reader).awaitParked();
        edge.poller.report(fd, Ready.READABLE);

        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(reader.endedInterrupted).isFalse();
    }

    @Test
    void aPlatformThreadMindsItsDeadlineByItself() throws Exception {
        long deadline = System.nanoTime() + 1_000_000;
        Waiter reader = new Waiter(PLATFORM, registration, registration.reader, true, deadline);

        assertThat(reader.outcome()).isEqualTo(Registration.TIMED_OUT);
        assertThat(System.nanoTime() - deadline).isNotNegative();
        assertThat(edge.scheduled()).isEmpty();
    }

    // Pausing

    @Test
    void aPauseEndsAtItsTimeAndRegistersNothing() throws Exception {
        for (ThreadFactory threads : List.of(VIRTUAL, PLATFORM)) {
            long deadline = System.nanoTime() + 1_000_000;
            Waiter pausing = Waiter.pausing(threads, registration, deadline);

            assertThat(pausing.outcome()).isEqualTo(Registration.TIMED_OUT);
            assertThat(System.nanoTime() - deadline).isNotNegative();
        }
        assertThat(edge.poller.calls()).isEmpty();
        assertThat(edge.scheduled()).isEmpty();
        assertThat(registration.reader).hasToString("idle");
    }

    @Test
    void aPauseIsNotEndedByReadiness() throws Exception {
        for (ThreadFactory threads : List.of(VIRTUAL, PLATFORM)) {
            registration.reader.ready();
            Waiter pausing = Waiter.pausing(threads, registration, System.nanoTime() + HOUR)
                    .awaitParked();
            registration.reader.ready();
            while (!registration.reader.hasWaiter()) {
                Thread.onSpinWait();
            }
            registration.reader.wake();

            assertThat(pausing.outcome()).isEqualTo(Registration.WOKEN);
            assertThat(registration.reader).hasToString("idle");
        }
    }

    @Test
    void aPauseIsEndedByHaltAndByAWake() throws Exception {
        Waiter woken =
                Waiter.pausing(VIRTUAL, registration, System.nanoTime() + HOUR).awaitParked();
        registration.reader.wake();
        assertThat(woken.outcome()).isEqualTo(Registration.WOKEN);

        Waiter halted =
                Waiter.pausing(VIRTUAL, registration, System.nanoTime() + HOUR).awaitParked();
        registration.halt();
        assertThat(halted.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(Waiter.pausing(PLATFORM, registration, System.nanoTime() + HOUR)
                        .outcome())
                .as("no pause after halt")
                .isEqualTo(Registration.WOKEN);
    }

    @Test
    void anInterruptEndsThePauseOfAVirtualThreadOnly() throws Exception {
        Waiter virtual =
                Waiter.pausing(VIRTUAL, registration, System.nanoTime() + HOUR).awaitParked();
        virtual.thread.interrupt();
        assertThat(virtual.outcome()).isEqualTo(Registration.INTERRUPTED);
        assertThat(virtual.endedInterrupted).isTrue();

        Waiter platform =
                Waiter.pausing(PLATFORM, registration, System.nanoTime() + HOUR).awaitParked();
        platform.thread.interrupt();
        Await.until("the interrupt is put aside", () -> !platform.thread.isInterrupted());
        platform.awaitParked();
        registration.reader.wake();
        assertThat(platform.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(platform.endedInterrupted).isTrue();
    }

    // Homes that end

    @ParameterizedTest
    @EnumSource
    void whoWaitsWhenItsHomeEndsWaitsAtAnother(Arming arming) throws Exception {
        ScriptedHome first = home(arming);
        ScriptedHome second = new ScriptedHome(arming);
        current = first;
        Waiter reader = read().awaitParked();
        Waiter writer = start(PLATFORM, registration.writer).awaitParked();
        current = second;
        first.end(registration);

        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(writer.outcome()).isEqualTo(Registration.WOKEN);
        Waiter again = read().awaitParked();
        assertThat(second.poller.calls()).containsExactly("watch(fd=" + fd + ", READABLE|READ_CLOSED)");
        second.poller.report(fd, Ready.READABLE);
        assertThat(again.outcome()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void aHomeThatEndsLeavesRegistrationsOfOthersAlone() throws Exception {
        Waiter reader = read().awaitParked();
        registration.evict(oneshot);

        assertThat(registration.reader.isWaiting(reader.thread)).isTrue();
        edge.poller.report(fd, Ready.READABLE);
        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
    }

    @ParameterizedTest
    @EnumSource
    void whoFindsAClosedPollerWatchesAtAnotherHome(Arming arming) throws Exception {
        ScriptedHome first = home(arming);
        ScriptedHome second = new ScriptedHome(arming);
        current = first;
        // The home ends between the look at it and the call.
        first.poller.beforeNext(() -> {
            first.close();
            current = second;
        });
        Waiter reader = readUntilParked();
        assertThat(second.poller.armedFor(fd)).isEqualTo("READABLE|READ_CLOSED");

        // Its owner comes late: the descriptor is watched elsewhere, and nothing of that may go.
        registration.evict(first);
        assertThat(registration.reader.isWaiting(reader.thread)).isTrue();
        second.poller.report(fd, Ready.READABLE);
        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void whoRearmsAtAClosedPollerTakesTheOtherAlongToTheNextHome() throws Exception {
        ScriptedHome second = new ScriptedHome(Arming.ONESHOT);
        current = oneshot;
        watch();
        Waiter writer = await(registration.writer, oneshot.startNanos + HOUR).awaitParked();
        oneshot.close();
        current = second;
        Waiter reader = readUntilParked();
        registration.evict(oneshot);

        assertThat(writer.outcome()).as("its deadline died with the home").isEqualTo(Registration.WOKEN);
        Waiter again = await(registration.writer, oneshot.startNanos + HOUR).awaitParked();
        assertThat(second.scheduled()).containsExactly(oneshot.startNanos + HOUR);
        assertThat(second.poller.armedFor(fd)).isEqualTo("READABLE|WRITABLE|READ_CLOSED");
        second.poller.report(fd, Ready.READABLE | Ready.WRITABLE);
        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(again.outcome()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void aDescriptorWhoseHomeEndsWhileItIsWatchedThereIsWatchedAnewAtTheNext() throws Exception {
        ScriptedHome second = new ScriptedHome(Arming.ONESHOT);
        current = oneshot;
        oneshot.poller.afterNext(() -> {
            current = second;
            oneshot.end(registration);
        });
        assertThat(read().outcome()).isEqualTo(Registration.WOKEN);

        // Nobody may take the second for watched before it is: its kernel would refuse to rearm.
        List<Waiter> other = new ArrayList<>();
        second.poller.beforeNext(() -> other.add(write().awaitParked()));
        Waiter reader = read().awaitParked();
        second.poller.report(fd, Ready.READABLE | Ready.WRITABLE);
        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(other.getFirst().outcome()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void aDeadlineThatIsSetWhileTheHomeEndsIsSetAgainAtTheNext() throws Exception {
        ScriptedHome second = new ScriptedHome(Arming.EDGE);
        long deadline = System.nanoTime() + HOUR;
        edge.onSchedule(() -> {
            current = second;
            edge.end(registration);
        });
        assertThat(await(registration.reader, deadline).outcome()).isEqualTo(Registration.WOKEN);

        Waiter again = await(registration.reader, deadline).awaitParked();
        assertThat(second.scheduled()).containsExactly(deadline);
        assertThat(second.advance(deadline)).isEqualTo(1);
        assertThat(again.outcome()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void aDeadlineThatIsSetAtAHomeThatHasEndedMisleadsNobody() throws Exception {
        ScriptedHome second = new ScriptedHome(Arming.EDGE);
        long deadline = System.nanoTime() + HOUR;
        watch();
        Waiter writer = await(registration.writer, deadline + 2).awaitParked();
        Stay first = Objects.requireNonNull(registration.stay());
        current = second;
        edge.end(registration);
        assertThat(writer.outcome()).isEqualTo(Registration.WOKEN);
        Waiter again = await(registration.writer, deadline + 2).awaitParked();

        // The reader looked at the stay before all that, and goes on only now.
        first.guard(deadline);
        assertThat(registration.writer.isWaiting(again.thread)).isTrue();
        assertThat(second.advance(deadline + 2)).isEqualTo(1);
        assertThat(again.outcome()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void discardAfterTheHomeHasEndedLeavesNothingInTheTable() throws Exception {
        int before = Registrations.count();
        watch();
        edge.end(registration);
        registration.discard();

        assertThat(Registrations.count()).isEqualTo(before);
    }

    @Test
    void evictAllFindsEveryRegistrationOfTheHome() throws Exception {
        List<Waiter> waiters = new ArrayList<>();
        for (int i = 0; i < 2000; i += 100) {
            Registration one = newRegistration(2_000_000 + i);
            waiters.add(new Waiter(VIRTUAL, one, one.reader, false, 0).awaitParked());
        }
        Registrations.evictAll(edge);
        for (Waiter waiter : waiters) {
            assertThat(waiter.outcome()).isEqualTo(Registration.WOKEN);
        }
    }

    // Tools

    private Registration newRegistration(int number) {
        Registration created = new Registration(number, () -> current);
        registrations.add(created);
        return created;
    }

    private ScriptedHome home(Arming arming) {
        return arming == Arming.EDGE ? edge : oneshot;
    }

    /** Lets the poller know the descriptor, with nobody waiting. */
    private void watch() throws Exception {
        watch(registration);
    }

    private void watch(Registration target) throws Exception {
        Waiter reader = new Waiter(VIRTUAL, target, target.reader, false, 0).awaitParked();
        target.reader.wake();
        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
    }

    private Waiter read() {
        return start(VIRTUAL, registration.reader);
    }

    /** As every caller does: it waits again when it was woken for nothing. */
    private Waiter readUntilParked() throws Exception {
        for (; ; ) {
            Waiter reader = read();
            if (reader.awaitParkedOrDone()) {
                return reader;
            }
            assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
        }
    }

    private Waiter write() {
        return start(VIRTUAL, registration.writer);
    }

    private Waiter start(ThreadFactory threads, Readiness direction) {
        return new Waiter(threads, registration, direction, false, 0);
    }

    private Waiter await(Readiness direction, long deadlineNanos) {
        return new Waiter(VIRTUAL, registration, direction, true, deadlineNanos);
    }

    private void assertArmedForBothAndReport(Waiter reader, Waiter writer) throws Exception {
        assertThat(oneshot.poller.armedFor(fd)).isEqualTo("READABLE|WRITABLE|READ_CLOSED");
        oneshot.poller.report(fd, Ready.READABLE | Ready.WRITABLE);
        assertThat(reader.outcome()).isEqualTo(Registration.WOKEN);
        assertThat(writer.outcome()).isEqualTo(Registration.WOKEN);
    }

    /** A thread in {@code await()} or {@code pause()}, and what that answered. */
    private static final class Waiter {
        final Thread thread;

        /** A script that runs on this thread waits in the other of the two states. */
        private final Thread.State parkedState;

        private final FutureTask<Integer> task;

        /** Written by the thread before it ends. */
        volatile boolean endedInterrupted;

        Waiter(ThreadFactory threads, Registration target, Readiness direction, boolean timed, long deadlineNanos) {
            this(threads, false, target, direction, timed, deadlineNanos);
        }

        Waiter(
                ThreadFactory threads,
                boolean interrupted,
                Registration target,
                Readiness direction,
                boolean timed,
                long deadlineNanos) {
            this(threads, interrupted, Thread.State.WAITING, () -> target.await(direction, timed, deadlineNanos));
        }

        private Waiter(ThreadFactory threads, boolean interrupted, Thread.State parkedState, Callable<Integer> call) {
            this.parkedState = parkedState;
            task = new FutureTask<>(() -> {
                if (interrupted) {
                    Thread.currentThread().interrupt();
                }
                int outcome = call.call();
                endedInterrupted = Thread.currentThread().isInterrupted();
                return outcome;
            });
            thread = threads.newThread(task);
            thread.start();
        }

        static Waiter pausing(ThreadFactory threads, Registration target, long deadlineNanos) {
            return new Waiter(
                    threads,
                    false,
                    Thread.State.TIMED_WAITING,
                    () -> target.pause(target.reader, deadlineNanos, new AtomicBoolean()));
        }

        Waiter awaitParked() throws Exception {
            assertThat(awaitParkedOrDone()).as("should wait: %s", task).isTrue();
            return this;
        }

        boolean awaitParkedOrDone() throws Exception {
            Await.until("the thread waits", () -> task.isDone() || thread.getState() == parkedState);
            return !task.isDone();
        }

        int outcome() throws Exception {
            return task.get();
        }
    }
}
