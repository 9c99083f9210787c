package io.heddle.internal.readiness;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** publish() against ready(): a waiter that parks after the event came would park for ever. */
@JCStressTest
@Outcome(id = "true, false", expect = ACCEPTABLE, desc = "Published first; the event takes the waiter out.")
@Outcome(id = "false, false", expect = ACCEPTABLE, desc = "The event came first; there is no need to wait.")
@Outcome(expect = FORBIDDEN, desc = "Published, and nobody takes the waiter out.")
@State
public class ArmAgainstReadyTest {
    /** Never started: unparking it does nothing, so only the word is tested. */
    private static final Thread WAITER = new Thread(() -> {});

    private final Readiness readiness = new Readiness();

    @Actor
    public void waiter(ZZ_Result r) {
        r.r1 = readiness.publish(WAITER, false, 0);
    }

    @Actor
    public void poller() {
        readiness.ready();
    }

    @Arbiter
    public void parks(ZZ_Result r) {
        r.r2 = readiness.isWaiting(WAITER);
    }
}
