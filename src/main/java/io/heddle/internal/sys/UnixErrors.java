package io.heddle.internal.sys;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketException;

/** As {@link Errors}, for Unix sockets: files and their permissions in the place of ports. */
public final class UnixErrors {
    private UnixErrors() {}

    /** Translates a failed recv or send of a stream, as {@link Errors#ofTransfer}. */
    public static SocketException ofTransfer(String call, int errno, String context) {
        return new SocketException(of(call, errno, context).getMessage());
    }

    /** Translates a failed call. {@code context} is name=value pairs. */
    public static IOException of(String call, int errno, String context) {
        String detail = call + ": errno=" + Errno.name(errno) + ", " + context;
        return switch (errno) {
            // A file is there, whoever made it, and even if its listener is gone:
            case Errno.EADDRINUSE ->
                new BindException("Address already in use: if 'ss -xlp' shows nobody there, its listener has left the"
                        + " file behind: delete it, then bind again: " + detail);
            case Errno.EACCES ->
                new BindException("Permission denied: connecting takes write permission for the socket's file, binding"
                        + " for its directory, and both search permission for the directories above: " + detail);
            case Errno.ENOENT ->
                new SocketException(
                        "No such file or directory: who listens makes the file, and no directory: " + detail);
            case Errno.ENOTDIR -> new SocketException("Not a directory: " + detail);
            case Errno.ENAMETOOLONG ->
                new SocketException(
                        "Unix domain path too long: it may have " + SockAddrUn.NAME_MAX + " bytes: " + detail);
            case Errno.ECONNREFUSED ->
                new ConnectException(
                        "Connection refused: nobody listens there any more, though the file is left: " + detail);
            // Datagrams to a stream, or the other way round:
            case Errno.EPROTOTYPE -> new SocketException("Protocol wrong type for socket: " + detail);
            case Errno.EDESTADDRREQ ->
                new SocketException("Destination address required: connect first, or say where to: " + detail);
            case Errno.ENOTCONN ->
                new SocketException("Transport endpoint is not connected: connect first, or say where to: " + detail);
            case Errno.EMSGSIZE -> new SocketException("Message too long: see SO_SNDBUF: " + detail);
            case Errno.ETOOMANYREFS ->
                new SocketException("Too many descriptors are on their way in Unix sockets: " + detail);
            // A stream's connect only; a datagram that finds no room would block:
            case Errno.EAGAIN ->
                new SocketException("Resource temporarily unavailable: the listener's backlog is full: " + detail);
            case Errno.ENOBUFS, Errno.ENOMEM -> new SocketException("The kernel has no memory: " + detail);
            default -> Errors.of(call, errno, context);
        };
    }
}
