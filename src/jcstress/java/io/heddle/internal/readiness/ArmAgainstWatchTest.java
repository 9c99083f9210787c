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
 * arm() against watch() of the other direction: the waiter, then {@code watched} | {@code watched}, then the
 * waiters. Who is neither in the watch nor armed after it waits for ever.
 */
@JCStressTest
@Outcome(id = "READABLE\\|WRITABLE\\|READ_CLOSED", expect = ACCEPTABLE, desc = "Armed for both.")
@Outcome(expect = FORBIDDEN, desc = "One of the two was left out.")
@State
public class ArmAgainstWatchTest {
    /** Never started: unparking it does nothing, so only the words are tested. */
    private static final Thread READER = new Thread(() -> {});

    private static final Thread WRITER = new Thread(() -> {});

    private final WordHome home = new WordHome(Arming.ONESHOT);
    private final Registration registration = new Registration(0, () -> home);

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
