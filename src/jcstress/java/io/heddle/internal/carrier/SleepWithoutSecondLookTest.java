package io.heddle.internal.carrier;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE_INTERESTING;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** The sleeper looks before it announces, and not after: wake-ups are lost. This is what the second look is for. */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "It sleeps, and the bringer rings.")
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "It saw the work, and the bringer rings for nothing.")
@Outcome(id = "false, false", expect = ACCEPTABLE, desc = "It saw the work.")
@Outcome(
        id = "true, false",
        expect = ACCEPTABLE_INTERESTING,
        desc = "It sleeps, and nobody rings: the wake-up is lost.")
@State
public class SleepWithoutSecondLookTest {
    private final Inbox inbox = new Inbox();
    private final SleepGate gate = new SleepGate();

    @Actor
    public void sleeper(ZZ_Result r) {
        r.r1 = inbox.isEmpty();
        gate.announce();
    }

    @Actor
    public void bringer(ZZ_Result r) {
        inbox.add(Inbox.Message.run(() -> {}));
        r.r2 = gate.claimWake();
    }
}
