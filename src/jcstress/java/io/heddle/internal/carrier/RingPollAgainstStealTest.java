package io.heddle.internal.carrier;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** poll() by the owner against steal(): one of them gets the only task. */
@JCStressTest
@Outcome(id = "true, false", expect = ACCEPTABLE, desc = "The owner has it.")
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "The thief has it.")
@Outcome(expect = FORBIDDEN, desc = "Both have it, or nobody.")
@State
public class RingPollAgainstStealTest {
    private final Ring ring = new Ring();

    {
        ring.offer(() -> {});
    }

    @Actor
    public void owner(ZZ_Result r) {
        r.r1 = ring.poll() != null;
    }

    @Actor
    public void thief(ZZ_Result r) {
        r.r2 = ring.steal() != null;
    }
}
