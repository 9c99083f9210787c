package io.heddle.internal.socket;

import io.heddle.internal.poller.Homes;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Errors;
import io.heddle.internal.sys.GroupRequest;
import io.heddle.internal.sys.Message;
import io.heddle.internal.sys.MessageBatch;
import io.heddle.internal.sys.SockOpt;
import io.heddle.internal.sys.Socket;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A UDP socket, udp(7). */
public final class UdpMessageSocket extends MessageSocket {
    /** What was asked for until bind() has returned, then what the kernel gave. */
    private InetSocketAddress bound;

    private volatile @Nullable InetSocketAddress remote;

    private UdpMessageSocket(int fd, int family, Homes homes, InetSocketAddress bound) {
        super(fd, family, homes);
        this.bound = bound;
    }

    /** Binds, with SO_BROADCAST unless the options say otherwise. On failure nothing is left open. */
    public static UdpMessageSocket bind(Homes homes, InetSocketAddress local, Map<SocketOption<?>, Object> options)
            throws IOException {
        int family = Families.ofListener(local.getAddress());
        String context = "local=" + local;
        int fd = check("socket", Socket.open(family, Socket.SOCK_DGRAM), context);
        UdpMessageSocket socket = new UdpMessageSocket(fd, family, homes, local);
        boolean done = false;
        try {
            socket.setDefaults(context);
            socket.setOptions(options);
            check("bind", Socket.bind(fd, local, family), context);
            InetSocketAddress[] actual = new InetSocketAddress[1];
            check("getsockname", Socket.localAddress(fd, actual), context);
            socket.bound = socket.asAsked(actual[0]);
            done = true;
            return socket;
        } finally {
            if (!done) {
                socket.close();
            }
        }
    }

    /** Those of {@code java.net}, which are not all the kernel's. */
    private void setDefaults(String context) throws IOException {
        setDefault(SockOpt.SOL_SOCKET, SockOpt.SO_BROADCAST, 1, context);
        // Or it would get what is for groups that other sockets of this machine have joined.
        setDefault(SockOpt.IPPROTO_IP, SockOpt.IP_MULTICAST_ALL, 0, context);
        if (family == Socket.AF_INET6) {
            setDefault(SockOpt.IPPROTO_IPV6, SockOpt.IPV6_V6ONLY, 0, context);
            setDefault(SockOpt.IPPROTO_IPV6, SockOpt.IPV6_MULTICAST_ALL, 0, context);
        }
    }

    private void setDefault(int level, int option, int value, String context) throws IOException {
        int result = Socket.setOption(fd, level, option, value);
        // IPV6_MULTICAST_ALL is there from Linux 4.20 on.
        if (result != -Errno.ENOPROTOOPT) {
            check("setsockopt", result, context);
        }
    }

    /** The kernel names the dual-stack wildcard "::"; the JDK shows "0.0.0.0". */
    private InetSocketAddress asAsked(InetSocketAddress actual) {
        boolean wildcard = actual.getAddress().isAnyLocalAddress();
        return wildcard ? new InetSocketAddress(bound.getAddress(), actual.getPort()) : actual;
    }

    @Override
    SocketKind kind() {
        return SocketKind.UDP;
    }

    @Override
    IOException failed(String call, int errno) {
        String detail = call + ": errno=" + Errno.name(errno) + ", local=" + bound + ", remote=" + remote;
        return switch (errno) {
            // ICMP has said so of an earlier datagram.
            case Errno.ECONNREFUSED -> new PortUnreachableException("ICMP Port Unreachable: " + detail);
            case Errno.EDESTADDRREQ ->
                new SocketException("Destination address required: connect first, or say where to: " + detail);
            case Errno.EMSGSIZE ->
                new SocketException("Message too long: UDP carries at most 65507 bytes over IPv4, less with"
                        + " IP_DONTFRAGMENT: " + detail);
            case Errno.EAFNOSUPPORT -> new SocketException("An IPv4 socket reaches no IPv6 address: " + detail);
            case Errno.EACCES ->
                new SocketException(
                        "Permission denied: a broadcast needs SO_BROADCAST, and a firewall may forbid it: " + detail);
            default -> Errors.of(call, errno, "local=" + bound + ", remote=" + remote);
        };
    }

    // Connect

    /** From now on only this peer's datagrams arrive. Does not block. */
    public void connect(InetSocketAddress peer) throws IOException {
        enter();
        try {
            if (peer.getPort() == 0) {
                throw new SocketException("Can't connect to port 0: remote=" + peer);
            }
            if (family == Socket.AF_INET && peer.getAddress() instanceof Inet6Address) {
                throw failed("connect", Errno.EAFNOSUPPORT);
            }
            connected(Socket.connect(fd, peer, family));
            remote = peer;
        } finally {
            end();
        }
    }

    /** Takes connect back. Does not block. */
    public void disconnect() throws IOException {
        enter();
        try {
            connected(Socket.disconnect(fd));
            remote = null;
            InetSocketAddress name = askLocalAddress();
            if (name == null || name.getPort() != bound.getPort()) {
                // A port that the kernel had chosen is given back by disconnecting.
                check("bind", Socket.bind(fd, bound, family), "local=" + bound);
            }
        } finally {
            end();
        }
    }

