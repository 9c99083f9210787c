package io.heddle.poll;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.io.IOException;
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

    private boolean register(Registry registry) throws IOException {
        try {
            registry.register(source, 1, Interest.READABLE);
            return true;
        } catch (IllegalStateException refused) {
            return false;
        }
    }

    private boolean deregister(Registry registry) throws IOException {
        try {
            registry.deregister(source);
            return true;
        } catch (IllegalStateException refused) {
            return false;
        }
    }

    @Actor
    public void first(ZZZZ_Result r) throws IOException {
        r.r1 = register(first);
    }

    @Actor
    public void second(ZZZZ_Result r) throws IOException {
        r.r2 = register(second);
    }

    @Arbiter
    public void whoHasIt(ZZZZ_Result r) throws IOException {
        r.r3 = deregister(first);
        r.r4 = deregister(second);
    }
}
