package io.heddle.poll;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.heddle.internal.sys.Kernel;
import io.heddle.poll.loop.Registration;
import io.heddle.testing.NoLeaksInClass;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Once everything is compiled, polling makes no garbage. Not among the tests of each build: what the compiler sees
 * through depends on what ran before in the same process.
 */
@Tag("soak")
@ExtendWith(NoLeaksInClass.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class AllocationTest {
    private static final int ROUNDS_MAX = 1_000;
    private static final int POLLS = 1_000;
    private static final Duration SHORT = Duration.ofNanos(1);

    /** One turn of an event loop. */
    private interface Turn {
        void take() throws Exception;
    }

    private static void expectNoGarbageInTheEnd(Turn turn) throws Exception {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long allocated = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS_MAX && allocated != 0; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < POLLS; i++) {
                turn.take();
            }
            allocated = threads.getCurrentThreadAllocatedBytes() - before;
        }
        assertThat(allocated).as("bytes of %d polls", POLLS).isZero();
    }

    @EveryKind
    void levels(Kind kind) throws Exception {
        int counter = Kernel.eventFd();
        Kernel.add(counter, 1);
        try (Polling polling = kind.open()) {
            polling.registry.register(FdSource.of(counter), 7, Interest.READABLE, Trigger.LEVEL);
            long[] sum = new long[1];
            expectNoGarbageInTheEnd(() -> {
                polling.poll.poll(polling.events, Duration.ZERO);
                for (int i = 0; i < polling.events.size(); i++) {
                    sum[0] += polling.events.get(i).token();
                }
            });
            assertThat(sum[0]).isPositive();
        }
        Kernel.close(counter);
    }

    @EveryKind
    void edges(Kind kind) throws Exception {
        int counter = Kernel.eventFd();
        FdSource source = FdSource.of(counter);
        try (Polling polling = kind.open()) {
            polling.registry.register(source, 7, Interest.READABLE.add(Interest.WRITABLE));
            expectNoGarbageInTheEnd(() -> {
                source.wouldBlock(Interest.WRITABLE);
                polling.poll.poll(polling.events, SHORT);
            });
        }
        Kernel.close(counter);
    }

    @EveryKind
    void oneShots(Kind kind) throws Exception {
        int counter = Kernel.eventFd();
        FdSource source = FdSource.of(counter);
        try (Polling polling = kind.open()) {
            polling.registry.register(source, 7, Interest.WRITABLE, Trigger.ONESHOT);
            expectNoGarbageInTheEnd(() -> {
                polling.poll.poll(polling.events);
                polling.registry.reregister(source, polling.events.get(0).token(), Interest.WRITABLE, Trigger.ONESHOT);
            });
        }
        Kernel.close(counter);
    }

    @EveryKind
    void settings(Kind kind) throws Exception {
        Registration source = Registration.create();
        try (Polling polling = kind.open()) {
            polling.registry.register(source, 7, Interest.READABLE);
            expectNoGarbageInTheEnd(() -> {
                source.setReadiness().set(Interest.READABLE);
                polling.poll.poll(polling.events);
            });
        }
    }

    @EveryKind
    void wakes(Kind kind) throws Exception {
        try (Polling polling = kind.open();
                Waker waker = Waker.create(polling.registry, 7)) {
            expectNoGarbageInTheEnd(() -> {
                waker.wake();
                polling.poll.poll(polling.events);
            });
        }
    }
}
