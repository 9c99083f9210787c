package io.heddle.poll.net;

import io.heddle.internal.sys.Socket;
import io.heddle.poll.Interest;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** A TCP or Unix stream as a channel. The JDK knows that it is connected only when it was asked to finish that. */
final class ChannelStream extends ChannelBytes {
    private final SocketChannel channel;

    /** Held by who asks: the JDK tells the failure of a connect once, and closes the channel. */
    private final ReentrantLock asking = new ReentrantLock();

    private volatile @Nullable IOException failure;

    /** Whether somebody was told of the failure. */
    private volatile boolean told;

    ChannelStream(Kind kind, SocketChannel channel) throws IOException {
        super(kind, channel);
        this.channel = channel;
    }

    // Names

    @Override
    void bind(InetSocketAddress local) throws IOException {
        channel.bind(local);
    }

    @Override
    void bind(UnixDomainSocketAddress local) throws IOException {
        channel.bind(file(local));
    }

    @Override
    void connect(InetSocketAddress remote) throws IOException {
        channel.connect(remote);
    }

    @Override
    void connect(UnixDomainSocketAddress remote) throws IOException {
        channel.connect(file(remote));
    }

    @Override
    boolean finishConnect() throws IOException {
        begin();
        try {
            boolean connected = isConnected();
            if (!connected) {
                source.wouldBlock(Interest.WRITABLE);
            }
            return connected;
        } finally {
            end();
        }
    }

    /** Whether the connect has ended; fails as it did. */
    @Override
    boolean isConnected() throws IOException {
        IOException failed = channel.isConnected() ? null : ask();
        if (failed != null) {
            told = true;
            throw failed;
        }
        return channel.isConnected();
    }

    /** Asks how the connect is going; null if it has not failed. */
    private @Nullable IOException ask() {
        asking.lock();
        try {
            if (failure == null) {
                channel.finishConnect();
            }
        } catch (IOException e) {
            failure = e;
        } finally {
            asking.unlock();
        }
        return failure;
    }

    @Override
    @Nullable
    IOException takeError() throws IOException {
        begin();
        try {
            IOException failed = channel.isConnected() || told ? null : ask();
            told |= failed != null;
            return failed;
        } finally {
            end();
        }
    }

    @Override
    @Nullable
    InetSocketAddress remoteInet() throws IOException {
        return (InetSocketAddress) remote();
    }

    @Override
    @Nullable
    UnixDomainSocketAddress remoteUnix() throws IOException {
        return (UnixDomainSocketAddress) remote();
    }

    private @Nullable SocketAddress remote() throws IOException {
        begin();
        try {
            boolean connected = channel.isConnected() || (ask() == null && channel.isConnected());
            return connected ? channel.getRemoteAddress() : null;
        } finally {
            end();
        }
    }

    @Override
    void shutdown(int how) throws IOException {
        begin();
        try {
            if (!isConnected()) {
                throw new ConnectException("Transport endpoint is not connected: " + channel);
            }
            if (how == Socket.SHUT_RD) {
                channel.shutdownInput();
            } else {
                channel.shutdownOutput();
            }
        } finally {
            end();
        }
    }
}
