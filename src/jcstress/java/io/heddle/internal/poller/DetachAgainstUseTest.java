package io.heddle.internal.poller;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** acquire() against closeUnused(): the number is the user's, or that of who wants it. */
@JCStressTest
@Outcome(id = "true, false", expect = ACCEPTABLE, desc = "It is used, and not given away.")
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "It is given away, and nobody is admitted.")
@Outcome(expect = FORBIDDEN, desc = "Nobody has it, or both.")
@State
public class DetachAgainstUseTest {
    private final DescriptorLife life = new DescriptorLife();

    @Actor
    public void user(ZZ_Result r) {
        r.r1 = life.acquire();
    }

    @Actor
    public void taker(ZZ_Result r) {
        r.r2 = life.closeUnused();
    }
}
