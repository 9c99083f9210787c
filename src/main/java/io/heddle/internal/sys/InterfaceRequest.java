package io.heddle.internal.sys;

import java.net.Inet4Address;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * {@code struct ip_mreqn}, ip(7): the interface by which IPv4 multicast leaves.
 *
 * <pre>
 *   0       4         8           12
 *   +-------+---------+-----------+
 *   | group | address | interface |
 *   +-------+---------+-----------+
 * </pre>
 */
public final class InterfaceRequest {
    private static final int ADDRESS = 4;
    private static final int INDEX = 8;
    private static final int SIZE = 12;

    private InterfaceRequest() {}

    /**
     * setsockopt(IP_MULTICAST_IF). Answers zero, or the negated errno.
     *
     * @param index which interface, as {@link java.net.NetworkInterface#getIndex}
     * @param address what getsockopt(2) answers from then on; null for the wildcard
     */
    public static int make(int fd, int index, @Nullable Inet4Address address) {
        ByteBuffer memory = NativeMemory.pooled(SIZE);
        if (address != null) {
            memory.put(ADDRESS, address.getAddress());
        }
        memory.putInt(INDEX, index);
        return Socket.setOption(fd, SockOpt.IPPROTO_IP, SockOpt.IP_MULTICAST_IF, memory, SIZE);
    }
}
