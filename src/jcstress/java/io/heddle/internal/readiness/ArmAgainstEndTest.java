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
 * arm() against the end of the home: the waiter, then {@code stay} | {@code stay} cleared, then the waiters woken. Who
 * finds no home goes to the next one, which here is the same and refuses.
 */
@JCStressTest
@Outcome(id = "false", expect = ACCEPTABLE, desc = "It found no home, or was taken out by the end.")
@Outcome(expect = FORBIDDEN, desc = "It waits with a home that is no more.")
@State
public class ArmAgainstEndTest {
    /** Never started: unparking it does nothing, so only the words are tested. */
    private static final Thread WAITER = new Thread(() -> {});

    private final WordHome home = new WordHome(Arming.EDGE);
    private final Registration registration = new Registration(0, () -> home);

    {
        registration.arm();
    }

    @Actor
    public void waiter() {
        registration.reader.publish(WAITER, false, 0);
        registration.arm();
    }

    @Actor
    public void owner() {
        home.close();
        registration.evict(home);
    }

    @Arbiter
    public void parks(Z_Result r) {
        r.r1 = registration.reader.isWaiting(WAITER);
    }
}
