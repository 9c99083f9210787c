package io.heddle.internal.pollfd;

import io.heddle.internal.sys.Doorbell;
import io.heddle.internal.sys.EventFd;
import io.heddle.poll.spi.Pollable;
import java.io.IOException;

/** A selector that watches a descriptor which is always ready, for reading and for writing. */
final class Ready {
    // For all of them: none waits, so it does not matter who is rung, and nobody closes them.
    private static final Doorbell BELL = bell();
    private static final Pollable SOURCE = source();
    private static final long KEY = 1;

    private final PollSelector selector = PollSelector.open(BELL);
    private int reported;

    Ready(int interest) {
        try {
            selector.register(SOURCE, KEY, interest);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Doorbell bell() {
        try {
            return Doorbell.open();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Pollable source() {
        int counter = EventFd.open();
        EventFd.signal(counter);
        return Pollable.of(counter);
    }

    /** What one select reports, as bits of readiness; zero for nothing. */
    int select() {
        reported = 0;
        try {
            selector.select(0, 1, (key, ready) -> reported |= ready);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return reported;
    }

    void rearm(int interest) {
        selector.rearm(SOURCE, KEY, interest);
    }

    void reregister(int interest) {
        selector.reregister(SOURCE, KEY, interest);
    }
}
