package io.heddle.internal.readiness;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** publish() and the second look against halt(): a waiter that sees nothing and is not woken waits for ever. */
@JCStressTest
@Outcome(
        id = "true, false",
        expect = ACCEPTABLE,
        desc = "The waiter sees that the direction is halted, and was woken, too.")
@Outcome(
        id = "true, true",
        expect = ACCEPTABLE,
        desc = "The waiter sees that the direction is halted, and withdraws by itself.")
@Outcome(id = "false, false", expect = ACCEPTABLE, desc = "The waiter sees nothing, and the closer takes it out.")
@Outcome(expect = FORBIDDEN, desc = "Neither sees the other.")
@State
public class ArmAgainstCloseTest {
    /** Never started: unparking it does nothing, so only the word is tested. */
    private static final Thread WAITER = new Thread(() -> {});

    private final Readiness readiness = new Readiness();

    @Actor
    public void waiter(ZZ_Result r) {
        readiness.publish(WAITER, false, 0);
        r.r1 = readiness.isHalted();
    }

    @Actor
    public void closer() {
        readiness.halt();
    }

    @Arbiter
    public void parks(ZZ_Result r) {
        r.r2 = readiness.isWaiting(WAITER);
    }
}
