package io.heddle.internal.poller;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** beginClose() against itself: exactly one caller owns the close. */
@JCStressTest
@Outcome(id = "true, false", expect = ACCEPTABLE, desc = "The first one closes.")
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "The second one closes.")
@Outcome(expect = FORBIDDEN, desc = "Both close, or nobody.")
@State
public class CloseAgainstCloseTest {
    private final DescriptorLife life = new DescriptorLife();

    @Actor
    public void first(ZZ_Result r) {
        r.r1 = life.beginClose();
    }

    @Actor
    public void second(ZZ_Result r) {
        r.r2 = life.beginClose();
    }
}
