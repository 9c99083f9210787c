package io.heddle.internal.readiness;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.heddle.internal.poller.Arming;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** A move against the end of the new home: it comes too late, or is evicted. */
@JCStressTest
@Outcome(id = "false", expect = ACCEPTABLE, desc = "The new home refused it, or has sent it away.")
@Outcome(expect = FORBIDDEN, desc = "It waits with a home that is no more.")
@State
public class MoveAgainstEndTest {
    /** Never started: unparking it does nothing, so only the words are tested. */
    private static final Thread WAITER = new Thread(() -> {});

    private final TwoHomes homes = new TwoHomes(Arming.EDGE);

    @Actor
    public void waiter() {
        homes.registration.reader.publish(WAITER, false, 0);
        homes.registration.arm();
    }

    @Actor
    public void owner() {
        homes.to.close();
        homes.registration.evict(homes.to);
    }

    @Arbiter
    public void parks(Z_Result r) {
        r.r1 = homes.registration.reader.isWaiting(WAITER);
    }
}
