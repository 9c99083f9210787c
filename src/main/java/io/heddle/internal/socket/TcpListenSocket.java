package io.heddle.internal.socket;

import io.heddle.internal.poller.Homes;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.SockOpt;
import io.heddle.internal.sys.Socket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A listening TCP socket. */
public final class TcpListenSocket extends ListenSocket<TcpStreamSocket> {
    private final Homes homes;
    /** What was asked for until bind() has returned, then what the kernel gave. */
    private InetSocketAddress local;

    /** The acceptor's. */
    private final @Nullable InetSocketAddress[] peer = new InetSocketAddress[1];

    private TcpListenSocket(int fd, int family, Homes homes, InetSocketAddress local) {
        super(fd, family, homes);
        this.homes = homes;
        this.local = local;
    }

    /** Binds and listens, with SO_REUSEADDR unless the options say otherwise. On failure nothing is left open. */
    public static TcpListenSocket bind(
            Homes homes, InetSocketAddress local, int backlog, Map<SocketOption<?>, Object> options)
            throws IOException {
        int family = Families.ofListener(local.getAddress());
        String context = "local=" + local;
        int fd = check("socket", Socket.open(family), context);
        TcpListenSocket socket = new TcpListenSocket(fd, family, homes, local);
        boolean bound = false;
        try {
            if (family == Socket.AF_INET6) {
                // Only the wildcard can be both; a concrete IPv6 address is not reached by IPv4.
                check("setsockopt", Socket.setOption(fd, SockOpt.IPPROTO_IPV6, SockOpt.IPV6_V6ONLY, 0), context);
            }
            check("setsockopt", Socket.setOption(fd, SockOpt.SOL_SOCKET, SockOpt.SO_REUSEADDR, 1), context);
            socket.setOptions(options);
            check("bind", Socket.bind(fd, local, family), context);
            check("listen", Socket.listen(fd, backlog), context);
            InetSocketAddress[] actual = new InetSocketAddress[1];
            check("getsockname", Socket.localAddress(fd, actual), context);
            socket.local = wildcardAs(local, actual[0]);
            bound = true;
            return socket;
        } finally {
            if (!bound) {
                socket.close();
            }
        }
    }

    /** A listener for what listens already; accepting must not block, which is then so for all who have it. */
    public static TcpListenSocket of(Homes homes, PlainDescriptor open) throws IOException {
        int fd = open.duplicateStream("a listening TCP socket", false, true);
        int family = Socket.getOption(fd, SockOpt.SOL_SOCKET, SockOpt.SO_DOMAIN);
        TcpListenSocket socket = new TcpListenSocket(fd, family, homes, new InetSocketAddress(0));
        socket.share();
        boolean known = false;
        try {
            check("fcntl", Fd.setBlocking(fd, false), "fd=" + open.number());
            InetSocketAddress[] actual = new InetSocketAddress[1];
            check("getsockname", Socket.localAddress(fd, actual), "fd=" + open.number());
            socket.local = actual[0];
            known = true;
            return socket;
        } finally {
            if (!known) {
                socket.close();
            }
        }
    }

    /** The kernel names the dual-stack wildcard "::"; the caller asked for, and the JDK shows, "0.0.0.0". */
    private static InetSocketAddress wildcardAs(InetSocketAddress asked, InetSocketAddress actual) {
        InetAddress host = asked.getAddress().isAnyLocalAddress() ? asked.getAddress() : actual.getAddress();
        return new InetSocketAddress(host, actual.getPort());
    }

    @Override
    SocketKind kind() {
        return SocketKind.TCP_LISTENER;
    }

    @Override
    int tryAccept() {
        return Socket.accept(fd, peer);
    }

    @Override
    TcpStreamSocket accepted(int number) {
        // The address is accept's own: getpeername fails for a connection that was reset meanwhile.
        InetSocketAddress remote = Objects.requireNonNullElseGet(peer[0], () -> new InetSocketAddress(0));
        return new TcpStreamSocket(number, family, homes, remote);
    }

    @Override
    String name() {
        return local.toString();
    }

    /** The address it is bound to; stays known after close. */
    public InetSocketAddress localAddress() {
        return local;
    }
}
