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
 * Two wakes of which only one rings: what each waker has written is seen with the event, or followed by another one.
 * First what the poll has seen of the two, as 1 and 2; then the events of the next poll.
 */
@JCStressTest
@Outcome(id = "3, 0", expect = ACCEPTABLE, desc = "Both are seen.")
@Outcome(id = "3, 1", expect = ACCEPTABLE, desc = "Both are seen, the other one before its wake.")
@Outcome(id = "2, 1", expect = ACCEPTABLE, desc = "The other one is still to come.")
@Outcome(expect = FORBIDDEN, desc = "A wake was lost.")
@State
public class WakeAgainstWakeTest {
    private final Poll poll = ScriptedSelector.openPoll(new ScriptedSelector());
    private final Events events = Events.withCapacity(4);
    private final Waker waker = ScriptedSelector.newWaker(poll);
    private int first;
    private int second;

    @Actor
    public void wake() {
        first = 1;
        ScriptedSelector.wake(waker);
    }

    @Actor
    public void wakeAndPoll(II_Result r) {
        second = 2;
        ScriptedSelector.wake(waker);
        r.r1 = ScriptedSelector.poll(poll, events) == 0 ? -1 : first + second;
    }

    @Arbiter
    public void pollAgain(II_Result r) {
        r.r2 = ScriptedSelector.poll(poll, events);
    }
}
