package io.heddle.internal.readiness;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** withdraw() of an interrupted waiter against ready(): the event must not be lost. */
@JCStressTest
@Outcome(id = "true", expect = ACCEPTABLE, desc = "The event is remembered for the next wait.")
@Outcome(expect = FORBIDDEN, desc = "The waiter took the event with it.")
@State
public class InterruptAgainstReadyTest {
    /** Never started: unparking it does nothing, so only the word is tested. */
    private static final Thread WAITER = new Thread(() -> {});

    private final Readiness readiness = new Readiness();

    {
        readiness.publish(WAITER, true, 0);
    }

    @Actor
    public void waiter() {
        readiness.withdraw(WAITER);
    }

    @Actor
    public void poller() {
        readiness.ready();
    }

    @Arbiter
    public void remembered(Z_Result r) {
        r.r1 = !readiness.publish(WAITER, false, 0);
    }
}
