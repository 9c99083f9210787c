package io.heddle.poll;

import io.heddle.poll.spi.Pollable;
import java.nio.channels.SelectableChannel;

/**
 * A channel of {@code java.nio} as a source, for a poll over {@link Selectors#JDK}; the other selectors refuse it. It
 * stays its owner's: this neither reads, nor writes, nor closes it, nor makes it non-blocking, which it has to be.
 *
 * <p>Readable stands for reads and accepts, writable for writes and for the end of a connect, after which
 * {@code finishConnect} is called. {@link #wouldBlock} has to be called after each operation that did nothing.
 *
 * <p>Deregister it before the channel is closed, or else it is not really closed before the next poll.
 */
public final class ChannelSource extends IoSource {
    private ChannelSource(Pollable pollable) {
        super(pollable);
    }

    /**
     * Names a channel.
     *
     * @param channel non-blocking when it is registered
     * @return a source that is not registered
     */
    public static ChannelSource of(SelectableChannel channel) {
        return new ChannelSource(Pollable.of(channel));
    }
}
