package io.heddle.internal.sys;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.ProtocolException;
import java.net.SocketException;

/**
 * Turns an errno into an exception: type and first words are those of {@code java.net} in JDK 25,
 * because programs match on them; what follows says what to do and names the errno.
 */
public final class Errors {
    private Errors() {}

    /** Translates a failed call. {@code context} is name=value pairs, or empty. */
    public static IOException of(String call, int errno, String context) {
        String detail = detail(call, errno, context);
        return switch (errno) {
            // Nobody listens there, or the backlog's owner reset us:
            case Errno.ECONNREFUSED -> new ConnectException("Connection refused");
            // No answer within the kernel's own retries, or TCP_USER_TIMEOUT ran out:
            case Errno.ETIMEDOUT -> new ConnectException("Connection timed out");
            // The port is free or in TIME_WAIT only with SO_REUSEADDR:
            case Errno.EADDRINUSE ->
                new BindException("Address already in use: stop its user, see 'ss -ltnp', or take port 0: " + detail);
            // Not an address of this machine, or all ephemeral ports are in use:
            case Errno.EADDRNOTAVAIL ->
                call.equals("setsockopt")
                        ? new SocketException(
                                "Cannot assign requested address: the socket is no member of the group, or"
                                        + " the interface has no such address: " + detail)
                        : new BindException(
                                "Cannot assign requested address: it is not this machine's, or no port is free,"
                                        + " see 'sysctl net.ipv4.ip_local_port_range': " + detail);
            // A port below 1024 without the capability; else a broadcast, or a firewall:
            case Errno.EACCES ->
                new BindException(
                        call.startsWith("send")
                                ? "Permission denied: a broadcast address needs SO_BROADCAST: " + detail
                                : "Permission denied: ports below 1024 need CAP_NET_BIND_SERVICE: " + detail);
            // Only datagram sockets; a stream that is not connected has ENOTCONN:
            case Errno.EDESTADDRREQ ->
                new SocketException("Destination address required: connect the socket, or name one: " + detail);
            case Errno.EMSGSIZE ->
                new SocketException("Message too long: a datagram goes as a whole, of at most 65507 bytes over IPv4,"
                        + " and within SO_SNDBUF: " + detail);
            // A value that an option has not:
            case Errno.EINVAL -> new SocketException("Invalid argument: " + detail);
            case Errno.EISCONN -> new SocketException("Transport endpoint is already connected: " + detail);
            case Errno.EAGAIN -> new SocketException("Resource temporarily unavailable: " + detail);
            case Errno.EPROTO -> new ProtocolException("Protocol error: " + detail);
            case Errno.ENOTCONN -> new ConnectException("Transport endpoint is not connected: " + detail);
            case Errno.EHOSTUNREACH -> new NoRouteToHostException("No route to host: " + detail);
            case Errno.ENETUNREACH -> new SocketException("Network is unreachable: " + detail);
            // ICMP said that the host does not speak TCP:
            case Errno.ENOPROTOOPT -> new SocketException("Protocol not available: " + detail);
            // A reset arrived; Linux reports it once, which is why callers keep it. The JDK has two texts for it:
            case Errno.ECONNRESET ->
                new SocketException(call.startsWith("recv") ? "Connection reset" : "Connection reset by peer");
            // The peer, or we, ended this direction before:
            case Errno.EPIPE -> new SocketException("Broken pipe");
            // The socket was killed on this side, see ss(8) -K:
            case Errno.ECONNABORTED -> new SocketException("Software caused connection abort: " + detail);
            case Errno.EMFILE ->
                new SocketException("Too many open files in this process, raise 'ulimit -n': " + detail);
            case Errno.ENFILE ->
                new SocketException("Too many open files in the system, raise 'sysctl fs.file-max': " + detail);
            case Errno.ENOBUFS, Errno.ENOMEM ->
                new SocketException(
                        "The kernel has no memory for the socket, see 'sysctl net.ipv4.tcp_mem': " + detail);
            // Only epoll_ctl on these calls:
            case Errno.ENOSPC ->
                new SocketException(
                        "Too many watched descriptors, raise 'sysctl fs.epoll.max_user_watches': " + detail);
            case Errno.EAFNOSUPPORT ->
                new SocketException("Address family not supported: IPv6 is switched off here: " + detail);
            default -> new SocketException(detail);
        };
    }

    /** Answers what is not negative, and throws {@link #of} for the rest. */
    public static int check(String call, int result, String context) throws IOException {
        if (result < 0) {
            throw of(call, -result, context);
        }
        return result;
    }

    /**
     * Translates a failed call on a UDP socket: a refusal is an ICMP message that came back for an earlier datagram.
     */
    public static IOException ofDatagram(String call, int errno, String context) {
        return switch (errno) {
            case Errno.ECONNREFUSED -> new PortUnreachableException("ICMP Port Unreachable");
            case Errno.EAFNOSUPPORT -> familyMixed(call, context);
            default -> of(call, errno, context);
        };
    }

    /** There is a socket; that there is none of its family is told where it is opened. */
    private static IOException familyMixed(String call, String context) {
        String detail = detail(call, Errno.EAFNOSUPPORT, context);
        return switch (call) {
            case "socket" -> of(call, Errno.EAFNOSUPPORT, context);
            case "setsockopt" ->
                new SocketException("Address family not supported: group and source must be of one: " + detail);
            default ->
                new SocketException("Address family not supported: a socket of IPv4 reaches no IPv6 address, one that"
                        + " is bound to the wildcard or to an IPv6 address does: " + detail);
        };
    }

    /** Translates a failed call on what is no socket, such as a pipe. */
    public static IOException ofFile(String call, int errno, String context) {
        String detail = detail(call, errno, context);
        return switch (errno) {
            case Errno.EPIPE -> new IOException("Broken pipe");
            case Errno.EMFILE -> new IOException("Too many open files in this process, raise 'ulimit -n': " + detail);
            case Errno.ENFILE ->
                new IOException("Too many open files in the system, raise 'sysctl fs.file-max': " + detail);
            default -> new IOException(detail);
        };
    }

    /**
     * Translates a failed recv or send: always a plain {@link SocketException}, as in {@code java.net}. Programs take a
     * {@link ConnectException} for the promise that nothing was sent.
     */
    public static SocketException ofTransfer(String call, int errno, String context) {
        return new SocketException(of(call, errno, context).getMessage());
    }

    private static String detail(String call, int errno, String context) {
        return call + ": errno=" + Errno.name(errno) + (context.isEmpty() ? "" : ", " + context);
    }
}
