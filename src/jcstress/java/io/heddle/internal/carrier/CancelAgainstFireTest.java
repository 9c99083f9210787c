package io.heddle.internal.carrier;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** fire() of a timed wait against cancel(): exactly one of them takes the command. */
@JCStressTest
@Outcome(id = "true, false", expect = ACCEPTABLE, desc = "It fired, and there is nothing to cancel.")
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "It was cancelled, and does not fire.")
@Outcome(expect = FORBIDDEN, desc = "Both, or neither.")
@State
public class CancelAgainstFireTest {
    private static final Carriers NONE = ScriptedCarriers.none();

    private final Carrier carrier = new Carrier(NONE, 0, new Bell(), 1);
    private final Delayed delayed = new Delayed(carrier, this::run, 0);

    /** Written by whoever fires. */
    private boolean ran;

    private void run() {
        ran = true;
    }

    @Actor
    public void owner(ZZ_Result r) {
        delayed.fire(0);
        r.r1 = ran;
    }

    @Actor
    public void canceller(ZZ_Result r) {
        r.r2 = delayed.cancel(false);
    }
}
