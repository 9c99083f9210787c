package io.heddle.poll.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.heddle.poll.Events;
import io.heddle.poll.Interest;
import io.heddle.poll.Poll;
import io.heddle.poll.ScriptedSelector;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A source is set while it is registered: the next poll reports it, once. */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "Reported.")
@Outcome(expect = FORBIDDEN, desc = "The setting was lost, or reported twice.")
@State
public class SetAgainstRegisterTest {
    private final Poll poll = ScriptedSelector.openPoll(new ScriptedSelector());
    private final Events events = Events.withCapacity(4);
    private final Registration registration = Registration.create();

    @Actor
    public void set() {
        registration.setReadiness().set(Interest.READABLE);
    }

    @Actor
    public void register() {
        registration.register(poll.registry(), 1, Interest.READABLE);
    }

    @Arbiter
    public void poll(II_Result r) {
        r.r1 = ScriptedSelector.poll(poll, events);
        r.r2 = ScriptedSelector.poll(poll, events);
    }
}
