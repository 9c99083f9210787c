package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.ChildJvm;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.EveryVirtualCaller;
import io.heddle.testing.FullBacklog;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connecting by address and by name, in time and not. */
@Behaviour
class TcpConnectTest {
    private static final Duration LONG = Duration.ofMinutes(10);

    /** A port where nobody listens, and which nobody else is given meanwhile. */
    private static Socket reservedPort() throws Exception {
        Socket reserved = new Socket();
        reserved.bind(Pair.anyPort());
        return reserved;
    }

    @EveryCaller
    void aConnectedSocketKnowsBothAddresses(Caller caller) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            InetSocketAddress to = (InetSocketAddress) server.getLocalSocketAddress();
            for (Duration timeout : List.of(Duration.ZERO, LONG, Duration.ofSeconds(Long.MAX_VALUE))) {
                try (TcpSocket socket = caller.call(() -> TcpSocket.connect(to, timeout));
                        Socket peer = server.accept()) {
                    assertThat(socket.remoteAddress()).isEqualTo(to);
                    assertThat(socket.localAddress()).isEqualTo(peer.getRemoteSocketAddress());
                    assertThat(socket.isOpen()).isTrue();
                }
            }
        }
    }

    @EveryCaller
    void nobodyListensThere(Caller caller) throws Exception {
        try (Socket reserved = reservedPort()) {
            InetSocketAddress to = (InetSocketAddress) reserved.getLocalSocketAddress();
            for (int i = 0; i < 20; i++) {
                Duration timeout = i % 2 == 0 ? Duration.ZERO : LONG;
                assertThat(caller.failureOf(() -> TcpSocket.connect(to, timeout)))
                        .isExactlyInstanceOf(ConnectException.class)
                        .hasMessage("Connection refused");
            }
        }
    }

    @EveryCaller
    void aConnectThatNobodyAnswersTimesOutButNotEarly(Caller caller) throws Exception {
        try (FullBacklog full = FullBacklog.open()) {
            for (Duration timeout : List.of(Duration.ofNanos(1), Duration.ofMillis(1), Duration.ofMillis(40))) {
                caller.run(() -> {
                    long startNanos = System.nanoTime();
                    assertThatThrownBy(() -> TcpSocket.connect(full.address(), timeout))
                            .isExactlyInstanceOf(SocketTimeoutException.class)
                            .hasMessage("Connect timed out");
                    assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(timeout.toNanos());
                });
            }
        }
    }

    @EveryVirtualCaller
    void anInterruptEndsAConnect(Caller caller) throws Exception {
        try (FullBacklog full = FullBacklog.open()) {
            for (Duration timeout : List.of(Duration.ZERO, LONG)) {
                Task<TcpSocket> connecting = caller.start(() -> TcpSocket.connect(full.address(), timeout))
                        .awaitWaiting();
                connecting.interrupt();
                assertThat(connecting.failure())
                        .isExactlyInstanceOf(SocketException.class)
                        .hasMessage("Closed by interrupt");
                assertThat(connecting.endedInterrupted()).isTrue();
            }
        }
    }

    @Test
    void aPlatformThreadGoesOnConnectingAndKeepsItsStatus() throws Exception {
        try (FullBacklog full = FullBacklog.open()) {
            Task<TcpSocket> connecting = Caller.PLATFORM_THREAD
                    .start(() -> TcpSocket.connect(full.address()))
                    .awaitWaiting();
            connecting.interrupt();
            connecting.awaitWaiting();
            // The kernel asks again until there is room.
            try (Socket first = full.server().accept();
                    Socket second = full.server().accept();
                    Socket third = full.server().accept();
                    TcpSocket connected = connecting.get()) {
                assertThat(first.isConnected() && second.isConnected()).isTrue();
                assertThat(connected.localAddress()).isEqualTo(third.getRemoteSocketAddress());
            }
            assertThat(connecting.endedInterrupted()).isTrue();
        }
    }

    @EveryCaller
    void aConnectThatHadToWaitIsUsable(Caller caller) throws Exception {
        try (FullBacklog full = FullBacklog.open()) {
            Task<TcpSocket> connecting =
                    caller.start(() -> TcpSocket.connect(full.address(), LONG)).awaitWaiting();
            try (Socket first = full.server().accept();
                    Socket second = full.server().accept();
                    Socket third = full.server().accept();
                    TcpSocket connected = connecting.get()) {
                assertThat(first.isConnected() && second.isConnected()).isTrue();
                Task<Integer> reading =
                        caller.start(() -> connected.read(new byte[1])).awaitWaiting();
                third.getOutputStream().write(1);
                assertThat(reading.get()).isEqualTo(1);
            }
        }
    }

    @EveryCaller
    void anUnresolvedAddressIsAnUnknownHost(Caller caller) throws Exception {
        assertThat(caller.failureOf(() -> TcpSocket.connect(InetSocketAddress.createUnresolved("nowhere", 1))))
                .isExactlyInstanceOf(UnknownHostException.class)
                .hasMessage("nowhere");
    }

    @EveryCaller
    void hostsAreReachedByNameAndByAddressInTextForm(Caller caller) throws Exception {
        for (String host : List.of("localhost", "127.0.0.1", "::1", "[::1]")) {
            InetAddress address = host.equals("localhost")
                    ? InetAddress.getLoopbackAddress()
                    : InetAddress.ofLiteral(host.replaceAll("[\\[\\]]", ""));
            try (ServerSocket server = new ServerSocket(0, 50, address)) {
                for (Duration timeout : List.of(Duration.ZERO, LONG)) {
                    try (TcpSocket socket = caller.call(() -> TcpSocket.connect(host, server.getLocalPort(), timeout));
                            Socket peer = server.accept()) {
                        assertThat(socket.remoteAddress().getAddress()).isEqualTo(address);
                        assertThat(peer.getRemoteSocketAddress()).isEqualTo(socket.localAddress());
                    }
                }
            }
        }
    }

    @Test
    void portsOutOfRangeAreAnError() {
        for (int port : new int[] {-1, 0, 65_536, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> TcpSocket.connect("localhost", port, Duration.ZERO))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageEndingWith("port=" + port);
        }
    }

    @Test
    void allAddressesOfAHostAreTried(@TempDir Path directory) throws Exception {
        Path hosts = directory.resolve("hosts");
        Files.writeString(hosts, """
            127.0.0.1 first
            127.0.0.2 first last
            127.0.0.3 last nobody
            127.0.0.4 nobody
            ::1 six
            127.0.0.1 six
            """);
        try (ChildJvm child = ChildJvm.start(ConnectByNameProgram.class, "-Djdk.net.hosts.file=" + hosts)) {
            assertThat(child.await("first:")).isEqualTo("connected to /127.0.0.1");
            assertThat(child.await("last:")).isEqualTo("connected to /127.0.0.3");
            assertThat(child.await("six:")).isEqualTo("connected to /127.0.0.1");
            assertThat(child.await("nobody:"))
                    .isEqualTo("java.net.ConnectException: Connection refused"
                            + ", suppressed=[java.net.ConnectException: Connection refused]");
            assertThat(child.await("unknown:")).startsWith("java.net.UnknownHostException: ");
            assertThat(child.await("unknown in time:")).startsWith("java.net.UnknownHostException: ");
        }
    }

    @EveryCaller
    void theWildcardAsATargetIsThisMachine(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.bind(new InetSocketAddress(0));
                TcpSocket socket = caller.call(() -> TcpSocket.connect(
                        new InetSocketAddress(listener.localAddress().getPort())));
                TcpSocket peer = listener.accept()) {
            assertThat(socket.remoteAddress().getAddress().isAnyLocalAddress()).isFalse();
            assertThat(peer.remoteAddress()).isEqualTo(socket.localAddress());
        }
    }

    @EveryCaller
    void theLocalAddressCanBeChosen(Caller caller) throws Exception {
        InetAddress second = InetAddress.ofLiteral("127.0.0.2");
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                TcpSocket socket = caller.call(() -> TcpSocket.builder()
                        .localAddress(new InetSocketAddress(second, 0))
                        .connect((InetSocketAddress) server.getLocalSocketAddress()));
                Socket peer = server.accept()) {
            assertThat(peer.getInetAddress()).isEqualTo(second);
            assertThat(socket.localAddress().getAddress()).isEqualTo(second);
            assertThat(socket.localAddress().getPort()).isEqualTo(peer.getPort());
        }
    }

    @Test
    void aLocalAddressThatIsNotOursIsRefused() throws Exception {
        InetAddress documentation = InetAddress.ofLiteral("192.0.2.1");
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            assertThatThrownBy(() -> TcpSocket.builder()
                            .localAddress(new InetSocketAddress(documentation, 0))
                            .connect((InetSocketAddress) server.getLocalSocketAddress()))
                    .isExactlyInstanceOf(java.net.BindException.class)
                    .hasMessageStartingWith("Cannot assign requested address");
            assertThatThrownBy(() -> TcpSocket.builder().localAddress(InetSocketAddress.createUnresolved("nowhere", 1)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @EveryCaller
    void optionsAreSetBeforeConnect(Caller caller) throws Exception {
        TcpSocket.Builder builder = TcpSocket.builder()
                .option(StandardSocketOptions.SO_RCVBUF, 20_000)
                .option(StandardSocketOptions.TCP_NODELAY, true)
                .option(StandardSocketOptions.SO_LINGER, 0)
                .option(ExtendedSocketOptions.TCP_KEEPIDLE, 77);
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            // A builder may be used again.
            for (int i = 0; i < 2; i++) {
                try (TcpSocket socket = caller.call(
                                () -> builder.connect((InetSocketAddress) server.getLocalSocketAddress(), LONG));
                        Socket peer = server.accept()) {
                    assertThat(socket.getOption(StandardSocketOptions.SO_RCVBUF))
                            .isEqualTo(20_000);
                    assertThat(socket.getOption(StandardSocketOptions.TCP_NODELAY))
                            .isTrue();
                    assertThat(socket.getOption(ExtendedSocketOptions.TCP_KEEPIDLE))
                            .isEqualTo(77);
                    assertThat(socket.getOption(StandardSocketOptions.SO_LINGER))
                            .isZero();
                    closeNow(socket);
                    assertThatThrownBy(() -> peer.getInputStream().read()).hasMessage("Connection reset");
                }
            }
        }
    }

    private static void closeNow(TcpSocket socket) {
        socket.close();
    }

    @EveryCaller
    void manyConnectAtOnce(Caller caller) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 200, InetAddress.getLoopbackAddress())) {
            List<Task<TcpSocket>> connecting = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                connecting.add(
                        caller.start(() -> TcpSocket.connect("localhost", server.getLocalPort(), Duration.ZERO)));
            }
            for (int i = 0; i < 100; i++) {
                server.accept().close();
            }
            for (Task<TcpSocket> task : connecting) {
                try (TcpSocket socket = task.get()) {
                    assertThat(socket.read(new byte[1])).isEqualTo(-1);
                }
            }
        }
    }
}
