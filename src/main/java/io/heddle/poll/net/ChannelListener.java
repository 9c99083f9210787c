package io.heddle.poll.net;

import io.heddle.poll.Interest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** A listening socket as a channel. The JDK sets SO_REUSEADDR itself, where that does not mean to share the port. */
final class ChannelListener extends ChannelHandle {
    private final ServerSocketChannel channel;

    ChannelListener(Kind kind, ServerSocketChannel channel) throws IOException {
        super(kind, channel);
        this.channel = channel;
    }

    @Override
    void listen(InetSocketAddress local, int backlog) throws IOException {
        channel.bind(local, backlog);
    }

    @Override
    void listen(UnixDomainSocketAddress local, int backlog) throws IOException {
        channel.bind(file(local), backlog);
    }

    @Override
    @Nullable
    Handle acceptInet(@Nullable InetSocketAddress[] peer) throws IOException {
        begin();
        try {
            SocketChannel accepted = accept();
            if (accepted == null) {
                return null;
            }
            Handle handle = new ChannelStream(Kind.TCP_STREAM, accepted);
            peer[0] = handle.remoteInet();
            return handle;
        } finally {
            end();
        }
    }

    @Override
    @Nullable
    Handle acceptUnix() throws IOException {
        begin();
        try {
            SocketChannel accepted = accept();
            return accepted == null ? null : new ChannelStream(Kind.UNIX_STREAM, accepted);
        } finally {
            end();
        }
    }

    private @Nullable SocketChannel accept() throws IOException {
        SocketChannel accepted = channel.accept();
        if (accepted == null) {
            source.wouldBlock(Interest.READABLE);
        }
        return accepted;
    }
}
