package io.heddle;

import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.FullBacklog;
import io.heddle.testing.HeldResolver;
import io.heddle.testing.Task;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;

/** Connects where nobody answers, by names that take most of the timeout to look up. */
final class OneDeadlineProgram {
    private static final Duration TIMEOUT = Duration.ofSeconds(2);
    private static final Duration LOOKUP = Duration.ofMillis(1500);

    private OneDeadlineProgram() {}

    /** Prints what came of each attempt. */
    public static void main(String[] args) throws Exception {
        try (FullBacklog full = FullBacklog.open()) {
            int port = full.address().getPort();
            HeldResolver.hold();
            long startNanos = System.nanoTime();
            Task<String> wildcard = Caller.HEDDLE_THREAD.start(
                    () -> outcome(startNanos, () -> TcpSocket.connect(new InetSocketAddress(port), TIMEOUT)));
            List<Task<String>> byName = List.of(
                    Caller.JDK_VIRTUAL_THREAD.start(
                            () -> outcome(startNanos, () -> TcpSocket.connect("one", port, TIMEOUT))),
                    Caller.PLATFORM_THREAD.start(
                            () -> outcome(startNanos, () -> TcpSocket.connect("other", port, TIMEOUT))));
            Await.until("most of the time is over", () -> System.nanoTime() - startNanos >= LOOKUP.toNanos());
            HeldResolver.release();
            System.out.println("wildcard: " + wildcard.get());
            for (Task<String> task : byName) {
                System.out.println("name: " + task.get());
            }
        }
    }

    /**
     * Whether the lookup and every address had their share of one timeout. If one more of them had a timeout of its
     * own, it would have taken at least as long as the lookup and that timeout.
     */
    private static String outcome(long startNanos, Caller.Work connect) {
        try {
            connect.run();
            return "connected";
        } catch (Exception e) {
            Duration elapsed = Duration.ofNanos(System.nanoTime() - startNanos);
            String suppressed = e.getSuppressed().length == 0 ? "" : ", then " + e.getSuppressed()[0];
            if (elapsed.compareTo(TIMEOUT) < 0) {
                return e + suppressed + ", early: elapsed=" + elapsed;
            }
            return e + suppressed + (elapsed.compareTo(LOOKUP.plus(TIMEOUT)) < 0 ? "" : ", late: elapsed=" + elapsed);
        }
    }
}
