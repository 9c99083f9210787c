package io.heddle.internal.carrier;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** A push from inside a task against takeOver(): what the worker wrote under its claim is seen by the spare. */
@JCStressTest
@Outcome(id = "true, 1", expect = ACCEPTABLE, desc = "Claimed first; the spare, if it comes, sees the push.")
@Outcome(id = "true, 0", expect = ACCEPTABLE, desc = "Claimed; the monitor came in between and left it.")
@Outcome(id = "false, 0", expect = ACCEPTABLE, desc = "Taken over first; the worker touches nothing.")
@Outcome(expect = FORBIDDEN, desc = "The spare misses a push, or the worker wrote without a claim.")
@State
public class ClaimAgainstTakeOverTest {
    private final Ownership ownership = new Ownership(1, 0);
    private final long inTask;

    /** Stands for the ring: written in LOOP only. */
    private int pushed;

    public ClaimAgainstTakeOverTest() {
        ownership.enterTask();
        inTask = ownership.word();
    }

    @Actor
    public void worker(ZI_Result r) {
        r.r1 = ownership.claim(1) == Ownership.Claim.LENT;
        if (r.r1) {
            pushed = 1;
            ownership.unclaim();
        }
    }

    @Actor
    public void monitor(ZI_Result r) {
        if (ownership.takeOver(inTask, 2)) {
            // A push that was claimed before is visible; one that was not cannot happen any more.
            r.r2 = pushed;
        }
    }
}
