package io.heddle.internal.socket;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.SockOpt;
import io.heddle.internal.sys.Socket;
import java.io.IOException;
import java.net.NetworkInterface;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/** The options of {@code java.net} and {@code jdk.net} that our sockets have, as setsockopt(2) knows them. */
public final class SocketOptions {
    static final Option LINGER = new Option(SockOpt.SOL_SOCKET, SockOpt.SO_LINGER, Kind.LINGER);

    private static final Map<SocketKind, Map<SocketOption<?>, Option>> OPTIONS = new EnumMap<>(SocketKind.class);

    static {
        for (SocketKind kind : SocketKind.values()) {
            OPTIONS.put(kind, new LinkedHashMap<>());
        }
        Set<SocketKind> internet = EnumSet.of(SocketKind.TCP, SocketKind.TCP_LISTENER, SocketKind.UDP);
        Set<SocketKind> tcp = EnumSet.of(SocketKind.TCP, SocketKind.TCP_LISTENER);
        Set<SocketKind> sockets = EnumSet.complementOf(EnumSet.of(SocketKind.NONE));
        Set<SocketKind> senders = EnumSet.of(SocketKind.TCP, SocketKind.UDP, SocketKind.UNIX);
        Set<SocketKind> connected = EnumSet.of(SocketKind.TCP);
        Set<SocketKind> udp = EnumSet.of(SocketKind.UDP);

        add(StandardSocketOptions.SO_RCVBUF, sockets, option(SockOpt.SO_RCVBUF, Kind.BUFFER));
        add(StandardSocketOptions.SO_SNDBUF, senders, option(SockOpt.SO_SNDBUF, Kind.BUFFER));
        add(StandardSocketOptions.SO_REUSEADDR, internet, option(SockOpt.SO_REUSEADDR, Kind.FLAG));
        add(StandardSocketOptions.SO_REUSEPORT, internet, option(SockOpt.SO_REUSEPORT, Kind.FLAG));
        add(StandardSocketOptions.SO_KEEPALIVE, connected, option(SockOpt.SO_KEEPALIVE, Kind.FLAG));
        add(StandardSocketOptions.SO_LINGER, connected, LINGER);
        add(StandardSocketOptions.TCP_NODELAY, connected, tcpOption(SockOpt.TCP_NODELAY, Kind.FLAG));
        add(StandardSocketOptions.IP_TOS, internet, ipOption(SockOpt.IP_TOS, SockOpt.IPV6_TCLASS, Kind.BYTE));
        add(StandardSocketOptions.SO_BROADCAST, udp, option(SockOpt.SO_BROADCAST, Kind.FLAG));
        add(
                StandardSocketOptions.IP_MULTICAST_IF,
                udp,
                ipOption(SockOpt.IP_MULTICAST_IF, SockOpt.IPV6_MULTICAST_IF, Kind.INTERFACE));
        add(
                StandardSocketOptions.IP_MULTICAST_TTL,
                udp,
                ipOption(SockOpt.IP_MULTICAST_TTL, SockOpt.IPV6_MULTICAST_HOPS, Kind.BYTE));
        add(
                StandardSocketOptions.IP_MULTICAST_LOOP,
                udp,
                ipOption(SockOpt.IP_MULTICAST_LOOP, SockOpt.IPV6_MULTICAST_LOOP, Kind.FLAG));
        add(ExtendedSocketOptions.TCP_KEEPIDLE, tcp, tcpOption(SockOpt.TCP_KEEPIDLE, Kind.NUMBER));
        add(ExtendedSocketOptions.TCP_KEEPINTERVAL, tcp, tcpOption(SockOpt.TCP_KEEPINTVL, Kind.NUMBER));
        add(ExtendedSocketOptions.TCP_KEEPCOUNT, tcp, tcpOption(SockOpt.TCP_KEEPCNT, Kind.NUMBER));
        add(ExtendedSocketOptions.TCP_QUICKACK, tcp, tcpOption(SockOpt.TCP_QUICKACK, Kind.FLAG));
        add(ExtendedSocketOptions.SO_INCOMING_NAPI_ID, internet, option(SockOpt.SO_INCOMING_NAPI_ID, Kind.READ_ONLY));
        add(
                ExtendedSocketOptions.IP_DONTFRAGMENT,
                udp,
                ipOption(SockOpt.IP_MTU_DISCOVER, SockOpt.IPV6_MTU_DISCOVER, Kind.DONT_FRAGMENT));
    }

    private SocketOptions() {}

    private static Option option(int number, Kind kind) {
        return new Option(SockOpt.SOL_SOCKET, number, kind);
    }

    private static Option tcpOption(int number, Kind kind) {
        return new Option(SockOpt.IPPROTO_TCP, number, kind);
    }

    private static Option ipOption(int number, int numberOfIpv6, Kind kind) {
        return new Option(SockOpt.IPPROTO_IP, number, numberOfIpv6, kind);
    }

    private static void add(SocketOption<?> name, Set<SocketKind> kinds, Option option) {
        for (SocketKind kind : kinds) {
            of(kind).put(name, option);
        }
    }

