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

/** A ready source is armed for one shot anew while a poll takes the first: the tokens of that poll and of two more. */
@JCStressTest
@Outcome(id = "1, 2, 0", expect = ACCEPTABLE, desc = "The poll came first: a shot for each.")
@Outcome(id = "2, 0, 0", expect = ACCEPTABLE, desc = "It was armed anew before the poll: one shot.")
@Outcome(expect = FORBIDDEN, desc = "A shot was lost, or is one too many.")
@State
public class ReregisterAgainstShotTest {
    private static final Interest ONCE = Interest.READABLE.with(Trigger.ONESHOT);

    private final Poll poll = ScriptedSelector.openPoll(new ScriptedSelector());
    private final Events events = Events.withCapacity(4);
    private final Registration registration = Registration.create();

    public ReregisterAgainstShotTest() {
        registration.register(poll.registry(), 1, ONCE);
        registration.setReadiness().set(Interest.READABLE);
    }

    private int token() {
        return ScriptedSelector.poll(poll, events) == 0
                ? 0
                : (int) events.get(0).token();
    }

    @Actor
    public void reregister() {
        registration.reregister(poll.registry(), 2, ONCE);
    }

    @Actor
    public void poll(III_Result r) {
        r.r1 = token();
    }

    @Arbiter
    public void pollAgain(III_Result r) {
        r.r2 = token();
        r.r3 = token();
    }
}
