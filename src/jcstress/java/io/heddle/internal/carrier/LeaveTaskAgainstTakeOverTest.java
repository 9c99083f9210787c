package io.heddle.internal.carrier;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** leaveTask() against takeOver(): exactly one worker serves the carrier afterwards. */
@JCStressTest
@Outcome(id = "true, false", expect = ACCEPTABLE, desc = "The task ended first.")
@Outcome(id = "false, true", expect = ACCEPTABLE, desc = "The monitor took the carrier.")
@Outcome(expect = FORBIDDEN, desc = "Two workers serve it, or none.")
@State
public class LeaveTaskAgainstTakeOverTest {
    private final Ownership ownership = new Ownership(1, 0);
    private final long inTask;

    public LeaveTaskAgainstTakeOverTest() {
        ownership.enterTask();
        inTask = ownership.word();
    }

    @Actor
    public void worker(ZZ_Result r) {
        r.r1 = ownership.leaveTask(1);
    }

    @Actor
    public void monitor(ZZ_Result r) {
        r.r2 = ownership.takeOver(inTask, 2);
    }
}
