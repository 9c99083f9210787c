package io.heddle.internal.carrier;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** offer() against steal(): a thief sees a whole task or none. */
@JCStressTest
@Outcome(id = "1", expect = ACCEPTABLE, desc = "The task, as it was made.")
@Outcome(id = "0", expect = ACCEPTABLE, desc = "Nothing there yet.")
@Outcome(expect = FORBIDDEN, desc = "A task that is not whole.")
@State
public class RingOfferAgainstStealTest {
    private final Ring ring = new Ring();

    /** A task with state that a racy publication could tear. */
    private static final class Task implements Runnable {
        private int made = 1;

        @Override
        public void run() {}
    }

    @Actor
    public void owner() {
        ring.offer(new Task());
    }

    @Actor
    public void thief(I_Result r) {
        r.r1 = ring.steal() instanceof Task task ? task.made : 0;
    }
}
