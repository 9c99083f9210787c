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
 * Two wakes against a poll: what each waker has written is seen with this event or followed by another one, though
 * only one of them rings. First what the poll has seen, as 1 and 2 for each, -1 for no event; then the events of the
 * next poll.
 */
@JCStressTest
@Outcome(id = "3, 0", expect = ACCEPTABLE, desc = "Both are seen.")
@Outcome(id = "3, 1", expect = ACCEPTABLE, desc = "Both are seen, one of them before its wake.")
@Outcome(
        id = {"1, 1", "2, 1"},
        expect = ACCEPTABLE,
        desc = "One is seen, the other is still to come.")
@Outcome(id = "-1, 1", expect = ACCEPTABLE, desc = "Both are still to come.")
@Outcome(expect = FORBIDDEN, desc = "A wake was lost.")
@State
public class WakeAgainstPollTest {
    private final Poll poll = ScriptedSelector.openPoll(new ScriptedSelector());
    private final Events events = Events.withCapacity(4);
    private final Waker waker = ScriptedSelector.newWaker(poll);
    private int first;
    private int second;

    @Actor
    public void wakeFirst() {
        first = 1;
        ScriptedSelector.wake(waker);
    }

    @Actor
    public void wakeSecond() {
        second = 2;
        ScriptedSelector.wake(waker);
    }

    @Actor
    public void poll(II_Result r) {
        r.r1 = ScriptedSelector.poll(poll, events) == 0 ? -1 : first + second;
    }

    @Arbiter
    public void pollAgain(II_Result r) {
        r.r2 = ScriptedSelector.poll(poll, events);
    }
}
