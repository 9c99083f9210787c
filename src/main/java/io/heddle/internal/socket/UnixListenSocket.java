package io.heddle.internal.socket;

import io.heddle.internal.poller.Homes;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.Socket;
import io.heddle.internal.sys.UnixErrors;
import java.io.IOException;
import java.net.SocketOption;
import java.net.UnixDomainSocketAddress;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A listening Unix socket. */
public final class UnixListenSocket extends ListenSocket<UnixStreamSocket> {
    private final Homes homes;
    /** What was asked for until bind() has returned, then what the kernel gave. */
    private UnixDomainSocketAddress local;

    /** Null if there is none, or it is not ours to delete. */
    private @Nullable UnixFile file;

    /** The acceptor's. */
    private final @Nullable UnixDomainSocketAddress[] peer = new UnixDomainSocketAddress[1];

    private UnixListenSocket(int fd, Homes homes, UnixDomainSocketAddress local) {
        super(fd, Socket.AF_UNIX, homes);
        this.homes = homes;
        this.local = local;
    }

    /**
     * Binds and listens. On failure nothing is left open, and no file behind.
     *
     * @param permissions those of the file, before anybody can connect; null leaves them to umask(2)
     * @param keepsFile whether close leaves the file
     */
    public static UnixListenSocket bind(
            Homes homes,
            UnixDomainSocketAddress local,
            int backlog,
            Map<SocketOption<?>, Object> options,
            @Nullable Set<PosixFilePermission> permissions,
            boolean keepsFile)
            throws IOException {
        String context = "local=" + local;
        int fd = check("socket", Socket.open(Socket.AF_UNIX, Socket.SOCK_STREAM), context);
        UnixListenSocket socket = new UnixListenSocket(fd, homes, local);
        boolean bound = false;
        try {
            socket.setOptions(options);
            int result = Socket.bind(fd, local);
            if (result < 0) {
                throw UnixErrors.of("bind", -result, context);
            }
            socket.file = UnixFile.of(local);
            if (permissions != null && socket.file != null) {
                socket.file.permit(permissions);
            }
            check("listen", Socket.listen(fd, backlog), context);
            // An empty path has become an abstract name of the kernel's choice.
            socket.local = Objects.requireNonNullElse(socket.askLocalName(), local);
            if (keepsFile) {
                socket.file = null;
            }
            bound = true;
            return socket;
        } finally {
            if (!bound) {
                socket.close();
            }
        }
    }

    /** A listener for what listens already; accepting must not block, which is then so for all who have it. */
    public static UnixListenSocket of(Homes homes, PlainDescriptor open) throws IOException {
        int fd = open.duplicateStream("a listening Unix socket", true, true);
        UnixListenSocket socket = new UnixListenSocket(fd, homes, UnixDomainSocketAddress.of(""));
        socket.share();
        boolean known = false;
        try {
            check("fcntl", Fd.setBlocking(fd, false), "fd=" + open.number());
            socket.local = Objects.requireNonNullElse(socket.askLocalName(), socket.local);
            known = true;
            return socket;
        } finally {
            if (!known) {
                socket.close();
            }
        }
    }

    @Override
    SocketKind kind() {
        return SocketKind.UNIX_LISTENER;
    }

    @Override
    int tryAccept() {
        return Socket.accept(fd, peer);
    }

    @Override
    UnixStreamSocket accepted(int number) {
        return new UnixStreamSocket(number, homes, Objects.requireNonNull(peer[0]));
    }

    @Override
    String name() {
        return local.toString();
    }

    /** The name it is bound to; stays known after close. */
    public UnixDomainSocketAddress localAddress() {
        return local;
    }

    @Override
    void shutDown(boolean lingersZero) {
        if (file != null) {
            file.delete();
        }
        super.shutDown(lingersZero);
    }
}
