package io.heddle.poll;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZZZ_Result;

/** Two registries want one source: one of them has it, and the other's refusal changes nothing. */
@JCStressTest
@Outcome(id = "true, false, true, false", expect = ACCEPTABLE, desc = "The first has it.")
@Outcome(id = "false, true, false, true", expect = ACCEPTABLE, desc = "The second has it.")
@Outcome(expect = FORBIDDEN, desc = "Both have it, nobody, or the wrong one.")
@State
public class RegisterAgainstRegisterTest {
    private final Registry first =
            ScriptedSelector.openPoll(new ScriptedSelector()).registry();
    private final Registry second =
            ScriptedSelector.openPoll(new ScriptedSelector()).registry();
    private final FdSource source = FdSource.of(0);

    @Actor
    public void first(ZZZZ_Result r) {
        r.r1 = ScriptedSelector.register(first, source);
    }

    @Actor
    public void second(ZZZZ_Result r) {
        r.r2 = ScriptedSelector.register(second, source);
    }

    @Arbiter
    public void whoHasIt(ZZZZ_Result r) {
        r.r3 = ScriptedSelector.deregister(first, source);
        r.r4 = ScriptedSelector.deregister(second, source);
    }
}
