package io.heddle.poll.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.heddle.poll.Events;
import io.heddle.poll.Interest;
import io.heddle.poll.Poll;
import io.heddle.poll.ScriptedSelector;
import io.heddle.poll.Trigger;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A source is set while it moves to another poll: the events of the poll that it has left, and of the other one. */
@JCStressTest
@Outcome(id = "0, 1", expect = ACCEPTABLE, desc = "The poll to which it moved reports it.")
@Outcome(expect = FORBIDDEN, desc = "A stale token, or a setting that was lost.")
@State
public class SetAgainstMoveTest {
    private static final Interest LEVEL = Interest.READABLE.with(Trigger.LEVEL);

    private final Poll from = ScriptedSelector.openPoll(new ScriptedSelector());
    private final Poll to = ScriptedSelector.openPoll(new ScriptedSelector());
    private final Registration registration = Registration.create();

    public SetAgainstMoveTest() {
        registration.register(from.registry(), 1, LEVEL);
    }

    @Actor
    public void set() {
        registration.setReadiness().set(Interest.READABLE);
    }

    @Actor
    public void move() {
        registration.deregister(from.registry());
        registration.register(to.registry(), 2, LEVEL);
    }

    @Arbiter
    public void poll(II_Result r) {
        Events events = Events.withCapacity(4);
        r.r1 = ScriptedSelector.poll(from, events);
        r.r2 = ScriptedSelector.poll(to, events);
    }
}
