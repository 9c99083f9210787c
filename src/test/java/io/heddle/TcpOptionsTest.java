package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Behaviour;
import io.heddle.testing.Pair;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;

/** Socket options: those of the JDK, with its values. */
@Behaviour
class TcpOptionsTest {
    /** Values to set, none of which is the default of the kernel. */
    private static final Map<SocketOption<?>, List<Object>> VALUES = values();

    private static Map<SocketOption<?>, List<Object>> values() {
        Map<SocketOption<?>, List<Object>> values = new LinkedHashMap<>();
        values.put(StandardSocketOptions.SO_RCVBUF, List.of(20_000, 40_000));
        values.put(StandardSocketOptions.SO_SNDBUF, List.of(20_000, 40_000));
        values.put(StandardSocketOptions.SO_REUSEADDR, List.of(true, false));
        values.put(StandardSocketOptions.SO_REUSEPORT, List.of(true, false));
        values.put(StandardSocketOptions.SO_KEEPALIVE, List.of(true, false));
        values.put(StandardSocketOptions.SO_LINGER, List.of(7, 0, -1));
        values.put(StandardSocketOptions.TCP_NODELAY, List.of(true, false));
        values.put(StandardSocketOptions.IP_TOS, List.of(0x10, 0xb8, 0));
        values.put(ExtendedSocketOptions.TCP_KEEPIDLE, List.of(33, 1));
        values.put(ExtendedSocketOptions.TCP_KEEPINTERVAL, List.of(44, 1));
        values.put(ExtendedSocketOptions.TCP_KEEPCOUNT, List.of(5, 1));
        values.put(ExtendedSocketOptions.TCP_QUICKACK, List.of(false, true));
        return values;
    }

    private interface Options {
        <T> void set(SocketOption<T> name, T value) throws IOException;

        <T> T get(SocketOption<T> name) throws IOException;
    }

    private static Options of(TcpSocket socket) {
        return new Options() {
            @Override
            public <T> void set(SocketOption<T> name, T value) throws IOException {
                assertThat(socket.setOption(name, value)).isSameAs(socket);
            }

            @Override
            public <T> T get(SocketOption<T> name) throws IOException {
                return socket.getOption(name);
            }
        };
    }

    private static Options of(TcpListener listener) {
        return new Options() {
            @Override
            public <T> void set(SocketOption<T> name, T value) throws IOException {
                assertThat(listener.setOption(name, value)).isSameAs(listener);
            }

            @Override
            public <T> T get(SocketOption<T> name) throws IOException {
                return listener.getOption(name);
            }
        };
    }

    private static void roundTrip(Options options, Set<SocketOption<?>> supported) throws IOException {
        for (SocketOption<?> name : supported) {
            if (name.equals(ExtendedSocketOptions.SO_INCOMING_NAPI_ID)) {
                assertThat(options.get(ExtendedSocketOptions.SO_INCOMING_NAPI_ID))
                        .isNotNegative();
                assertThatThrownBy(() -> options.set(ExtendedSocketOptions.SO_INCOMING_NAPI_ID, 1))
                        .isInstanceOf(UnsupportedOperationException.class);
                continue;
            }
            assertThat(VALUES).containsKey(name);
            for (Object value : VALUES.getOrDefault(name, List.of())) {
                setUnchecked(options, name, value);
                assertThat(options.get(name)).as(name.toString()).isEqualTo(value);
            }
        }
    }

    @SuppressWarnings("unchecked") // The table above has values of the option's type.
    private static <T> void setUnchecked(Options options, SocketOption<T> name, Object value) throws IOException {
        options.set(name, (T) value);
    }

    @Test
    void everyOptionOfASocketKeepsItsValue() throws Exception {
        try (Pair pair = Pair.open()) {
            roundTrip(of(pair.local()), TcpSocket.supportedOptions());
        }
        try (Pair pair = Pair.accepted()) {
            roundTrip(of(pair.local()), TcpSocket.supportedOptions());
        }
    }

