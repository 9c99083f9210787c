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
 * One thread has found that a read would block, and says so, while another one polls: the readiness that there is then
 * is an edge, and reported once, by this select or by the next one.
 */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "Reported now.")
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "Still to come.")
@Outcome(expect = FORBIDDEN, desc = "Lost, or reported twice.")
@State
public class RearmAgainstReportTest {
    private final Ready ready = new Ready(Readiness.READABLE);

    public RearmAgainstReportTest() {
        // The edge before.
        ready.select();
    }

    @Actor
    public void wouldBlock() {
        ready.rearm(Readiness.READABLE);
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
