package io.heddle.poll;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/** A poll looks up what it has to report while so many sources are registered that the array is replaced. */
@JCStressTest
@Outcome(id = "true", expect = ACCEPTABLE, desc = "Found.")
@Outcome(expect = FORBIDDEN, desc = "Its event would be lost.")
@State
public class FindAgainstAddTest {
    private static final int MORE = 40;

    private final Registry registry =
            ScriptedSelector.openPoll(new ScriptedSelector()).registry();
    private final Registrations registrations = new Registrations();
    private final Registration registered = registrations.add(registry, FdSource.of(0), 1);

    @Actor
    public void add() {
        for (int i = 1; i <= MORE; i++) {
            registrations.watched(registrations.add(registry, FdSource.of(i), i));
        }
    }

    @Actor
    public void find(Z_Result r) {
        boolean found = true;
        for (int i = 0; i < MORE; i++) {
            found &= registrations.find(registered.key) == registered;
        }
        r.r1 = found;
    }
}
