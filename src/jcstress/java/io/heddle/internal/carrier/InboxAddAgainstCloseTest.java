package io.heddle.internal.carrier;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/** add() against close(): a message is taken by the closer or refused to its sender. */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "Added first; close() returns it.")
@Outcome(id = "false, false", expect = ACCEPTABLE, desc = "Closed first; the sender keeps it.")
@Outcome(expect = FORBIDDEN, desc = "Lost, or in two places.")
@State
public class InboxAddAgainstCloseTest {
    private final Inbox inbox = new Inbox();

    @Actor
    public void sender(ZZ_Result r) {
        r.r1 = inbox.add(Inbox.Message.run(() -> {}));
    }

    @Actor
    public void closer(ZZ_Result r) {
        r.r2 = inbox.close() != null;
    }
}
