package io.heddle.internal.carrier;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.IIZ_Result;

/**
 * Two blocking calls for which there is one permit: whoever comes second waits until the first has ended, is not
 * forgotten, and goes on when its own work has ended and not before.
 */
@JCStressTest
@Outcome(id = "1, 1, true", expect = ACCEPTABLE, desc = "One after the other, each with its own end.")
@Outcome(expect = FORBIDDEN, desc = "Both at once, or a caller that went on before its work had ended.")
@State
public class CallAgainstCallTest {
    private static final BlockingCalls CALLS = new BlockingCalls(1, TimeUnit.SECONDS.toNanos(5));

    private final AtomicInteger working = new AtomicInteger();
    private volatile boolean together;

    // Plain: what the work writes its caller sees.
    private int first;
    private int second;

    @Actor
    public void first(IIZ_Result r) {
        CALLS.run(() -> {
            enter();
            first = 1;
            leave();
        });
        r.r1 = first;
    }

    @Actor
    public void second(IIZ_Result r) {
        CALLS.run(() -> {
            enter();
            second = 1;
            leave();
        });
        r.r2 = second;
    }

    private void enter() {
        if (working.incrementAndGet() > 1) {
            together = true;
        }
    }

    private void leave() {
        working.decrementAndGet();
    }

    @Arbiter
    public void both(IIZ_Result r) {
        r.r3 = !together;
    }
}
