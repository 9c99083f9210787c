package io.heddle.poll.net;

import static io.heddle.poll.net.WouldBlock.WOULD_BLOCK;

import io.heddle.internal.sys.GroupRequest;
import io.heddle.poll.Interest;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.MembershipKey;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** A UDP socket as a channel. Of multicast groups it receives only what it has joined: the JDK sees to that. */
final class ChannelDatagram extends ChannelHandle {
    private record Membership(
            InetAddress group,
            NetworkInterface network,
            @Nullable InetAddress source) {}

    private final DatagramChannel channel;
    private final Map<Membership, MembershipKey> memberships = new ConcurrentHashMap<>();

    ChannelDatagram(DatagramChannel channel) throws IOException {
        super(Kind.UDP, channel);
        this.channel = channel;
    }

    @Override
    void bind(InetSocketAddress local) throws IOException {
        channel.bind(local);
    }

    /** Datagrams that are there already and were not received are lost: the JDK drops them. */
    @Override
    void connect(InetSocketAddress remote) throws IOException {
        begin();
        try {
            channel.disconnect().connect(remote);
        } finally {
            end();
        }
    }

    @Override
    void disconnect() throws IOException {
        begin();
        try {
            channel.disconnect();
        } finally {
            end();
        }
    }

    @Override
    @Nullable
    InetSocketAddress remoteInet() throws IOException {
        begin();
        try {
            return (InetSocketAddress) channel.getRemoteAddress();
        } finally {
            end();
        }
    }

    @Override
    int receive(ByteBuffer dst, int flags) throws IOException {
        int before = dst.position();
        return receiveFromInet(dst, flags) == null ? WOULD_BLOCK : dst.position() - before;
    }

    @Override
    @Nullable
    InetSocketAddress receiveFromInet(ByteBuffer dst, int flags) throws IOException {
        requireRoomIn(dst);
        refusePeek(flags);
        begin();
        try {
            InetSocketAddress from = (InetSocketAddress) channel.receive(dst);
            if (from == null) {
                source.wouldBlock(Interest.READABLE);
            }
            return from;
        } finally {
            end();
        }
    }

    @Override
    int send(ByteBuffer src) throws IOException {
        begin();
        try {
            if (!channel.isConnected()) {
                throw new SocketException("Destination address required: connect the socket, or name one: " + channel);
            }
            refuseEmpty(src);
            return sent(false, channel.write(src));
        } finally {
            end();
        }
    }

    @Override
    int sendTo(ByteBuffer src, InetSocketAddress to) throws IOException {
        resolved(to);
        begin();
        try {
            InetSocketAddress peer = (InetSocketAddress) channel.getRemoteAddress();
            if (peer != null && !peer.equals(to)) {
                throw new SocketException(
                        "Transport endpoint is already connected: a channel sends to its peer only: to=" + to);
            }
            if (peer != null) {
                refuseEmpty(src);
            }
            return sent(!src.hasRemaining(), channel.send(src, to));
        } finally {
            end();
        }
    }

    /** Of an empty datagram the JDK says zero, too; and to a peer it sends none. */
    private int sent(boolean empty, int n) {
        return empty ? n : moved(n, Interest.WRITABLE);
    }

    private static void refuseEmpty(ByteBuffer src) {
        if (!src.hasRemaining()) {
            throw impossible("send an empty datagram while it is connected");
        }
    }

    @Override
    void group(int request, InetAddress group, @Nullable NetworkInterface network, @Nullable InetAddress from)
            throws IOException {
        if (network == null) {
            throw impossible("leave the interface of a group to the kernel");
        }
        begin();
        try {
            Membership membership = new Membership(group, network, from);
            if (request == GroupRequest.JOIN || request == GroupRequest.JOIN_SOURCE) {
                join(membership);
            } else {
                leave(membership);
            }
        } finally {
            end();
        }
    }

    private void join(Membership wanted) throws IOException {
        MembershipKey key = wanted.source == null
                ? channel.join(wanted.group, wanted.network)
                : channel.join(wanted.group, wanted.network, wanted.source);
        if (memberships.putIfAbsent(wanted, key) != null) {
            throw new SocketException("Address already in use: the socket is a member already: " + wanted);
        }
    }

    private void leave(Membership left) throws IOException {
        MembershipKey key = memberships.remove(left);
        if (key == null) {
            throw new SocketException("Cannot assign requested address: the socket is no member of the group: " + left);
        }
        key.drop();
    }
}
