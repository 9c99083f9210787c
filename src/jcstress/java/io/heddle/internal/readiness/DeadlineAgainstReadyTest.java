package io.heddle.internal.readiness;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** wake() of a timer that fires against ready(): whoever comes first, the event must not be lost. */
@JCStressTest
@Outcome(id = "true", expect = ACCEPTABLE, desc = "The event is remembered for the next wait.")
@Outcome(expect = FORBIDDEN, desc = "The timer swallowed the event.")
@State
public class DeadlineAgainstReadyTest {
    /** Never started: unparking it does nothing, so only the word is tested. */
    private static final Thread WAITER = new Thread(() -> {});

    private final Readiness readiness = new Readiness();

    {
        readiness.publish(WAITER, true, 0);
    }

    @Actor
    public void timer() {
        readiness.wake();
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
