package io.heddle.internal.pollfd;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.heddle.poll.spi.Readiness;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A one shot for reading is registered anew, for writing, while another thread polls: the second shot is fired once,
 * whatever becomes of the first. 1 is readable, 2 is writable.
 */
@JCStressTest
@Outcome(id = "1, 2", expect = ACCEPTABLE, desc = "The first one now, the second one after it.")
@Outcome(id = "2, 0", expect = ACCEPTABLE, desc = "The second one now.")
@Outcome(id = "0, 2", expect = ACCEPTABLE, desc = "What was found is not asked for any more; the second one after it.")
@Outcome(expect = FORBIDDEN, desc = "The second shot is lost, or fired twice, or fired for what it does not ask for.")
@State
public class ReregisterAgainstReportTest {
    private final Ready ready = new Ready(Readiness.READABLE | Readiness.ONESHOT);

    @Actor
    public void reregister() {
        ready.reregister(Readiness.WRITABLE | Readiness.ONESHOT);
    }

    @Actor
    public void select(II_Result r) {
        r.r1 = ready.select();
    }

    @Arbiter
    public void selectAgain(II_Result r) {
        r.r2 = ready.select();
    }
}