    private static Map<SocketOption<?>, Option> of(SocketKind kind) {
        return Objects.requireNonNull(OPTIONS.get(kind));
    }

    /** The options of such a socket. */
    public static Set<SocketOption<?>> supported(SocketKind kind) {
        return Set.copyOf(of(kind).keySet());
    }

    /** Whether it is one of those. */
    public static boolean isSupported(SocketKind kind, SocketOption<?> name) {
        return of(kind).containsKey(name);
    }

    static Option find(SocketOption<?> name, SocketKind kind) {
        Option option = of(kind).get(name);
        if (option == null) {
            throw new UnsupportedOperationException("'" + name.name() + "' not supported");
        }
        return option;
    }

    /**
     * Checks a value before there is a socket.
     *
     * @throws UnsupportedOperationException if such a socket has no such option
     * @throws IllegalArgumentException if the option has no such value
     */
    public static void check(SocketOption<?> name, Object value, SocketKind kind) {
        find(name, kind).encode(value);
    }

    /** Sets an option of a descriptor that the caller uses. */
    public static void set(SocketKind kind, int fd, int family, SocketOption<?> name, Object value) throws IOException {
        find(name, kind).set(fd, family, value);
    }

    /** Asks for an option of a descriptor that the caller uses; null for an interface that nobody chose. */
    public static <T> @Nullable T get(SocketKind kind, int fd, int family, SocketOption<T> name) throws IOException {
        return name.type().cast(find(name, kind).get(fd, family));
    }

    enum Kind {
        FLAG,
        NUMBER,
        BUFFER,
        BYTE,
        LINGER,
        INTERFACE,
        DONT_FRAGMENT,
        READ_ONLY
    }

    /** A dual-stack socket has both fields of an IP option, one for its IPv6 and one for its IPv4 packets. */
    record Option(int level, int number, int numberOfIpv6, Kind kind) {
        Option(int level, int number, Kind kind) {
            this(level, number, 0, kind);
        }

        /** The int for the kernel; -1 only for a linger that is switched off. */
        int encode(@Nullable Object value) {
            if (kind == Kind.READ_ONLY) {
                throw new UnsupportedOperationException("the option can only be read");
            }
            if (kind == Kind.FLAG || kind == Kind.DONT_FRAGMENT) {
                if (value instanceof Boolean flag) {
                    return !flag ? 0 : kind == Kind.FLAG ? 1 : SockOpt.PMTUDISC_DO;
                }
                throw new IllegalArgumentException("value must be a Boolean: value=" + value);
            }
            if (kind == Kind.INTERFACE) {
                if (value instanceof NetworkInterface network) {
                    return network.getIndex();
                }
                throw new IllegalArgumentException("value must be a NetworkInterface: value=" + value);
            }
            if (!(value instanceof Integer number)) {
                throw new IllegalArgumentException("value must be an Integer: value=" + value);
            }
            return switch (kind) {
                case LINGER -> Math.clamp(number, -1, 65535);
                case BUFFER -> atLeast(0, number);
                case NUMBER -> atLeast(1, number);
                default -> {
                    if (number < 0 || number > 255) {
                        throw new IllegalArgumentException("value must be in 0..255: value=" + number);
                    }
                    yield number;
                }
            };
        }

        private static int atLeast(int least, int number) {
            if (number < least) {
                throw new IllegalArgumentException("value must be at least " + least + ": value=" + number);
            }
            return number;
        }

        private boolean isBoth(int family) {
            return numberOfIpv6 != 0 && family == Socket.AF_INET6;
        }

        void set(int fd, int family, Object value) throws IOException {
            int encoded = encode(value);
            int result = switch (kind) {
                case LINGER -> Socket.setLinger(fd, encoded);
                case INTERFACE -> MulticastInterface.setIpv4(fd, (NetworkInterface) value);
                default -> Socket.setOption(fd, level, number, encoded);
            };
            if (isBoth(family)) {
                result = Socket.setOption(fd, SockOpt.IPPROTO_IPV6, numberOfIpv6, encoded);
            }
            Descriptor.check("setsockopt", result, "option=" + number);
        }

        /** Null for an interface that nobody chose. */
        @Nullable
        Object get(int fd, int family) throws IOException {
            long value = isBoth(family)
                    ? Socket.getOptionValue(fd, SockOpt.IPPROTO_IPV6, numberOfIpv6)
                    : Socket.getOptionValue(fd, level, number);
            if (value < 0) {
                Descriptor.check("getsockopt", (int) value, "option=" + number + ", errno=" + Errno.name((int) -value));
            }
            int first = (int) value;
            return switch (kind) {
                case FLAG -> first != 0;
                case DONT_FRAGMENT -> first == SockOpt.PMTUDISC_DO;
                case INTERFACE -> isBoth(family) ? MulticastInterface.ofIpv6(first) : MulticastInterface.ofIpv4(first);
                // The kernel doubles what it is given, for its own bookkeeping, socket(7).
                case BUFFER -> first / 2;
                case LINGER -> first == 0 ? -1 : (int) (value >>> 32);
                default -> first;
            };
        }
    }
}
