package io.heddle.internal.readiness;

import io.heddle.internal.poller.Arming;
import io.heddle.internal.poller.Home;
import io.heddle.internal.poller.Homes;
import io.heddle.internal.poller.RunningHome;

/** A descriptor that is watched by one home, and whose every waiter is run by another: the first that can moves it. */
final class TwoHomes implements Homes {
    final WordHome from;
    final WordHome to;
    final Registration registration = new Registration(0, this);

    /** Written before the actors begin. */
    private boolean begun;

    TwoHomes(Arming arming) {
        from = new WordHome(arming);
        to = new WordHome(arming);
        int armed = registration.arm();
        assert armed == 0 : armed;
        begun = true;
    }

    @Override
    public Home current() {
        return begun ? to : from;
    }

    @Override
    public RunningHome running() {
        return to;
    }
}
