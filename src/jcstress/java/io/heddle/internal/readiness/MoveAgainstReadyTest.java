package io.heddle.internal.readiness;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.heddle.internal.poller.Arming;
import io.heddle.internal.poller.Ready;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** A move against a report of the old home that was on its way: it is not lost, though the home is another now. */
@JCStressTest
@Outcome(id = "false", expect = ACCEPTABLE, desc = "The report came first, or took the waiter out.")
@Outcome(expect = FORBIDDEN, desc = "The waiter waits for what was reported.")
@State
public class MoveAgainstReadyTest {
    /** Never started: unparking it does nothing, so only the words are tested. */
    private static final Thread WAITER = new Thread(() -> {});

    private final TwoHomes homes = new TwoHomes(Arming.EDGE);

    @Actor
    public void waiter() {
        if (homes.registration.reader.publish(WAITER, false, 0)) {
            homes.registration.arm();
        }
    }

    @Actor
    public void owner() {
        homes.registration.ready(Ready.READABLE);
    }

    @Arbiter
    public void parks(Z_Result r) {
        r.r1 = homes.registration.reader.isWaiting(WAITER);
    }
}
