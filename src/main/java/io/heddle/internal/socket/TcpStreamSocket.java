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
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A TCP socket of a connection: how it comes to be, and what it knows of its ends. */
public final class TcpStreamSocket extends StreamSocket {
    /** Null until it connects, which is before anybody else knows it or asks. */
    private volatile @Nullable InetSocketAddress remote;

    /** Asked of the kernel once it is connected, when somebody wants it. */
    private volatile @Nullable InetSocketAddress local;

    TcpStreamSocket(int fd, int family, Homes homes, @Nullable InetSocketAddress remote) {
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
        int fd = check("socket", Socket.open(family), "remote=" + remote);
        TcpStreamSocket socket = new TcpStreamSocket(fd, family, homes, null);
        boolean connected = false;
        try {
            socket.setOptions(options);
            if (bindTo != null) {
                socket.bind(bindTo);
            }
            socket.connectNow(remote, timeoutNanos != 0, deadlineNanos);
            connected = true;
            return socket;
        } finally {
            if (!connected) {
                socket.close();
            }
        }
    }

    /** A socket that is to be connected. */
    public static TcpStreamSocket open(Homes homes) throws IOException {
        int family = Families.ofAny();
        TcpStreamSocket socket = new TcpStreamSocket(check("socket", Socket.open(family), ""), family, homes, null);
        boolean set = false;
        try {
            socket.makeDualStack("");
            set = true;
            return socket;
        } finally {
            if (!set) {
                socket.close();
            }
        }
    }

    /** Binds it, before it connects; port 0 takes a free one. */
    public void bind(InetSocketAddress address) throws IOException {
        begin();
        try {
            check("bind", Socket.bind(fd, address, family), "local=" + address);
        } finally {
            end();
        }
    }

    /** Connects it; zero nanoseconds mean no timeout. Leaves it open if that fails, but of no use. */
    public void connect(InetSocketAddress address, long timeoutNanos) throws IOException {
        long deadlineNanos = System.nanoTime() + timeoutNanos;
        lockWrites();
        try {
            ensureOpen();
            if (remote != null) {
                throw new SocketException("Already connected");
            }
            connectNow(address, timeoutNanos != 0, deadlineNanos);
        } finally {
            unlockWrites();
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

    private void connectNow(InetSocketAddress address, boolean timed, long deadlineNanos) throws IOException {
        begin();
        try {
            remote = address;
            int result = Socket.connect(fd, address, family);
            // Interrupted by a signal, the connect goes on in the kernel, connect(2).
            if (result == -Errno.EINPROGRESS || result == -Errno.EINTR) {
                result = awaitConnected(timed, deadlineNanos);
            }
            if (result < 0) {
                // close() takes a connect back: what came of that is no error of its own.
                ensureOpen();
            }
            check("connect", result, "remote=" + address);
        } finally {
            end();
        }
    }

    /** Registered only now: a socket that was not told to connect yet reports a hang-up. */
    private int awaitConnected(boolean timed, long deadlineNanos) throws IOException {
        for (; ; ) {
            int outcome = await(registration.writer, timed, deadlineNanos);
            ensureOpen();
            if (outcome == INTERRUPTED && !timed) {
                // As in the JDK, which looks whether it is connected before it waits only if there is a timeout.
                throw closedByInterrupt();
            }
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

    /** Sends one byte of urgent data, which may not wait; see tcp(7). */
    public void sendUrgent(int data) throws IOException {
        lockWrites();
        try {
            begin();
            try {
                int result;
                do {
                    ensureOpen();
                    result = Socket.sendUrgent(fd, (byte) data);
                } while (result == -Errno.EINTR);
                if (result == -Errno.EAGAIN) {
                    throw new SocketException("No buffer space available");
                }
                if (result < 0) {
                    ensureOpen();
                    // The JDK's is a plain one here.
                    throw new IOException(writeFailed(-result).getMessage());
                }
            } finally {
                end();
            }
        } finally {
            unlockWrites();
        }
    }

    /** Whether urgent data is read in line with the rest, SO_OOBINLINE; it is dropped otherwise. */
    public boolean isUrgentInline() throws IOException {
        enter();
        try {
            return check("getsockopt", Socket.getOption(fd, SockOpt.SOL_SOCKET, SockOpt.SO_OOBINLINE), "fd=" + fd) != 0;
        } finally {
            end();
        }
    }

    /** Sets that. */
    public void setUrgentInline(boolean on) throws IOException {
        enter();
        try {
            int result = Socket.setOption(fd, SockOpt.SOL_SOCKET, SockOpt.SO_OOBINLINE, on ? 1 : 0);
            check("setsockopt", result, "fd=" + fd);
        } finally {
            end();
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
        InetSocketAddress known = remote;
        return known != null ? known : new InetSocketAddress(0);
    }

    /** The local address; after close the wildcard, with the port if it was ever asked for. */
    public InetSocketAddress localAddress() {
        InetSocketAddress known = local;
        if (known == null) {
            known = askLocalAddress();
            if (remote != null) {
                local = known;
            }
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
