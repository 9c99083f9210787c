package io.heddle.internal.poller;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/** acquire() and release() against beginClose() and release(): one of them closes, once, and after the use. */
@JCStressTest
@Outcome(id = "true, true, false", expect = ACCEPTABLE, desc = "Used first; the user leaves last and closes.")
@Outcome(
        id = "true, false, true",
        expect = ACCEPTABLE,
        desc = "Used first; the user left before, and the closer closes.")
@Outcome(id = "false, false, true", expect = ACCEPTABLE, desc = "Closed first; nobody is admitted.")
@Outcome(expect = FORBIDDEN, desc = "Closed twice, never, or under a user.")
@State
public class CloseAgainstUseTest {
    private final DescriptorLife life = new DescriptorLife();

    @Actor
    public void user(ZZZ_Result r) {
        r.r1 = life.acquire();
        if (r.r1) {
            r.r2 = life.release();
        }
    }

    @Actor
    public void closer(ZZZ_Result r) {
        life.beginClose();
        r.r3 = life.release();
    }
}