    // Datagrams

    /** Receives one datagram, and answers who sent it. */
    public InetSocketAddress receiveFrom(ByteBuffer dst) throws IOException {
        ensureWritable(dst);
        @Nullable InetSocketAddress[] from = new InetSocketAddress[1];
        int n = succeeded("recvmsg", receiving(() -> {
            try (Message message = Message.take()) {
                int result = message.receive(fd, dst, 0, family);
                from[0] = result < 0 ? null : message.inetName();
                return result;
            }
        }));
        dst.position(dst.position() + n);
        return Objects.requireNonNull(from[0]);
    }

    /** Sends one datagram. */
    public int sendTo(ByteBuffer src, InetSocketAddress to) throws IOException {
        ensurePort(to);
        return sent(src, succeeded("sendmsg", sending(() -> {
            try (Message message = Message.take()) {
                int named = message.setName(to, family);
                return named < 0 ? named : message.send(fd, src, family);
            }
        })));
    }

    private static void ensurePort(InetSocketAddress to) throws SocketException {
        if (to.getPort() == 0) {
            throw new SocketException("Can't send to port 0: to=" + to);
        }
    }

    /** Waits for a datagram and takes those that are there with it, one for each buffer; answers how many. */
    public int receiveMany(ByteBuffer[] dsts, @Nullable InetSocketAddress[] from) throws IOException {
        for (ByteBuffer dst : dsts) {
            ensureWritable(dst);
        }
        return succeeded("recvmmsg", receiving(() -> {
            try (MessageBatch batch = MessageBatch.take()) {
                int count = batch.receive(fd, dsts);
                for (int i = 0; i < count; i++) {
                    dsts[i].position(dsts[i].position() + batch.length(i));
                    from[i] = batch.name(i);
                }
                return count;
            }
        }));
    }

    /** Sends a datagram of each buffer; the positions of those that have left are at their limits. */
    public void sendMany(ByteBuffer[] srcs, InetSocketAddress @Nullable [] to) throws IOException {
        if (to != null) {
            for (InetSocketAddress each : to) {
                ensurePort(each);
            }
        }
        int[] done = new int[1];
        int result = succeeded("sendmmsg", sending(() -> {
            while (done[0] < srcs.length) {
                int n = trySendMany(srcs, to, done[0]);
                if (n < 0) {
                    return n;
                }
                for (int i = 0; i < n; i++) {
                    ByteBuffer src = srcs[done[0]++];
                    src.position(src.limit());
                }
            }
            return 0;
        }));
        assert result == 0 : "result=" + result;
    }

    private int trySendMany(ByteBuffer[] srcs, InetSocketAddress @Nullable [] to, int begin) {
        int end = Math.min(srcs.length, begin + MessageBatch.MESSAGES_MAX);
        try (MessageBatch batch = MessageBatch.take()) {
            InetSocketAddress @Nullable [] names = to == null ? null : Arrays.copyOfRange(to, begin, end);
            return batch.send(fd, Arrays.copyOfRange(srcs, begin, end), names, family);
        }
    }

    // Groups

    /** Joins or leaves a group. */
    public void group(boolean join, InetAddress group, @Nullable NetworkInterface network, @Nullable InetAddress source)
            throws IOException {
        int request = source == null
                ? join ? GroupRequest.JOIN : GroupRequest.LEAVE
                : join ? GroupRequest.JOIN_SOURCE : GroupRequest.LEAVE_SOURCE;
        String context = "group=" + group + ", network=" + (network == null ? "any" : network.getName())
                + (source == null ? "" : ", source=" + source);
        enter();
        try {
            boolean mixed = family == Socket.AF_INET && group instanceof Inet6Address;
            int result = mixed
                    ? -Errno.EAFNOSUPPORT
                    : GroupRequest.make(fd, request, group, network == null ? 0 : network.getIndex(), source);
            if (result < 0) {
                throw groupFailed(-result, context);
            }
        } finally {
            end();
        }
    }

    private IOException groupFailed(int errno, String context) {
        String detail = "setsockopt: errno=" + Errno.name(errno) + ", " + context;
        return switch (errno) {
            case Errno.EADDRINUSE -> new SocketException("Already a member of group: " + detail);
            case Errno.EADDRNOTAVAIL -> new SocketException("Not a member of group: " + detail);
            case Errno.EAFNOSUPPORT -> new SocketException("Socket, group and source must be of one family: " + detail);
            case Errno.ENOBUFS ->
                new SocketException("Too many groups, raise 'sysctl net.ipv4.igmp_max_memberships': " + detail);
            default -> Errors.of("setsockopt", errno, context);
        };
    }

    // Names

    /** Whom it is connected to, or null. */
    public @Nullable InetSocketAddress remoteAddress() {
        return remote;
    }

    /** The address on this side; after close the one it was bound to. */
    public InetSocketAddress localAddress() {
        InetSocketAddress name = askLocalAddress();
        return name == null ? bound : asAsked(name);
    }

    @Override
    void shutDown(boolean lingersZero) {
        // Nobody at the other end knows of this socket.
    }

    @Override
    public String toString() {
        return "UdpMessageSocket[local=" + bound + ", remote=" + remote + ", " + super.toString() + "]";
    }
}
