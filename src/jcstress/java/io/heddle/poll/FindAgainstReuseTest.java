package io.heddle.poll;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JJ_Result;

/**
 * A poll looks up what it has to report while that is deregistered, and another source takes its place: 0 is nothing, 1
 * the token of the first source. The second has 2.
 */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "Before.")
@Outcome(id = "0, 0", expect = ACCEPTABLE, desc = "After.")
@Outcome(expect = FORBIDDEN, desc = "A stale token, or that of another source.")
@State
public class FindAgainstReuseTest {
    private final Registry registry =
            ScriptedSelector.openPoll(new ScriptedSelector()).registry();
    private final Registrations registrations = new Registrations();
    private final Registration first = registrations.add(registry, FdSource.of(0), 1);

    @Actor
    public void reuse() {
        registrations.remove(first);
        registrations.watched(registrations.add(registry, FdSource.of(0), 2));
    }

    @Actor
    public void find(JJ_Result r) {
        r.r1 = find();
    }

    @Arbiter
    public void findAgain(JJ_Result r) {
        r.r2 = find();
    }

    private long find() {
        Registration found = registrations.find(first.key);
        return found == null ? 0 : found.token;
    }
}
