package io.heddle.poll;

import io.heddle.internal.epoll.EpollSelector;
import io.heddle.internal.pollfd.PollSelector;
import io.heddle.internal.sys.NativeAccess;
import io.heddle.poll.spi.Selector;
import io.heddle.poll.spi.SelectorProvider;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The kinds of selectors that Heddle has. */
public enum Selectors {
    /** The one that {@code -Dheddle.selector=} names, else the first of the others that is available. */
    AUTO(() -> null, () -> {
        throw new AssertionError("stands for another one");
    }),
    /** epoll(7), on Linux. */
    EPOLL(Selectors::whyNoNativeCalls, EpollSelector::open),
    /** poll(2), on every Unix; takes time for each source that is registered, ready or not. */
    POLL(Selectors::whyNoNativeCalls, PollSelector::open),
    /** kqueue(2), on macOS and the BSDs. */
    KQUEUE(() -> "There is no kqueue selector in this version of Heddle", Selectors::none),
    /** {@link java.nio.channels.Selector}, everywhere. */
    JDK(() -> "There is no jdk selector in this version of Heddle", Selectors::none);

    private static final String PROPERTY = "heddle.selector";

    /** What AUTO takes, the best first. */
    private static final List<Selectors> PREFERRED = List.of(EPOLL, KQUEUE, POLL, JDK);

    private final Supplier<@Nullable String> missing;
    private final SelectorProvider opens;

    Selectors(Supplier<@Nullable String> missing, SelectorProvider opens) {
        this.missing = missing;
        this.opens = opens;
    }

    /** {@return whether polls can be opened with it, on this system and in this process} */
    public boolean isAvailable() {
        return whyUnavailable().isEmpty();
    }

    /** {@return what is missing, in one sentence; empty if it is available} */
    public Optional<String> whyUnavailable() {
        return Optional.ofNullable(resolve().missing.get());
    }

    SelectorProvider provider() {
        Selectors resolved = resolve();
        String missing = resolved.missing.get();
        if (missing != null) {
            throw new UnsupportedOperationException(missing);
        }
        return resolved.opens;
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
        return EPOLL;
    }

    private static Selector none() {
        throw new AssertionError("not available");
    }

    private static @Nullable String whyNoNativeCalls() {
        return Native.MISSING;
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
