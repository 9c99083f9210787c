package io.heddle.internal.carrier;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZI_Result;

/** An owner that empties its ring and forgets what was stolen, against a thief: nothing else is forgotten. */
@JCStressTest
@Outcome(id = "true, 2", expect = ACCEPTABLE, desc = "Each of the two tasks ran once.")
@Outcome(expect = FORBIDDEN, desc = "A task is lost, or ran twice, or a thief took null for one.")
@State
public class RingForgetAgainstStealTest {
    private final Ring ring = new Ring();
    private final int[] runs = new int[2];
    private Runnable stolen;
    private Runnable first;

    public RingForgetAgainstStealTest() {
        ring.offer(() -> runs[0]++);
    }

    @Actor
    public void owner() {
        first = ring.poll();
        ring.forgetStolen();
        ring.offer(() -> runs[1]++);
    }

    @Actor
    public void thief() {
        stolen = ring.steal();
    }

    @Arbiter
    public void books(ZI_Result r) {
        for (Runnable task : new Runnable[] {first, stolen, ring.poll()}) {
            if (task != null) {
                task.run();
            }
        }
        r.r1 = ring.isEmpty();
        r.r2 = runs[0] == 1 && runs[1] == 1 ? 2 : 0;
    }
}
