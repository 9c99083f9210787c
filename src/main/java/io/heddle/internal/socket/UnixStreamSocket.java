package io.heddle.internal.socket;

import io.heddle.internal.poller.Homes;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.Message;
import io.heddle.internal.sys.Socket;
import io.heddle.internal.sys.Ucred;
import io.heddle.internal.sys.UnixErrors;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A connected Unix stream, unix(7): how it comes to be, who is at its other end, and descriptors that are passed. */
public final class UnixStreamSocket extends StreamSocket {
    /** The most descriptors that one message takes along. */
    public static final int PASSED_MAX = Message.DESCRIPTORS_MAX;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final UnixDomainSocketAddress UNNAMED = UnixDomainSocketAddress.of("");

    private final Homes homes;
    private final UnixDomainSocketAddress remote;

    /** Asked of the kernel once, when somebody wants it. */
    private volatile @Nullable UnixDomainSocketAddress local;

    UnixStreamSocket(int fd, Homes homes, UnixDomainSocketAddress remote) {
        super(fd, Socket.AF_UNIX, homes);
        this.homes = homes;
        this.remote = remote;
        registration.distrustShortReads();
    }

    /** Connects. Blocks while the backlog is full; zero nanoseconds mean no timeout. A failure leaves nothing open. */
    public static UnixStreamSocket connect(
            Homes homes, UnixDomainSocketAddress remote, Map<SocketOption<?>, Object> options, long timeoutNanos)
            throws IOException {
        int fd = check("socket", Socket.open(Socket.AF_UNIX, Socket.SOCK_STREAM), "remote=" + remote);
        UnixStreamSocket socket = new UnixStreamSocket(fd, homes, remote);
        boolean connected = false;
        try {
            socket.setOptions(options);
            int result = socket.connectBy(timeoutNanos, socket::tryConnect);
            if (result < 0) {
                throw UnixErrors.of("connect", -result, "remote=" + remote);
            }
            connected = true;
            return socket;
        } finally {
            if (!connected) {
                socket.close();
            }
        }
    }

    /** With a full backlog the socket is not connecting, so there is nothing for the kernel to report. */
    private int tryConnect() {
        int result = Socket.connect(fd, remote);
        return switch (-result) {
            case Errno.EAGAIN -> UNREPORTED;
            // An earlier try was interrupted, and went on.
            case Errno.EISCONN -> 0;
            default -> result;
        };
    }

    /** Two sockets that are connected with each other. */
    public static UnixStreamSocket[] pair(Homes homes) throws IOException {
        int[] numbers = new int[2];
        check("socketpair", Socket.pair(Socket.SOCK_STREAM, numbers), "type=stream");
        return new UnixStreamSocket[] {
            new UnixStreamSocket(numbers[0], homes, UNNAMED), new UnixStreamSocket(numbers[1], homes, UNNAMED)
        };
    }

    /** A socket for what is open already, and connected. */
    public static UnixStreamSocket of(Homes homes, PlainDescriptor open) throws IOException {
        int fd = open.duplicateStream("a connected Unix stream", true, false);
        @Nullable UnixDomainSocketAddress[] peer = new UnixDomainSocketAddress[1];
        int named = Socket.remoteAddress(fd, peer);
        if (named < 0) {
            Fd.close(fd);
            throw UnixErrors.of("getpeername", -named, "fd=" + open.number());
        }
        UnixStreamSocket socket = new UnixStreamSocket(fd, homes, Objects.requireNonNull(peer[0]));
        socket.share();
        return socket;
    }

    @Override
    SocketKind kind() {
        return SocketKind.UNIX;
    }

    /** A write of nothing meets the end of the other side and nothing else, not even a reset. */
    @Override
    boolean isDead() {
        return Socket.send(fd, NOTHING) == -Errno.EPIPE;
    }

    @Override
    SocketException transferFailed(String call, int errno) {
        return UnixErrors.ofTransfer(call, errno, "fd=" + fd);
    }

    /** Writes all bytes; with the first of them go descriptors, which stay open here. */
    public void write(ByteBuffer src, List<PlainDescriptor> passed) throws IOException {
        int[] numbers = new int[passed.size()];
        int from = src.position();
        int begun = 0;
        try {
            for (PlainDescriptor each : passed) {
                each.begin();
                numbers[begun++] = each.fd;
            }
            boolean[] gone = new boolean[1];
            writeBy(() -> tryWrite(src, numbers, gone));
        } catch (SocketTimeoutException e) {
            e.bytesTransferred = src.position() - from;
            throw e;
        } finally {
            for (PlainDescriptor each : passed.subList(0, begun)) {
                each.end();
            }
        }
    }

    private int tryWrite(ByteBuffer src, int[] passed, boolean[] gone) {
        while (src.hasRemaining()) {
            int n = gone[0] ? Socket.send(fd, src) : tryWrite(src, passed);
            if (n < 0) {
                return n;
            }
            gone[0] = true;
            src.position(src.position() + n);
        }
        return 0;
    }

    private int tryWrite(ByteBuffer src, int[] passed) {
        try (Message message = Message.take()) {
            message.setPassed(passed);
            return message.send(fd, new ByteBuffer[] {src}, false);
        }
    }

    /**
     * Reads at least one byte, or answers -1 at the end of the stream; adds the descriptors that came with them. What
     * comes beyond the most that is wanted is closed.
     */
    public int read(ByteBuffer dst, List<PlainDescriptor> received, int receivedMax) throws IOException {
        int[] numbers = new int[receivedMax];
        boolean[] lost = new boolean[1];
        int n = readBy(() -> {
            try (Message message = Message.take()) {
                int result = message.receive(fd, new ByteBuffer[] {dst}, false, 0, numbers);
                for (int i = 0; result >= 0 && i < message.passedCount(); i++) {
                    received.add(new PlainDescriptor(numbers[i], homes));
                }
                lost[0] = result >= 0 && message.isControlTruncated();
                return result;
            }
        });
        if (n > 0) {
            dst.position(dst.position() + n);
        }
        if (lost[0]) {
            throw new SocketException("Descriptors were passed that this process has no room for, raise 'ulimit -n':"
                    + " received=" + received.size());
        }
        return n;
    }

    /** Process, user and group of the other end, as unsigned ints. */
    public int[] peer() throws IOException {
        enter();
        try {
            @Nullable Ucred[] peer = new Ucred[1];
            check("getsockopt", Ucred.ofPeer(fd, peer), "option=SO_PEERCRED");
            Ucred known = Objects.requireNonNull(peer[0]);
            return new int[] {known.pid(), known.uid(), known.gid()};
        } finally {
            end();
        }
    }

    /** The name of the peer, the empty path if it has none; stays known after close. */
    public UnixDomainSocketAddress remoteAddress() {
        return remote;
    }

    /** The name on this side, the empty path if it has none. */
    public UnixDomainSocketAddress localAddress() {
        UnixDomainSocketAddress known = local;
        if (known == null) {
            known = askLocalName();
            local = known;
        }
        return known == null ? UNNAMED : known;
    }

    @Override
    public String toString() {
        return "UnixStreamSocket[remote=" + remote + ", " + super.toString() + "]";
    }
}
