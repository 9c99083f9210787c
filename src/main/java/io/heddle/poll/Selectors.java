package io.heddle.poll;

import io.heddle.internal.epoll.EpollSelector;
import io.heddle.internal.kqueue.KqueueSelector;
import io.heddle.internal.nio.JdkSelector;
import io.heddle.internal.pollfd.PollSelector;
import io.heddle.internal.sys.Kqueue;
import io.heddle.internal.sys.NativeAccess;
import io.heddle.poll.spi.SelectorProvider;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The kinds of selectors that Heddle has. */
public enum Selectors {
    /** The one that {@code -Dheddle.selector=} names, else the best of the others that is available. */
    AUTO,
    /** epoll(7), on Linux. */
    EPOLL,
    /** poll(2), on every Unix; takes time for each source that is registered, ready or not. */
    POLL,
    /** kqueue(2), on macOS and the BSDs; on Linux with a libkqueue, see {@code -Dheddle.kqueue.library=}. */
    KQUEUE,
    /**
     * {@link java.nio.channels.Selector}, everywhere. Watches channels and no descriptors, and tells readable and
     * writable only. While {@code -Dheddle.selector=jdk} is set, or there are no native calls, the sockets of
     * {@code io.heddle.poll.net} are channels.
     */
    JDK;

    private static final String PROPERTY = "heddle.selector";

    /**
     * What AUTO takes, the best first. Not kqueue: where that is at home, the sockets of {@code io.heddle.poll.net} are
     * channels, which it does not watch.
     */
    private static final List<Selectors> PREFERRED = List.of(EPOLL, POLL, JDK);

    /** {@return whether polls can be opened with it, on this system and in this process} */
    public boolean isAvailable() {
        return whyUnavailable().isEmpty();
    }

    /** {@return what is missing, in one sentence; empty if it is available} */
    public Optional<String> whyUnavailable() {
        return Optional.ofNullable(resolve().missing());
    }

    /**
     * Whether it watches channels of {@code java.nio}, see {@link ChannelSource}, and not descriptors.
     *
     * @return true for {@link #JDK}, and for {@link #AUTO} where that is taken
     */
    public boolean watchesChannels() {
        return resolve() == JDK;
    }

    /** Opens selectors of this kind, if it is available. */
    SelectorProvider provider() {
        Selectors resolved = resolve();
        String missing = resolved.missing();
        if (missing != null) {
            throw new UnsupportedOperationException(missing);
        }
        return switch (resolved) {
            case EPOLL -> EpollSelector::open;
            case POLL -> PollSelector::open;
            case KQUEUE -> KqueueSelector::open;
            case JDK -> JdkSelector::open;
            case AUTO -> throw new AssertionError("stands for another one");
        };
    }

    private @Nullable String missing() {
        return switch (this) {
            case EPOLL, POLL -> Native.MISSING;
            case KQUEUE -> Kqueue.missing();
            case JDK -> null;
            case AUTO -> throw new AssertionError("stands for another one");
        };
    }

    private Selectors resolve() {
        return this == AUTO ? named(System.getProperty(PROPERTY, "auto")) : this;
    }

    /** The selector that a setting names. */
    static Selectors named(String name) {
        for (Selectors each : values()) {
            if (each.name().toLowerCase(Locale.ROOT).equals(name.toLowerCase(Locale.ROOT))) {
                return each == AUTO ? firstAvailable() : each;
            }
        }
        throw new IllegalArgumentException(
                "selector must be auto, epoll, poll, kqueue or jdk: -D" + PROPERTY + "=" + name);
    }

    private static Selectors firstAvailable() {
        for (Selectors each : PREFERRED) {
            if (each.isAvailable()) {
                return each;
            }
        }
        return JDK;
    }

    /** Asked once, as it links a function. */
    private static final class Native {
        static final @Nullable String MISSING = missing();

        private static @Nullable String missing() {
            String missing = NativeAccess.missing();
            if (missing == null) {
                try {
                    NativeAccess.ensure();
                } catch (IllegalStateException denied) {
                    return denied.getMessage();
                }
            }
            return missing;
        }
    }
}
