package io.heddle.internal.sys;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * {@code struct group_req} and {@code struct group_source_req}, RFC 3678: membership in multicast groups, the same for
 * IPv4 and IPv6. Answers zero, or the negated errno.
 *
 * <pre>
 *   0           4         8          136        264
 *   +-----------+---------+----------+----------+
 *   | interface | padding |  group   |  source  |     the second only of group_source_req
 *   +-----------+---------+----------+----------+
 * </pre>
 */
public final class GroupRequest {
    public static final int JOIN = 42;
    public static final int LEAVE = 45;
    public static final int JOIN_SOURCE = 46;
    public static final int LEAVE_SOURCE = 47;

    static final int GROUP = 8;
    static final int SOURCE = GROUP + SockAddr.STORAGE_SIZE;
    static final int SIZE = SOURCE + SockAddr.STORAGE_SIZE;

    private GroupRequest() {}

    /**
     * setsockopt(2) of an IP socket.
     *
     * @param request one of the constants
     * @param interfaceIndex as {@link java.net.NetworkInterface#getIndex}; zero leaves it to the kernel
     * @param source null for the requests that have none
     */
    public static int make(int fd, int request, InetAddress group, int interfaceIndex, @Nullable InetAddress source) {
        boolean v6 = group instanceof Inet6Address;
        int family = v6 ? Socket.AF_INET6 : Socket.AF_INET;
        ByteBuffer memory = NativeMemory.pooled(SIZE);
        memory.putInt(0, interfaceIndex);
        put(memory, GROUP, group, family);
        if (source != null) {
            if ((source instanceof Inet6Address) != v6) {
                return -Errno.EAFNOSUPPORT;
            }
            put(memory, SOURCE, source, family);
        }
        int level = v6 ? SockOpt.IPPROTO_IPV6 : SockOpt.IPPROTO_IP;
        return Socket.setOption(fd, level, request, memory, source == null ? SOURCE : SIZE);
    }

    private static void put(ByteBuffer memory, int at, InetAddress address, int family) {
        ByteBuffer part = memory.slice(at, SockAddr.STORAGE_SIZE).order(memory.order());
        SockAddr.write(part, new InetSocketAddress(address, 0), family);
    }
}
