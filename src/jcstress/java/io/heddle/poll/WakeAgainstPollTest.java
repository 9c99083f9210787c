package io.heddle.poll;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A wake against a poll: what the waker has written is seen with the event, now or by the next poll. First what this
 * poll has seen, -1 for no event; then the events of the next one.
 */
@JCStressTest
@Outcome(id = "1, 0", expect = ACCEPTABLE, desc = "Reported now.")
@Outcome(id = "-1, 1", expect = ACCEPTABLE, desc = "Still to come.")
@Outcome(expect = FORBIDDEN, desc = "Lost, reported twice, or without what was written.")
@State
public class WakeAgainstPollTest {
    private final Poll poll = ScriptedSelector.openPoll(new ScriptedSelector());
    private final Events events = Events.withCapacity(4);
    private final Waker waker = ScriptedSelector.newWaker(poll);
    private int written;

    @Actor
    public void wake() {
        written = 1;
        ScriptedSelector.wake(waker);
    }

    @Actor
    public void poll(II_Result r) {
        r.r1 = ScriptedSelector.poll(poll, events) == 0 ? -1 : written;
    }

    @Arbiter
    public void pollAgain(II_Result r) {
        r.r2 = ScriptedSelector.poll(poll, events);
    }
}
