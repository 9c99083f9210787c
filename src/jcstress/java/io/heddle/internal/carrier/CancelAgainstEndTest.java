package io.heddle.internal.carrier;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicBoolean;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/**
 * cancel() of a timed wait against the end of its carrier, which hands it to the heir: the command taken, then the
 * inbox and {@code ended} | the inbox closed, then the command and {@code ended}. The heir is served by a worker of
 * its own.
 */
@JCStressTest
@Outcome(id = "false", expect = ACCEPTABLE, desc = "Not handed on, or cancelled with the heir.")
@Outcome(expect = FORBIDDEN, desc = "The heir keeps a timer that nobody waits for.")
@State
public class CancelAgainstEndTest {
    private static final Carriers NONE = ScriptedCarriers.withHeir();
    private static final long LONG_NANOS = 3_600_000_000_000L;
    private static final int OTHERS = 8;

    private final Carrier carrier = new Carrier(NONE, 0, new Bell(), 1);
    private final Worker worker = new Worker(NONE, 1);
    private final Delayed cancelled = delayed();
    private final Delayed[] others = new Delayed[OTHERS];

    {
        for (int i = 0; i < OTHERS; i++) {
            others[i] = delayed();
        }
        carrier.beginEnd();
    }

    private Delayed delayed() {
        Delayed delayed = new Delayed(carrier, () -> {}, System.nanoTime() + LONG_NANOS);
        carrier.schedule(delayed, delayed.dueNanos);
        return delayed;
    }

    @Actor
    public void owner() {
        carrier.serve(worker);
    }

    @Actor
    public void canceller() {
        cancelled.cancel(false);
    }

    @Arbiter
    public void left(Z_Result r) {
        for (Delayed other : others) {
            other.cancel(false);
        }
        AtomicBoolean told = new AtomicBoolean();
        // After all that went to the heir before; what it wrote is seen here.
        NONE.heirOf(0).execute(() -> told.set(true));
        while (!told.get()) {
            Thread.yield();
        }
        r.r1 = cancelled.isLinked();
    }
}
