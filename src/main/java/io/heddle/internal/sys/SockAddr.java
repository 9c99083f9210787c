package io.heddle.internal.sys;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * {@code struct sockaddr_in} and {@code struct sockaddr_in6}, ip(7) and ipv6(7).
 *
 * <pre>
 *   sockaddr_in                    sockaddr_in6
 *   0      2     4      8    16    0      2     4         8       24       28
 *   +------+-----+------+----+     +------+-----+---------+-------+--------+
 *   |family| port| addr |zero|     |family| port| flowinfo|  addr | scope  |
 *   +------+-----+------+----+     +------+-----+---------+-------+--------+
 * </pre>
 *
 * Port and address are in network order, family and scope in the machine's. The same on every Linux.
 */
final class SockAddr {
    static final int STORAGE_SIZE = 128;
    private static final int IN_SIZE = 16;
    private static final int IN6_SIZE = 28;
    private static final int FAMILY = 0;
    private static final int PORT = 2;
    private static final int IN_ADDR = 4;
    private static final int IN6_ADDR = 8;
    private static final int IN6_SCOPE = 24;

    private SockAddr() {}

    /** Writes an address for a socket of the given family to the start of the memory; returns its size in bytes. */
    static int write(ByteBuffer at, InetSocketAddress address, int family) {
        InetAddress host = address.getAddress();
        byte[] bytes = host.getAddress();
        at.put(0, new byte[IN6_SIZE]);
        at.putShort(FAMILY, (short) family);
        at.put(PORT, (byte) (address.getPort() >> 8)).put(PORT + 1, (byte) address.getPort());
        if (family == Socket.AF_INET) {
            at.put(IN_ADDR, bytes);
            return IN_SIZE;
        }
        if (host instanceof Inet6Address v6) {
            at.put(IN6_ADDR, bytes);
            at.putInt(IN6_SCOPE, scope(v6));
        } else if (!host.isAnyLocalAddress()) {
            // An IPv4 address on a dual-stack socket: ::ffff:a.b.c.d, RFC 4291 section 2.5.5.2.
            at.put(IN6_ADDR + 10, (byte) 0xff).put(IN6_ADDR + 11, (byte) 0xff);
            at.put(IN6_ADDR + 12, bytes);
        }
        return IN6_SIZE;
    }

    /** An address of this machine that is told without its link is that of the link which has it, as in the JDK. */
    private static int scope(Inet6Address address) {
        int scope = address.getScopeId();
        if (scope != 0 || !address.isLinkLocalAddress()) {
            return scope;
        }
        try {
            NetworkInterface link = NetworkInterface.getByInetAddress(address);
            return link == null ? 0 : link.getIndex();
        } catch (SocketException e) {
            // The links cannot be listed: the kernel refuses the address as it is.
            return 0;
        }
    }

    /** As {@link #write}, or -EAFNOSUPPORT for an IPv6 address on an IPv4 socket; the wildcard fits both. */
    static int writeChecked(ByteBuffer at, InetSocketAddress address, int family) {
        InetAddress host = address.getAddress();
        boolean fits = family != Socket.AF_INET || !(host instanceof Inet6Address) || host.isAnyLocalAddress();
        return fits ? write(at, address, family) : -Errno.EAFNOSUPPORT;
    }

    /** Reads an address; a mapped IPv4 address comes back as {@link Inet4Address}. Null: not an IP address. */
    static @Nullable InetSocketAddress read(ByteBuffer at) {
        int family = at.getShort(FAMILY);
        int port = (at.get(PORT) & 0xff) << 8 | (at.get(PORT + 1) & 0xff);
        try {
            if (family == Socket.AF_INET) {
                byte[] bytes = new byte[4];
                at.get(IN_ADDR, bytes);
                return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
            }
            if (family == Socket.AF_INET6) {
                byte[] bytes = new byte[16];
                at.get(IN6_ADDR, bytes);
                int scope = at.getInt(IN6_SCOPE);
                // getByAddress turns a mapped address into an Inet4Address by itself.
                InetAddress plain = InetAddress.getByAddress(bytes);
                boolean scoped = plain instanceof Inet6Address && scope != 0;
                return new InetSocketAddress(scoped ? Inet6Address.getByAddress(null, bytes, scope) : plain, port);
            }
            return null;
        } catch (UnknownHostException e) {
            throw new AssertionError("an address of 4 or 16 bytes is always valid", e);
        }
    }
}
