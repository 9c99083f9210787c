package io.heddle.internal.readiness;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.heddle.internal.poller.Arming;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/**
 * A timed waiter against watch() of the other direction: the waiter and its deadline, then {@code watched} |
 * {@code watched}, then the deadlines. The look at {@code watched} is a copy of parkVirtual's, which would park.
 */
@JCStressTest
@Outcome(id = "true", expect = ACCEPTABLE, desc = "The deadline is scheduled, by one of the two or both.")
@Outcome(expect = FORBIDDEN, desc = "Each left it to the other: the deadline passes unseen.")
@State
public class GuardAgainstWatchTest {
    /** Never started: unparking them does nothing, so only the words are tested. */
    private static final Thread READER = new Thread(() -> {});

    private static final Thread WRITER = new Thread(() -> {});
    private static final long DEADLINE_NANOS = 1_000;

    private final WordHome home = new WordHome(Arming.EDGE);
    private final Registration registration = new Registration(0, () -> home);

    @Actor
    public void reader() {
        registration.reader.publish(READER, true, DEADLINE_NANOS);
        registration.arm();
        Stay stay = registration.stay();
        if (stay != null && stay.isWatched()) {
            stay.guard(DEADLINE_NANOS);
        }
    }

    @Actor
    public void writer() {
        registration.writer.publish(WRITER, false, 0);
        registration.arm();
    }

    @Arbiter
    public void scheduled(Z_Result r) {
        r.r1 = home.scheduled.get() > 0;
    }
}
