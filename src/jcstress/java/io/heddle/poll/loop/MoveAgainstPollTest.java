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
import org.openjdk.jcstress.infra.results.III_Result;

/**
 * A ready source moves to another poll, and is set once more on its way, while the first one looks: the events of that
 * look, of the next one, and of the other poll.
 */
@JCStressTest
@Outcome(
        id = {"0, 0, 1", "1, 0, 1"},
        expect = ACCEPTABLE,
        desc = "It has moved, before or after the look.")
@Outcome(expect = FORBIDDEN, desc = "A stale token, or a setting that was lost.")
@State
public class MoveAgainstPollTest {
    private static final Interest LEVEL = Interest.READABLE.with(Trigger.LEVEL);

    private final Poll from = ScriptedSelector.openPoll(new ScriptedSelector());
    private final Poll to = ScriptedSelector.openPoll(new ScriptedSelector());
    private final Events events = Events.withCapacity(4);
    private final Registration registration = Registration.create();

    public MoveAgainstPollTest() {
        registration.register(from.registry(), 1, LEVEL);
        registration.setReadiness().set(Interest.READABLE);
    }

    @Actor
    public void move() {
        registration.deregister(from.registry());
        registration.setReadiness().set(Interest.READABLE);
        registration.register(to.registry(), 2, LEVEL);
    }

    @Actor
    public void poll(III_Result r) {
        r.r1 = ScriptedSelector.poll(from, events);
    }

    @Arbiter
    public void pollAgain(III_Result r) {
        r.r2 = ScriptedSelector.poll(from, events);
        r.r3 = ScriptedSelector.poll(to, events);
    }
}
