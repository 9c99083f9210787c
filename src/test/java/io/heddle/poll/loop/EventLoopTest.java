package io.heddle.poll.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Kernel;
import io.heddle.poll.Events;
import io.heddle.poll.FdSource;
import io.heddle.poll.Interest;
import io.heddle.poll.Poll;
import io.heddle.poll.Selectors;
import io.heddle.poll.Trigger;
import io.heddle.poll.Waker;
import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.NoLeaksInClass;
import io.heddle.testing.Task;
import java.io.IOException;
import java.nio.channels.ClosedSelectorException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The loop: what it tells, in which order, until when; who may run it and who may not. */
@SuppressWarnings("try") // Closing is part of what is tested.
@ExtendWith(NoLeaksInClass.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EventLoopTest {
    /** What ends by itself if all is well. */
    private static final Duration PATIENCE = Duration.ofSeconds(50);

    private static final Interest R = Interest.READABLE;
    private static final Interest LEVEL = R.with(Trigger.LEVEL);

    private final Recorder handler = Recorder.create();

    private static EventLoop<String, Integer> open(Selectors kind) throws IOException {
        return EventLoop.open(Poll.open(kind), 1024);
    }

    private static Registration readyRegistration() {
        Registration registration = Registration.create();
        registration.setReadiness().set(R);
        return registration;
    }

    private Task<Boolean> start(EventLoop<String, Integer> loop) {
        return Caller.PLATFORM_THREAD.startRun(() -> loop.run(handler));
    }

    /** Until it waits in the kernel. */
    private Task<Boolean> startWaiting(EventLoop<String, Integer> loop) throws Exception {
        Task<Boolean> running = start(loop);
        running.awaitPolling();
        return running;
    }

    @EveryNativeSelector
    void anIterationTellsEventsThenMessagesThenTimeoutsThenTheTick(Selectors kind) throws Exception {
        Recorder all = Recorder.withTicks();
        int fd = Kernel.eventFd();
        try (EventLoop<String, Integer> loop = open(kind)) {
            loop.timeout(1, Duration.ZERO);
            loop.timeout(2, Duration.ofNanos(1));
            assertThat(loop.channel().trySend("a")).isTrue();
            assertThat(loop.channel().trySend("b")).isTrue();
            loop.register(FdSource.of(fd), fd, R);
            Kernel.add(fd, 1);
            assertThat(loop.runOnce(all, PATIENCE)).isEqualTo(5);
            assertThat(all.told)
                    .containsExactly("ready " + fd, "message a", "message b", "timeout 1", "timeout 2", "tick");
            assertThat(loop.runOnce(all, Duration.ZERO)).isZero();
            assertThat(all.told).hasSize(7).endsWith("tick");
        }
        Kernel.close(fd);
    }

    @EveryNativeSelector
    void aSourceIsRegisteredAnewAndDeregisteredThroughTheLoop(Selectors kind) throws Exception {
        int fd = Kernel.eventFd();
        FdSource source = FdSource.of(fd);
        try (EventLoop<String, Integer> loop = open(kind)) {
            loop.register(source, 1, LEVEL);
            Kernel.add(fd, 1);
            assertThat(loop.runOnce(handler, PATIENCE)).isEqualTo(1);
            loop.reregister(source, 2, LEVEL);
            assertThat(loop.runOnce(handler, PATIENCE)).isEqualTo(1);
            loop.deregister(source);
            assertThat(loop.runOnce(handler, Duration.ZERO)).isZero();
            assertThat(handler.told).containsExactly("ready 1", "ready 2");
        }
        Kernel.close(fd);
    }

    @EveryNativeSelector
    void aSourceThatIsRegisteredWhileTheLoopWaitsIsTold(Selectors kind) throws Exception {
        int fd = Kernel.eventFd();
        Kernel.add(fd, 1);
        try (EventLoop<String, Integer> loop = open(kind)) {
            handler.on("ready 1", EventLoop::shutdown);
            Task<Boolean> running = startWaiting(loop);
            loop.register(FdSource.of(fd), 1, R);
            assertThat(running.get()).isTrue();
        }
        Kernel.close(fd);
    }

    @EverySelector
    void whatIsDeregisteredInAnIterationIsStillToldInIt(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = open(kind)) {
            Registration second = readyRegistration();
            handler.on("ready 1", l -> l.deregister(second));
            loop.register(readyRegistration(), 1, R);
            loop.register(second, 2, LEVEL);
            assertThat(loop.runOnce(handler, Duration.ZERO)).isEqualTo(2);
            assertThat(loop.runOnce(handler, Duration.ZERO)).isZero();
            assertThat(handler.told).containsExactly("ready 1", "ready 2");
        }
    }

    @Test
    void theLoopsOwnTokenIsRefused() throws Exception {
        try (EventLoop<String, Integer> loop = EventLoop.open()) {
            Registration source = Registration.create();
            String text = "This token is the loop's own: token=-9223372036854775808";
            assertThatThrownBy(() -> loop.register(source, EventLoop.RESERVED_TOKEN, R))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(text);
            loop.register(source, Long.MAX_VALUE, R);
            assertThatThrownBy(() -> loop.reregister(source, EventLoop.RESERVED_TOKEN, R))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage(text);
        }
    }

    // Messages

    @EverySelector
    void everyKindOfThreadSendsAndWakes(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = open(kind)) {
            Task<Boolean> running = startWaiting(loop);
            for (Caller caller : Caller.values()) {
                caller.run(() -> loop.channel().send(caller.name()));
                Await.until("it is told", () -> handler.told.contains("message " + caller));
                running.awaitPolling();
                caller.run(() ->
                        assertThat(loop.channel().trySend("try " + caller)).isTrue());
                Await.until("it is told", () -> handler.told.contains("message try " + caller));
                running.awaitPolling();
            }
            loop.shutdown();
            assertThat(running.get()).isTrue();
            assertThat(handler.told).hasSize(6);
        }
    }

    @EverySelector
    void aFullLoopRefusesAMessageUntilOneIsHandled(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = EventLoop.open(Poll.open(kind), 2)) {
            Sender<String> sender = loop.channel();
            assertThat(sender.trySend("a")).isTrue();
            assertThat(sender.trySend("b")).isTrue();
            assertThat(sender.trySend("c")).isFalse();
            assertThat(sender).hasToString("Sender[messages=2, capacity=2]");
            handler.on("message a", l -> assertThat(sender.trySend("d")).isTrue());
            assertThat(loop.runOnce(handler, PATIENCE)).isEqualTo(3);
            assertThat(handler.told).containsExactly("message a", "message b", "message d");
        }
    }

    @EverySelector
    void aFullLoopIsWaitedFor(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = EventLoop.open(Poll.open(kind), 1)) {
            Sender<String> sender = loop.channel();
            for (Caller caller : Caller.values()) {
                Await.until("it is full", () -> !sender.trySend("filler"));
                Task<Boolean> sending = caller.startRun(() -> sender.send(caller.name()));
                sending.awaitParked();
                assertThat(loop.runOnce(handler, PATIENCE)).isPositive();
                assertThat(sending.get()).isTrue();
            }
            Await.until("all are told", () -> {
                loop.runOnce(handler, Duration.ZERO);
                return handler.told.stream()
                                .filter(each -> !each.endsWith("filler"))
                                .count()
                        == Caller.values().length;
            });
        }
    }

    @EverySelector
    void whoWaitsForRoomCanBeInterrupted(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = EventLoop.open(Poll.open(kind), 1)) {
            loop.channel().send("a");
            Task<Boolean> sending =
                    Caller.PLATFORM_THREAD.startRun(() -> loop.channel().send("b"));
            sending.awaitParked().interrupt();
            assertThat(sending.failure()).isInstanceOf(InterruptedException.class);
            assertThat(loop.runOnce(handler, PATIENCE)).isEqualTo(1);
        }
    }

    @EverySelector
    void theThreadThatRunsTheLoopDoesNotWaitForItself(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = EventLoop.open(Poll.open(kind), 1)) {
            handler.on("ready 1", l -> {
                assertThat(l.channel().trySend("a")).isTrue();
                assertThatThrownBy(() -> l.channel().send("b"))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("The thread that runs the loop cannot wait for room: capacity=1");
            });
            loop.register(readyRegistration(), 1, R);
            assertThat(loop.runOnce(handler, Duration.ZERO)).isEqualTo(2);
        }
    }

    @EverySelector
    void aClosedLoopRefusesMessages(Selectors kind) throws Exception {
        EventLoop<String, Integer> loop = EventLoop.open(Poll.open(kind), 1);
        loop.channel().send("a");
        Task<Boolean> waiting =
                Caller.PLATFORM_THREAD.startRun(() -> loop.channel().send("b"));
        waiting.awaitParked();
        loop.close();
        assertThat(waiting.failure()).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(() -> loop.channel().send("c")).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(() -> loop.channel().trySend("d")).isInstanceOf(ClosedSelectorException.class);
        assertThat(loop.channel()).hasToString("Sender[messages=0, capacity=1, closed]");
    }

    @EverySelector
    void messagesOfSeveralThreadsAllComeAndThoseOfOneInOrder(Selectors kind) throws Exception {
        int threads = Caller.values().length;
        int messages = 2_000;
        int[] next = new int[threads];
        Handler<int[], Void> counting = new Handler<>() {
            private int total;

            @Override
            public void message(EventLoop<int[], Void> loop, int[] message) {
                assertThat(message[1]).isEqualTo(next[message[0]]++);
                if (++total == threads * messages) {
                    loop.shutdown();
                }
            }
        };
        try (EventLoop<int[], Void> loop = EventLoop.open(Poll.open(kind), 16)) {
            Task<Boolean> running = Caller.PLATFORM_THREAD.startRun(() -> loop.run(counting));
            List<Task<Boolean>> senders = new ArrayList<>();
            for (Caller caller : Caller.values()) {
                int who = senders.size();
                senders.add(caller.startRun(() -> {
                    for (int j = 0; j < messages; j++) {
                        loop.channel().send(new int[] {who, j});
                    }
                }));
            }
            for (Task<Boolean> each : senders) {
                assertThat(each.get()).isTrue();
            }
            assertThat(running.get()).isTrue();
        }
        assertThat(next).containsOnly(messages);
    }

    @EverySelector
    void messagesDoNotKeepOutSourcesAndTimeouts(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = open(kind)) {
            handler.on(
                    "message again",
                    l -> assertThat(l.channel().trySend("again")).isTrue());
            loop.channel().send("again");
            assertThat(loop.runOnce(handler, Duration.ZERO)).isEqualTo(256);
            loop.register(readyRegistration(), 1, R);
            loop.timeout(2, Duration.ZERO);
            assertThat(loop.runOnce(handler, Duration.ZERO)).isEqualTo(258);
            assertThat(handler.told).contains("ready 1", "timeout 2");
        }
    }

    @EveryNativeSelector
    void aLoopThatDoesNotWaitIsNotRung(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = open(kind);
                FaultPlan plan = FaultPlan.counting()) {
            handler.on("message a", l -> assertThat(l.channel().trySend("b")).isTrue());
            loop.channel().send("a");
            loop.channel().send("c");
            assertThat(loop.runOnce(handler, PATIENCE)).isEqualTo(3);
            assertThat(plan.calls("write")).isZero();

            Task<Boolean> running = startWaiting(loop);
            loop.channel().send("d");
            Await.until("it is told", () -> handler.told.contains("message d"));
            assertThat(plan.calls("write")).isEqualTo(1);
            loop.shutdown();
            assertThat(running.get()).isTrue();
        }
    }

    // Timeouts

    @EverySelector
    void aTimeoutIsToldAndNotEarly(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = open(kind)) {
            for (long micros : new long[] {0, 50, 900, 5_000, 30_000}) {
                long startNanos = System.nanoTime();
                loop.timeout(1, Duration.ofNanos(micros * 1_000));
                assertThat(loop.runOnce(handler, PATIENCE)).isEqualTo(1);
                assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(micros * 1_000);
            }
        }
    }

    @EverySelector
    void aCancelledTimeoutIsNotToldAndEndsNoWait(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = open(kind)) {
            var timeout = loop.timeout(1, Duration.ofMillis(1));
            assertThat(timeout.cancel()).isTrue();
            loop.timeout(2, Duration.ofSeconds(100));
            long startNanos = System.nanoTime();
            assertThat(loop.runOnce(handler, Duration.ofMillis(20))).isZero();
            assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(20_000_000);
        }
    }

    @EverySelector
    void aTimeoutMayCancelAnotherThatHasExpiredWithIt(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = open(kind)) {
            loop.timeout(1, Duration.ZERO);
            var second = loop.timeout(2, Duration.ofNanos(1));
            handler.on("timeout 1", l -> assertThat(second.cancel()).isTrue());
            assertThat(loop.runOnce(handler, PATIENCE)).isEqualTo(1);
            assertThat(loop.runOnce(handler, Duration.ZERO)).isZero();
        }
    }

    @EverySelector
    void timeoutsThatSetTimeoutsDoNotKeepOutSources(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = open(kind)) {
            handler.on("timeout 1", l -> l.timeout(1, Duration.ZERO));
            loop.timeout(1, Duration.ZERO);
            assertThat(loop.runOnce(handler, PATIENCE)).isEqualTo(1);
            loop.register(readyRegistration(), 2, R);
            assertThat(loop.runOnce(handler, PATIENCE)).isEqualTo(2);
            assertThat(handler.told).containsExactly("timeout 1", "ready 2", "timeout 1");
        }
    }

    @EverySelector
    void onlyTheThreadThatRunsTheLoopSetsAndCancelsTimeouts(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = open(kind)) {
            var timeout = loop.timeout(1, Duration.ofSeconds(100));
            Task<Boolean> running = startWaiting(loop);
            assertThatThrownBy(() -> loop.timeout(2, Duration.ZERO))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("Only the thread that runs the loop may set and cancel timeouts: runs=");
            assertThatThrownBy(timeout::cancel).isInstanceOf(IllegalStateException.class);
            loop.shutdown();
            assertThat(running.get()).isTrue();
            assertThat(timeout.cancel()).isTrue();
        }
    }

    // Its life

    @EverySelector
    void shutdownByAnotherThreadEndsARunThatWaits(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = open(kind)) {
            for (int i = 0; i < 3; i++) {
                Task<Boolean> running = startWaiting(loop);
                loop.shutdown();
                assertThat(running.get()).isTrue();
            }
            assertThat(loop.isOpen()).isTrue();
        }
    }

    @EverySelector
    void shutdownByTheHandlerLetsTheIterationEnd(Selectors kind) throws Exception {
        Recorder all = Recorder.withTicks().on("ready 1", EventLoop::shutdown);
        try (EventLoop<String, Integer> loop = open(kind)) {
            loop.register(readyRegistration(), 1, LEVEL);
            loop.channel().send("a");
            loop.timeout(2, Duration.ZERO);
            loop.run(all);
            assertThat(all.told).containsExactly("ready 1", "message a", "timeout 2", "tick");
        }
    }

    @EverySelector
    void shutdownBeforeTheRunIsRememberedOnce(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = open(kind)) {
            loop.shutdown();
            loop.run(handler);
            Task<Boolean> running = startWaiting(loop);
            loop.shutdown();
            assertThat(running.get()).isTrue();
        }
    }

    @EverySelector
    void shutdownEndsTheWaitOfOneIteration(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = open(kind)) {
            Task<Integer> once = Caller.PLATFORM_THREAD.start(() -> loop.runOnce(handler, PATIENCE));
            once.awaitPolling();
            loop.shutdown();
            assertThat(once.get()).isZero();
            Task<Boolean> running = startWaiting(loop);
            loop.shutdown();
            assertThat(running.get()).isTrue();
        }
    }

    @EverySelector
    void everyKindOfThreadMayRunItOneAfterTheOther(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = open(kind)) {
            handler.on("message stop", EventLoop::shutdown);
            for (Caller caller : Caller.values()) {
                Task<Boolean> running = caller.startRun(() -> loop.run(handler));
                loop.channel().send("stop");
                assertThat(running.get()).isTrue();
            }
        }
    }

    @EverySelector
    void aSecondRunIsRefused(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = open(kind)) {
            String text = "Only one thread at a time may run the loop, and not from its handler";
            handler.on(
                    "message nested",
                    l -> assertThatThrownBy(() -> l.runOnce(handler, Duration.ZERO))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessage(text));
            Task<Boolean> running = startWaiting(loop);
            assertThatThrownBy(() -> loop.run(handler))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage(text);
            loop.channel().send("nested");
            Await.until("it is told", () -> handler.told.contains("message nested"));
            assertThat(running.isDone()).isFalse();
            loop.shutdown();
            assertThat(running.get()).isTrue();
        }
    }

    @EverySelector
    void whatTheHandlerThrowsEndsTheRunAndNothingIsLost(Selectors kind) throws Exception {
        List<Throwable> thrown = List.of(new IOException("a"), new IllegalStateException("b"), new AssertionError("c"));
        for (Throwable each : thrown) {
            Recorder throwing = Recorder.create();
            for (String what : List.of("ready 1", "message a", "timeout 1", "tick")) {
                throwing.on(what, l -> rethrow(each));
            }
            try (EventLoop<String, Integer> loop = open(kind)) {
                loop.register(readyRegistration(), 1, R);
                loop.register(readyRegistration(), 2, R);
                loop.channel().send("a");
                loop.channel().send("b");
                loop.timeout(1, Duration.ZERO);
                loop.timeout(2, Duration.ofNanos(1));
                for (int i = 0; i < 4; i++) {
                    assertThatThrownBy(() -> loop.run(throwing)).isSameAs(each);
                }
                assertThat(throwing.told)
                        .containsExactly("ready 1", "ready 2", "message a", "message b", "timeout 1", "timeout 2");
                assertThat(loop.runOnce(handler, Duration.ZERO)).isZero();
            }
        }
    }

    @EverySelector
    void anEventIsToldOnceThoughTheNextPollIsRefused(Selectors kind) throws Exception {
        Poll poll = Poll.open(kind);
        try (EventLoop<String, Integer> loop = EventLoop.open(poll, 1)) {
            loop.register(readyRegistration(), 1, R);
            assertThat(loop.runOnce(handler, PATIENCE)).isEqualTo(1);
            Task<Integer> other = Caller.PLATFORM_THREAD.start(() -> poll.poll(Events.withCapacity(1)));
            other.awaitPolling();
            assertThatThrownBy(() -> loop.runOnce(handler, Duration.ZERO))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("Only one thread at a time may poll");
            loop.shutdown();
            assertThat(other.get()).isEqualTo(1);
            assertThat(loop.runOnce(handler, Duration.ZERO)).isZero();
            assertThat(handler.told).containsExactly("ready 1");
        }
    }

    private static void rethrow(Throwable thrown) throws IOException {
        switch (thrown) {
            case IOException e -> throw e;
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new AssertionError(thrown);
        }
    }

    @EverySelector
    void anInterruptNeitherEndsTheLoopNorItsWait(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = open(kind)) {
            Task<Boolean> running = startWaiting(loop);
            running.interrupt();
            loop.channel().send("a");
            Await.until("it is told", () -> handler.told.contains("message a"));
            running.awaitPolling();
            loop.shutdown();
            assertThat(running.endedInterrupted()).isTrue();
            assertThat(running.get()).isTrue();
        }
    }

    @EveryNativeSelector
    void whatTheSystemInterruptsGoesOn(Selectors kind) throws Exception {
        try (EventLoop<String, Integer> loop = open(kind);
                FaultPlan plan =
                        FaultPlan.failing(kind == Selectors.EPOLL ? "epoll_pwait2" : "ppoll", Errno.EINTR, 1)) {
            long startNanos = System.nanoTime();
            assertThat(loop.runOnce(handler, Duration.ofMillis(5))).isZero();
            assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(5_000_000);
            assertThat(plan.wasMet()).isTrue();
        }
    }

    @EverySelector
    void closingEndsARunThatWaits(Selectors kind) throws Exception {
        EventLoop<String, Integer> loop = open(kind);
        Task<Boolean> running = startWaiting(loop);
        loop.close();
        assertThat(running.get()).isTrue();
        loop.close();
        assertThat(loop.isOpen()).isFalse();
    }

    @EverySelector
    void theHandlerIsToldNothingOnceItHasClosedTheLoop(Selectors kind) throws Exception {
        for (String last : List.of("ready 1", "message a", "timeout 1")) {
            Recorder closing = Recorder.withTicks().on(last, EventLoop::close);
            EventLoop<String, Integer> loop = open(kind);
            loop.register(readyRegistration(), 1, R);
            loop.register(readyRegistration(), 2, R);
            loop.channel().send("a");
            loop.channel().send("b");
            loop.timeout(1, Duration.ZERO);
            loop.timeout(2, Duration.ofNanos(1));
            loop.run(closing);
            assertThat(closing.told).endsWith(last);
        }
    }

    @EverySelector
    void aClosedLoopRefusesEverything(Selectors kind) throws Exception {
        EventLoop<String, Integer> loop = open(kind);
        Registration source = Registration.create();
        loop.register(source, 1, R);
        loop.close();
        assertThatThrownBy(() -> loop.run(handler)).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(() -> loop.runOnce(handler, Duration.ZERO)).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(() -> loop.register(source, 1, R)).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(() -> loop.reregister(source, 1, R)).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(() -> loop.deregister(source)).isInstanceOf(ClosedSelectorException.class);
        assertThatThrownBy(() -> loop.timeout(1, Duration.ZERO)).isInstanceOf(ClosedSelectorException.class);
        loop.shutdown();
        try (EventLoop<String, Integer> next = open(kind)) {
            next.register(source, 1, R);
        }
    }

    @EverySelector
    void aLoopWhosePollIsClosedByOthersSaysSo(Selectors kind) throws Exception {
        Poll poll = Poll.open(kind);
        try (EventLoop<String, Integer> loop = EventLoop.open(poll, 1)) {
            Task<Boolean> running = startWaiting(loop);
            poll.close();
            assertThat(running.failure()).isInstanceOf(ClosedSelectorException.class);
        }
    }

    @EverySelector
    void aPollThatIsRefusedRemainsTheCallers(Selectors kind) throws Exception {
        try (Poll poll = Poll.open(kind)) {
            assertThatThrownBy(() -> EventLoop.open(poll, 0))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("capacity must be 1 or more: capacity=0");
            try (Waker waker = Waker.create(poll.registry(), 1)) {
                assertThatThrownBy(() -> EventLoop.open(poll, 1)).isInstanceOf(IllegalStateException.class);
                waker.wake();
            }
            assertThat(poll.isOpen()).isTrue();
        }
    }

    @Test
    void aNegativeTimeoutIsRefused() throws Exception {
        try (EventLoop<String, Integer> loop = EventLoop.open()) {
            assertThatThrownBy(() -> loop.runOnce(handler, Duration.ofNanos(-1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("timeout must not be negative: timeout=PT-0.000000001S");
            assertThatThrownBy(() -> loop.timeout(1, Duration.ofNanos(-1)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(loop.toString()).startsWith("EventLoop[Poll[").endsWith(", runs=null]");
        }
    }
}
