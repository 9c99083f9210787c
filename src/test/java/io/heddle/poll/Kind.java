package io.heddle.poll;

import io.heddle.internal.epoll.EpollSelector;
import io.heddle.internal.pollfd.PollSelector;
import io.heddle.internal.sys.Doorbell;
import io.heddle.poll.spi.Selector;
import java.io.IOException;
import java.time.Duration;

/** Every selector of this system, with every way to wake it. */
enum Kind {
    EPOLL("epoll_pwait2", "epoll_wait"),
    EPOLL_WOKEN_BY_PIPE("epoll_pwait2", "epoll_wait"),
    POLL("ppoll", "poll"),
    POLL_WOKEN_BY_PIPE("ppoll", "poll");

    /** What ends by itself if all is well. */
    static final Duration PATIENCE = Duration.ofSeconds(50);

    /** The call that waits for a time, and the one that does so for milliseconds or for ever. */
    final String nanosecondWait;

    final String wait;

    Kind(String nanosecondWait, String wait) {
        this.nanosecondWait = nanosecondWait;
        this.wait = wait;
    }

    /** What {@link Poll#open} is given. */
    Selector openSelector() throws IOException {
        return switch (this) {
            case EPOLL -> EpollSelector.open();
            case EPOLL_WOKEN_BY_PIPE -> EpollSelector.open(Doorbell.openPipe());
            case POLL -> PollSelector.open();
            case POLL_WOKEN_BY_PIPE -> PollSelector.open(Doorbell.openPipe());
        };
    }

    Polling open() throws IOException {
        return new Polling(Poll.open(this::openSelector));
    }

    boolean isEpoll() {
        return this == EPOLL || this == EPOLL_WOKEN_BY_PIPE;
    }
}
