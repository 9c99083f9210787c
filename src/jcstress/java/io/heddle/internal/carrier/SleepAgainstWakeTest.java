package io.heddle.internal.carrier;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** The sleeper announces and then looks; the bringer adds and then looks. Work must not wait for a sleeper. */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "It sleeps, and the bringer rings.")
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "It sees the work, and the bringer rings for nothing.")
@Outcome(id = "false, false", expect = ACCEPTABLE, desc = "It sees the work before anybody could ring.")
@Outcome(expect = FORBIDDEN, desc = "It sleeps, and nobody rings: the wake-up is lost.")
@State
public class SleepAgainstWakeTest {
    private final Inbox inbox = new Inbox();
    private final SleepGate gate = new SleepGate();

    @Actor
    public void sleeper(ZZ_Result r) {
        gate.announce();
        r.r1 = inbox.isEmpty();
    }

    @Actor
    public void bringer(ZZ_Result r) {
        inbox.add(Inbox.Message.run(() -> {}));
        r.r2 = gate.claimWake();
    }
}
