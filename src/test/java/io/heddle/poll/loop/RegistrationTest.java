package io.heddle.poll.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Kernel;
import io.heddle.poll.Event;
import io.heddle.poll.Events;
import io.heddle.poll.FdSource;
import io.heddle.poll.Interest;
import io.heddle.poll.Poll;
import io.heddle.poll.Registry;
import io.heddle.poll.Selectors;
import io.heddle.poll.Source;
import io.heddle.poll.Trigger;
import io.heddle.poll.Waker;
import io.heddle.testing.Caller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.Task;
import java.io.IOException;
import java.nio.channels.ClosedSelectorException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** User-space sources: what is reported of what is set, when, how often, and where it is registered. */
@SuppressWarnings("try") // Closing is part of what is tested.
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RegistrationTest {
    /** What ends by itself if all is well. */
    private static final Duration PATIENCE = Duration.ofSeconds(50);

    private static final Interest R = Interest.READABLE;
    private static final Interest W = Interest.WRITABLE;
    private static final Interest RW = R.add(W);

    private final Registration registration = Registration.create();
    private final SetReadiness ready = registration.setReadiness();
    private final Events events = Events.withCapacity(16);

    /** What one poll reports, such as "1:R". */
    private List<String> poll(Poll poll, Duration timeout) throws IOException {
        poll.poll(events, timeout);
        List<String> seen = new ArrayList<>();
        for (Event event : events) {
            String flags =
                    (event.isReadable() ? "R" : "") + (event.isWritable() ? "W" : "") + (event.isPriority() ? "P" : "");
            seen.add(event.token() + ":" + flags);
        }
        return seen;
    }

    private List<String> poll(Poll poll) throws IOException {
        return poll(poll, Duration.ZERO);
    }

    private static String refused(String text) {
        return new IllegalStateException(text).toString();
    }

    @EverySelector
    void readinessBeforeRegistrationIsRemembered(Selectors kind) throws Exception {
        ready.set(R);
        try (Poll poll = Poll.open(kind)) {
            poll.registry().register(registration, 1, RW);
            assertThat(poll(poll, PATIENCE)).containsExactly("1:R");
            assertThat(poll(poll)).isEmpty();
        }
    }

    @EverySelector
    void settingItWakesAPollThatWaits(Selectors kind) throws Exception {
        try (Poll poll = Poll.open(kind)) {
            poll.registry().register(registration, 1, R);
            for (Caller caller : Caller.values()) {
                Task<List<String>> waiting = Caller.PLATFORM_THREAD.start(() -> poll(poll, PATIENCE));
                waiting.awaitPolling();
                caller.run(() -> ready.set(R));
                assertThat(waiting.get()).containsExactly("1:R");
            }
        }
    }

    @EverySelector
    void registeringWhatIsReadyWakesAPollThatWaits(Selectors kind) throws Exception {
        ready.set(W);
        try (Poll poll = Poll.open(kind)) {
            Task<List<String>> waiting = Caller.PLATFORM_THREAD.start(() -> poll(poll, PATIENCE));
            waiting.awaitPolling();
            poll.registry().register(registration, 1, W);
            assertThat(waiting.get()).containsExactly("1:W");
        }
    }

    @EverySelector
    void eachSettingIsOneEdge(Selectors kind) throws Exception {
        try (Poll poll = Poll.open(kind)) {
            poll.registry().register(registration, 1, RW);
            for (int i = 0; i < 3; i++) {
                ready.set(R);
                assertThat(poll(poll)).containsExactly("1:R");
                assertThat(poll(poll)).isEmpty();
            }
            ready.set(RW);
            assertThat(poll(poll)).containsExactly("1:RW");
            assertThat(poll(poll)).isEmpty();
        }
    }

    @EverySelector
    void whatIsSetSeveralTimesBeforeAPollIsReportedOnceAndAsSetLast(Selectors kind) throws Exception {
        try (Poll poll = Poll.open(kind)) {
            poll.registry().register(registration, 1, RW);
            ready.set(R);
            ready.set(RW);
            ready.set(W);
            assertThat(poll(poll)).containsExactly("1:W");
            assertThat(poll(poll)).isEmpty();
        }
    }

    @EverySelector
    void whatIsTakenBackBeforeAPollIsNotReported(Selectors kind) throws Exception {
        try (Poll poll = Poll.open(kind)) {
            poll.registry().register(registration, 1, R);
            ready.set(R);
            ready.clear();
            long startNanos = System.nanoTime();
            assertThat(poll(poll, Duration.ofMillis(5))).isEmpty();
            assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(5_000_000);
        }
    }

    @EverySelector
    void onlyWhatWasAskedForIsReported(Selectors kind) throws Exception {
        try (Poll poll = Poll.open(kind)) {
            poll.registry().register(registration, 1, R);
            ready.set(W);
            assertThat(poll(poll)).isEmpty();
            ready.set(RW.add(Interest.PRIORITY));
            assertThat(poll(poll)).containsExactly("1:R");
            poll.registry().reregister(registration, 2, Interest.PRIORITY.add(W));
            assertThat(poll(poll)).containsExactly("2:WP");
        }
    }

    @EverySelector
    void aOneShotIsReportedOnceUntilItIsReregistered(Selectors kind) throws Exception {
        try (Poll poll = Poll.open(kind)) {
            poll.registry().register(registration, 1, RW.with(Trigger.ONESHOT));
            ready.set(R);
            assertThat(poll(poll)).containsExactly("1:R");
            ready.set(RW);
            assertThat(poll(poll)).isEmpty();
            poll.registry().reregister(registration, 2, RW.with(Trigger.ONESHOT));
            assertThat(poll(poll)).containsExactly("2:RW");
            ready.set(RW);
            assertThat(poll(poll)).isEmpty();
            ready.clear();
            poll.registry().reregister(registration, 3, RW.with(Trigger.ONESHOT));
            assertThat(poll(poll)).isEmpty();
            ready.set(W);
            assertThat(poll(poll)).containsExactly("3:W");
        }
    }

    @EverySelector
    void aLevelIsReportedByEveryPollUntilItIsCleared(Selectors kind) throws Exception {
        try (Poll poll = Poll.open(kind)) {
            poll.registry().register(registration, 1, R.with(Trigger.LEVEL));
            ready.set(R);
            for (int i = 0; i < 3; i++) {
                assertThat(poll(poll, PATIENCE)).containsExactly("1:R");
            }
            ready.clear();
            assertThat(poll(poll)).isEmpty();
            assertThat(poll(poll)).isEmpty();
            ready.set(R);
            assertThat(poll(poll)).containsExactly("1:R");
        }
    }

    /** #535. */
    @EverySelector
    void reregisteringReportsAnew(Selectors kind) throws Exception {
        try (Poll poll = Poll.open(kind)) {
            poll.registry().register(registration, 1, R);
            ready.set(R);
            assertThat(poll(poll)).containsExactly("1:R");
            poll.registry().reregister(registration, 2, R);
            assertThat(poll(poll)).containsExactly("2:R");
            ready.set(R);
            poll.registry().reregister(registration, 3, R);
            assertThat(poll(poll)).containsExactly("3:R");
            assertThat(poll(poll)).isEmpty();
        }
    }

    @EverySelector
    void whatIsDeregisteredIsNotReported(Selectors kind) throws Exception {
        try (Poll poll = Poll.open(kind)) {
            poll.registry().register(registration, 1, R.with(Trigger.LEVEL));
            ready.set(R);
            assertThat(poll(poll)).containsExactly("1:R");
            poll.registry().deregister(registration);
            assertThat(poll(poll)).isEmpty();
            ready.set(R);
            assertThat(poll(poll)).isEmpty();
            poll.registry().register(registration, 2, R);
            assertThat(poll(poll)).containsExactly("2:R");
        }
    }

    @EverySelector
    void misuseIsRefusedAndChangesNothing(Selectors kind) throws Exception {
        String name = "Registration[readiness=none]";
        try (Poll poll = Poll.open(kind);
                Poll other = Poll.open(kind)) {
            Registry registry = poll.registry();
            String notRegistered = refused("I/O source not registered with `Registry`: " + name);
            assertThatThrownBy(() -> registry.reregister(registration, 1, R)).hasToString(notRegistered);
            assertThatThrownBy(() -> registry.deregister(registration)).hasToString(notRegistered);
            registry.register(registration, 1, R);
            String already = refused("I/O source already registered with a `Registry`: " + name);
            assertThatThrownBy(() -> registry.register(registration, 2, R)).hasToString(already);
            assertThatThrownBy(() -> other.registry().register(registration, 2, R))
                    .hasToString(already);
            assertThatThrownBy(() -> other.registry().reregister(registration, 2, R))
                    .hasToString(refused("I/O source already registered with a different `Registry`: " + name));
            assertThatThrownBy(() -> other.registry().deregister(registration)).hasToString(notRegistered);
            ready.set(R);
            assertThat(poll(other)).isEmpty();
            assertThat(poll(poll)).containsExactly("1:R");
        }
    }

    @EverySelector
    void itMayBeRegisteredElsewhereOnceItIsDeregisteredOrItsPollIsClosed(Selectors kind) throws Exception {
        ready.set(R);
        try (Poll last = Poll.open(kind)) {
            try (Poll first = Poll.open(kind);
                    Poll second = Poll.open(kind)) {
                first.registry().register(registration, 1, R);
                first.registry().deregister(registration);
                second.registry().register(registration, 2, R);
                assertThat(poll(first)).isEmpty();
                assertThat(poll(second)).containsExactly("2:R");
                second.close();
                assertThatThrownBy(() -> second.registry().reregister(registration, 3, R))
                        .isInstanceOf(ClosedSelectorException.class);
                assertThatThrownBy(() -> last.registry().deregister(registration))
                        .isInstanceOf(IllegalStateException.class);
            }
            last.registry().register(registration, 4, R);
            assertThat(poll(last)).containsExactly("4:R");
        }
    }

    @EverySelector
    void whatIsSetOnAClosedOneCountsForNothing(Selectors kind) throws Exception {
        try (Poll poll = Poll.open(kind)) {
            poll.registry().register(registration, 1, R);
            ready.set(R);
            registration.close();
            registration.close();
            assertThat(poll(poll)).isEmpty();
            ready.set(RW);
            assertThat(ready.readiness()).contains(R);
            assertThat(poll(poll)).isEmpty();
            assertThatThrownBy(() -> poll.registry().register(registration, 1, R))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("A source that is closed cannot be registered");
            assertThatThrownBy(() -> poll.registry().deregister(registration))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @EveryNativeSelector
    void manySettingsAreOneRing(Selectors kind) throws Exception {
        List<Registration> all = new ArrayList<>();
        try (Poll poll = Poll.open(kind);
                FaultPlan plan = FaultPlan.counting()) {
            for (int i = 0; i < 8; i++) {
                Registration each = Registration.create();
                poll.registry().register(each, i, R);
                all.add(each);
            }
            for (int i = 0; i < 100; i++) {
                all.get(i % 8).setReadiness().set(R);
            }
            assertThat(plan.calls("write")).isEqualTo(1);
            assertThat(poll(poll)).containsExactly("0:R", "1:R", "2:R", "3:R", "4:R", "5:R", "6:R", "7:R");
        }
    }

    /** #538: with more events than room, neither side is left out. */
    @EveryNativeSelector
    void sourcesOfTheProgramAndOfTheSystemTakeTurns(Selectors kind) throws Exception {
        for (int capacity = 1; capacity <= 5; capacity++) {
            int[] counters = {Kernel.eventFd(), Kernel.eventFd()};
            try (Poll poll = Poll.open(kind);
                    Waker waker = Waker.create(poll.registry(), 100)) {
                Set<Long> expected = new HashSet<>(Set.of(100L));
                for (int fd : counters) {
                    Kernel.add(fd, 1);
                    poll.registry().register(FdSource.of(fd), 200 + fd, R.with(Trigger.LEVEL));
                    expected.add(200L + fd);
                }
                for (long i = 0; i < 3; i++) {
                    Registration each = Registration.create();
                    each.setReadiness().set(R);
                    poll.registry().register(each, i, R.with(Trigger.LEVEL));
                    expected.add(i);
                }
                waker.wake();
                Events few = Events.withCapacity(capacity);
                Set<Long> seen = new HashSet<>();
                for (int i = 0; i < 12; i++) {
                    assertThat(poll.poll(few, Duration.ZERO)).isBetween(1, capacity);
                    for (Event event : few) {
                        seen.add(event.token());
                    }
                }
                assertThat(seen).isEqualTo(expected);
            }
            for (int fd : counters) {
                Kernel.close(fd);
            }
        }
    }

    /** #892: the last setting of each thread is always seen. */
    @EverySelector
    void noSettingIsLost(Selectors kind) throws Exception {
        int threads = 4;
        int settings = 2_000;
        AtomicIntegerArray published = new AtomicIntegerArray(threads);
        try (Poll poll = Poll.open(kind)) {
            List<Task<Boolean>> setters = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int mine = i;
                Registration each = Registration.create();
                poll.registry().register(each, mine, R);
                setters.add(Caller.PLATFORM_THREAD.startRun(() -> {
                    for (int j = 0; j < settings; j++) {
                        published.incrementAndGet(mine);
                        each.setReadiness().set(R);
                    }
                }));
            }
            int done = 0;
            int[] seen = new int[threads];
            while (done < threads) {
                // If a setting were lost, the last one of a thread would be waited for in vain.
                assertThat(poll.poll(events, PATIENCE)).isPositive();
                for (Event event : events) {
                    int who = (int) event.token();
                    int now = published.get(who);
                    done += now == settings && seen[who] < settings ? 1 : 0;
                    seen[who] = now;
                }
            }
            for (Task<Boolean> each : setters) {
                assertThat(each.get()).isTrue();
            }
        }
    }

    /** #532, #534, #537. */
    @EverySelector
    void itMayBeClosedByAnotherThreadWhileItIsSetAndPolled(Selectors kind) throws Exception {
        int rounds = 300;
        List<Trigger> triggers = List.of(Trigger.values());
        AtomicBoolean ended = new AtomicBoolean();
        try (Poll poll = Poll.open(kind);
                Waker waker = Waker.create(poll.registry(), -1)) {
            Task<Boolean> poller = Caller.PLATFORM_THREAD.startRun(() -> {
                while (!ended.get()) {
                    poll.poll(events);
                }
            });
            for (int i = 0; i < rounds; i++) {
                Registration each = Registration.create();
                Interest interest = R.with(triggers.get(i % triggers.size()));
                poll.registry().register(each, i, interest);
                Task<Boolean> setter = Caller.JDK_VIRTUAL_THREAD.startRun(() -> {
                    for (int j = 0; j < 20; j++) {
                        each.setReadiness().set(R);
                    }
                });
                each.close();
                assertThat(setter.get()).isTrue();
            }
            ended.set(true);
            waker.wake();
            assertThat(poller.get()).isTrue();
            // The poller may have ended by an event before, and left the wake.
            assertThat(poll(poll)).isSubsetOf("-1:R");
            assertThat(poll(poll)).isEmpty();
        }
    }

    @EverySelector
    void itMayBePartOfAnotherSource(Selectors kind) throws Exception {
        record Whole(Registration part) implements Source {
            @Override
            public void register(Registry registry, long token, Interest interest) {
                part.register(registry, token, interest);
            }

            @Override
            public void reregister(Registry registry, long token, Interest interest) {
                part.reregister(registry, token, interest);
            }

            @Override
            public void deregister(Registry registry) {
                part.deregister(registry);
            }
        }

        Whole whole = new Whole(registration);
        try (Poll poll = Poll.open(kind)) {
            poll.registry().register(whole, 1, R);
            poll.registry().reregister(whole, 2, W);
            ready.set(W);
            assertThat(poll(poll)).containsExactly("2:W");
            poll.registry().deregister(whole);
            ready.set(W);
            assertThat(poll(poll)).isEmpty();
        }
    }

    /** Also when a poll had no room for all of it. */
    @Test
    void aPollCanBeWatchedForIt() throws Exception {
        Registration second = Registration.create();
        try (Poll inner = Poll.open(Selectors.EPOLL);
                Poll outer = Poll.open(Selectors.EPOLL)) {
            outer.registry().register(FdSource.of(inner.fd()), 1, R.with(Trigger.LEVEL));
            inner.registry().register(registration, 1, R);
            inner.registry().register(second, 2, R);
            assertThat(poll(outer)).isEmpty();
            ready.set(R);
            second.setReadiness().set(R);
            Events one = Events.withCapacity(1);
            for (int i = 0; i < 2; i++) {
                assertThat(poll(outer, PATIENCE)).containsExactly("1:R");
                assertThat(inner.poll(one, Duration.ZERO)).isEqualTo(1);
            }
            assertThat(inner.poll(one, Duration.ZERO)).isZero();
            assertThat(poll(outer)).isEmpty();
        }
    }

    @Test
    void whatItIsReadyForCanBeAsked() {
        assertThat(ready.readiness()).isEmpty();
        ready.set(RW.with(Trigger.LEVEL));
        assertThat(ready.readiness()).contains(RW);
        assertThat(ready).hasToString("SetReadiness[Registration[readiness=READABLE | WRITABLE]]");
        ready.clear();
        assertThat(ready.readiness()).isEmpty();
        assertThat(registration.setReadiness()).isSameAs(ready);
    }
}
