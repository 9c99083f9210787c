package io.heddle;

import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.Task;
import io.heddle.testing.TimedWait;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Waits in every way that ends by itself, on threads of Heddle, and names the JDK's timer threads that it has then. */
final class TimedWaitsProgram {
    private TimedWaitsProgram() {}

    /** Prints them in one line. */
    public static void main(String[] args) throws Exception {
        for (TimedWait wait : TimedWait.values()) {
            Caller.HEDDLE_THREAD.run(() -> wait.await(2_000_000));
        }
        List<Task<Boolean>> waiting = new ArrayList<>();
        for (TimedWait wait : TimedWait.values()) {
            waiting.add(Caller.HEDDLE_THREAD.startRun(() -> wait.await(TimeUnit.HOURS.toNanos(1))));
        }
        for (Task<Boolean> task : waiting) {
            Await.until("it waits", () -> task.thread().getState() == Thread.State.TIMED_WAITING);
        }
        List<String> timers = Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.contains("unparker") || name.contains("elayScheduler"))
                .toList();
        System.out.println("timers " + timers);
    }
}
