package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.Task;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The rules of TcpSocket for timeouts, interrupts and close hold for every {@link WaitingCall}. */
@Behaviour
class WaitingCallTest {
    private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);
    private static final Duration LONG = Duration.ofMinutes(10);

    @Target(ElementType.METHOD)
    @Retention(RetentionPolicy.RUNTIME)
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("io.heddle.WaitingCallTest#calls")
    @interface EveryCall {}

    static Stream<Arguments> calls() {
        return Stream.of(WaitingCall.values())
                .flatMap(call -> Stream.of(Caller.values()).map(caller -> Arguments.of(call, caller)));
    }

    private static void assertClosed(Throwable thrown, String text) {
        assertThat(thrown).isExactlyInstanceOf(SocketException.class).hasMessage(text);
    }

    private static Task<Boolean> waiting(WaitingCall.Fixture fixture, Caller caller, Duration timeout)
            throws Exception {
        return caller.startRun(() -> fixture.call(timeout)).awaitWaiting();
    }

    @EveryCall
    void itWaitsUntilItCanGoOn(WaitingCall call, Caller caller) throws Exception {
        try (WaitingCall.Fixture fixture = call.open()) {
            for (Duration timeout : List.of(Duration.ZERO, Duration.ofNanos(Long.MAX_VALUE), FOR_EVER)) {
                Task<Boolean> waiting = waiting(fixture, caller, timeout);
                fixture.release();
                assertThat(waiting.get()).isTrue();
                refill(fixture);
            }
            assertThat(fixture.isOpen()).isTrue();
        }
    }

    /** What was let go on has room for more than one write. */
    private static void refill(WaitingCall.Fixture fixture) throws Exception {
        boolean full = false;
        while (!full) {
            try {
                fixture.call(Duration.ofNanos(1));
            } catch (SocketTimeoutException e) {
                full = true;
            }
        }
    }

    @EveryCall
    void itTimesOutButNotEarlyAndGoesOnAfterwards(WaitingCall call, Caller caller) throws Exception {
        try (WaitingCall.Fixture fixture = call.open()) {
            for (Duration timeout :
                    List.of(Duration.ofNanos(1), Duration.ofNanos(10_000), Duration.ofMillis(1), Duration.ofMillis(7))) {
                SocketTimeoutException late = caller.call(() -> timesOut(fixture, timeout));
                assertThat(late).hasMessage(call.late);
                assertThat(late.bytesTransferred).isZero();
            }
            assertThat(fixture.isOpen()).isTrue();
            fixture.release();
            caller.run(() -> fixture.call(Duration.ZERO));
        }
    }

    private static SocketTimeoutException timesOut(WaitingCall.Fixture fixture, Duration timeout) throws Exception {
        long startNanos = System.nanoTime();
        try {
            fixture.call(timeout);
        } catch (SocketTimeoutException e) {
            assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(timeout.toNanos());
            return e;
        }
        throw new AssertionError("did not time out: timeout=" + timeout);
    }

    @EveryCall
    void whatIsThereIsTakenEvenIfTheTimeIsOver(WaitingCall call, Caller caller) throws Exception {
        try (WaitingCall.Fixture fixture = call.open()) {
            fixture.release();
            caller.run(() -> fixture.call(Duration.ofNanos(1)));
        }
    }

    @EveryCall
    void anInterruptEndsItOnAVirtualThreadAndNotOnAPlatformThread(WaitingCall call, Caller caller) throws Exception {
        for (Duration timeout : List.of(Duration.ZERO, LONG)) {
            try (WaitingCall.Fixture fixture = call.open()) {
                Task<Boolean> waiting = waiting(fixture, caller, timeout);
                waiting.interrupt();
                if (caller.isVirtual()) {
                    assertClosed(waiting.failure(), "Closed by interrupt");
                } else {
                    waiting.awaitWaiting();
                    fixture.release();
                    assertThat(waiting.get()).isTrue();
                }
                assertThat(waiting.endedInterrupted()).isTrue();
                assertThat(fixture.isOpen()).isEqualTo(!caller.isVirtual());
            }
        }
    }

    @EveryCall
    void anInterruptBeforeItCountsOnlyIfItWouldWait(WaitingCall call, Caller caller) throws Exception {
        try (WaitingCall.Fixture fixture = call.open()) {
            fixture.release();
            Task<Boolean> going = caller.startRun(() -> {
                Thread.currentThread().interrupt();
                fixture.call(Duration.ZERO);
            });
            assertThat(going.get()).isTrue();
            assertThat(going.endedInterrupted()).isTrue();
            assertThat(fixture.isOpen()).isTrue();
        }
        if (caller.isVirtual()) {
            try (WaitingCall.Fixture fixture = call.open()) {
                Task<Boolean> ending = caller.startRun(() -> {
                    Thread.currentThread().interrupt();
                    fixture.call(Duration.ZERO);
                });
                assertClosed(ending.failure(), "Closed by interrupt");
                assertThat(fixture.isOpen()).isFalse();
            }
        }
    }

    @EveryCall
    void closeEndsItAndThoseWhoQueueBehindIt(WaitingCall call, Caller caller) throws Exception {
        for (Duration timeout : List.of(Duration.ZERO, LONG)) {
            try (WaitingCall.Fixture fixture = call.open()) {
                Task<Boolean> first = waiting(fixture, caller, timeout);
                Task<Boolean> second =
                        caller.startRun(() -> fixture.call(timeout)).awaitQueued();
                fixture.closeIt();
                assertClosed(first.failure(), "Socket closed");
                assertClosed(second.failure(), "Socket closed");
                assertThat(first.endedInterrupted()).isFalse();
                assertThat(fixture.isOpen()).isFalse();
                assertThat(caller.failureOf(() -> fixture.call(timeout)))
                        .isExactlyInstanceOf(SocketException.class)
                        .message()
                        .isIn("Socket closed", "Socket is closed");
            }
        }
    }

    @EveryCall
    void oneThatQueuesTimesOutByItself(WaitingCall call, Caller caller) throws Exception {
        try (WaitingCall.Fixture fixture = call.open()) {
            Task<Boolean> first = waiting(fixture, caller, Duration.ZERO);
            SocketTimeoutException late = caller.call(() -> timesOut(fixture, Duration.ofMillis(5)));
            assertThat(late).hasMessage(call.late);
            fixture.release();
            assertThat(first.get()).isTrue();
        }
    }
}
