package io.heddle.internal.socket;

import io.heddle.internal.poller.Homes;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Message;
import io.heddle.internal.sys.Socket;
import io.heddle.internal.sys.UnixErrors;
import java.io.IOException;
import java.net.SocketOption;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A Unix socket of datagrams, unix(7). */
public final class UnixMessageSocket extends MessageSocket {
    private static final UnixDomainSocketAddress UNNAMED = UnixDomainSocketAddress.of("");

    private @Nullable UnixFile file;

    /** Stays known after close. */
    private UnixDomainSocketAddress local = UNNAMED;

    private volatile @Nullable UnixDomainSocketAddress remote;

    private UnixMessageSocket(int fd, Homes homes) {
        super(fd, Socket.AF_UNIX, homes);
    }

    /** Opens one, and binds it unless the address is null. On failure nothing is left open. */
    public static UnixMessageSocket open(
            Homes homes, @Nullable UnixDomainSocketAddress local, Map<SocketOption<?>, Object> options)
            throws IOException {
        String context = "local=" + local;
        int fd = check("socket", Socket.open(Socket.AF_UNIX, Socket.SOCK_DGRAM), context);
        UnixMessageSocket socket = new UnixMessageSocket(fd, homes);
        boolean done = false;
        try {
            socket.setOptions(options);
            if (local != null) {
                int result = Socket.bind(fd, local);
                if (result < 0) {
                    throw UnixErrors.of("bind", -result, context);
                }
                socket.file = UnixFile.of(local);
                // An empty path has become an abstract name of the kernel's choice.
                socket.local = Objects.requireNonNullElse(socket.askLocalName(), local);
            }
            done = true;
            return socket;
        } finally {
            if (!done) {
                socket.close();
            }
        }
    }

    /** Two sockets that are connected with each other. */
    public static UnixMessageSocket[] pair(Homes homes) throws IOException {
        int[] numbers = new int[2];
        check("socketpair", Socket.pair(Socket.SOCK_DGRAM, numbers), "type=datagram");
        UnixMessageSocket[] pair = {new UnixMessageSocket(numbers[0], homes), new UnixMessageSocket(numbers[1], homes)};
        pair[0].remote = UNNAMED;
        pair[1].remote = UNNAMED;
        return pair;
    }

    @Override
    SocketKind kind() {
        return SocketKind.UNIX;
    }

    @Override
    IOException failed(String call, int errno) {
        return UnixErrors.of(call, errno, "local=" + local + ", remote=" + remote);
    }

    /** From now on only this peer's datagrams arrive. Does not block. */
    public void connect(UnixDomainSocketAddress peer) throws IOException {
        enter();
        try {
            connected(Socket.connect(fd, peer));
            remote = peer;
        } finally {
            end();
        }
    }

    /** Receives one datagram, and answers who sent it: the empty path if that is nobody with a name. */
    public UnixDomainSocketAddress receiveFrom(ByteBuffer dst) throws IOException {
        ensureWritable(dst);
        @Nullable UnixDomainSocketAddress[] from = new UnixDomainSocketAddress[1];
        int n = succeeded("recvmsg", receiving(() -> {
            try (Message message = Message.take()) {
                int result = message.receive(fd, dst, 0, family);
                from[0] = result < 0 ? null : message.unixName();
                return result;
            }
        }));
        dst.position(dst.position() + n);
        return Objects.requireNonNull(from[0]);
    }

    /** Sends one datagram. */
    public int sendTo(ByteBuffer src, UnixDomainSocketAddress to) throws IOException {
        int n = sending(() -> trySend(src, to));
        if (n < 0) {
            throw UnixErrors.of("sendmsg", -n, "to=" + to);
        }
        return sent(src, n);
    }

    private int trySend(ByteBuffer src, UnixDomainSocketAddress to) {
        try (Message message = Message.take()) {
            int named = message.setName(to);
            int n = named < 0 ? named : message.send(fd, src, family);
            // The queue of whoever gets it is full, which the kernel reports to connected senders only.
            return n == -Errno.EAGAIN ? UNREPORTED : n;
        }
    }

    /** Whom it is connected to, or null. */
    public @Nullable UnixDomainSocketAddress remoteAddress() {
        return remote;
    }

    /** The name on this side, the empty path if it has none; stays known after close. */
    public UnixDomainSocketAddress localAddress() {
        return local;
    }

    @Override
    void shutDown(boolean lingersZero) {
        if (file != null) {
            file.delete();
        }
    }

    @Override
    public String toString() {
        return "UnixMessageSocket[local=" + local + ", remote=" + remote + ", " + super.toString() + "]";
    }
}
