package io.heddle.internal.carrier;

import io.heddle.internal.epoll.EpollPoller;
import io.heddle.internal.poller.Arming;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Supplier;

/** Sets of carriers for tests that serve a carrier themselves. */
final class ScriptedCarriers {
    private static final Carriers.Limits LIMITS = new Carriers.Limits(4, 1_000_000_000L);

    private ScriptedCarriers() {}

    /** A set with a monitor and no carrier. */
    static Carriers none() {
        return carriers(0, () -> {
            throw new AssertionError("nothing lives on");
        });
    }

    /** The same, about to close: its heir has one carrier, which is real. */
    static Carriers withHeir() {
        Carriers none = carriers(
                0,
                () -> carriers(1, () -> {
                    throw new AssertionError("the heir lives as long as the process");
                }));
        none.prepareClose();
        return none;
    }

    private static Carriers carriers(int count, Supplier<Carriers> successor) {
        try {
            return new Carriers(count, () -> EpollPoller.open(Arming.EDGE), LIMITS, successor);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
