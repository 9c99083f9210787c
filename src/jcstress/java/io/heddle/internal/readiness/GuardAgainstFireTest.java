package io.heddle.internal.readiness;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.heddle.internal.poller.Arming;
import java.util.Objects;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * guard() of a waiter against fire() of the timer that was linked for an earlier one: the waiter's deadline and word,
 * then {@code scheduled} | {@code scheduled} cleared, then the waiters. A deadline that nobody schedules is never
 * met.
 */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "One of the two saw the other and scheduled.")
@Outcome(id = "2", expect = ACCEPTABLE, desc = "Both scheduled.")
@Outcome(expect = FORBIDDEN, desc = "Each relied on the other: the deadline passes unseen.")
@State
public class GuardAgainstFireTest {
    /** Never started: unparking it does nothing, so only the words are tested. */
    private static final Thread WAITER = new Thread(() -> {});

    private static final long LINKED_FOR_NANOS = 1_000;
    private static final long DEADLINE_NANOS = 2_000;

    private final WordHome home = new WordHome(Arming.EDGE);
    private final Registration registration = new Registration(0, () -> home);
    private final Stay stay;

    {
        registration.arm();
        stay = Objects.requireNonNull(registration.stay());
        stay.guard(LINKED_FOR_NANOS);
        home.scheduled.set(0);
    }

    @Actor
    public void waiter() {
        registration.reader.publish(WAITER, true, DEADLINE_NANOS);
        stay.guard(DEADLINE_NANOS);
    }

    @Actor
    public void timer() {
        stay.fire(LINKED_FOR_NANOS);
    }

    @Arbiter
    public void scheduled(I_Result r) {
        r.r1 = home.scheduled.get();
    }
}
