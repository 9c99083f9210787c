package io.heddle.internal.readiness;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.heddle.internal.poller.Arming;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * await() against the end of the home: the waiter, then {@code stay} | {@code stay} cleared, then the waiters woken.
 * Here the threads of the test really park, as platform threads do.
 */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "WOKEN: it saw the end, or was taken out by it.")
@Outcome(expect = FORBIDDEN, desc = "TIMED_OUT: it waited with a home that is no more.")
@State
public class AwaitAgainstEndTest {
    /** Passes only if the wake-up is lost. */
    private static final long LONG_NANOS = 10_000_000_000L;

    private final WordHome home = new WordHome(Arming.EDGE);
    private final Registration registration = new Registration(0, () -> home);

    {
        registration.arm();
    }

    @Actor
    public void waiter(I_Result r) {
        r.r1 = registration.await(registration.reader, true, System.nanoTime() + LONG_NANOS);
    }

    @Actor
    public void owner() {
        home.close();
        registration.evict(home);
    }
}
