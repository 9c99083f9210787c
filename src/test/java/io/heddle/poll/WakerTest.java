package io.heddle.poll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.epoll.EpollSelector;
import io.heddle.internal.pollfd.PollSelector;
import io.heddle.internal.sys.Doorbell;
import io.heddle.internal.sys.Kernel;
import io.heddle.testing.Caller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.NoLeaksInClass;
import io.heddle.testing.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Waking: when it counts, how often, for whom, and for how long. */
@ExtendWith(NoLeaksInClass.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class WakerTest {
    private static final String SECOND = "Only a single `Waker` can be active per `Poll` instance";

    @EverySelector
    void aWakeEndsAPollThatWaits(Kind kind) throws Exception {
        try (Polling polling = kind.open();
                Waker waker = Waker.create(polling.registry, 10)) {
            for (int i = 0; i < 3; i++) {
                Task<Map<Long, Seen>> poll = polling.startPolling();
                waker.wake();
                assertThat(poll.get()).containsOnly(Map.entry(10L, Seen.READABLE));
                polling.expectNothing();
            }
        }
    }

    @EverySelector
    void everyKindOfThreadMayWake(Kind kind) throws Exception {
        try (Polling polling = kind.open();
                Waker waker = Waker.create(polling.registry, 10)) {
            for (Caller caller : Caller.values()) {
                Task<Map<Long, Seen>> poll = polling.startPolling();
                caller.run(waker::wake);
                assertThat(poll.get()).containsOnlyKeys(10L);
            }
        }
    }

    @EverySelector
    void aWakeBeforeThePollCounts(Kind kind) throws Exception {
        try (Polling polling = kind.open();
                Waker waker = Waker.create(polling.registry, 10)) {
            waker.wake();
            assertThat(polling.poll.poll(polling.events)).isEqualTo(1);
            assertThat(polling.events.get(0).token()).isEqualTo(10);
            waker.wake();
            assertThat(polling.once(Duration.ZERO)).containsOnly(Map.entry(10L, Seen.READABLE));
            polling.expectNothing();
        }
    }

    @EverySelector
    void manyWakesAreOneEvent(Kind kind) throws Exception {
        try (Polling polling = kind.open();
                Waker waker = Waker.create(polling.registry, 10)) {
            for (int i = 0; i < 100; i++) {
                waker.wake();
            }
            assertThat(polling.next(10)).isEqualTo(Seen.READABLE);
            polling.expectNothing();
            waker.wake();
            assertThat(polling.next(10)).isEqualTo(Seen.READABLE);
        }
    }

    /** How often the JDK rings is its business. */
    @EveryKind
    void manyWakesAreOneRing(Kind kind) throws Exception {
        try (Polling polling = kind.open();
                Waker waker = Waker.create(polling.registry, 10);
                FaultPlan plan = FaultPlan.counting()) {
            for (int i = 0; i < 100; i++) {
                waker.wake();
            }
            assertThat(plan.calls(kind.ring())).isEqualTo(1);
            assertThat(polling.next(10)).isEqualTo(Seen.READABLE);
        }
    }

    /** #1826: a counter at its ceiling, or a full pipe, takes no more, and rings. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBellThatTakesNoMoreRingsAllTheSame(boolean pipe) throws Exception {
        for (boolean epoll : new boolean[] {false, true}) {
            Doorbell bell = pipe ? Doorbell.openPipe() : Doorbell.open();
            if (!pipe) {
                Kernel.add(bell.fd(), -2);
            }
            for (int i = 0; i < 10_000; i++) {
                bell.ring();
            }
            try (Polling polling =
                            new Polling(Poll.open(() -> epoll ? EpollSelector.open(bell) : PollSelector.open(bell)));
                    Waker waker = Waker.create(polling.registry, 10)) {
                waker.wake();
                assertThat(polling.next(10)).isEqualTo(Seen.READABLE);
                polling.expectNothing();
                Task<Map<Long, Seen>> poll = polling.startPolling();
                waker.wake();
                assertThat(poll.get()).containsOnlyKeys(10L);
            }
        }
    }

    @EverySelector
    void thereIsOneWakerAtATime(Kind kind) throws Exception {
        try (Polling polling = kind.open()) {
            Waker first = Waker.create(polling.registry, 10);
            assertThatThrownBy(() -> Waker.create(polling.registry, 11))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(SECOND);
            first.wake();
            assertThat(polling.next(10)).isEqualTo(Seen.READABLE);
            first.close();
            try (Waker second = Waker.create(polling.registry, 12)) {
                first.close();
                assertThatThrownBy(() -> Waker.create(polling.registry, 13)).hasMessage(SECOND);
                first.wake();
                polling.expectNothing();
                second.wake();
                assertThat(polling.next(12)).isEqualTo(Seen.READABLE);
            }
        }
    }

    /** #1764: a thread woke, dropped its waker, and nobody was woken. */
    @EverySelector
    void aWakeIsNotLostWhenTheWakerIsClosed(Kind kind) throws Exception {
        try (Polling polling = kind.open()) {
            Waker waker = Waker.create(polling.registry, 10);
            waker.wake();
            waker.close();
            assertThat(polling.next(10)).isEqualTo(Seen.READABLE);
            polling.expectNothing();
        }
    }

    @EverySelector
    void aClosedWakerWakesNobody(Kind kind) throws Exception {
        try (Polling polling = kind.open()) {
            Waker waker = Waker.create(polling.registry, 10);
            waker.close();
            waker.wake();
            polling.expectNothing();
        }
    }

    @EverySelector
    void wakesAndSourcesBothGetThroughASmallBuffer(Kind kind) throws Exception {
        try (Ends first = kind.ends();
                Ends second = kind.ends();
                Polling polling = kind.open();
                Waker waker = Waker.create(polling.registry, 10)) {
            first.write(1);
            second.write(1);
            polling.registry.register(first.source, 11, Interest.READABLE, Trigger.LEVEL);
            polling.registry.register(second.source, 12, Interest.READABLE, Trigger.LEVEL);
            Events one = Events.withCapacity(1);
            Set<Long> tokens = new HashSet<>();
            for (int i = 0; i < 6; i++) {
                waker.wake();
                assertThat(polling.poll.poll(one, Kind.PATIENCE)).isEqualTo(1);
                tokens.add(one.get(0).token());
            }
            assertThat(tokens).containsExactlyInAnyOrder(10L, 11L, 12L);
        }
    }

    @EverySelector
    void everyWakeIsFollowedByAnEvent(Kind kind) throws Exception {
        int threads = 4;
        int wakes = 2_000;
        AtomicInteger published = new AtomicInteger();
        try (Polling polling = kind.open();
                Waker waker = Waker.create(polling.registry, 10)) {
            List<Task<Boolean>> wakers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                wakers.add(Caller.PLATFORM_THREAD.startRun(() -> {
                    for (int j = 0; j < wakes; j++) {
                        published.incrementAndGet();
                        waker.wake();
                    }
                }));
            }
            int seen = 0;
            while (seen < threads * wakes) {
                // If a wake were lost, the last of them would be waited for in vain.
                assertThat(polling.next(10)).isEqualTo(Seen.READABLE);
                seen = published.get();
            }
            for (Task<Boolean> each : wakers) {
                assertThat(each.get()).isTrue();
            }
        }
    }
}
