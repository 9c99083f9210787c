package io.heddle.internal.socket;

import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.Socket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Which address family a socket needs. */
public final class Families {
    private static final class Ipv6 {
        /** Whether the kernel has IPv6 and {@code java.net.preferIPv4Stack} does not forbid it. */
        static final boolean AVAILABLE = probe();

        private static boolean probe() {
            if (Boolean.getBoolean("java.net.preferIPv4Stack")) {
                return false;
            }
            int fd = Socket.open(Socket.AF_INET6);
            return fd >= 0 && Fd.close(fd) == 0;
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

    /** For a socket that does not know its address yet: one that can have either, as in the JDK. */
    public static int ofAny() {
        return Ipv6.AVAILABLE ? Socket.AF_INET6 : Socket.AF_INET;
    }

    /** A wildcard listens on IPv6 and IPv4 where it can, as in the JDK. */
    public static int ofListener(InetAddress local) {
        boolean v6 = local instanceof Inet6Address || (local.isAnyLocalAddress() && Ipv6.AVAILABLE);
        return v6 ? Socket.AF_INET6 : Socket.AF_INET;
    }
}
