package io.heddle.poll.spi;

import java.nio.channels.SelectableChannel;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a selector watches: a descriptor by its number, or a channel of {@code java.nio}, or both for one thing. A
 * selector takes the one it can watch, and refuses by {@link #unsupported} if that is not there.
 */
public final class Pollable {
    private final int fd;
    private final @Nullable SelectableChannel channel;

    private Pollable(int fd, @Nullable SelectableChannel channel) {
        this.fd = fd;
        this.channel = channel;
    }

    /**
     * Names a descriptor.
     *
     * @param fd its number
     * @return something to watch
     * @throws IllegalArgumentException if the number is negative
     */
    public static Pollable of(int fd) {
        if (fd < 0) {
            throw new IllegalArgumentException("a descriptor has a number of 0 or more: fd=" + fd);
        }
        return new Pollable(fd, null);
    }

    /**
     * Names a channel.
     *
     * @param channel one of {@code java.nio}
     * @return something to watch
     */
    public static Pollable of(SelectableChannel channel) {
        return new Pollable(-1, Objects.requireNonNull(channel));
    }

    /** {@return the descriptor's number, or -1 if there is only a channel} */
    public int fd() {
        return fd;
    }

    /** {@return the channel, or null if there is only a descriptor} */
    public @Nullable SelectableChannel channel() {
        return channel;
    }

    /** {@return what to throw where this is registered already} */
    public IllegalStateException alreadyRegistered() {
        return new IllegalStateException("I/O source already registered with a `Registry`: " + this);
    }

    /** {@return what to throw where the descriptor's number is registered, though this source is not} */
    public IllegalStateException numberRegistered() {
        return new IllegalStateException("I/O source already registered with a `Registry`: another source has this"
                + " descriptor, or an earlier one of that number was closed and not deregistered: " + this);
    }

    /** {@return what to throw where this is not registered} */
    public IllegalStateException notRegistered() {
        return new IllegalStateException("I/O source not registered with `Registry`: " + this);
    }

    /**
     * Makes what to throw where nothing like this can be watched.
     *
     * @param selector whose refusal it is
     * @return the exception
     */
    public UnsupportedOperationException unsupported(String selector) {
        String wanted = fd < 0 ? "descriptors, not channels" : "channels, not descriptors";
        return new UnsupportedOperationException(selector + " watches " + wanted + ": " + this);
    }

    @Override
    public String toString() {
        return fd >= 0 ? "fd=" + fd : "channel=" + channel;
    }
}
