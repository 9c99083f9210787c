package io.heddle.internal.carrier;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZ_Result;

/**
 * An interrupt of the caller of a blocking call against the begin, the work and the end of it on another thread: there
 * is one interrupt, of which the work or the caller hears, and the next work on that thread does not.
 */
@JCStressTest
@Outcome(id = "true, false, false", expect = ACCEPTABLE, desc = "The work has heeded it.")
@Outcome(id = "false, true, false", expect = ACCEPTABLE, desc = "It came too late, and is the caller's.")
@Outcome(expect = FORBIDDEN, desc = "Lost, doubled, or somebody else's.")
@State
public class InterruptAgainstWorkTest {
    private static final BlockingCalls CALLS = new BlockingCalls(16, TimeUnit.SECONDS.toNanos(5));

    private volatile Thread caller;
    private volatile boolean interrupted;

    @Actor
    public void caller(ZZZ_Result r) {
        caller = Thread.currentThread();
        CALLS.run(() -> r.r1 = Thread.interrupted());
        while (!interrupted) {
            Thread.yield();
        }
        r.r2 = Thread.interrupted();
        CALLS.run(() -> r.r3 = Thread.interrupted());
    }

    @Actor
    public void interrupter() {
        while (caller == null) {
            Thread.yield();
        }
        caller.interrupt();
        interrupted = true;
    }
}
