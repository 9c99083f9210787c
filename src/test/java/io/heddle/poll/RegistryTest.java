package io.heddle.poll;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Kernel;
import io.heddle.poll.spi.Selector;
import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.NoLeaksInClass;
import io.heddle.testing.Task;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Registering, registering anew, deregistering: what takes effect when, and every misuse. */
@ExtendWith(NoLeaksInClass.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RegistryTest {
    private static final String REGISTERED = "I/O source already registered with a `Registry`";
    private static final String ELSEWHERE = "I/O source already registered with a different `Registry`";
    private static final String NOT_REGISTERED = "I/O source not registered with `Registry`";

    // What is reported

    @EverySelector
    void whatIsReadyWhenItIsRegisteredIsReported(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            ends.write(1);
            polling.registry.register(ends.source, 7, Interest.READABLE.add(Interest.WRITABLE));
            assertThat(polling.next(7)).isEqualTo(Seen.BOTH);
            polling.expectNothing();
        }
    }

    @EverySelector
    void onlyWhatWasAskedForIsReported(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            ends.write(1);
            polling.registry.register(ends.source, 7, Interest.WRITABLE);
            assertThat(polling.next(7)).isEqualTo(Seen.WRITABLE);
            polling.expectNothing();
            polling.registry.reregister(ends.source, 7, Interest.READABLE);
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            polling.expectNothing();
        }
    }

    @EverySelector
    void registeringAnewReportsAnew(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            ends.write(1);
            polling.registry.register(ends.source, 7, Interest.READABLE);
            for (long token = 8; token < 12; token++) {
                assertThat(polling.next(token - 1)).isEqualTo(Seen.READABLE);
                polling.registry.reregister(ends.source, token, Interest.READABLE);
            }
        }
    }

    @EverySelector
    void theLastTokenCounts(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            ends.write(1);
            polling.registry.register(ends.source, 7, Interest.READABLE);
            polling.registry.reregister(ends.source, 8, Interest.READABLE);
            polling.registry.reregister(ends.source, 9, Interest.READABLE);
            assertThat(polling.next(9)).isEqualTo(Seen.READABLE);
            polling.expectNothing();
        }
    }

    @EverySelector
    void everyNumberIsAToken(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            ends.write(1);
            polling.registry.register(ends.source, 1, Interest.READABLE);
            for (long token : new long[] {0, -1, Long.MIN_VALUE, Long.MAX_VALUE, 0xFEDC_BA98_8765_4321L}) {
                polling.registry.reregister(ends.source, token, Interest.READABLE);
                assertThat(polling.next(token)).isEqualTo(Seen.READABLE);
            }
        }
    }

    @EverySelector
    void whatIsDeregisteredIsReportedNoMore(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            ends.write(3);
            polling.registry.register(ends.source, 7, Interest.READABLE);
            polling.registry.deregister(ends.source);
            polling.expectNothing();
            // The bytes are kept.
            ends.read(3);
        }
    }

    @EverySelector
    void whatIsDeregisteredMayComeBack(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open();
                Polling other = kind.open()) {
            ends.write(1);
            for (int token = 0; token < 5; token++) {
                polling.registry.register(ends.source, token, Interest.READABLE);
                assertThat(polling.next(token)).isEqualTo(Seen.READABLE);
                polling.registry.deregister(ends.source);
            }
            other.registry.register(ends.source, 7, Interest.READABLE);
            assertThat(other.next(7)).isEqualTo(Seen.READABLE);
            polling.expectNothing();
            other.registry.deregister(ends.source);
        }
    }

    @EverySelector
    void registrationsBetweenTwoPollsCountAsOne(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            ends.write(1);
            polling.registry.register(ends.source, 1, Interest.READABLE);
            polling.registry.deregister(ends.source);
            polling.registry.register(ends.source, 2, Interest.READABLE);
            assertThat(polling.next(2)).isEqualTo(Seen.READABLE);
            polling.registry.deregister(ends.source);
            polling.registry.register(ends.source, 3, Interest.WRITABLE);
            polling.registry.deregister(ends.source);
            polling.expectNothing();
        }
    }

    // While a poll waits

    @EverySelector
    void registeringTakesEffectOnAPollThatWaits(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            ends.write(1);
            Task<Map<Long, Seen>> poll = polling.startPolling();
            polling.registry.register(ends.source, 7, Interest.READABLE);
            assertThat(poll.get()).containsOnly(Map.entry(7L, Seen.READABLE));
        }
    }

    @EverySelector
    void registeringAnewTakesEffectOnAPollThatWaits(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            polling.registry.register(ends.source, 7, Interest.READABLE);
            Task<Map<Long, Seen>> poll = polling.startPolling();
            polling.registry.reregister(ends.source, 8, Interest.WRITABLE);
            assertThat(poll.get()).containsOnly(Map.entry(8L, Seen.WRITABLE));
        }
    }

    @EverySelector
    void deregisteringTakesEffectOnAPollThatWaits(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open();
                Waker waker = Waker.create(polling.registry, 1)) {
            polling.registry.register(ends.source, 7, Interest.READABLE);
            Task<Map<Long, Seen>> poll = polling.startPolling();
            polling.registry.deregister(ends.source);
            ends.write(1);
            poll.awaitPolling();
            waker.wake();
            assertThat(poll.get()).containsOnlyKeys(1L);
        }
    }

    @EverySelector
    void whatIsDeregisteredAndClosedUnderAPollIsReallyClosed(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open();
                Waker waker = Waker.create(polling.registry, 1)) {
            polling.registry.register(ends.source, 7, Interest.READABLE);
            Task<Map<Long, Seen>> poll = polling.startPolling();
            polling.registry.deregister(ends.source);
            ends.closeNear();
            // The end of the stream was sent by close, and not when the poll let the source go.
            assertThat(ends.isEndAtFar()).isTrue();
            poll.awaitPolling();
            waker.wake();
            assertThat(poll.get()).containsOnlyKeys(1L);
        }
    }

    // By many threads at once; see also PollSoak

    @EverySelector
    void manyThreadsRegisterAtOnce(Kind kind) throws Exception {
        int threads = 4;
        AtomicBoolean ending = new AtomicBoolean();
        try (Polling polling = kind.open();
                Waker waker = Waker.create(polling.registry, -1)) {
            Task<Boolean> poller = Caller.PLATFORM_THREAD.startRun(() -> {
                while (!ending.get()) {
                    polling.once(Kind.PATIENCE);
                }
            });
            List<Task<Boolean>> tasks = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                int token = i;
                tasks.add(Caller.PLATFORM_THREAD.startRun(() -> comeAndGo(kind, polling.registry, token)));
            }
            for (Task<Boolean> each : tasks) {
                assertThat(each.get()).isTrue();
            }
            ending.set(true);
            waker.wake();
            assertThat(poller.get()).isTrue();
            polling.once(Duration.ZERO);
            polling.expectNothing();
        }
    }

    private static void comeAndGo(Kind kind, Registry registry, int token) throws IOException {
        try (Ends mine = kind.ends()) {
            mine.write(1);
            for (int i = 0; i < 200; i++) {
                registry.register(mine.source, token, Interest.READABLE);
                registry.reregister(mine.source, token, Interest.READABLE.add(Interest.WRITABLE));
                registry.deregister(mine.source);
            }
        }
    }

    @EverySelector
    void ofManyThreadsOneRegistersAndOneDeregisters(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            for (int i = 0; i < 20; i++) {
                assertThat(successes(() -> polling.registry.register(ends.source, 7, Interest.READABLE)))
                        .isEqualTo(1);
                assertThat(successes(() -> polling.registry.reregister(ends.source, 8, Interest.READABLE)))
                        .isEqualTo(4);
                assertThat(successes(() -> polling.registry.deregister(ends.source)))
                        .isEqualTo(1);
            }
            polling.expectNothing();
        }
    }

    /** How many of four threads are not refused. */
    private static int successes(Caller.Work work) throws Exception {
        CyclicBarrier start = new CyclicBarrier(4);
        List<Task<Boolean>> tasks = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            tasks.add(Caller.PLATFORM_THREAD.start(() -> {
                start.await();
                try {
                    work.run();
                    return true;
                } catch (IllegalStateException refused) {
                    return false;
                }
            }));
        }
        int successes = 0;
        for (Task<Boolean> each : tasks) {
            successes += each.get() ? 1 : 0;
        }
        return successes;
    }

    // What comes too late

    /** #184 and the others: harvested by the selector, then deregistered by somebody else. */
    @EverySelector
    void anEventThatIsHarvestedBeforeDeregisteringIsDropped(Kind kind) throws Exception {
        Interposed selector = new Interposed(kind.openSelector());
        try (Ends ends = kind.ends();
                Polling polling = new Polling(Poll.open(() -> selector))) {
            ends.write(1);
            polling.registry.register(ends.source, 7, Interest.READABLE);
            selector.beforeReport = () -> polling.registry.deregister(ends.source);
            polling.expectNothing();
            assertThat(selector.reports).hasValue(1);
        }
    }

    /** The same, and the slot of the registration is used again at once. */
    @EverySelector
    void aStaleEventIsNotTakenForThatOfTheNextSource(Kind kind) throws Exception {
        Interposed selector = new Interposed(kind.openSelector());
        try (Ends ends = kind.ends();
                Ends silent = kind.ends();
                Polling polling = new Polling(Poll.open(() -> selector))) {
            ends.write(1);
            polling.registry.register(ends.source, 7, Interest.READABLE);
            selector.beforeReport = () -> {
                polling.registry.deregister(ends.source);
                polling.registry.register(silent.source, 8, Interest.READABLE);
            };
            polling.expectNothing();
            assertThat(selector.reports).hasValue(1);
        }
    }

    /** The selector may have found more than there was room for. */
    @EverySelector
    void whatThereWasNoRoomForIsNotReportedOnceItIsDeregistered(Kind kind) throws Exception {
        try (Ends first = kind.ends();
                Ends second = kind.ends();
                Polling polling = kind.open()) {
            IoSource[] sources = {first.source, second.source};
            first.write(1);
            second.write(1);
            for (Trigger trigger : Trigger.values()) {
                polling.registry.register(sources[0], 0, Interest.READABLE, trigger);
                polling.registry.register(sources[1], 1, Interest.READABLE, trigger);
                Events one = Events.withCapacity(1);
                assertThat(polling.poll.poll(one, Kind.PATIENCE)).isEqualTo(1);
                int reported = (int) one.get(0).token();
                polling.registry.deregister(sources[1 - reported]);
                polling.registry.reregister(sources[reported], 7, Interest.READABLE, Trigger.ONESHOT);
                assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
                polling.expectNothing();
                polling.registry.register(sources[1 - reported], 8, Interest.READABLE, trigger);
                assertThat(polling.next(8)).isEqualTo(Seen.READABLE);
                polling.registry.deregister(sources[0]);
                polling.registry.deregister(sources[1]);
            }
        }
    }

    @EverySelector
    void anEventThatIsHarvestedBeforeAChangeHasTheNewToken(Kind kind) throws Exception {
        Interposed selector = new Interposed(kind.openSelector());
        try (Ends ends = kind.ends();
                Polling polling = new Polling(Poll.open(() -> selector))) {
            ends.write(1);
            polling.registry.register(ends.source, 7, Interest.READABLE);
            selector.beforeReport = () -> polling.registry.reregister(ends.source, 8, Interest.READABLE);
            assertThat(polling.next(8)).isEqualTo(Seen.READABLE);
            polling.expect(8, Seen.READABLE);
        }
    }

    @EverySelector
    void aPollForEverDoesNotEndWithAStaleEvent(Kind kind) throws Exception {
        Interposed selector = new Interposed(kind.openSelector());
        try (Ends ends = kind.ends();
                Polling polling = new Polling(Poll.open(() -> selector));
                Waker waker = Waker.create(polling.registry, 1)) {
            ends.write(1);
            polling.registry.register(ends.source, 7, Interest.READABLE);
            selector.beforeReport = () -> polling.registry.deregister(ends.source);
            Task<Integer> poll = Caller.PLATFORM_THREAD.start(() -> polling.poll.poll(polling.events));
            Await.until("the stale event was reported", () -> selector.reports.get() == 1);
            poll.awaitPolling();
            waker.wake();
            assertThat(poll.get()).isEqualTo(1);
            assertThat(polling.events.get(0).token()).isEqualTo(1);
        }
    }

    /** Does something between the harvest of an event and its report. */
    private static final class Interposed extends ForwardingSelector {
        private Caller.Work beforeReport = () -> {};
        private final AtomicInteger reports = new AtomicInteger();

        Interposed(Selector real) {
            super(real);
        }

        @Override
        public void select(long timeoutNanos, int eventsMax, Sink sink) throws IOException {
            long[] keys = new long[eventsMax];
            int[] ready = new int[eventsMax];
            int[] count = new int[1];
            super.select(timeoutNanos, eventsMax, (key, bits) -> {
                keys[count[0]] = key;
                ready[count[0]] = bits;
                count[0]++;
            });
            for (int i = 0; i < count[0]; i++) {
                try {
                    Caller.Work work = beforeReport;
                    beforeReport = () -> {};
                    work.run();
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
                reports.incrementAndGet();
                sink.ready(keys[i], ready[i]);
            }
        }
    }

    // Misuse

    private static void refuses(ThrowingCallable call, String text) {
        assertThatThrownBy(call).isInstanceOf(IllegalStateException.class).hasMessageStartingWith(text);
    }

    @EverySelector
    void registeringTwiceIsRefused(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open();
                Polling other = kind.open()) {
            ends.write(1);
            polling.registry.register(ends.source, 7, Interest.READABLE);
            refuses(
                    () -> polling.registry.register(ends.source, 8, Interest.WRITABLE),
                    REGISTERED + ": " + ends.name());
            refuses(() -> other.registry.register(ends.source, 8, Interest.WRITABLE), REGISTERED + ": " + ends.name());
            assertThat(polling.next(7)).as("the first one holds").isEqualTo(Seen.READABLE);
            other.expectNothing();
        }
    }

    /** mio's own check forgets the right registry when the wrong one is asked: section 5, item 3. */
    @EverySelector
    void aRefusedRegistrationChangesNothing(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open();
                Polling other = kind.open()) {
            ends.write(1);
            polling.registry.register(ends.source, 7, Interest.READABLE);
            refuses(() -> other.registry.register(ends.source, 8, Interest.READABLE), REGISTERED);
            refuses(() -> other.registry.deregister(ends.source), NOT_REGISTERED);
            refuses(() -> other.registry.reregister(ends.source, 8, Interest.READABLE), ELSEWHERE);
            polling.registry.reregister(ends.source, 9, Interest.READABLE);
            assertThat(polling.next(9)).isEqualTo(Seen.READABLE);
            polling.registry.deregister(ends.source);
            other.registry.register(ends.source, 8, Interest.READABLE);
            assertThat(other.next(8)).isEqualTo(Seen.READABLE);
        }
    }

    @EverySelector
    void whatIsNotRegisteredCannotBeChanged(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            refuses(
                    () -> polling.registry.reregister(ends.source, 7, Interest.READABLE),
                    NOT_REGISTERED + ": " + ends.name());
            refuses(() -> polling.registry.deregister(ends.source), NOT_REGISTERED + ": " + ends.name());
            polling.registry.register(ends.source, 7, Interest.READABLE);
            polling.registry.deregister(ends.source);
            refuses(() -> polling.registry.reregister(ends.source, 7, Interest.READABLE), NOT_REGISTERED);
            refuses(() -> polling.registry.deregister(ends.source), NOT_REGISTERED);
        }
    }

    @EverySelector
    void twoSourcesOfOneDescriptorAreRefused(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            ends.write(1);
            IoSource second = ends.another();
            polling.registry.register(ends.source, 7, Interest.READABLE);
            refuses(() -> polling.registry.register(second, 8, Interest.READABLE), REGISTERED);
            refuses(() -> polling.registry.deregister(second), NOT_REGISTERED);
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            polling.registry.deregister(ends.source);
            polling.registry.register(second, 8, Interest.READABLE);
            assertThat(polling.next(8)).isEqualTo(Seen.READABLE);
        }
    }

    @EverySelector
    void oneDescriptorMayBeWatchedByTwoPolls(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open();
                Polling other = kind.open()) {
            ends.write(1);
            polling.registry.register(ends.source, 7, Interest.READABLE);
            other.registry.register(ends.another(), 8, Interest.READABLE);
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            assertThat(other.next(8)).isEqualTo(Seen.READABLE);
        }
    }

    /** The others: poll(2) refuses nothing at registration, and what the JDK asks of the kernel cannot be made fail. */
    static Stream<Kind> kindsThatAskTheKernel() {
        return Kind.available().filter(kind -> !kind.isPoll());
    }

    /** A refusal of the kernel leaves the source free: section 5, item 3. */
    @ParameterizedTest
    @MethodSource("kindsThatAskTheKernel")
    void aSourceThatTheKernelRefusesMayBeRegisteredAgain(Kind kind) throws Exception {
        String call = kind.isKqueue() ? "kevent" : "epoll_ctl";
        // kqueue deletes what was, then adds what is to be.
        int steps = kind.isKqueue() ? 2 : 1;
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            ends.write(1);
            for (int errno : new int[] {Errno.ENOMEM, Errno.ENOSPC, Errno.EBADF}) {
                try (FaultPlan plan = FaultPlan.failing(call, errno, 1)) {
                    assertThatThrownBy(() -> polling.registry.register(ends.source, 7, Interest.READABLE))
                            .isInstanceOf(IOException.class)
                            .hasMessageContaining("errno=" + Errno.name(errno));
                    assertThat(plan.wasMet()).isTrue();
                }
                refuses(() -> polling.registry.deregister(ends.source), NOT_REGISTERED);
            }
            polling.registry.register(ends.source, 8, Interest.READABLE);
            for (int step = 1; step <= steps; step++) {
                try (FaultPlan plan = FaultPlan.failing(call, Errno.ENOMEM, step)) {
                    assertThatThrownBy(() -> polling.registry.reregister(ends.source, 9, Interest.WRITABLE))
                            .isInstanceOf(IOException.class)
                            .hasMessageEndingWith(call + ": errno=ENOMEM, " + ends.name());
                    assertThat(plan.wasMet()).isTrue();
                }
                assertThat(polling.next(8))
                        .as("token and interest are as before")
                        .isEqualTo(Seen.READABLE);
            }
        }
    }

    // What was closed and not deregistered. Numbers that are given out again: of descriptors only.

    @EveryKind
    void aNumberThatWasClosedAndGivenOutAgainHasItsNewOwnersEventsOnly(Kind kind) throws Exception {
        int[] before = Kernel.unixPair();
        int number = before[0];
        FdSource closed = FdSource.of(number);
        try (Polling polling = kind.open()) {
            polling.registry.register(closed, 1, Interest.READABLE);
            Kernel.close(number);
            Kernel.close(before[1]);
            int fresh = Kernel.eventFd();
            if (fresh != number) {
                Kernel.duplicateTo(fresh, number);
                Kernel.close(fresh);
            }
            Kernel.add(number, 1);
            FdSource next = FdSource.of(number);
            if (kind.isEpoll()) {
                // The kernel has forgotten the first one.
                polling.registry.register(next, 2, Interest.READABLE);
                refuses(() -> polling.registry.deregister(closed), NOT_REGISTERED);
            } else {
                refuses(() -> polling.registry.register(next, 2, Interest.READABLE), REGISTERED);
                polling.registry.deregister(closed);
                polling.registry.register(next, 2, Interest.READABLE);
            }
            assertThat(polling.next(2)).isEqualTo(Seen.READABLE);
            polling.registry.deregister(next);
        }
        Kernel.close(number);
    }

    @EveryKind
    void aNumberThatWasClosedAndIsSomebodyElsesNowIsDeregisteredOnce(Kind kind) throws Exception {
        int number = Kernel.eventFd();
        FdSource closed = FdSource.of(number);
        try (Polling polling = kind.open()) {
            polling.registry.register(closed, 1, Interest.READABLE);
            int other = Kernel.eventFd();
            Kernel.duplicateTo(other, number);
            if (kind.isEpoll()) {
                assertThatThrownBy(() -> polling.registry.deregister(closed))
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining("ENOENT");
            } else {
                polling.registry.deregister(closed);
            }
            refuses(() -> polling.registry.deregister(closed), NOT_REGISTERED);
            Kernel.close(other);
        }
        Kernel.close(number);
    }

    @EveryKind
    void aClosedDescriptorCanBeDeregisteredOnce(Kind kind) throws Exception {
        int counter = Kernel.eventFd();
        FdSource closed = FdSource.of(counter);
        try (Polling polling = kind.open()) {
            polling.registry.register(closed, 1, Interest.READABLE);
            Kernel.close(counter);
            if (kind.isEpoll()) {
                assertThatThrownBy(() -> polling.registry.deregister(closed)).hasMessageContaining("EBADF");
            } else {
                polling.registry.deregister(closed);
            }
            refuses(() -> polling.registry.deregister(closed), NOT_REGISTERED);
        }
    }

    @EverySelector
    void deregisterIfRegisteredNeverFails(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            ends.source.deregisterIfRegistered();
            polling.registry.register(ends.source, 1, Interest.READABLE);
            ends.write(1);
            ends.source.deregisterIfRegistered();
            ends.source.deregisterIfRegistered();
            polling.expectNothing();
            polling.registry.register(ends.source, 1, Interest.READABLE);
            ends.closeNear();
            ends.source.deregisterIfRegistered();
            refuses(() -> polling.registry.deregister(ends.source), NOT_REGISTERED);
        }
    }

    // Sources made of others

    /** Delegates, as the Javadoc of Source tells to. */
    private record Wrapper(IoSource inner) implements Source {
        @Override
        public void register(Registry registry, long token, Interest interest) throws IOException {
            inner.register(registry, token, interest);
        }

        @Override
        public void reregister(Registry registry, long token, Interest interest) throws IOException {
            inner.reregister(registry, token, interest);
        }

        @Override
        public void deregister(Registry registry) throws IOException {
            inner.deregister(registry);
        }
    }

    @EverySelector
    void aSourceMadeOfAnotherHasItsTriggerToo(Kind kind) throws Exception {
        try (Ends ends = kind.ends();
                Polling polling = kind.open()) {
            ends.write(1);
            Source wrapper = new Wrapper(ends.source);
            polling.registry.register(wrapper, 7, Interest.READABLE, Trigger.LEVEL);
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            polling.registry.reregister(wrapper, 7, Interest.READABLE, Trigger.ONESHOT);
            assertThat(polling.next(7)).isEqualTo(Seen.READABLE);
            polling.expectNothing();
            polling.registry.deregister(wrapper);
        }
    }

    @EverySelector
    void manySourcesComeAndGo(Kind kind) throws Exception {
        Ends[] all = new Ends[150];
        try (Polling polling = kind.open()) {
            for (int round = 0; round < 3; round++) {
                for (int i = 0; i < all.length; i++) {
                    all[i] = kind.ends();
                    polling.registry.register(all[i].source, i, Interest.READABLE);
                }
                for (int i = 0; i < all.length; i += 7) {
                    all[i].write(1);
                    assertThat(polling.next(i)).isEqualTo(Seen.READABLE);
                }
                polling.expectNothing();
                for (Ends each : all) {
                    polling.registry.deregister(each.source);
                    each.close();
                }
            }
            assertThat(polling.once(Duration.ZERO)).isEmpty();
        }
    }
}
