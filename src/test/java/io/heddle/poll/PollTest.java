package io.heddle.poll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Kernel;
import io.heddle.testing.Caller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.NoLeaksInClass;
import io.heddle.testing.Task;
import java.nio.channels.ClosedSelectorException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Waiting: for how long, for how many, by whom, and until when. */
@ExtendWith(NoLeaksInClass.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PollTest {
    private static final Interest READABLE = Interest.READABLE;

    @EverySelector
    void aTimeoutEndsThePollButNotEarly(Kind kind) throws Exception {
        try (Polling polling = kind.open()) {
            for (Duration timeout : List.of(
                    Duration.ofNanos(1), Duration.ofNanos(10_000), Duration.ofMillis(1), Duration.ofMillis(30))) {
                long startNanos = System.nanoTime();
                assertThat(polling.once(timeout)).isEmpty();
                assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(timeout.toNanos());
            }
        }
    }

    @EveryKind
    void zeroLooksAndReturns(Kind kind) throws Exception {
        int counter = Kernel.eventFd();
        try (Polling polling = kind.open()) {
            polling.registry.register(FdSource.of(counter), 7, READABLE);
            try (FaultPlan plan = FaultPlan.counting()) {
                assertThat(polling.once(Duration.ZERO)).isEmpty();
                Kernel.add(counter, 1);
                assertThat(polling.once(Duration.ZERO)).containsOnly(Map.entry(7L, Seen.READABLE));
                assertThat(plan.calls(kind.wait)).isEqualTo(2);
                assertThat(kind.waits(plan)).as("none of them for a time").isEqualTo(2);
            }
        }
        Kernel.close(counter);
    }

    /** #1614: less than a millisecond must not become none, or the caller's loop spins. */
    @EveryKind
    void lessThanAMillisecondIsWaitedForInTheKernel(Kind kind) throws Exception {
        try (Polling polling = kind.open();
                FaultPlan plan = FaultPlan.counting()) {
            for (int i = 0; i < 10; i++) {
                polling.once(Duration.ofNanos(200_000));
            }
            assertThat(kind.waits(plan)).isBetween(10, 20);
        }
    }

    @EverySelector
    void theLongestTimeoutsDoNotOverflow(Kind kind) throws Exception {
        try (Polling polling = kind.open();
                Waker waker = Waker.create(polling.registry, 1)) {
            for (Duration timeout : List.of(
                    Duration.ofSeconds(Long.MAX_VALUE, 999_999_999),
                    Duration.ofNanos(Long.MAX_VALUE),
                    Duration.ofNanos(Long.MAX_VALUE - 1),
                    Duration.ofDays(25),
                    Duration.ofMillis(Integer.MAX_VALUE + 1L))) {
                Task<Map<Long, Seen>> poll = Caller.PLATFORM_THREAD.start(() -> polling.once(timeout));
                poll.awaitPolling();
                waker.wake();
                assertThat(poll.get()).containsOnly(Map.entry(1L, Seen.READABLE));
            }
        }
    }

    @EverySelector
    void aNegativeTimeoutIsRefused(Kind kind) throws Exception {
        try (Polling polling = kind.open()) {
            assertThatThrownBy(() -> polling.once(Duration.ofNanos(-1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("timeout must not be negative: timeout=PT-0.000000001S");
        }
    }

    @EveryKind
    void anInterruptedWaitGoesOnWithTheTimeThatIsLeft(Kind kind) throws Exception {
        try (Polling polling = kind.open()) {
            for (int k = 1; k <= 3; k++) {
                try (FaultPlan plan = FaultPlan.failing(kind.nanosecondWait, Errno.EINTR, k)) {
                    while (!plan.wasMet()) {
                        Duration timeout = Duration.ofMillis(5);
                        long startNanos = System.nanoTime();
                        assertThat(polling.once(timeout)).isEmpty();
                        assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(timeout.toNanos());
                    }
                }
            }
        }
    }

    @EveryKind
    void anInterruptedWaitForEverGoesOn(Kind kind) throws Exception {
        int counter = Kernel.eventFd();
        Kernel.add(counter, 1);
        try (Polling polling = kind.open()) {
            polling.registry.register(FdSource.of(counter), 7, READABLE);
            try (FaultPlan plan = FaultPlan.failing(kind.wait, Errno.EINTR, 1)) {
                assertThat(polling.poll.poll(polling.events)).isEqualTo(1);
                assertThat(plan.wasMet()).isTrue();
            }
        }
        Kernel.close(counter);
    }

    @EveryKind
    void whatTheSystemRefusesIsAnException(Kind kind) throws Exception {
        try (Polling polling = kind.open();
                FaultPlan plan = FaultPlan.failing(kind.wait, Errno.ENOMEM, 1)) {
            assertThatThrownBy(() -> polling.poll.poll(polling.events)).hasMessageContaining("ENOMEM");
            assertThat(plan.wasMet()).isTrue();
        }
    }

    @EverySelector
    void eachPollBeginsWithNoEvents(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            ends.write(1);
            polling.registry.register(ends.source, 7, READABLE);
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            assertThat(polling.events.size()).isEqualTo(1);
            polling.expectNothing();
            assertThat(polling.events.isEmpty()).isTrue();
        }
    }

    @EverySelector
    void whatThereIsNoRoomForComesWithTheNextPolls(Kind kind) throws Exception {
        try (Polling polling = kind.open()) {
            List<Ends> sources = ready(kind, polling, 5);
            Events two = Events.withCapacity(2);
            Set<Long> tokens = new HashSet<>();
            int polls = 0;
            while (tokens.size() < sources.size()) {
                int n = polling.poll.poll(two, Kind.PATIENCE);
                assertThat(n).isBetween(1, 2);
                two.forEach(event -> assertThat(tokens.add(event.token())).isTrue());
                polls++;
            }
            assertThat(polls).isEqualTo(3);
            assertThat(polling.poll.poll(two, Duration.ZERO)).isZero();
            close(sources);
        }
    }

    @EverySelector
    void nobodyIsAlwaysLast(Kind kind) throws Exception {
        try (Polling polling = kind.open()) {
            List<Ends> sources = ready(kind, polling, 3, Trigger.LEVEL);
            Events one = Events.withCapacity(1);
            Set<Long> tokens = new HashSet<>();
            for (int i = 0; i < sources.size(); i++) {
                assertThat(polling.poll.poll(one, Kind.PATIENCE)).isEqualTo(1);
                tokens.add(one.get(0).token());
            }
            assertThat(tokens).hasSize(sources.size());
            close(sources);
        }
    }

    /** gattaca-com/flux#67: with more that is hot than there is room, the last wait for long. */
    @EverySelector
    void eventsGrowWhenTheyWereFull(Kind kind) throws Exception {
        try (Polling polling = kind.open()) {
            List<Ends> sources = ready(kind, polling, 20);
            Events growing = Events.growing(2, 10);
            int[] sizes = new int[4];
            for (int i = 0; i < sizes.length; i++) {
                sizes[i] = polling.poll.poll(growing, Duration.ZERO);
            }
            assertThat(sizes).containsExactly(2, 4, 8, 6);
            assertThat(growing.capacity()).isEqualTo(10);
            close(sources);
        }
    }

    private static List<Ends> ready(Kind kind, Polling polling, int count) throws Exception {
        return ready(kind, polling, count, Trigger.EDGE);
    }

    private static List<Ends> ready(Kind kind, Polling polling, int count, Trigger trigger) throws Exception {
        List<Ends> all = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Ends ends = kind.ends();
            ends.write(1);
            polling.registry.register(ends.source, i, READABLE, trigger);
            all.add(ends);
        }
        return all;
    }

    private static void close(List<Ends> all) throws Exception {
        for (Ends ends : all) {
            ends.close();
        }
    }

    @EverySelector
    void onlyOneThreadAtATimeMayPoll(Kind kind) throws Exception {
        try (Polling polling = kind.open();
                Waker waker = Waker.create(polling.registry, 1)) {
            Task<Map<Long, Seen>> first = polling.startPolling();
            Events others = Events.withCapacity(1);
            assertThatThrownBy(() -> polling.poll.poll(others, Duration.ZERO))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Only one thread at a time may poll");
            waker.wake();
            assertThat(first.get()).containsOnlyKeys(1L);
            assertThat(polling.poll.poll(others, Duration.ZERO)).isZero();
        }
    }

    @EverySelector
    void closingEndsAPollThatWaits(Kind kind) throws Exception {
        try (Polling polling = kind.open()) {
            Task<Map<Long, Seen>> waiting = polling.startPolling();
            polling.poll.close();
            assertThat(waiting.failure()).isInstanceOf(ClosedSelectorException.class);
        }
    }

    @EverySelector
    void nothingGoesOnAfterClose(Kind kind) throws Exception {
        Ends ends = kind.ends();
        IoSource source = ends.source;
        Polling polling = kind.open();
        Waker waker = Waker.create(polling.registry, 1);
        polling.registry.register(source, 7, READABLE);
        assertThat(polling.poll.isOpen()).isTrue();

        polling.close();
        polling.close();

        assertThat(polling.poll.isOpen()).isFalse();
        assertThatThrownBy(() -> polling.poll.poll(polling.events)).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(() -> polling.once(Duration.ZERO)).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(polling.poll::fd).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(() -> polling.registry.register(source, 7, READABLE))
                .isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(() -> polling.registry.reregister(source, 7, READABLE))
                .isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(() -> polling.registry.deregister(source)).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(() -> Waker.create(polling.registry, 1)).isInstanceOf(ClosedSelectorException.class);
        source.wouldBlock(READABLE);
        source.deregisterIfRegistered();
        waker.wake();
        waker.close();
        ends.close();
    }

    @EverySelector
    void closingLeavesTheSourcesOpenForOthers(Kind kind) throws Exception {
        try (Ends ends = kind.ends()) {
            try (Polling first = kind.open()) {
                first.registry.register(ends.source, 1, READABLE);
            }
            ends.write(1);
            try (Polling second = kind.open()) {
                second.registry.register(ends.source, 2, READABLE);
                assertThat(second.next(2)).isEqualTo(Seen.READABLE);
            }
        }
    }

    @EveryKind
    void aPollIsWatchedByAnotherWhereItHasADescriptor(Kind kind) throws Exception {
        int counter = Kernel.eventFd();
        try (Polling inner = kind.open();
                Polling outer = kind.open()) {
            inner.registry.register(FdSource.of(counter), 7, READABLE);
            assertThat(inner.poll.fd() >= 0).isEqualTo(!kind.isPoll());
            if (kind.canBeWatched()) {
                FdSource nested = FdSource.of(inner.poll.fd());
                outer.registry.register(nested, 8, READABLE);
                outer.expectNothing();
                Kernel.add(counter, 1);
                assertThat(outer.next(8)).isEqualTo(Seen.READABLE);
                assertThat(inner.next(7)).isEqualTo(Seen.READABLE);
                outer.expectNothing();
                outer.registry.deregister(nested);
            }
        }
        Kernel.close(counter);
    }

    static Stream<Kind> kindsThatCanBeWatched() {
        return Kind.available().filter(Kind::canBeWatched);
    }

    /** What the program makes ready, and the kernel knows nothing of. */
    private static final class Told extends UserSource {
        void tell() {
            setReadiness(READABLE);
        }
    }

    @ParameterizedTest
    @MethodSource("kindsThatCanBeWatched")
    void aWatchedPollIsReadableForWakesAndForWhatTheProgramMakesReady(Kind kind) throws Exception {
        try (Polling inner = kind.open();
                Polling outer = kind.open();
                Waker waker = Waker.create(inner.registry, 1);
                Told told = new Told()) {
            inner.registry.register(told, 2, READABLE);
            FdSource nested = FdSource.of(inner.poll.fd());
            outer.registry.register(nested, 8, READABLE, Trigger.LEVEL);
            outer.expectNothing();
            waker.wake();
            told.tell();
            Events one = Events.withCapacity(1);
            for (int i = 0; i < 2; i++) {
                assertThat(outer.next(8)).as("as long as one is left").isEqualTo(Seen.READABLE);
                assertThat(inner.poll.poll(one, Duration.ZERO)).isEqualTo(1);
            }
            inner.expectNothing();
            outer.expectNothing();
            outer.registry.deregister(nested);
        }
    }

    @EveryKind
    void aPollNamesItsSelector(Kind kind) throws Exception {
        try (Polling polling = kind.open()) {
            assertThat(polling.poll.toString())
                    .startsWith(kind.isEpoll() ? "Poll[epoll" : kind.isKqueue() ? "Poll[kqueue" : "Poll[poll");
        }
    }
}