    @Test
    void everyOptionOfAnIpv6SocketKeepsItsValue() throws Exception {
        try (TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.ofLiteral("::1"), 0));
                TcpSocket socket = TcpSocket.connect(listener.localAddress());
                TcpSocket accepted = listener.accept()) {
            roundTrip(of(listener), TcpListener.supportedOptions());
            roundTrip(of(socket), TcpSocket.supportedOptions());
            roundTrip(of(accepted), TcpSocket.supportedOptions());
        }
    }

    @Test
    void everyOptionOfAListenerKeepsItsValue() throws Exception {
        for (InetSocketAddress address : List.of(Pair.anyPort(), new InetSocketAddress(0))) {
            try (TcpListener listener = TcpListener.bind(address)) {
                roundTrip(of(listener), TcpListener.supportedOptions());
            }
        }
    }

    @Test
    void theOptionsAreThoseOfTheJdk() throws Exception {
        try (Socket socket = new Socket();
                ServerSocket server = new ServerSocket()) {
            assertThat(TcpSocket.supportedOptions()).isEqualTo(socket.supportedOptions());
            assertThat(TcpListener.supportedOptions()).isEqualTo(server.supportedOptions());
        }
    }

    @Test
    void otherOptionsAreUnsupported() throws Exception {
        try (Pair pair = Pair.open();
                TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            for (Options options : List.of(of(pair.local()), of(listener))) {
                assertThatThrownBy(() -> options.get(StandardSocketOptions.SO_BROADCAST))
                        .isInstanceOf(UnsupportedOperationException.class);
                assertThatThrownBy(() -> options.set(StandardSocketOptions.IP_MULTICAST_TTL, 1))
                        .isInstanceOf(UnsupportedOperationException.class);
            }
            assertThatThrownBy(() -> listener.setOption(StandardSocketOptions.TCP_NODELAY, true))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> TcpSocket.builder().option(StandardSocketOptions.SO_BROADCAST, true))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThatThrownBy(() -> TcpListener.builder().option(StandardSocketOptions.SO_SNDBUF, 1))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void valuesThatNoOptionHasAreRefused() throws Exception {
        try (Pair pair = Pair.open()) {
            assertThatThrownBy(() -> pair.local().setOption(StandardSocketOptions.SO_RCVBUF, -1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> pair.local().setOption(StandardSocketOptions.IP_TOS, 256))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> TcpSocket.builder().option(StandardSocketOptions.IP_TOS, -1))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> TcpListener.builder().option(ExtendedSocketOptions.TCP_KEEPIDLE, 0))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void optionsOfAListenerAreSetBeforeItIsBoundAndInherited() throws Exception {
        try (TcpListener listener = TcpListener.builder()
                        .option(StandardSocketOptions.SO_RCVBUF, 30_000)
                        .option(StandardSocketOptions.SO_REUSEPORT, true)
                        .bind(Pair.anyPort());
                TcpListener beside = TcpListener.builder()
                        .option(StandardSocketOptions.SO_REUSEPORT, true)
                        .bind(listener.localAddress())) {
            assertThat(beside.localAddress()).isEqualTo(listener.localAddress());
            assertThat(listener.getOption(StandardSocketOptions.SO_RCVBUF)).isEqualTo(30_000);
            assertThat(listener.getOption(StandardSocketOptions.SO_REUSEADDR)).isTrue();
        }
    }

    @Test
    void keepaliveIsOffUntilSomebodyAsks() throws Exception {
        try (Pair pair = Pair.open()) {
            assertThat(pair.local().getOption(StandardSocketOptions.SO_KEEPALIVE))
                    .isEqualTo(pair.peer().getKeepAlive());
            assertThat(pair.local().getOption(StandardSocketOptions.TCP_NODELAY))
                    .isEqualTo(pair.peer().getTcpNoDelay());
            assertThat(pair.local().getOption(StandardSocketOptions.SO_LINGER))
                    .isEqualTo(pair.peer().getSoLinger());
        }
    }
}
