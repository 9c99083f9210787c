package io.heddle.poll;

import io.heddle.internal.epoll.EpollSelector;
import io.heddle.internal.pollfd.PollSelector;
import io.heddle.internal.sys.Doorbell;
import io.heddle.poll.spi.SelectorProvider;
import java.io.IOException;
import java.time.Duration;

/** Every selector of this system, with every way to wake it. */
public enum Kind {
    EPOLL(EpollSelector::open, "epoll_pwait2", "epoll_wait"),
    EPOLL_WOKEN_BY_PIPE(() -> EpollSelector.open(Doorbell.openPipe()), "epoll_pwait2", "epoll_wait"),
    POLL(PollSelector::open, "ppoll", "poll"),
    POLL_WOKEN_BY_PIPE(() -> PollSelector.open(Doorbell.openPipe()), "ppoll", "poll");

    final SelectorProvider provider;

    /** The call that waits for a time, and the one that does so for milliseconds or for ever. */
    public final String nanosecondWait;

    public final String wait;

    Kind(SelectorProvider provider, String nanosecondWait, String wait) {
        this.provider = provider;
        this.nanosecondWait = nanosecondWait;
        this.wait = wait;
    }

    Polling open() throws IOException {
        return new Polling(Poll.open(provider));
    }

    /** A poll that waits in this way. */
    public Poll openPoll() throws IOException {
        return Poll.open(provider);
    }

    boolean isEpoll() {
        return this == EPOLL || this == EPOLL_WOKEN_BY_PIPE;
    }

    /** What ends by itself if all is well. */
    public static final Duration PATIENCE = Duration.ofSeconds(50);
}
