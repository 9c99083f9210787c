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
import org.openjdk.jcstress.infra.results.III_Result;

/** Two threads set one source: the events of the next poll, of the one after it, and whether the selector was rung. */
@JCStressTest
@Outcome(id = "1, 0, 1", expect = ACCEPTABLE, desc = "One event for both.")
@Outcome(expect = FORBIDDEN, desc = "The settings were lost, or reported twice, or would not end a wait.")
@State
public class SetAgainstSetTest {
    private final ScriptedSelector selector = new ScriptedSelector();
    private final Poll poll = ScriptedSelector.openPoll(selector);
    private final SetReadiness ready;

    public SetAgainstSetTest() {
        Registration registration = Registration.create();
        registration.register(poll.registry(), 1, Interest.READABLE);
        ready = registration.setReadiness();
    }

    @Actor
    public void first() {
        ready.set(Interest.READABLE);
    }

    @Actor
    public void second() {
        ready.set(Interest.READABLE);
    }

    @Arbiter
    public void poll(III_Result r) {
        Events events = Events.withCapacity(4);
        r.r3 = selector.bell.get() ? 1 : 0;
        r.r1 = ScriptedSelector.poll(poll, events);
        r.r2 = ScriptedSelector.poll(poll, events);
    }
}
