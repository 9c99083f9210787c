package io.heddle.internal.carrier;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * The monitor's {@code parked}, then the gates | a carrier's gate cleared, then {@code parked}. The gate is the real
 * one; the monitor's word is a copy, since Monitor parks between the two looks.
 */
@JCStressTest
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "The monitor sees who is awake, and is woken for nothing.")
@Outcome(id = "false, false", expect = ACCEPTABLE, desc = "The monitor sees who is awake.")
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "The monitor parks, and the carrier wakes it.")
@Outcome(expect = FORBIDDEN, desc = "The monitor parks, and nobody tells it that a carrier runs.")
@State
public class ParkedAgainstWokeTest {
    private final SleepGate gate = new SleepGate();

    /** As in Monitor. */
    private volatile boolean parked;

    {
        gate.announce();
    }

    @Actor
    public void monitor(ZZ_Result r) {
        parked = true;
        VarHandle.fullFence();
        r.r1 = gate.isAsleep();
    }

    @Actor
    public void carrier(ZZ_Result r) {
        gate.clear();
        r.r2 = parked;
    }
}
