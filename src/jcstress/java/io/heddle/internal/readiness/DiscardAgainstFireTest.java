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
import org.openjdk.jcstress.infra.results.Z_Result;

/**
 * discard() against fire() that schedules once more: the {@code stay} ended, then {@code scheduled} |
 * {@code scheduled}, then isDead(), which the home asks. A timer that both leave in the wheel holds its socket until it
 * fires.
 */
@JCStressTest
@Outcome(id = "false", expect = ACCEPTABLE, desc = "Not linked any more, or cancelled.")
@Outcome(expect = FORBIDDEN, desc = "Linked, and nobody cancels it.")
@State
public class DiscardAgainstFireTest {
    /** Never started: unparking it does nothing, so only the words are tested. */
    private static final Thread WAITER = new Thread(() -> {});

    private static final long LINKED_FOR_NANOS = 1_000;
    private static final long DEADLINE_NANOS = 2_000;

    private final WordHome home = new WordHome(Arming.EDGE);
    private final Registration registration = new Registration(0, () -> home);
    private final Stay stay;

    {
        registration.arm();
        registration.reader.publish(WAITER, true, DEADLINE_NANOS);
        stay = Objects.requireNonNull(registration.stay());
        stay.guard(LINKED_FOR_NANOS);
    }

    @Actor
    public void owner() {
        home.unlink();
        stay.fire(LINKED_FOR_NANOS);
    }

    @Actor
    public void lastUser() {
        registration.reader.withdraw(WAITER);
        registration.discard();
    }

    @Arbiter
    public void left(Z_Result r) {
        r.r1 = home.holdsTimer();
    }
}
