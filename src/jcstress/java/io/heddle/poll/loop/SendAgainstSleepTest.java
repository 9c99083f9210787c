package io.heddle.poll.loop;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import io.heddle.poll.Poll;
import io.heddle.poll.ScriptedSelector;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** A message is sent to a loop that is about to sleep: whether it may, and whether it is woken. */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "It sleeps, and is woken.")
@Outcome(id = "false, false", expect = ACCEPTABLE, desc = "It has the message, and nobody rings.")
@Outcome(expect = FORBIDDEN, desc = "It sleeps over a message, or is woken in vain.")
@State
public class SendAgainstSleepTest {
    private final ScriptedSelector selector = new ScriptedSelector();
    private final Sender<String> sender;

    public SendAgainstSleepTest() {
        Poll poll = ScriptedSelector.openPoll(selector);
        sender = new Sender<>(1, ScriptedSelector.newWaker(poll), () -> false);
    }

    @Actor
    public void send() {
        if (!sender.trySend("a")) {
            throw new AssertionError("refused");
        }
    }

    @Actor
    public void sleep(ZZ_Result r) {
        r.r1 = sender.prepareSleep();
    }

    @Arbiter
    public void isWoken(ZZ_Result r) {
        r.r2 = selector.bell.get();
    }
}
