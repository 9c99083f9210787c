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

/**
 * A source is set twice while a poll looks: what was written before each is seen with this event or followed by another
 * one. First what the poll has seen, as 1 and 2 for each, -1 for no event; then the events of the next poll; then
 * whether the selector was rung for them.
 */
@JCStressTest
@Outcome(id = "3, 0, .*", expect = ACCEPTABLE, desc = "Both are seen.")
@Outcome(
        id = {"1, 1, 1", "3, 1, 1"},
        expect = ACCEPTABLE,
        desc = "One is seen, the other is still to come.")
@Outcome(id = "-1, 1, 1", expect = ACCEPTABLE, desc = "Both are still to come.")
@Outcome(expect = FORBIDDEN, desc = "A setting was lost, or would not end a wait.")
@State
public class SetAgainstPollTest {
    private final ScriptedSelector selector = new ScriptedSelector();
    private final Poll poll = ScriptedSelector.openPoll(selector);
    private final Events events = Events.withCapacity(4);
    private final SetReadiness ready;
    private int first;
    private int second;

    public SetAgainstPollTest() {
        Registration registration = Registration.create();
        registration.register(poll.registry(), 1, Interest.READABLE);
        ready = registration.setReadiness();
    }

    @Actor
    public void set() {
        first = 1;
        ready.set(Interest.READABLE);
        second = 2;
        ready.set(Interest.READABLE);
    }

    @Actor
    public void poll(III_Result r) {
        r.r1 = ScriptedSelector.poll(poll, events) == 0 ? -1 : first + second;
    }

    @Arbiter
    public void pollAgain(III_Result r) {
        r.r3 = selector.bell.get() ? 1 : 0;
        r.r2 = ScriptedSelector.poll(poll, events);
    }
}
