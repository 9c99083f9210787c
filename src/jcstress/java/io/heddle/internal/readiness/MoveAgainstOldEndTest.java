package io.heddle.internal.readiness;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.heddle.internal.poller.Arming;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A move against the end of the old home: one of the two takes the descriptor from there. */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "It waits with the new home.")
@Outcome(id = "false, .*", expect = ACCEPTABLE, desc = "It was sent to look again.")
@Outcome(expect = FORBIDDEN, desc = "It waits, and nobody watches.")
@State
public class MoveAgainstOldEndTest {
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
        homes.from.close();
        homes.registration.evict(homes.from);
    }

    @Arbiter
    public void parks(ZZ_Result r) {
        r.r1 = homes.registration.reader.isWaiting(WAITER);
        r.r2 = homes.to.armed() != WordHome.UNKNOWN;
    }
}
