package io.heddle.poll;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Kernel;
import io.heddle.testing.Caller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.Task;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Polls where the kernel, or a seccomp filter, does not know the waits with nanoseconds. Prints what was wrong. */
final class NoNanosecondsProgram {
    private static final List<String> WRONG = new ArrayList<>();

    private NoNanosecondsProgram() {}

    /** Prints "wrong" and a list that should be empty. */
    public static void main(String[] args) throws Exception {
        run(Kind.EPOLL, Errno.EPERM);
        run(Kind.POLL, Errno.ENOSYS);
        System.out.println("wrong " + WRONG);
    }

    private static void run(Kind kind, int errno) throws Exception {
        int counter = Kernel.eventFd();
        try (Polling polling = kind.open();
                FaultPlan plan = FaultPlan.failingAlways(kind.nanosecondWait, errno)) {
            polling.registry.register(FdSource.of(counter), 7, Interest.READABLE);
            for (int i = 1; i <= 5; i++) {
                Duration timeout = Duration.ofNanos(300_000);
                long startNanos = System.nanoTime();
                expect(polling.once(timeout).isEmpty(), kind + " found something");
                expect(System.nanoTime() - startNanos >= timeout.toNanos(), kind + " ended early");
                expect(plan.calls(kind.nanosecondWait) == 1, kind + " asked again");
                expect(plan.calls(kind.wait) == i, kind + " waits=" + plan.calls(kind.wait) + " after " + i);
            }
            Kernel.add(counter, 1);
            expect(polling.once(Duration.ofSeconds(Long.MAX_VALUE)).size() == 1, kind + " missed an event");
            expect(polling.once(Duration.ZERO).isEmpty(), kind + " made up an event");
            for (Duration timeout : List.of(Duration.ofDays(25), Duration.ofMillis(1L << 32))) {
                waitUntilWoken(kind, polling, plan, timeout);
            }
        }
        Kernel.close(counter);
    }

    /** #1948: more milliseconds than an int has. Cut off, they would be none or less than none. */
    private static void waitUntilWoken(Kind kind, Polling polling, FaultPlan plan, Duration timeout) throws Exception {
        int before = plan.calls(kind.wait);
        try (Waker waker = Waker.create(polling.registry, 1)) {
            Task<Map<Long, Seen>> poll = Caller.PLATFORM_THREAD.start(() -> polling.once(timeout));
            poll.awaitPolling();
            waker.wake();
            expect(poll.get().keySet().equals(Set.of(1L)), kind + " was not woken from " + timeout);
        }
        int waits = plan.calls(kind.wait) - before;
        expect(waits == 1, kind + " waits=" + waits + " for " + timeout);
    }

    private static void expect(boolean holds, String otherwise) {
        if (!holds) {
            WRONG.add(otherwise);
        }
    }
}
