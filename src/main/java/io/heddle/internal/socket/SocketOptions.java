package io.heddle.internal.socket;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.SockOpt;
import io.heddle.internal.sys.Socket;
import java.io.IOException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/** The options of {@code java.net} and {@code jdk.net} that a TCP socket has, as setsockopt(2) knows them. */
public final class SocketOptions {
    static final Option LINGER = new Option(SockOpt.SOL_SOCKET, SockOpt.SO_LINGER, Kind.LINGER);

    private static final Map<SocketOption<?>, Option> CONNECTED = new LinkedHashMap<>();
    private static final Map<SocketOption<?>, Option> LISTENING = new LinkedHashMap<>();

    static {
        Option rcvbuf = new Option(SockOpt.SOL_SOCKET, SockOpt.SO_RCVBUF, Kind.BUFFER);
        Option reuseAddr = new Option(SockOpt.SOL_SOCKET, SockOpt.SO_REUSEADDR, Kind.FLAG);
        Option reusePort = new Option(SockOpt.SOL_SOCKET, SockOpt.SO_REUSEPORT, Kind.FLAG);
        Option tos = new Option(SockOpt.IPPROTO_IP, SockOpt.IP_TOS, Kind.TOS);
        Option keepIdle = new Option(SockOpt.IPPROTO_TCP, SockOpt.TCP_KEEPIDLE, Kind.NUMBER);
        Option keepInterval = new Option(SockOpt.IPPROTO_TCP, SockOpt.TCP_KEEPINTVL, Kind.NUMBER);
        Option keepCount = new Option(SockOpt.IPPROTO_TCP, SockOpt.TCP_KEEPCNT, Kind.NUMBER);
        Option quickAck = new Option(SockOpt.IPPROTO_TCP, SockOpt.TCP_QUICKACK, Kind.FLAG);
        Option napiId = new Option(SockOpt.SOL_SOCKET, SockOpt.SO_INCOMING_NAPI_ID, Kind.READ_ONLY);

        CONNECTED.put(StandardSocketOptions.SO_RCVBUF, rcvbuf);
        CONNECTED.put(StandardSocketOptions.SO_SNDBUF, new Option(SockOpt.SOL_SOCKET, SockOpt.SO_SNDBUF, Kind.BUFFER));
        CONNECTED.put(StandardSocketOptions.SO_REUSEADDR, reuseAddr);
        CONNECTED.put(StandardSocketOptions.SO_REUSEPORT, reusePort);
        CONNECTED.put(
                StandardSocketOptions.SO_KEEPALIVE, new Option(SockOpt.SOL_SOCKET, SockOpt.SO_KEEPALIVE, Kind.FLAG));
        CONNECTED.put(StandardSocketOptions.SO_LINGER, LINGER);
        CONNECTED.put(
                StandardSocketOptions.TCP_NODELAY, new Option(SockOpt.IPPROTO_TCP, SockOpt.TCP_NODELAY, Kind.FLAG));
        CONNECTED.put(StandardSocketOptions.IP_TOS, tos);
        LISTENING.put(StandardSocketOptions.SO_RCVBUF, rcvbuf);
        LISTENING.put(StandardSocketOptions.SO_REUSEADDR, reuseAddr);
        LISTENING.put(StandardSocketOptions.SO_REUSEPORT, reusePort);
        LISTENING.put(StandardSocketOptions.IP_TOS, tos);
        for (Map<SocketOption<?>, Option> options : Set.of(CONNECTED, LISTENING)) {
            options.put(ExtendedSocketOptions.TCP_KEEPIDLE, keepIdle);
            options.put(ExtendedSocketOptions.TCP_KEEPINTERVAL, keepInterval);
            options.put(ExtendedSocketOptions.TCP_KEEPCOUNT, keepCount);
            options.put(ExtendedSocketOptions.TCP_QUICKACK, quickAck);
            options.put(ExtendedSocketOptions.SO_INCOMING_NAPI_ID, napiId);
        }
    }

    private SocketOptions() {}

    /** The options of a socket, or of a listener. */
    public static Set<SocketOption<?>> supported(boolean listening) {
        return Set.copyOf((listening ? LISTENING : CONNECTED).keySet());
    }

    static Option find(SocketOption<?> name, boolean listening) {
        Option option = (listening ? LISTENING : CONNECTED).get(name);
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
    public static void check(SocketOption<?> name, Object value, boolean listening) {
        find(name, listening).encode(value);
    }

    enum Kind {
        FLAG,
        NUMBER,
        BUFFER,
        TOS,
        LINGER,
        READ_ONLY
    }

    record Option(int level, int number, Kind kind) {
        /** The int for the kernel; -1 only for a linger that is switched off. */
        int encode(@Nullable Object value) {
            if (kind == Kind.READ_ONLY) {
                throw new UnsupportedOperationException("the option can only be read");
            }
            if (kind == Kind.FLAG) {
                if (value instanceof Boolean flag) {
                    return flag ? 1 : 0;
                }
                throw new IllegalArgumentException("value must be a Boolean: value=" + value);
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

        void set(int fd, int family, Object value) throws IOException {
            int encoded = encode(value);
            int result = switch (kind) {
                case LINGER -> Socket.setLinger(fd, encoded);
                case TOS -> setTos(fd, family, encoded);
                default -> Socket.setOption(fd, level, number, encoded);
            };
            Descriptor.check("setsockopt", result, "option=" + number);
        }

        /** A dual-stack socket has both fields, for its IPv6 and its IPv4 packets. */
        private static int setTos(int fd, int family, int value) {
            int v4 = Socket.setOption(fd, SockOpt.IPPROTO_IP, SockOpt.IP_TOS, value);
            if (family != Socket.AF_INET6) {
                return v4;
            }
            return Socket.setOption(fd, SockOpt.IPPROTO_IPV6, SockOpt.IPV6_TCLASS, value);
        }

        Object get(int fd, int family) throws IOException {
            boolean v6Tos = kind == Kind.TOS && family == Socket.AF_INET6;
            long value = v6Tos
                    ? Socket.getOptionValue(fd, SockOpt.IPPROTO_IPV6, SockOpt.IPV6_TCLASS)
                    : Socket.getOptionValue(fd, level, number);
            if (value < 0) {
                Descriptor.check("getsockopt", (int) value, "option=" + number + ", errno=" + Errno.name((int) -value));
            }
            int first = (int) value;
            return switch (kind) {
                case FLAG -> first != 0;
                // The kernel doubles what it is given, for its own bookkeeping, socket(7).
                case BUFFER -> first / 2;
                case LINGER -> first == 0 ? -1 : (int) (value >>> 32);
                default -> first;
            };
        }
    }
}
