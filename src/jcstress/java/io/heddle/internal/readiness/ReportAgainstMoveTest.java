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

/** A report of the new home that comes before the mover is done, and disarms the writer who waits again. */
@JCStressTest
@Outcome(id = "false", expect = ACCEPTABLE, desc = "Who waits is armed.")
@Outcome(expect = FORBIDDEN, desc = "Somebody waits for what is not armed.")
@State
public class ReportAgainstMoveTest {
    /** Never started: unparking them does nothing, so only the words are tested. */
    private static final Thread READER = new Thread(() -> {});

    private static final Thread WRITER = new Thread(() -> {});

    private final TwoHomes homes = new TwoHomes(Arming.ONESHOT);

    @Actor
    public void reader() {
        if (homes.registration.reader.publish(READER, false, 0)) {
            homes.registration.arm();
        }
    }

    /** The owner reports between the two waits. It is the same thread: jcstress leaves out what needs three CPUs. */
    @Actor
    public void writer() {
        awaitWritable();
        homes.to.reportReadable(homes.registration);
        if (!homes.registration.writer.isWaiting(WRITER)) {
            awaitWritable();
        }
    }

    private void awaitWritable() {
        homes.registration.writer.publish(WRITER, false, 0);
        homes.registration.arm();
    }

    @Arbiter
    public void unarmed(Z_Result r) {
        r.r1 = homes.registration.reader.isWaiting(READER) && !isArmed(Ready.READABLE)
                || homes.registration.writer.isWaiting(WRITER) && !isArmed(Ready.WRITABLE);
    }

    /** Two who wait at once do not move. */
    private boolean isArmed(int bit) {
        return homes.from.isArmed(bit) || homes.to.isArmed(bit);
    }
}
