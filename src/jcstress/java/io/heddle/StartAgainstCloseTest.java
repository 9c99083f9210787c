package io.heddle;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.RejectedExecutionException;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * startVirtualThread() against close(): {@code starting} and {@code threads}, then {@code state} | {@code state}, then
 * both. Hosted, which has the same words and needs no platform threads of its own.
 */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "Started, and close() waited for it.")
@Outcome(id = "false, false", expect = ACCEPTABLE, desc = "Refused.")
@Outcome(expect = FORBIDDEN, desc = "A thread runs on after close(), or was refused and runs.")
@State
public class StartAgainstCloseTest {
    static {
        System.setProperty("heddle.scheduler", "hosted");
    }

    private final Heddle heddle = Heddle.open(1);

    private volatile boolean ran;

    private void run() {
        ran = true;
    }

    @Actor
    public void starter(ZZ_Result r) {
        try {
            heddle.startVirtualThread(this::run);
            r.r1 = true;
        } catch (RejectedExecutionException e) {
            r.r1 = false;
        }
    }

    @Actor
    public void closer(ZZ_Result r) {
        heddle.close();
        r.r2 = ran;
    }
}
