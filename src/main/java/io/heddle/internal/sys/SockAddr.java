package io.heddle.internal.sys;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
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
    private static final int IN6_FLOWINFO = 4;
    private static final int IN6_ADDR = 8;
    private static final int IN6_SCOPE = 24;
    private static final ValueLayout.OfShort NETWORK_SHORT = JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

    private SockAddr() {}

    /** Writes an address for a socket of the given family and returns its size in bytes. */
    static int write(MemorySegment at, InetSocketAddress address, int family) {
        InetAddress host = address.getAddress();
        byte[] bytes = host.getAddress();
        at.fill((byte) 0);
        at.set(JAVA_SHORT, FAMILY, (short) family);
        at.set(NETWORK_SHORT, PORT, (short) address.getPort());
        if (family == Socket.AF_INET) {
            MemorySegment.copy(bytes, 0, at, JAVA_BYTE, IN_ADDR, 4);
            return IN_SIZE;
        }
        at.set(JAVA_INT, IN6_FLOWINFO, 0);
        if (host instanceof Inet6Address v6) {
            MemorySegment.copy(bytes, 0, at, JAVA_BYTE, IN6_ADDR, 16);
            at.set(JAVA_INT, IN6_SCOPE, v6.getScopeId());
        } else if (!host.isAnyLocalAddress()) {
            // An IPv4 address on a dual-stack socket: ::ffff:a.b.c.d, RFC 4291 section 2.5.5.2.
            at.set(JAVA_BYTE, IN6_ADDR + 10, (byte) 0xff);
            at.set(JAVA_BYTE, IN6_ADDR + 11, (byte) 0xff);
            MemorySegment.copy(bytes, 0, at, JAVA_BYTE, IN6_ADDR + 12, 4);
        }
        return IN6_SIZE;
    }

    /** Reads an address; a mapped IPv4 address comes back as {@link Inet4Address}. Null: not an IP address. */
    static @Nullable InetSocketAddress read(MemorySegment at) {
        int family = at.get(JAVA_SHORT, FAMILY);
        int port = at.get(NETWORK_SHORT, PORT) & 0xffff;
        try {
            if (family == Socket.AF_INET) {
                byte[] bytes = at.asSlice(IN_ADDR, 4).toArray(JAVA_BYTE);
                return new InetSocketAddress(InetAddress.getByAddress(bytes), port);
            }
            if (family == Socket.AF_INET6) {
                byte[] bytes = at.asSlice(IN6_ADDR, 16).toArray(JAVA_BYTE);
                int scope = at.get(JAVA_INT, IN6_SCOPE);
                // getByAddress turns a mapped address into an Inet4Address by itself.
                InetAddress plain = InetAddress.getByAddress(bytes);
                InetAddress host = plain instanceof Inet6Address && scope != 0
                        ? Inet6Address.getByAddress(null, bytes, scope)
                        : plain;
                return new InetSocketAddress(host, port);
            }
            return null;
        } catch (UnknownHostException e) {
            throw new AssertionError("an address of 4 or 16 bytes is always valid", e);
        }
    }
}
