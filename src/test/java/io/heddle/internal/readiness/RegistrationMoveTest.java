package io.heddle.internal.readiness;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.poller.Arming;
import io.heddle.internal.poller.Home;
import io.heddle.internal.poller.Homes;
import io.heddle.internal.poller.Ready;
import io.heddle.internal.poller.RunningHome;
import io.heddle.testing.Await;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When and how a {@link Registration} goes from one home to another while both go on. */
class RegistrationMoveTest {
    private static final int ENOSPC = 28;
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);
    private static final AtomicInteger FDS = new AtomicInteger(3_000_000);

    private final int fd = FDS.incrementAndGet();
    private final String watchForReader = "watch(fd=" + fd + ", READABLE|READ_CLOSED)";
    private final String forget = "forget(fd=" + fd + ")";
    private ScriptedHome first = new ScriptedHome(Arming.EDGE);
    private ScriptedHome second = new ScriptedHome(Arming.EDGE);
    private ScriptedHome third = new ScriptedHome(Arming.EDGE);

    /** What runs the threads that begin a wait. */
    private volatile @Nullable ScriptedHome running;

    private final Registration registration = new Registration(fd, new Homes() {
        @Override
        public Home current() {
            ScriptedHome runs = running;
            return runs == null ? first : runs;
        }

        @Override
        public @Nullable RunningHome running() {
            return running;
        }
    });

    @BeforeEach
    void bearNothing() {
        first.bear(0);
    }

    @AfterEach
    void discard() {
        registration.discard();
    }

    // When

    @Test
    void aHomeThatBearsNoForeignWaitsLosesTheDescriptorToTheFirst() throws Exception {
        wake(read(null));
        FutureTask<Integer> reading = read(second);

        assertThat(first.poller.calls()).containsExactly(watchForReader, forget);
        assertThat(second.poller.calls()).containsExactly(watchForReader);
        second.poller.report(fd, Ready.READABLE);
        assertThat(reading.get()).isEqualTo(Registration.WOKEN);
        assertThat(second.movesIn()).isEqualTo(1);
        assertThat(second.foreignWaits()).isZero();
    }

    @Test
    void aThreadThatNoHomeRunsIsNoReasonToMove() throws Exception {
        wake(read(second));
        for (int i = 0; i < 20; i++) {
            wake(read(null));
        }
        assertThat(second.poller.calls()).containsExactly(watchForReader);
        assertThat(first.poller.calls()).isEmpty();
        assertThat(second.foreignWaits()).isZero();
    }

    @Test
    void aHomeBearsSoManyForeignWaitsInARow() throws Exception {
        second.bear(3);
        wake(read(second));
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < 3; i++) {
                wake(read(third));
                wake(read(null));
            }
            wake(read(second));
        }
        assertThat(second.poller.calls()).containsExactly(watchForReader);
        assertThat(third.foreignWaits()).isEqualTo(15);
        for (int i = 0; i < 4; i++) {
            wake(read(third));
        }
        assertThat(second.poller.calls()).endsWith(forget);
        assertThat(third.poller.calls()).containsExactly(watchForReader);
        assertThat(third.foreignWaits()).isEqualTo(18);
        assertThat(third.movesIn()).isEqualTo(1);
    }

    @Test
    void foreignersOfSeveralHomesDoNotAddUp() throws Exception {
        second.bear(1);
        wake(read(second));
        ScriptedHome fourth = new ScriptedHome(Arming.EDGE);
        for (int i = 0; i < 10; i++) {
            wake(read(third));
            wake(read(fourth));
        }
        assertThat(second.poller.calls()).containsExactly(watchForReader);
        wake(read(fourth));
        assertThat(fourth.poller.calls()).containsExactly(watchForReader);
    }

    @Test
    void nothingMovesWhileTheOtherDirectionWaits() throws Exception {
        FutureTask<Integer> writing = write(null, false);
        FutureTask<Integer> reading = read(second);

        assertThat(first.poller.calls()).hasSize(1);
        assertThat(second.foreignWaits()).isEqualTo(1);
        first.poller.report(fd, Ready.READABLE | Ready.WRITABLE);
        assertThat(reading.get()).isEqualTo(Registration.WOKEN);
        assertThat(writing.get()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void itCanComeBackAndItsTimerWithIt() throws Exception {
        second.bear(0);
        third.bear(0);
        for (int i = 0; i < 5; i++) {
            wake(await(registration.reader, second, true));
            assertThat(second.timers()).isEqualTo(1);
            assertThat(third.timers()).isZero();
            wake(await(registration.reader, third, true));
            assertThat(second.timers()).isZero();
            assertThat(third.timers()).isEqualTo(1);
        }
        assertThat(second.poller.watched()).isZero();
        assertThat(third.poller.watched()).isEqualTo(1);
    }

    // How: what comes in the middle

    @ParameterizedTest
    @EnumSource
    void aWaiterThatComesBeforeTheOldPollerForgetsIsServedByTheNew(Arming arming) throws Exception {
        open(arming);
        wake(read(null));
        List<FutureTask<Integer>> writing = new ArrayList<>();
        first.poller.beforeNext(() -> writing.add(write(null, true)));
        FutureTask<Integer> reading = read(second);

        assertBothServedBySecond(reading, writing.getFirst());
    }

    @ParameterizedTest
    @EnumSource
    void aWaiterThatComesBetweenTheTwoPollersIsServedByTheNew(Arming arming) throws Exception {
        open(arming);
        wake(read(null));
        List<FutureTask<Integer>> writing = new ArrayList<>();
        first.poller.afterNext(() -> writing.add(write(third, true)));
        FutureTask<Integer> reading = read(second);

        assertThat(third.poller.calls()).as("one move at a time").isEmpty();
        assertBothServedBySecond(reading, writing.getFirst());
    }

    @ParameterizedTest
    @EnumSource
    void aWaiterThatComesBeforeTheNewPollerWatchesIsServedByIt(Arming arming) throws Exception {
        open(arming);
        wake(read(null));
        List<FutureTask<Integer>> writing = new ArrayList<>();
        second.poller.beforeNext(() -> writing.add(write(third, true)));
        FutureTask<Integer> reading = read(second);

        assertBothServedBySecond(reading, writing.getFirst());
    }

    @ParameterizedTest
    @EnumSource
    void aWaiterThatComesRightAfterTheNewPollerWatchesIsServedByIt(Arming arming) throws Exception {
        open(arming);
        wake(read(null));
        List<FutureTask<Integer>> writing = new ArrayList<>();
        second.poller.afterNext(() -> writing.add(write(null, true)));
        FutureTask<Integer> reading = read(second);

        assertBothServedBySecond(reading, writing.getFirst());
    }

    @Test
    void aWaiterWhoseRearmFindsTheDescriptorGoneIsServedByTheNewPoller() throws Exception {
        open(Arming.ONESHOT);
        wake(read(null));
        List<FutureTask<Integer>> writing = new ArrayList<>();
        AtomicBoolean rearming = new AtomicBoolean();
        first.whenAsked(() -> {
            // The reader has seen nobody else and is about to move.
            first.poller.beforeNext(() -> {
                rearming.set(true);
                Await.until("it has moved", () -> second.poller.watched() == 1);
            });
            writing.add(started(registration.writer, null, true));
            Await.until("the writer has seen where it is watched", rearming::get);
        });
        FutureTask<Integer> reading = read(second);
        Await.until("the writer waits", () -> second.timers() == 1);

        assertBothServedBySecond(reading, writing.getFirst());
    }

    @Test
    void aReportThatComesLateFromTheOldHomeIsHeeded() throws Exception {
        wake(read(null));
        second.poller.beforeNext(() -> Registrations.SINK.ready(registration.token(), Ready.READABLE));
        FutureTask<Integer> reading = started(registration.reader, second, false);

        assertThat(reading.get()).isEqualTo(Registration.WOKEN);
        Registrations.SINK.ready(registration.token(), Ready.ERROR);
        assertThat(registration.isSticky()).isTrue();
    }

    @Test
    void haltInTheMiddleOfAMoveEndsTheWait() throws Exception {
        wake(read(null));
        first.poller.afterNext(registration::halt);
        FutureTask<Integer> reading = started(registration.reader, second, false);

        assertThat(reading.get()).isEqualTo(Registration.WOKEN);
    }

    // How: what goes wrong

    /** It had a poller, and may find another one. */
    @Test
    void whomTheNewPollerRefusesBeginsAnewAndGetsTheErrnoThere() throws Exception {
        wake(read(null));
        second.poller.refuseNext(ENOSPC);
        List<FutureTask<Integer>> writing = new ArrayList<>();
        second.poller.beforeNext(() -> writing.add(write(null, true)));

        assertThat(started(registration.reader, second, false).get()).isEqualTo(Registration.WOKEN);
        assertThat(writing.getFirst().get()).as("relied on it").isEqualTo(Registration.WOKEN);
        assertThat(second.timers()).isZero();
        second.poller.refuseNext(ENOSPC);
        assertThat(started(registration.reader, second, false).get()).isEqualTo(-ENOSPC);
        FutureTask<Integer> reading = read(third);
        third.poller.report(fd, Ready.READABLE);
        assertThat(reading.get()).isEqualTo(Registration.WOKEN);
    }

    /** The report has disarmed the writer, too, who leaves himself to the mover once more. */
    @Test
    void aReportBeforeTheMoverIsDoneLeavesNobodyDisarmed() throws Exception {
        open(Arming.ONESHOT);
        wake(read(null));
        List<FutureTask<Integer>> writing = new ArrayList<>();
        first.poller.beforeNext(() -> writing.add(write(null, false)));
        second.poller.afterNext(() -> {
            second.poller.report(fd, Ready.READABLE);
            assertThat(writing.getFirst().get()).isEqualTo(Registration.WOKEN);
            writing.add(write(null, false));
        });

        assertThat(started(registration.reader, second, false).get()).isEqualTo(Registration.WOKEN);
        assertThat(second.poller.armedFor(fd)).isEqualTo("WRITABLE");
        second.poller.report(fd, Ready.WRITABLE);
        assertThat(writing.getLast().get()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void aPollerThatThrowsWhileItForgetsLeavesTheDescriptorToTheNextWaiter() throws Exception {
        wake(read(null));
        first.poller.beforeNext(() -> {
            throw new IllegalStateException("thrown by a test");
        });
        FutureTask<Integer> failing = started(registration.reader, second, false);
        Await.until("it has failed", failing::isDone);
        assertThat(failing.state()).isEqualTo(Future.State.FAILED);
        FutureTask<Integer> reading = read(third);

        third.poller.report(fd, Ready.READABLE);
        assertThat(reading.get()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void theOldHomeMayEndInTheMiddle() throws Exception {
        wake(await(registration.reader, null, true));
        first.poller.beforeNext(() -> first.end(registration));
        FutureTask<Integer> reading = started(registration.reader, second, true);
        assertThat(reading.get()).isEqualTo(Registration.WOKEN);
        reading = read(second);

        second.poller.report(fd, Ready.READABLE);
        assertThat(reading.get()).isEqualTo(Registration.WOKEN);
    }

    @Test
    void theNewHomeMayEndInTheMiddle() throws Exception {
        wake(read(null));
        second.poller.afterNext(() -> second.end(registration));
        FutureTask<Integer> reading = started(registration.reader, second, true);
        assertThat(reading.get()).isEqualTo(Registration.WOKEN);
        assertThat(second.timers()).isZero();
        reading = read(null);

        assertThat(first.poller.calls()).containsExactly(watchForReader, forget, watchForReader);
        first.poller.report(fd, Ready.READABLE);
        assertThat(reading.get()).isEqualTo(Registration.WOKEN);
    }

    // Tools

    private void open(Arming arming) {
        first = new ScriptedHome(arming);
        second = new ScriptedHome(arming);
        third = new ScriptedHome(arming);
        first.bear(0);
    }

    private void assertBothServedBySecond(FutureTask<Integer> reading, FutureTask<Integer> writing) throws Exception {
        if (second.poller.arming() == Arming.ONESHOT) {
            assertThat(second.poller.armedFor(fd)).isEqualTo("READABLE|WRITABLE|READ_CLOSED");
        }
        assertThat(first.poller.watched()).isZero();
        assertThat(first.timers()).isZero();
        assertThat(second.timers()).as("the writer's deadline").isEqualTo(1);
        second.poller.report(fd, Ready.READABLE | Ready.WRITABLE);
        assertThat(reading.get()).isEqualTo(Registration.WOKEN);
        assertThat(writing.get()).isEqualTo(Registration.WOKEN);
    }

    private void wake(FutureTask<Integer> reading) throws Exception {
        registration.reader.wake();
        assertThat(reading.get()).isEqualTo(Registration.WOKEN);
    }

    private FutureTask<Integer> read(@Nullable ScriptedHome by) throws Exception {
        return await(registration.reader, by, false);
    }

    private FutureTask<Integer> write(@Nullable ScriptedHome by, boolean timed) throws Exception {
        return await(registration.writer, by, timed);
    }

    /** Starts a waiter and returns when it is parked. */
    private FutureTask<Integer> await(Readiness direction, @Nullable ScriptedHome by, boolean timed) throws Exception {
        running = by;
        FutureTask<Integer> task =
                new FutureTask<>(() -> registration.await(direction, timed, System.nanoTime() + HOUR));
        Thread thread = Thread.ofVirtual().start(task);
        Await.until("the thread waits", () -> thread.getState() == Thread.State.WAITING);
        return task;
    }

    /** Starts a waiter. */
    private FutureTask<Integer> started(Readiness direction, @Nullable ScriptedHome by, boolean timed) {
        running = by;
        FutureTask<Integer> task =
                new FutureTask<>(() -> registration.await(direction, timed, System.nanoTime() + HOUR));
        Thread.ofVirtual().start(task);
        return task;
    }
}
