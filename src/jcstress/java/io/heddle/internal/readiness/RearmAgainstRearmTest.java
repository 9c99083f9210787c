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
import org.openjdk.jcstress.infra.results.L_Result;

/**
 * rearm() against itself: the kernel keeps the last interest, which may be the one that was read first. So each rearms,
 * then looks at the waiters again, and the other publishes, then rearms.
 */
@JCStressTest
@Outcome(id = "READABLE\\|WRITABLE\\|READ_CLOSED", expect = ACCEPTABLE, desc = "Armed for both.")
@Outcome(expect = FORBIDDEN, desc = "The last one in the kernel did not know the other.")
@State
public class RearmAgainstRearmTest {
    /** Never started: unparking it does nothing, so only the words are tested. */
    private static final Thread READER = new Thread(() -> {});

    private static final Thread WRITER = new Thread(() -> {});

    private final WordHome home = new WordHome(Arming.ONESHOT);
    private final Registration registration = new Registration(0, () -> home);

    {
        // Watched from an earlier wait, and disarmed by its report.
        registration.arm();
    }

    @Actor
    public void reader() {
        registration.reader.publish(READER, false, 0);
        registration.arm();
    }

    @Actor
    public void writer() {
        registration.writer.publish(WRITER, false, 0);
        registration.arm();
    }

    @Arbiter
    public void armed(L_Result r) {
        r.r1 = Ready.describe(home.armed());
    }
}
