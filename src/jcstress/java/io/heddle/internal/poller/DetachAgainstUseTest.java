package io.heddle.internal.poller;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/** acquire() against two of closeUnused(): the number is a user's, or belongs to one of those who want it. */
@JCStressTest
@Outcome(id = "true, false, false", expect = ACCEPTABLE, desc = "It is used.")
@Outcome(id = "false, true, false", expect = ACCEPTABLE, desc = "The first has it.")
@Outcome(id = "false, false, true", expect = ACCEPTABLE, desc = "The second has it.")
@Outcome(expect = FORBIDDEN, desc = "It is nobody's, or that of two.")
@State
public class DetachAgainstUseTest {
    private final DescriptorLife life = new DescriptorLife();

    @Actor
    public void user(ZZZ_Result r) {
        r.r1 = life.acquire();
    }

    @Actor
    public void first(ZZZ_Result r) {
        r.r2 = life.closeUnused();
    }

    @Actor
    public void second(ZZZ_Result r) {
        r.r3 = life.closeUnused();
    }
}
