package io.heddle.javanet;

import static io.heddle.javanet.Scene.Maker.HEDDLE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.Pair;
import io.heddle.testing.SocksServer;
import io.heddle.testing.SocksServer.Manner;
import io.heddle.testing.Task;
import java.io.IOException;
import java.net.Authenticator;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PasswordAuthentication;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Connecting by way of a SOCKS proxy, on the JDK's sockets and on ours, through a proxy that is real. */
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SocksTest {
    private static final String VERSION = "socksProxyVersion";

    /** How many bytes a proxy of version 5 answers. */
    private static final int ANSWERS_5 = 12;

    private final ProxySelector before = ProxySelector.getDefault();

    @AfterEach
    void everythingAsBefore() {
        ProxySelector.setDefault(before);
        Authenticator.setDefault(null);
        System.clearProperty(VERSION);
    }

    /** Names the proxy for one port, so that nobody else's sockets take it. */
    private static final class Selector extends ProxySelector {
        private final int port;
        private final List<Proxy> proxies;
        private final List<String> failures = new ArrayList<>();

        Selector(int port, List<Proxy> proxies) {
            this.port = port;
            this.proxies = proxies;
        }

        @Override
        public List<Proxy> select(URI uri) {
            return uri.getPort() == port ? proxies : List.of(Proxy.NO_PROXY);
        }

        @Override
        public void connectFailed(URI uri, SocketAddress address, IOException e) {
            failures.add(uri.getScheme() + " " + e.getClass().getName());
        }
    }

    private static Proxy socks(InetSocketAddress address) {
        return new Proxy(Proxy.Type.SOCKS, address);
    }

    private static void authenticateAs(@Nullable String user, String password) {
        Authenticator.setDefault(new Authenticator() {
            @Override
            protected PasswordAuthentication getPasswordAuthentication() {
                return new PasswordAuthentication(user, password.toCharArray());
            }
        });
    }

    private static void say(Scene scene, Socket socket, ServerSocket server) throws IOException {
        Socket peer = scene.open(server.accept());
        scene.run("write", () -> socket.getOutputStream().write(new byte[] {1, 2}));
        scene.ask("the peer reads", () -> peer.getInputStream().readNBytes(2).length);
        peer.getOutputStream().write(3);
        scene.ask("read", () -> socket.getInputStream().read());
    }

    /** Connects, and tells all that can be seen of it at both ends. */
    private static List<String> play(Scene.Maker maker, Manner manner, String host, int millis) throws Exception {
        try (Scene scene = new Scene(maker);
                SocksServer proxy = new SocksServer(manner)) {
            ServerSocket server = scene.jdkServer();
            Selector selector = new Selector(server.getLocalPort(), List.of(socks(proxy.address())));
            ProxySelector.setDefault(selector);
            InetSocketAddress target = host.isEmpty()
                    ? InetSocketAddress.createUnresolved("some.where", server.getLocalPort())
                    : new InetSocketAddress(InetAddress.ofLiteral(host), server.getLocalPort());
            Socket socket = scene.socket();
            socket.setSoTimeout(12_345);
            scene.run("connect", () -> socket.connect(target, millis));
            if (socket.isConnected()) {
                scene.name(socket.getLocalPort(), "LOCAL");
                say(scene, socket, server);
            }
            Calls.state(scene, socket);
            scene.ask("getSoTimeout", socket::getSoTimeout);
            scene.note("asked for", proxy.requests().toString());
            scene.note("failures", selector.failures.toString());
            return scene.lines();
        }
    }

    private static void assertSame(Manner manner, String host, int millis) throws Exception {
        List<String> theirs = Caller.JDK_VIRTUAL_THREAD.call(() -> play(Scene.Maker.JDK, manner, host, millis));
        for (Caller caller : Caller.values()) {
            assertThat(caller.call(() -> play(HEDDLE, manner, host, millis)))
                    .as(caller.name())
                    .isEqualTo(theirs);
        }
    }

    static Stream<Manner> manners() {
        Stream<Manner> statuses = IntStream.rangeClosed(1, 8).mapToObj(Manner.OPEN::withStatus);
        Stream<Manner> types = Stream.of(3, 4, 7).map(Manner.OPEN::withAddressType);
        Stream<Manner> methods = Stream.of(3, 255).map(Manner.OPEN::withMethod);
        Stream<Manner> slow = Stream.of(1, 3, 4).map(Manner.OPEN.dribble()::withAddressType);
        Stream<Manner> cut = IntStream.range(0, ANSWERS_5).mapToObj(Manner.OPEN::leaveAfter);
        return Stream.of(Stream.of(Manner.OPEN, Manner.OPEN.withVersion(9)), statuses, types, methods, slow, cut)
                .flatMap(all -> all);
    }

    @ParameterizedTest
    @MethodSource("manners")
    void version5(Manner manner) throws Exception {
        assertSame(manner, "127.0.0.1", 0);
    }

    static Stream<Manner> mannersOf4() {
        return Stream.concat(
                IntStream.of(0, 91, 92, 93, 94).mapToObj(Manner.OPEN::withStatus),
                Stream.of(Manner.OPEN.dribble(), Manner.OPEN.leaveAfter(0), Manner.OPEN.leaveAfter(7)));
    }

    @ParameterizedTest
    @MethodSource("mannersOf4")
    void version4(Manner manner) throws Exception {
        System.setProperty(VERSION, "4");
        assertSame(manner, "127.0.0.1", 0);
        assertSame(manner, "127.0.0.1", 50_000);
    }

    @Test
    void namesAreLeftToTheProxyAndVersion4HasNoneNorIpv6() throws Exception {
        assertSame(Manner.OPEN, "", 0);
        assertSame(Manner.OPEN, "::1", 0);
        System.setProperty(VERSION, "4");
        assertSame(Manner.OPEN, "::1", 0);
        // The JDK has no text for it.
        assertThat(Caller.HEDDLE_THREAD.call(() -> play(HEDDLE, Manner.OPEN, "", 0)))
                .contains("connect -> java.net.UnknownHostException: SOCKS V4 takes addresses only: host=some.where");
    }

    @Test
    void aNameAndAPassword() throws Exception {
        authenticateAs("user", "secret");
        assertSame(Manner.PASSWORD, "127.0.0.1", 0);
        authenticateAs("user", "guess");
        assertSame(Manner.PASSWORD, "127.0.0.1", 0);
        authenticateAs(null, "secret");
        assertSame(Manner.PASSWORD, "127.0.0.1", 0);
        Authenticator.setDefault(null);
        assertSame(Manner.PASSWORD, "127.0.0.1", 0);
        assertSame(Manner.PASSWORD.dribble(), "127.0.0.1", 0);
    }

    /** The JDK takes it for success. */
    @Test
    void aStatusThatIsNoneIsNoSuccess() throws Exception {
        assertThat(Caller.HEDDLE_THREAD.call(() -> play(HEDDLE, Manner.OPEN.withStatus(9), "127.0.0.1", 0)))
                .contains("connect -> java.net.SocketException: Reply from SOCKS server contains bad status: status=9");
    }

    /** The JDK sends a length that is another one. */
    @Test
    void whatIsTooLongIsRefused() throws Exception {
        String refusal = "SOCKS takes names and passwords of at most 255 bytes: bytes=256";
        try (Socket socket = new HeddleSocket();
                SocksServer proxy = new SocksServer(Manner.OPEN)) {
            ProxySelector.setDefault(new Selector(80, List.of(socks(proxy.address()))));
            assertThatThrownBy(() -> socket.connect(InetSocketAddress.createUnresolved("n".repeat(256), 80)))
                    .hasMessage(refusal);
            assertThat(proxy.requests()).isEmpty();
        }
        authenticateAs("u".repeat(256), "secret");
        assertThat(Caller.HEDDLE_THREAD.call(() -> play(HEDDLE, Manner.PASSWORD, "127.0.0.1", 0)))
                .contains("connect -> java.net.SocketException: " + refusal, "asked for -> []");
    }

    /** To ask it for a password again would go on without end. */
    @Test
    void whatAnAuthenticatorConnectsThroughTheSameProxyFails() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 9, InetAddress.getLoopbackAddress());
                SocksServer proxy = new SocksServer(Manner.PASSWORD);
                Socket socket = new HeddleSocket()) {
            ProxySelector.setDefault(new Selector(server.getLocalPort(), List.of(socks(proxy.address()))));
            List<String> nested = new ArrayList<>();
            Authenticator.setDefault(new Authenticator() {
                @Override
                protected PasswordAuthentication getPasswordAuthentication() {
                    try (Socket vault = new HeddleSocket(server.getInetAddress(), server.getLocalPort())) {
                        nested.add("connected " + vault);
                    } catch (IOException e) {
                        nested.add(String.valueOf(e.getMessage()));
                    }
                    return new PasswordAuthentication("user", "secret".toCharArray());
                }
            });
            socket.connect(server.getLocalSocketAddress());
            assertThat(nested).containsExactly("SOCKS : authentication failed");
            assertThat(proxy.requests()).hasSize(1);
        }
    }

    /** How a connect ends that another thread ends while the proxy is asked. */
    private static List<String> playEnded(Caller caller, Scene.Maker maker, int millis, boolean interrupted)
            throws Exception {
        try (Scene scene = new Scene(maker);
                SocksServer proxy = new SocksServer(Manner.OPEN.silence())) {
            ServerSocket server = scene.jdkServer();
            ProxySelector.setDefault(new Selector(server.getLocalPort(), List.of(socks(proxy.address()))));
            Socket socket = scene.socket();
            Task<Boolean> connecting = caller.startRun(() -> socket.connect(server.getLocalSocketAddress(), millis));
            proxy.awaitClient();
            connecting.awaitWaiting();
            if (interrupted) {
                connecting.interrupt();
            } else {
                scene.run("close", socket::close);
            }
            scene.noteEnd("connect", connecting);
            scene.note("interrupted", String.valueOf(connecting.endedInterrupted()));
            Calls.state(scene, socket);
            return scene.lines();
        }
    }

    @ParameterizedTest
    @EnumSource(Caller.class)
    void aNegotiationEndsByCloseAndByInterrupt(Caller caller) throws Exception {
        Caller theirs = caller.isVirtual() ? Caller.JDK_VIRTUAL_THREAD : caller;
        for (int millis : new int[] {0, 100_000}) {
            for (boolean interrupted : caller.isVirtual() ? new boolean[] {false, true} : new boolean[] {false}) {
                List<String> ours = new ArrayList<>(playEnded(caller, HEDDLE, millis, interrupted));
                if (interrupted) {
                    // As the Javadoc of connect has it, and as the JDK has it without a proxy.
                    ours.set(
                            ours.indexOf("connect -> java.net.SocketException: Closed by interrupt"),
                            "connect -> java.io.InterruptedIOException: null");
                }
                assertThat(ours).isEqualTo(playEnded(theirs, Scene.Maker.JDK, millis, interrupted));
            }
        }
    }

    @Test
    void aProxyThatIsSilentEndsTheTime() throws Exception {
        assertSame(Manner.OPEN.silence(), "127.0.0.1", 50);
    }

    /** A selector of which each test writes the interesting part. */
    private abstract static class Asked extends ProxySelector {
        @Override
        public void connectFailed(URI uri, SocketAddress address, IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Connects twice with a selector that throws, and once with one that does not. */
    private static List<String> playThrowing(Scene.Maker maker, ProxySelector selector) throws Exception {
        try (Scene scene = new Scene(maker)) {
            ServerSocket server = scene.jdkServer();
            Socket socket = scene.socket();
            for (ProxySelector each : Arrays.asList(selector, selector, null)) {
                ProxySelector.setDefault(each);
                scene.run("connect", () -> socket.connect(server.getLocalSocketAddress()));
                scene.name(Math.max(socket.getLocalPort(), 0), "LOCAL");
                Calls.state(scene, socket);
            }
            return scene.lines();
        }
    }

    static Stream<ProxySelector> throwing() {
        return Stream.of(
                new Asked() {
                    @Override
                    public List<Proxy> select(URI uri) {
                        throw new IllegalStateException("asked " + uri.getHost());
                    }
                },
                new Asked() {
                    @Override
                    public List<Proxy> select(URI uri) {
                        throw new IllegalArgumentException("asked " + uri.getHost());
                    }
                },
                new Asked() {
                    @Override
                    @SuppressWarnings("NullAway") // What it may not answer.
                    public List<Proxy> select(URI uri) {
                        return null;
                    }
                });
    }

    @ParameterizedTest
    @MethodSource("throwing")
    void aSelectorThatThrows(ProxySelector selector) throws Exception {
        List<String> theirs = Caller.JDK_VIRTUAL_THREAD.call(() -> playThrowing(Scene.Maker.JDK, selector));
        for (Caller caller : Caller.values()) {
            assertThat(caller.call(() -> playThrowing(HEDDLE, selector)))
                    .as(caller.name())
                    .isEqualTo(theirs);
        }
    }

    @Test
    void aSelectorThatThrowsWhenItIsToldOfAFailure() throws Exception {
        try (Socket reserved = new Socket()) {
            reserved.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            ProxySelector.setDefault(new ProxySelector() {
                @Override
                public List<Proxy> select(URI uri) {
                    return List.of(socks((InetSocketAddress) reserved.getLocalSocketAddress()));
                }

                @Override
                public void connectFailed(URI uri, SocketAddress address, IOException e) {
                    throw new IllegalStateException("told of " + e.getClass());
                }
            });
            for (Caller caller : Caller.values()) {
                try (Socket socket = new HeddleSocket()) {
                    assertThat(caller.failureOf(() -> socket.connect(Pair.anyPort())))
                            .hasMessage("told of class java.net.ConnectException");
                    // It had begun to connect, and is of no use any more.
                    assertThatThrownBy(socket::getKeepAlive).hasMessage("Socket closed");
                }
            }
        }
    }

    /** As one does that fetches its rules. In the JDK it takes a socket without a proxy for it, or goes on for ever. */
    @ParameterizedTest
    @EnumSource(Caller.class)
    void aSelectorMayConnectItself(Caller caller) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 9, InetAddress.getLoopbackAddress())) {
            List<String> asked = new ArrayList<>();
            ProxySelector.setDefault(new Asked() {
                @Override
                public List<Proxy> select(URI uri) {
                    asked.add(String.valueOf(uri.getHost()));
                    try (Socket socket = new HeddleSocket("localhost", server.getLocalPort())) {
                        return socket.isConnected() ? List.of(Proxy.NO_PROXY) : List.of();
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                }
            });
            caller.run(() -> {
                try (Socket socket = new HeddleSocket("127.0.0.1", server.getLocalPort())) {
                    assertThat(socket.isConnected()).isTrue();
                }
            });
            assertThat(asked).containsExactly("127.0.0.1");
        }
    }

    /** For what it is asked. */
    private static List<String> playNamed(Scene.Maker maker, String host) throws Exception {
        try (Scene scene = new Scene(maker)) {
            ProxySelector.setDefault(new Asked() {
                @Override
                public List<Proxy> select(URI uri) {
                    scene.note("asked for", uri + " " + uri.getHost());
                    return List.of(Proxy.NO_PROXY);
                }
            });
            Socket socket = scene.socket();
            scene.run("connect", () -> socket.connect(InetSocketAddress.createUnresolved(host, 80)));
            return scene.lines();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain",
                "no such host",
                "under_score",
                "a/b?c#d;e=f",
                "50%<>{}|\\^[]`\"",
                "[::1]",
                "::1",
                "fe80::1%lo",
                "a:b",
                "\u007f\u0000\u00e9\u20ac\ud83d\ude00"
            })
    void aSelectorIsAskedForWhatTheJdkAsksFor(String host) throws Exception {
        assertThat(playNamed(HEDDLE, host)).isEqualTo(playNamed(Scene.Maker.JDK, host));
    }

    /** The time is that of all, the selector's own included. */
    @Test
    void aSelectorThatTakesAllTheTime() throws Exception {
        int millis = 20;
        try (ServerSocket server = new ServerSocket(0, 9, InetAddress.getLoopbackAddress());
                SocksServer proxy = new SocksServer(Manner.OPEN)) {
            for (Proxy selected : List.of(Proxy.NO_PROXY, socks(proxy.address()))) {
                ProxySelector.setDefault(new ProxySelector() {
                    @Override
                    public List<Proxy> select(URI uri) {
                        awaitEnd(millis);
                        return List.of(selected);
                    }

                    @Override
                    public void connectFailed(URI uri, SocketAddress address, IOException e) {
                        assertThat(e).isInstanceOf(SocketTimeoutException.class);
                    }
                });
                for (Caller caller : Caller.values()) {
                    try (Socket ours = new HeddleSocket();
                            Socket theirs = new Socket()) {
                        Throwable failure =
                                caller.failureOf(() -> ours.connect(server.getLocalSocketAddress(), millis));
                        // The JDK has no text for it.
                        assertThatThrownBy(() -> theirs.connect(server.getLocalSocketAddress(), millis))
                                .isExactlyInstanceOf(failure.getClass());
                        assertThat(failure)
                                .isInstanceOf(
                                        selected == Proxy.NO_PROXY
                                                ? SocketTimeoutException.class
                                                : SocketException.class)
                                .hasMessageEndingWith("Connect timed out");
                        assertThat(ours.isClosed() && theirs.isClosed()).isTrue();
                    }
                }
            }
            assertThat(proxy.requests()).isEmpty();
        }
    }

    /** Twice that: the JDK has another clock for it. */
    private static void awaitEnd(int millis) {
        long startNanos = System.nanoTime();
        try {
            Await.until("the time is over", () -> System.nanoTime() - startNanos > 2_000_000L * millis);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> playWithout(Scene.Maker maker, List<Proxy> proxies) throws Exception {
        try (Scene scene = new Scene(maker)) {
            ServerSocket server = scene.jdkServer();
            Selector selector = new Selector(server.getLocalPort(), proxies);
            ProxySelector.setDefault(selector);
            Socket socket = scene.socket();
            scene.run("connect", () -> socket.connect(server.getLocalSocketAddress()));
            scene.name(socket.getLocalPort(), "LOCAL");
            Calls.state(scene, socket);
            scene.note("failures", selector.failures.toString());
            return scene.lines();
        }
    }

    @Test
    void proxiesThatAreNone() throws Exception {
        InetSocketAddress nowhere;
        try (Socket reserved = new Socket()) {
            reserved.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            nowhere = (InetSocketAddress) reserved.getLocalSocketAddress();
            for (List<Proxy> proxies : List.of(
                    List.<Proxy>of(),
                    List.of(Proxy.NO_PROXY),
                    List.of(new Proxy(Proxy.Type.HTTP, nowhere)),
                    List.of(Proxy.NO_PROXY, socks(nowhere)),
                    List.of(socks(nowhere)),
                    List.of(socks(InetSocketAddress.createUnresolved("no.such.name.invalid", 1))))) {
                List<String> theirs = Caller.JDK_VIRTUAL_THREAD.call(() -> playWithout(Scene.Maker.JDK, proxies));
                for (Caller caller : Caller.values()) {
                    assertThat(caller.call(() -> playWithout(HEDDLE, proxies)))
                            .as(caller + " " + proxies)
                            .isEqualTo(theirs);
                }
            }
        }
    }
}
