package io.heddle.internal.carrier;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/**
 * beginEnd() against the second look of a carrier that rests: {@code ending}, then the gate | the gate, then
 * {@code ending}. A carrier that sleeps over its end keeps whoever closes it waiting.
 */
@JCStressTest
@Outcome(id = "false", expect = ACCEPTABLE, desc = "It saw the end, or was rung.")
@Outcome(expect = FORBIDDEN, desc = "It sleeps, and nobody will ring.")
@State
public class EndAgainstRestTest {
    private static final Carriers NONE = ScriptedCarriers.none();

    private final Bell bell = new Bell();
    private final Carrier carrier = new Carrier(NONE, 0, bell, 1);
    private final Worker worker = new Worker(NONE, 1);

    @Actor
    public void owner(Z_Result r) {
        carrier.serve(worker);
        r.r1 = bell.wasLost();
    }

    @Actor
    public void closer() {
        carrier.beginEnd();
        bell.nobodyElseRings();
    }
}
