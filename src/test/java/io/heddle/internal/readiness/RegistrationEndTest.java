package io.heddle.internal.readiness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.poller.Arming;
import io.heddle.internal.poller.Ready;
import io.heddle.testing.Await;
import java.io.IOException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What {@link Registration} leaves behind when a wait or a home ends in the middle of something. */
class RegistrationEndTest {
    private static final long HOUR = TimeUnit.HOURS.toNanos(1);
    private static final AtomicInteger FDS = new AtomicInteger(2_000_000);

    private final int fd = FDS.incrementAndGet();
    private final ScriptedHome first = new ScriptedHome(Arming.EDGE);
    private final ScriptedHome second = new ScriptedHome(Arming.EDGE);

    /** Where the next wait finds its home. */
    private volatile ScriptedHome current = first;

    private final Registration registration = new Registration(fd, () -> current);

    @AfterEach
    void discard() {
        registration.discard();
    }

    @Test
    void discardUnlinksTheTimerAlsoAfterADeadlineThatWasSetAtAHomeThatHasEnded() throws Exception {
        FutureTask<Integer> watching = start(registration.reader, false);
        registration.reader.wake();
        assertThat(watching.get()).isEqualTo(Registration.WOKEN);
        first.onSchedule(() -> {
            // The reader is about to set its deadline; meanwhile its home ends, and the writer goes on to the next.
            first.end(registration);
            current = second;
            assertThat(start(registration.writer, true)).isNotDone();
        });
        FutureTask<Integer> reading = new FutureTask<>(() -> await(registration.reader, true));
        Thread.ofVirtual().start(reading);
        assertThat(reading.get()).isEqualTo(Registration.WOKEN);
        assertThat(second.timers()).isEqualTo(1);
        registration.discard();

        assertThat(second.timers())
                .as("a closed socket is not kept until its deadline")
                .isZero();
    }

    @Test
    void aWatchThatThrowsLeavesTheDescriptorToTheNextWaiter() throws Exception {
        first.poller.beforeNext(() -> {
            throw new IOException("thrown by a test");
        });
        FutureTask<Integer> failing = new FutureTask<>(() -> await(registration.reader, false));
        Thread.ofVirtual().start(failing);
        assertThatThrownBy(failing::get).hasStackTraceContaining("thrown by a test");
        FutureTask<Integer> reading = start(registration.reader, false);

        assertThat(first.poller.calls()).as("watched by whoever comes next").hasSize(2);
        first.poller.report(fd, Ready.READABLE);
        assertThat(reading.get()).isEqualTo(Registration.WOKEN);
    }

    private int await(Readiness direction, boolean timed) {
        return registration.await(direction, timed, System.nanoTime() + HOUR);
    }

    /** Starts a waiter and returns when it is parked. */
    private FutureTask<Integer> start(Readiness direction, boolean timed) throws Exception {
        FutureTask<Integer> task = new FutureTask<>(() -> await(direction, timed));
        Thread thread = Thread.ofVirtual().start(task);
        Await.until("the thread waits", () -> thread.getState() == Thread.State.WAITING);
        return task;
    }
}
