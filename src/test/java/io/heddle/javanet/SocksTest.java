package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Caller;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.SocksServer;
import io.heddle.testing.SocksServer.Manner;
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
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Connecting by way of a SOCKS proxy, on the JDK's sockets and on ours, through a proxy that is real. */
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SocksTest {
    private static final String VERSION = "socksProxyVersion";

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

    private static void authenticateAs(String user, String password) {
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
            assertThat(caller.call(() -> play(Scene.Maker.HEDDLE, manner, host, millis)))
                    .as(caller.name())
                    .isEqualTo(theirs);
        }
    }

    static Stream<Manner> manners() {
        Stream<Manner> statuses = IntStream.rangeClosed(1, 8).mapToObj(Manner.OPEN::withStatus);
        Stream<Manner> types = Stream.of(3, 4, 7).map(Manner.OPEN::withAddressType);
        Stream<Manner> methods = Stream.of(3, 255).map(Manner.OPEN::withMethod);
        return Stream.of(Stream.of(Manner.OPEN, Manner.OPEN.withVersion(9)), statuses, types, methods)
                .flatMap(all -> all);
    }

    @ParameterizedTest
    @MethodSource("manners")
    void version5(Manner manner) throws Exception {
        assertSame(manner, "127.0.0.1", 0);
    }

    static Stream<Manner> mannersOf4() {
        return IntStream.of(0, 91, 92, 93, 94).mapToObj(Manner.OPEN::withStatus);
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
        assertThat(Caller.HEDDLE_THREAD.call(() -> play(Scene.Maker.HEDDLE, Manner.OPEN, "", 0)))
                .contains("connect -> java.net.UnknownHostException: SOCKS V4 takes addresses only: host=some.where");
    }

    @Test
    void aNameAndAPassword() throws Exception {
        authenticateAs("user", "secret");
        assertSame(Manner.PASSWORD, "127.0.0.1", 0);
        authenticateAs("user", "guess");
        assertSame(Manner.PASSWORD, "127.0.0.1", 0);
        Authenticator.setDefault(null);
        assertSame(Manner.PASSWORD, "127.0.0.1", 0);
    }

    @Test
    void aProxyThatIsSilentEndsTheTime() throws Exception {
        assertSame(Manner.OPEN.silence(), "127.0.0.1", 50);
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
                    assertThat(caller.call(() -> playWithout(Scene.Maker.HEDDLE, proxies)))
                            .as(caller + " " + proxies)
                            .isEqualTo(theirs);
                }
            }
        }
    }
}
