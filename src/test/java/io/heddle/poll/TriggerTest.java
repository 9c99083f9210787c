package io.heddle.poll;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Kernel;
import io.heddle.testing.NoLeaksInClass;
import io.heddle.testing.Task;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Edges, one shots, levels. A program that says when an operation would block sees the same everywhere. */
@ExtendWith(NoLeaksInClass.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class TriggerTest {
    @EverySelector
    void anEdgeIsReportedOnce(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            polling.registry.register(ends.source, 7, Interest.READABLE);
            polling.expectNothing();
            ends.write(10);
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            polling.expectNothing();
            ends.read(4);
            polling.expectNothing();
        }
    }

    @EverySelector
    void whatWasDrainedIsReportedAgain(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            polling.registry.register(ends.source, 7, Interest.READABLE);
            for (int i = 0; i < 5; i++) {
                ends.write(10);
                assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
                ends.drain();
                polling.expectNothing();
            }
        }
    }

    /** What would block for reading says nothing of writing: there is no event nobody waits for. */
    @EverySelector
    void eachDirectionHasItsOwnEdges(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            polling.registry.register(ends.source, 7, Interest.READABLE.add(Interest.WRITABLE));
            assertThat(polling.next(7)).isEqualTo(Seen.WRITABLE);
            ends.drain();
            polling.expectNothing();
            ends.fill();
            polling.expectNothing();
            ends.drainFar();
            assertThat(polling.next(7)).isEqualTo(Seen.WRITABLE);
            polling.expectNothing();
        }
    }

    @EverySelector
    void anEdgeEndsAPollThatWaits(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            polling.registry.register(ends.source, 7, Interest.READABLE);
            for (int i = 0; i < 3; i++) {
                Task<Map<Long, Seen>> poll = polling.startPolling();
                ends.write(1);
                assertThat(poll.get()).containsOnly(Map.entry(7L, Seen.READABLE));
                ends.drain();
            }
        }
    }

    @EverySelector
    void wouldBlockTakesEffectOnAPollThatWaits(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            ends.write(1);
            polling.registry.register(ends.source, 7, Interest.READABLE);
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            Task<Map<Long, Seen>> poll = polling.startPolling();
            ends.drain();
            ends.write(1);
            assertThat(poll.get()).containsOnly(Map.entry(7L, Seen.READABLE));
        }
    }

    @EveryKind
    void theEndComesAfterWhatWasReported(Kind kind) throws Exception {
        int[] ends = Kernel.tcpPair();
        FdSource tcp = FdSource.of(ends[0]);
        try (Polling polling = kind.open()) {
            polling.registry.register(tcp, 7, Interest.READABLE);
            Kernel.write(ends[1], 10);
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            // Not drained: whoever holds back its reads still hears that the peer has gone.
            Kernel.shutDown(ends[1], 1);
            polling.expect(7, new Seen(true, false, false, true, false, false));
            assertThat(Kernel.drain(ends[0])).isEqualTo(10);
            polling.registry.deregister(tcp);
        }
        Kernel.close(ends[0]);
        Kernel.close(ends[1]);
    }

    @EverySelector
    void aLevelIsReportedAsLongAsItHolds(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            polling.registry.register(ends.source, 7, Interest.READABLE, Trigger.LEVEL);
            polling.expectNothing();
            ends.write(10);
            for (int i = 0; i < 5; i++) {
                assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
                ends.read(1);
            }
            ends.drain();
            polling.expectNothing();
            ends.write(1);
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
        }
    }

    @EverySelector
    void aOneShotIsReportedOnceAndThenNothingIs(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            Interest both = Interest.READABLE.add(Interest.WRITABLE);
            ends.write(1);
            polling.registry.register(ends.source, 7, both, Trigger.ONESHOT);
            assertThat(polling.next(7)).as("everything it is ready for").isEqualTo(Seen.BOTH);
            ends.drain();
            ends.fill();
            ends.write(1);
            ends.drainFar();
            polling.expectNothing();
            polling.registry.reregister(ends.source, 8, Interest.READABLE, Trigger.ONESHOT);
            assertThat(polling.next(8)).isEqualTo(Seen.READABLE);
            polling.expectNothing();
        }
    }

    /** kqueue tells of the two directions one by one. */
    @EverySelector
    void aOneShotSaysAllItIsReadyForHoweverLittleRoomThereIs(Kind kind) throws Exception {
        Interest both = Interest.READABLE.add(Interest.WRITABLE);
        Events one = Events.withCapacity(1);
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            ends.write(1);
            polling.registry.register(ends.source, 7, both, Trigger.ONESHOT);
            for (int i = 0; i < 3; i++) {
                assertThat(polling.poll.poll(one, Kind.PATIENCE)).isEqualTo(1);
                assertThat(Seen.NOTHING.and(one.get(0))).isEqualTo(Seen.BOTH);
                polling.expectNothing();
                polling.registry.reregister(ends.source, 7, both, Trigger.ONESHOT);
            }
        }
    }

    @EveryKind
    void aOneShotThatHasFiredDoesNotEvenHearOfTheEnd(Kind kind) throws Exception {
        int[] ends = Kernel.unixPair();
        FdSource shot = FdSource.of(ends[0]);
        try (Polling polling = kind.open()) {
            polling.registry.register(shot, 7, Interest.WRITABLE, Trigger.ONESHOT);
            assertThat(polling.next(7)).isEqualTo(Seen.WRITABLE);
            Kernel.close(ends[1]);
            polling.expectNothing();
            polling.registry.reregister(shot, 7, Interest.READABLE, Trigger.ONESHOT);
            assertThat(polling.next(7).readClosed()).isTrue();
            polling.expectNothing();
            polling.registry.deregister(shot);
        }
        Kernel.close(ends[0]);
    }

    @EverySelector
    void theTriggerIsPartOfTheRegistration(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            ends.write(1);
            polling.registry.register(ends.source, 7, Interest.READABLE, Trigger.LEVEL);
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            polling.registry.reregister(ends.source, 7, Interest.READABLE);
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            polling.expectNothing();
            polling.registry.reregister(ends.source, 7, Interest.READABLE.with(Trigger.LEVEL));
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
        }
    }

    /** The one thing that is promised of ends and errors everywhere; which flags come with it is not. */
    @EveryKind
    void anEndOrAnErrorOfWhatIsRegisteredReadableIsAnEvent(Kind kind) throws Exception {
        for (Trigger trigger : Trigger.values()) {
            for (boolean reset : new boolean[] {false, true}) {
                expectEventAtTheEnd(kind, trigger, Kernel.tcpPair(), reset);
            }
            expectEventAtTheEnd(kind, trigger, Kernel.unixPair(), false);
            expectEventAtTheEnd(kind, trigger, Kernel.pipe(), false);
        }
    }

    private static void expectEventAtTheEnd(Kind kind, Trigger trigger, int[] ends, boolean reset) throws Exception {
        FdSource watched = FdSource.of(ends[0]);
        try (Polling polling = kind.open()) {
            polling.registry.register(watched, 7, Interest.READABLE, trigger);
            polling.expectNothing();
            if (reset) {
                Kernel.reset(ends[1]);
            } else {
                Kernel.close(ends[1]);
            }
            Seen seen = polling.next(7);
            assertThat(seen.readable() || seen.error() || seen.readClosed())
                    .as(seen::toString)
                    .isTrue();
            polling.registry.deregister(watched);
        }
        Kernel.close(ends[0]);
    }

    /** A program of edges whose peer has gone: the end is an edge, too, and not one for each poll. */
    @EveryKind
    void theEndIsReportedOnceForAnEdge(Kind kind) throws Exception {
        int[] ends = Kernel.tcpPair();
        FdSource tcp = FdSource.of(ends[0]);
        try (Polling polling = kind.open()) {
            polling.registry.register(tcp, 7, Interest.READABLE.add(Interest.WRITABLE));
            assertThat(polling.next(7)).isEqualTo(Seen.WRITABLE);
            Kernel.reset(ends[1]);
            assertThat(polling.next(7).readable()).isTrue();
            polling.expectNothing();
            // To say what has failed, a libkqueue takes the error; a kernel's own kqueue leaves it there.
            assertThat(Kernel.read(ends[0], 1)).isEqualTo(kind.isKqueue() ? 0 : -Errno.ECONNRESET);
            polling.registry.deregister(tcp);
        }
        Kernel.close(ends[0]);
    }
}
