package io.heddle.internal.readiness;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.heddle.internal.poller.Arming;
import java.util.concurrent.atomic.AtomicBoolean;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/**
 * pause() of a listener without descriptors against the news that one has come back: the waiter, then {@code over} |
 * {@code over}, then wake(), as in ListenSocket.descriptorReturned(). Here the threads of the test really park.
 */
@JCStressTest
@Outcome(id = "0", expect = ACCEPTABLE, desc = "WOKEN: it saw the news, or was taken out by it.")
@Outcome(expect = FORBIDDEN, desc = "TIMED_OUT: the news reached nobody.")
@State
public class PauseAgainstReturnTest {
    /** Passes only if the wake-up is lost. */
    private static final long LONG_NANOS = 10_000_000_000L;

    private final WordHome home = new WordHome(Arming.EDGE);
    private final Registration registration = new Registration(0, () -> home);
    private final AtomicBoolean returned = new AtomicBoolean();

    @Actor
    public void listener(I_Result r) {
        r.r1 = registration.pause(registration.reader, System.nanoTime() + LONG_NANOS, returned);
    }

    @Actor
    public void closer() {
        returned.set(true);
        registration.reader.wake();
    }
}
