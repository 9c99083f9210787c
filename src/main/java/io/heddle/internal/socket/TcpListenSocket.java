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
        TcpListenSocket socket = open(homes, Families.ofListener(local.getAddress()), local);
        boolean bound = false;
        try {
            socket.setOptions(options);
            socket.bind(local);
            socket.listen(backlog);
            bound = true;
            return socket;
        } finally {
            if (!bound) {
                socket.close();
            }
        }
    }

    /** A socket that is to be bound, and then to listen; with SO_REUSEADDR. */
    public static TcpListenSocket open(Homes homes) throws IOException {
        return open(homes, Families.ofAny(), new InetSocketAddress(0));
    }

    private static TcpListenSocket open(Homes homes, int family, InetSocketAddress local) throws IOException {
        String context = "local=" + local;
        TcpListenSocket socket =
                new TcpListenSocket(check("socket", Socket.open(family), context), family, homes, local);
        boolean set = false;
        try {
            socket.makeDualStack(context);
            int reuse = Socket.setOption(socket.fd, SockOpt.SOL_SOCKET, SockOpt.SO_REUSEADDR, 1);
            check("setsockopt", reuse, context);
            set = true;
            return socket;
        } finally {
            if (!set) {
                socket.close();
            }
        }
    }

    /** Binds it; port 0 takes a free one. Before anybody accepts. */
    public void bind(InetSocketAddress address) throws IOException {
        begin();
        try {
            String context = "local=" + address;
            check("bind", Socket.bind(fd, address, family), context);
            InetSocketAddress[] actual = new InetSocketAddress[1];
            check("getsockname", Socket.localAddress(fd, actual), context);
            local = wildcardAs(address, actual[0]);
        } finally {
            end();
        }
    }

    /** Lets connections come, as many as the backlog may wait to be accepted. */
    public void listen(int backlog) throws IOException {
        begin();
        try {
            check("listen", Socket.listen(fd, backlog), "local=" + local);
        } finally {
            end();
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
