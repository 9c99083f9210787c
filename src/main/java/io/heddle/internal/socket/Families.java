package io.heddle.internal.socket;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.Socket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Which address family a socket needs. */
public final class Families {
    private static final Ipv6 IPV6 = new Ipv6();

    /** Whether the kernel has IPv6 and {@code java.net.preferIPv4Stack} does not forbid it. */
    static final class Ipv6 {
        /** Null as long as it is not known. All who ask at the same time find the same. */
        private volatile @Nullable Boolean available;

        boolean isAvailable() {
            Boolean known = available;
            return known != null ? known : probe();
        }

        private boolean probe() {
            boolean forbidden = Boolean.getBoolean("java.net.preferIPv4Stack");
            int fd = forbidden ? -Errno.EAFNOSUPPORT : Socket.open(Socket.AF_INET6);
            if (fd >= 0) {
                int closed = Fd.close(fd);
                assert closed == 0 : "closed=" + closed;
            }
            boolean answer = fd != -Errno.EAFNOSUPPORT;
            if (fd >= 0 || !answer) {
                available = answer;
            }
            // Else there is no descriptor or memory just now, which tells nothing, and which the caller's socket meets.
            return answer;
        }
    }

    private Families() {}

    /** IPv4 where both ends are; an IPv6 socket can reach either. */
    public static int of(InetAddress remote, @Nullable InetSocketAddress bindTo) {
        boolean v6 = remote instanceof Inet6Address
                || (bindTo != null
                        && bindTo.getAddress() instanceof Inet6Address
                        && !bindTo.getAddress().isAnyLocalAddress());
        return v6 ? Socket.AF_INET6 : Socket.AF_INET;
    }

    /** Whether a socket of {@link #ofAny} can have an IPv6 address. */
    public static boolean hasIpv6() {
        return IPV6.isAvailable();
    }

    /** For a socket that does not know its address yet: one that can have either, as in the JDK. */
    public static int ofAny() {
        return IPV6.isAvailable() ? Socket.AF_INET6 : Socket.AF_INET;
    }

    /** A wildcard listens on IPv6 and IPv4 where it can, as in the JDK. */
    public static int ofListener(InetAddress local) {
        boolean v6 = local instanceof Inet6Address || (local.isAnyLocalAddress() && IPV6.isAvailable());
        return v6 ? Socket.AF_INET6 : Socket.AF_INET;
    }
}
