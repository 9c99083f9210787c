package io.heddle.poll.net;

import static io.heddle.poll.net.WouldBlock.WOULD_BLOCK;

import io.heddle.poll.ChannelSource;
import io.heddle.poll.Interest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.DatagramChannel;
import java.nio.channels.NetworkChannel;
import java.nio.channels.SelectableChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@link Handle} of a channel of {@code java.nio}, for systems without native calls, and for the selector that watches
 * channels only. The texts of its errors are those of the JDK.
 */
abstract class ChannelHandle extends Handle {
    private final SelectableChannel channel;

    /** Takes the channel over; where that fails it is closed. */
    ChannelHandle(Kind kind, SelectableChannel channel) throws IOException {
        super(kind, ChannelSource.of(channel));
        this.channel = channel;
        boolean done = false;
        try {
            channel.configureBlocking(false);
            done = true;
        } finally {
            if (!done) {
                channel.close();
            }
        }
    }

    /** Opens a channel for that kind. It has both families where the system has. */
    static Handle open(Kind kind) throws IOException {
        return switch (kind) {
            case TCP_LISTENER -> new ChannelListener(kind, ServerSocketChannel.open());
            case TCP_STREAM -> new ChannelStream(kind, SocketChannel.open());
            case UDP -> new ChannelDatagram(DatagramChannel.open());
            case UNIX_LISTENER -> new ChannelListener(kind, ServerSocketChannel.open(StandardProtocolFamily.UNIX));
            case UNIX_STREAM -> new ChannelStream(kind, SocketChannel.open(StandardProtocolFamily.UNIX));
            case UNIX_DATAGRAM -> throw impossible("be a Unix datagram socket");
            case PIPE -> throw new AssertionError("has two ends");
        };
    }

    static UnsupportedOperationException impossible(String what) {
        return new UnsupportedOperationException("a channel of java.nio cannot " + what
                + "; sockets are channels where there are no native calls, and with -Dheddle.selector=jdk");
    }

    /** A channel has names that are files, and no others. */
    static UnixDomainSocketAddress file(UnixDomainSocketAddress address) {
        String path = address.getPath().toString();
        if (path.isEmpty() || path.startsWith("@")) {
            throw impossible("have an abstract name");
        }
        return address;
    }

    @Override
    void release() {
        try {
            channel.close();
        } catch (IOException e) {
            // The descriptor is gone all the same, close(2).
            return;
        }
    }

    /** The outcome of moving bytes, of which the JDK says zero where it would block. */
    final int moved(int n, Interest operation) {
        if (n == 0) {
            source.wouldBlock(operation);
            return WOULD_BLOCK;
        }
        return n;
    }

    final long moved(long n, Interest operation) {
        return n == 0 ? moved(0, operation) : n;
    }

    static void refusePeek(int flags) {
        if (flags != 0) {
            throw impossible("peek");
        }
    }

    private NetworkChannel socket() {
        if (channel instanceof NetworkChannel socket) {
            return socket;
        }
        throw impossible("have a name or options unless it is a socket");
    }

    @Override
    InetSocketAddress localInet() throws IOException {
        return (InetSocketAddress) local();
    }

    @Override
    UnixDomainSocketAddress localUnix() throws IOException {
        return (UnixDomainSocketAddress) local();
    }

    private SocketAddress local() throws IOException {
        begin();
        try {
            return Objects.requireNonNull(socket().getLocalAddress());
        } finally {
            end();
        }
    }

    @Override
    void setOption(SocketOption<?> name, Object value) throws IOException {
        begin();
        try {
            set(socket(), name, value);
        } finally {
            end();
        }
    }

    private static <T> void set(NetworkChannel socket, SocketOption<T> name, Object value) throws IOException {
        socket.setOption(name, name.type().cast(value));
    }

    @Override
    <T> @Nullable T getOption(SocketOption<T> name) throws IOException {
        begin();
        try {
            return socket().getOption(name);
        } finally {
            end();
        }
    }

    @Override
    Set<SocketOption<?>> supportedOptions() {
        return channel instanceof NetworkChannel socket ? socket.supportedOptions() : Set.of();
    }

    @Override
    public String toString() {
        return isOpen() ? channel.toString() : "closed";
    }
}
