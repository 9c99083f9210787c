package io.heddle.poll;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZIZ_Result;

/** A source is registered while its poll is closed: the selector is closed once, and the source is free afterwards. */
@JCStressTest
@Outcome(id = "true, 1, true", expect = ACCEPTABLE, desc = "Registered before.")
@Outcome(id = "false, 1, true", expect = ACCEPTABLE, desc = "Refused.")
@Outcome(expect = FORBIDDEN, desc = "The source stays with the dead, or the selector was not closed once.")
@State
public class RegisterAgainstCloseTest {
    private final ScriptedSelector selector = new ScriptedSelector();
    private final Poll poll = ScriptedSelector.openPoll(selector);
    private final Registry other =
            ScriptedSelector.openPoll(new ScriptedSelector()).registry();
    private final FdSource source = FdSource.of(0);

    @Actor
    public void register(ZIZ_Result r) {
        r.r1 = ScriptedSelector.register(poll.registry(), source);
    }

    @Actor
    public void close() {
        poll.close();
    }

    @Arbiter
    public void isFree(ZIZ_Result r) {
        r.r2 = selector.closed.get();
        r.r3 = ScriptedSelector.register(other, source);
    }
}
