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
import org.openjdk.jcstress.infra.results.LL_Result;

/**
 * arm() against a move by the other direction: the waiter, then {@code stay} and {@code watched} | these, then the
 * waiters. The waiter may find the descriptor at the old home, between the two, or at the new one; and either of the
 * two may be the one that moves it.
 */
@JCStressTest
@Outcome(
        id = "unknown, READABLE\\|WRITABLE\\|READ_CLOSED",
        expect = ACCEPTABLE,
        desc = "One has moved it, and it is armed for both there.")
@Outcome(
        id = "READABLE\\|WRITABLE\\|READ_CLOSED, unknown",
        expect = ACCEPTABLE,
        desc = "Each saw the other wait, and let it be.")
@Outcome(expect = FORBIDDEN, desc = "One of the two was left out or refused, or it is watched twice.")
@State
public class ArmAgainstMoveTest {
    /** Never started: unparking it does nothing, so only the words are tested. */
    private static final Thread READER = new Thread(() -> {});

    private static final Thread WRITER = new Thread(() -> {});

    private final TwoHomes homes = new TwoHomes(Arming.ONESHOT);
    private int reading;
    private int writing;

    @Actor
    public void reader() {
        homes.registration.reader.publish(READER, false, 0);
        reading = homes.registration.arm();
    }

    @Actor
    public void writer() {
        homes.registration.writer.publish(WRITER, false, 0);
        writing = homes.registration.arm();
    }

    @Arbiter
    public void armed(LL_Result r) {
        r.r1 = reading < 0 || writing < 0 ? "refused" : describe(homes.from);
        r.r2 = describe(homes.to);
    }

    private static String describe(WordHome home) {
        return home.armed() == WordHome.UNKNOWN ? "unknown" : Ready.describe(home.armed());
    }
}
