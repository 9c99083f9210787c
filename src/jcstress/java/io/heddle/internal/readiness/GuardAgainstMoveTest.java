package io.heddle.internal.readiness;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.heddle.internal.poller.Arming;
import java.util.Objects;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/**
 * A timed waiter against a move by the other direction: the waiter and its deadline, then {@code stay} and
 * {@code watched} | these, then the deadlines. The look at {@code watched} is a copy of parkVirtual's, which would
 * park.
 */
@JCStressTest
@Outcome(id = "true", expect = ACCEPTABLE, desc = "The deadline is scheduled where the descriptor is.")
@Outcome(expect = FORBIDDEN, desc = "It was left at the old home, or to the other waiter: it passes unseen.")
@State
public class GuardAgainstMoveTest {
    /** Never started: unparking them does nothing, so only the words are tested. */
    private static final Thread READER = new Thread(() -> {});

    private static final Thread WRITER = new Thread(() -> {});
    private static final long DEADLINE_NANOS = 1_000;

    private final TwoHomes homes = new TwoHomes(Arming.EDGE);

    @Actor
    public void reader() {
        homes.registration.reader.publish(READER, true, DEADLINE_NANOS);
        homes.registration.arm();
        Stay stay = homes.registration.stay();
        if (stay != null && stay.isWatched()) {
            stay.guard(DEADLINE_NANOS);
        }
    }

    @Actor
    public void writer() {
        homes.registration.writer.publish(WRITER, false, 0);
        homes.registration.arm();
    }

    @Arbiter
    public void scheduled(Z_Result r) {
        Stay stay = Objects.requireNonNull(homes.registration.stay());
        r.r1 = ((WordHome) stay.home).scheduled.get() > 0 && (stay.home == homes.from || !homes.from.holdsTimer());
    }
}
