package io.heddle.internal.socket;

import static io.heddle.internal.readiness.Registration.INTERRUPTED;
import static io.heddle.internal.readiness.Registration.TIMED_OUT;

import io.heddle.internal.poller.Homes;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Errors;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.SockOpt;
import io.heddle.internal.sys.Socket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A connected TCP socket: how it comes to be, and what it knows of its ends. */
public final class TcpStreamSocket extends StreamSocket {
    private final InetSocketAddress remote;

    /** Asked of the kernel once, when somebody wants it. */
    private volatile @Nullable InetSocketAddress local;

    TcpStreamSocket(int fd, int family, Homes homes, InetSocketAddress remote) {
        super(fd, family, homes);
        this.remote = remote;
    }

    /**
     * Connects to one address. Blocks; zero nanoseconds mean no timeout. On failure nothing is left open.
     *
     * @param bindTo the local address, or null for the kernel's choice
     */
    public static TcpStreamSocket connect(
            Homes homes,
            InetSocketAddress remote,
            @Nullable InetSocketAddress bindTo,
            Map<SocketOption<?>, Object> options,
            long timeoutNanos)
            throws IOException {
        long deadlineNanos = System.nanoTime() + timeoutNanos;
        int family = Families.of(remote.getAddress(), bindTo);
        String context = "remote=" + remote;
        int fd = check("socket", Socket.open(family), context);
        TcpStreamSocket socket = new TcpStreamSocket(fd, family, homes, remote);
        boolean connected = false;
        try {
            socket.setOptions(options);
            if (bindTo != null) {
                check("bind", Socket.bind(fd, bindTo, family), "local=" + bindTo);
            }
            socket.connectNow(context, timeoutNanos != 0, deadlineNanos);
            connected = true;
            return socket;
        } finally {
            if (!connected) {
                socket.close();
            }
        }
    }

    /** A socket for what is open already, and connected. */
    public static TcpStreamSocket of(Homes homes, PlainDescriptor open) throws IOException {
        int fd = open.duplicateStream("a connected TCP socket", false, false);
        int family = Socket.getOption(fd, SockOpt.SOL_SOCKET, SockOpt.SO_DOMAIN);
        @Nullable InetSocketAddress[] peer = new InetSocketAddress[1];
        int named = Socket.remoteAddress(fd, peer);
        if (named < 0) {
            Fd.close(fd);
            throw Errors.of("getpeername", -named, "fd=" + open.number());
        }
        TcpStreamSocket socket = new TcpStreamSocket(fd, family, homes, Objects.requireNonNull(peer[0]));
        socket.share();
        return socket;
    }

    private void connectNow(String context, boolean timed, long deadlineNanos) throws IOException {
        begin();
        try {
            int result = Socket.connect(fd, remote, family);
            // Interrupted by a signal, the connect goes on in the kernel, connect(2).
            if (result == -Errno.EINPROGRESS || result == -Errno.EINTR) {
                result = awaitConnected(timed, deadlineNanos);
            }
            check("connect", result, context);
        } finally {
            end();
        }
    }

    /** Registered only now: a socket that was not told to connect yet reports a hang-up. */
    private int awaitConnected(boolean timed, long deadlineNanos) throws IOException {
        for (; ; ) {
            int outcome = await(registration.writer, timed, deadlineNanos);
            ensureOpen();
            int error = Socket.getOption(fd, SockOpt.SOL_SOCKET, SockOpt.SO_ERROR);
            if (error != 0) {
                return error < 0 ? error : -error;
            }
            int named = Socket.remoteAddress(fd, new InetSocketAddress[1]);
            // No error and no peer: the wake-up was spurious, the connect is still under way.
            if (named != -Errno.ENOTCONN) {
                return named;
            }
            if (outcome == TIMED_OUT) {
                throw new SocketTimeoutException("Connect timed out");
            }
            if (outcome == INTERRUPTED) {
                throw closedByInterrupt();
            }
        }
    }

    @Override
    boolean isDead() {
        return Socket.isClosedTcp(fd);
    }

    @Override
    SocketKind kind() {
        return SocketKind.TCP;
    }

    /** The peer; stays known after close. */
    public InetSocketAddress remoteAddress() {
        return remote;
    }

    /** The local address; after close the wildcard, with the port if it was ever asked for. */
    public InetSocketAddress localAddress() {
        InetSocketAddress known = local;
        if (known == null) {
            known = askLocalAddress();
            local = known;
        }
        if (known == null) {
            return new InetSocketAddress(0);
        }
        return isOpen() ? known : new InetSocketAddress((InetAddress) null, known.getPort());
    }

    @Override
    public String toString() {
        return "TcpStreamSocket[remote=" + remote + ", " + super.toString() + "]";
    }
}
