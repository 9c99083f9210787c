package io.heddle.poll;

import io.heddle.internal.epoll.EpollSelector;
import io.heddle.internal.kqueue.KqueueSelector;
import io.heddle.internal.nio.JdkSelector;
import io.heddle.internal.pollfd.PollSelector;
import io.heddle.internal.sys.Kqueue;
import io.heddle.internal.sys.NativeAccess;
import io.heddle.internal.sys.PosixPoll;
import io.heddle.poll.spi.SelectorProvider;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The kinds of selectors that Heddle has. */
public enum Selectors {
    /** The one that {@code -Dheddle.selector=} names, else the best of the others that is available. */
    AUTO,
    /** epoll(7), on Linux. */
    EPOLL,
    /**
     * poll(2), on Linux, macOS and the BSDs; takes time for each source that is registered, ready or not. Watches
     * descriptors: elsewhere than on Linux the sockets of {@code io.heddle.poll.net} are channels, and none.
     */
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

    /** What AUTO stands for; null before it is first asked. */
    private static volatile @Nullable Selectors auto;

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
            case EPOLL -> Native.MISSING;
            case POLL -> PosixPoll.missing();
            case KQUEUE -> Kqueue.missing();
            case JDK -> null;
            case AUTO -> throw new AssertionError("stands for another one");
        };
    }

    private Selectors resolve() {
        if (this != AUTO) {
            return this;
        }
        Selectors known = auto;
        if (known == null) {
            known = named(System.getProperty(PROPERTY, "auto"));
            auto = known;
        }
        return known;
    }

    /** Has the setting read anew: for tests, which change it. */
    static void forgetSetting() {
        auto = null;
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

    /** Not poll or kqueue where there is no epoll: the sockets there are channels, which these do not watch. */
    private static Selectors firstAvailable() {
        return EPOLL.isAvailable() ? EPOLL : JDK;
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
