package io.heddle.poll;

import io.heddle.internal.epoll.EpollSelector;
import io.heddle.internal.kqueue.KqueueSelector;
import io.heddle.internal.nio.JdkSelector;
import io.heddle.internal.pollfd.PollSelector;
import io.heddle.internal.sys.Doorbell;
import io.heddle.poll.spi.Selector;
import io.heddle.testing.FaultPlan;
import java.io.IOException;
import java.time.Duration;
import java.util.stream.Stream;

/** Every selector of this system, with every way to wake it. */
enum Kind {
    EPOLL("epoll_pwait2", "epoll_wait"),
    EPOLL_WOKEN_BY_PIPE("epoll_pwait2", "epoll_wait"),
    POLL("ppoll", "poll"),
    POLL_WOKEN_BY_PIPE("ppoll", "poll"),
    /** Where a libkqueue is named, see CONTRIBUTING.md. */
    KQUEUE("kevent", "kevent"),
    KQUEUE_WOKEN_BY_PIPE("kevent", "kevent"),
    /** Watches channels: for {@link EverySelector} only. What it calls is the JDK's business. */
    JDK("", "");

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
            case KQUEUE -> KqueueSelector.open();
            case KQUEUE_WOKEN_BY_PIPE -> KqueueSelector.open(Doorbell.openPipe());
            case JDK -> JdkSelector.open();
        };
    }

    Polling open() throws IOException {
        return new Polling(Poll.open(this::openSelector));
    }

    /** Those that there are. Without a libkqueue nothing is run, and nothing counted, for kqueue. */
    static Stream<Kind> all() {
        return Stream.of(values()).filter(kind -> !kind.isKqueue() || Selectors.KQUEUE.isAvailable());
    }

    /** Those of them that watch descriptors. */
    static Stream<Kind> available() {
        return all().filter(kind -> kind != JDK);
    }

    Ends ends() throws IOException {
        return Ends.open(this);
    }

    boolean isKqueue() {
        return this == KQUEUE || this == KQUEUE_WOKEN_BY_PIPE;
    }

    boolean isEpoll() {
        return this == EPOLL || this == EPOLL_WOKEN_BY_PIPE;
    }

    /** Whether the kernel knows nothing of registrations: it makes no edges, forgets nothing, and refuses nothing. */
    boolean isPoll() {
        return this == POLL || this == POLL_WOKEN_BY_PIPE;
    }

    /** Whether a poll has a descriptor that is readable while there are events. */
    boolean canBeWatched() {
        // That of a real kqueue can; that of a libkqueue is one end of a pipe, which says nothing.
        return isEpoll();
    }

    /** The call that rings. */
    String ring() {
        return this == KQUEUE ? "kevent" : "write";
    }

    /** How often something was waited for since the plan began, if nothing was registered or rung meanwhile. */
    int waits(FaultPlan plan) {
        return Stream.of(wait, nanosecondWait).distinct().mapToInt(plan::calls).sum();
    }
}
