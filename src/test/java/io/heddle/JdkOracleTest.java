package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Acceptor;
import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.Connection;
import io.heddle.testing.Pair;
import io.heddle.testing.Stack;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same steps on {@link TcpSocket} and on {@link Socket}, both on a virtual thread: results, exception types and
 * texts must be the same.
 */
@Behaviour
class JdkOracleTest {
    /** What happened, step by step. */
    static final class Transcript {
        private final List<String> lines = new ArrayList<>();

        void step(String name, Callable<?> step) throws Exception {
            String outcome;
            try {
                outcome = String.valueOf(step.call());
            } catch (IOException | RuntimeException e) {
                outcome = e.getClass().getName() + ": " + e.getMessage();
            }
            boolean interrupted = Thread.interrupted();
            lines.add(name + " -> " + outcome + (interrupted ? ", interrupted" : ""));
        }

        void run(String name, Caller.Work step) throws Exception {
            step(name, () -> {
                step.run();
                return "done";
            });
        }
    }

    interface Script {
        void play(Connection c, Socket peer, Transcript t) throws Exception;
    }

    static Stream<Named<Script>> scenes() {
        return Stream.of(
                scene("after close", (c, peer, t) -> {
                    c.close();
                    t.step("read", () -> c.read(new byte[1]));
                    t.step("read nothing", () -> c.read(new byte[0]));
                    t.run("write", () -> c.write(new byte[1]));
                    t.run("write nothing", () -> c.write(new byte[0]));
                    t.step("available", c::available);
                    t.run("shutdownInput", c::shutdownInput);
                    t.run("shutdownOutput", c::shutdownOutput);
                    t.run("setOption", () -> c.set(StandardSocketOptions.TCP_NODELAY, true));
                    t.step("getOption", () -> c.get(StandardSocketOptions.TCP_NODELAY));
                    t.run("close again", c::close);
                    t.step("isOpen", c::isOpen);
                }),
                scene("after the peers end", (c, peer, t) -> {
                    peer.getOutputStream().write(new byte[3]);
                    peer.shutdownOutput();
                    t.step("read", () -> c.read(new byte[2]));
                    t.step("read", () -> c.read(new byte[2]));
                    t.step("read", () -> c.read(new byte[2]));
                    t.step("read", () -> c.read(new byte[2]));
                    t.step("read nothing", () -> c.read(new byte[0]));
                    t.step("available", c::available);
                    t.run("write", () -> c.write(new byte[1]));
                    t.step("peer reads", () -> peer.getInputStream().read());
                }),
                scene("after shutdown input", (c, peer, t) -> {
                    peer.getOutputStream().write(new byte[3]);
                    Await.until("the bytes are there", () -> c.available() == 3);
                    t.run("shutdownInput", c::shutdownInput);
                    t.step("read", () -> c.read(new byte[2]));
                    t.step("available", c::available);
                    t.run("shutdownInput again", c::shutdownInput);
                    peer.getOutputStream().write(new byte[3]);
                    t.step("read", () -> c.read(new byte[2]));
                    t.run("write", () -> c.write(new byte[1]));
                    t.step("peer reads", () -> peer.getInputStream().read());
                }),
                scene("after shutdown output", (c, peer, t) -> {
                    t.run("shutdownOutput", c::shutdownOutput);
                    t.run("write", () -> c.write(new byte[1]));
                    t.run("write nothing", () -> c.write(new byte[0]));
                    t.run("shutdownOutput again", c::shutdownOutput);
                    t.step("peer reads", () -> peer.getInputStream().read());
                    peer.getOutputStream().write(new byte[3]);
                    t.step("read", () -> c.read(new byte[3]));
                    t.step("isOpen", c::isOpen);
                }),
                scene("after a reset", (c, peer, t) -> {
                    peer.getOutputStream().write(new byte[3]);
                    Await.until("the bytes are there", () -> c.available() == 3);
                    peer.setSoLinger(true, 0);
                    peer.close();
                    t.step("read", () -> c.read(new byte[2]));
                    t.step("read", () -> c.read(new byte[2]));
                    t.step("read", () -> c.read(new byte[2]));
                    t.step("read", () -> c.read(new byte[2]));
                    t.step("available", c::available);
                    t.run("write", () -> c.write(new byte[1]));
                    t.step("read", () -> c.read(new byte[2]));
                    t.run("shutdownOutput", c::shutdownOutput);
                    t.step("isOpen", c::isOpen);
                }),
                scene("after a reset that a write met", (c, peer, t) -> {
                    peer.setSoLinger(true, 0);
                    peer.close();
                    t.run("write until it fails", () -> writeUntilRefused(c));
                    t.run("write", () -> c.write(new byte[1]));
                }),
                scene("after the peer is gone", (c, peer, t) -> {
                    peer.getOutputStream().write(new byte[3]);
                    peer.close();
                    t.run("write until it fails", () -> writeUntilRefused(c));
                    t.step("read", () -> c.read(new byte[2]));
                    t.step("read", () -> c.read(new byte[2]));
                    t.step("read", () -> c.read(new byte[2]));
                    t.step("read", () -> c.read(new byte[2]));
                }),
                scene("after the peer left bytes unread", (c, peer, t) -> {
                    c.write(new byte[10]);
                    t.step("peer reads", () -> peer.getInputStream().read());
                    peer.close();
                    t.step("read", () -> c.read(new byte[2]));
                    t.step("read", () -> c.read(new byte[2]));
                }),
                scene("timeouts", (c, peer, t) -> {
                    c.readTimeout(1);
                    t.step("read", () -> c.read(new byte[2]));
                    t.step("read", () -> c.read(new byte[2]));
                    peer.getOutputStream().write(new byte[3]);
                    Await.until("the bytes are there", () -> c.available() == 3);
                    t.step("read", () -> c.read(new byte[2]));
                    t.step("read", () -> c.read(new byte[2]));
                    t.step("read", () -> c.read(new byte[2]));
                    t.step("isOpen", c::isOpen);
                    peer.shutdownOutput();
                    c.readTimeout(0);
                    t.step("read", () -> c.read(new byte[2]));
                }),
                scene("interrupt with bytes there", (c, peer, t) -> {
                    peer.getOutputStream().write(new byte[3]);
                    Await.until("the bytes are there", () -> c.available() == 3);
                    Thread.currentThread().interrupt();
                    t.step("read", () -> c.read(new byte[3]));
                    Thread.currentThread().interrupt();
                    t.run("write", () -> c.write(new byte[3]));
                    Thread.currentThread().interrupt();
                    t.step("read nothing", () -> c.read(new byte[0]));
                    t.step("isOpen", c::isOpen);
                }),
                scene("interrupt without bytes", (c, peer, t) -> {
                    Thread.currentThread().interrupt();
                    t.step("read", () -> c.read(new byte[3]));
                    t.step("isOpen", c::isOpen);
                    t.step("read", () -> c.read(new byte[3]));
                    t.step("peer reads", () -> peer.getInputStream().read());
                }),
                scene("interrupt of a timed read", (c, peer, t) -> {
                    c.readTimeout(1_000_000);
                    Thread.currentThread().interrupt();
                    t.step("read", () -> c.read(new byte[3]));
                    t.step("isOpen", c::isOpen);
                }),
                scene("options", (c, peer, t) -> {
                    for (SocketOption<?> name : List.of(
                            StandardSocketOptions.SO_KEEPALIVE,
                            StandardSocketOptions.SO_LINGER,
                            StandardSocketOptions.SO_REUSEPORT,
                            StandardSocketOptions.TCP_NODELAY,
                            ExtendedSocketOptions.TCP_KEEPIDLE,
                            ExtendedSocketOptions.TCP_KEEPINTERVAL,
                            ExtendedSocketOptions.TCP_KEEPCOUNT,
                            ExtendedSocketOptions.SO_INCOMING_NAPI_ID)) {
                        t.step(name + " by default", () -> c.get(name));
                    }
                    for (int value : new int[] {-5, -1, 0, 3, 65_535, 100_000}) {
                        t.run("SO_LINGER " + value, () -> c.set(StandardSocketOptions.SO_LINGER, value));
                        t.step("SO_LINGER", () -> c.get(StandardSocketOptions.SO_LINGER));
                    }
                    for (int value : new int[] {0, 1, 10_000}) {
                        t.run("SO_RCVBUF " + value, () -> c.set(StandardSocketOptions.SO_RCVBUF, value));
                        t.step("SO_RCVBUF", () -> c.get(StandardSocketOptions.SO_RCVBUF));
                        t.run("SO_SNDBUF " + value, () -> c.set(StandardSocketOptions.SO_SNDBUF, value));
                        t.step("SO_SNDBUF", () -> c.get(StandardSocketOptions.SO_SNDBUF));
                    }
                    for (int value : new int[] {0, 3, 255}) {
                        t.run("IP_TOS " + value, () -> c.set(StandardSocketOptions.IP_TOS, value));
                    }
                    // So that closing leaves nothing that lingers.
                    c.set(StandardSocketOptions.SO_LINGER, -1);
                }));
    }

    private static Named<Script> scene(String name, Script script) {
        return Named.of(name, script);
    }

    private static void writeUntilRefused(Connection c) throws Exception {
        SocketException[] refused = new SocketException[1];
        Await.until("the write is refused", () -> {
            try {
                c.write(new byte[1]);
                return false;
            } catch (SocketException e) {
                refused[0] = e;
                return true;
            }
        });
        throw refused[0];
    }

    @ParameterizedTest
    @MethodSource("scenes")
    void ourSocketsDoWhatTheJdksDo(Script scene) throws Exception {
        List<String> theirs = Caller.JDK_VIRTUAL_THREAD.call(() -> play(scene, Stack.JDK));
        for (Caller caller : List.of(Caller.HEDDLE_THREAD, Caller.JDK_VIRTUAL_THREAD)) {
            for (Stack ours : List.of(Stack.HEDDLE, Stack.DROP_IN)) {
                assertThat(caller.call(() -> play(scene, ours)))
                        .as(ours + " " + caller)
                        .isEqualTo(theirs);
            }
        }
    }

    private static List<String> play(Script scene, Stack stack) throws Exception {
        try (Stack.Ends ends = stack.open()) {
            Transcript transcript = new Transcript();
            scene.play(ends.local(), ends.peer(), transcript);
            return transcript.lines;
        }
    }

    /** Where there is no connection yet. */
    record Endpoint(Stack stack, Acceptor acceptor) {
        Connection connect(InetSocketAddress to, int millis) throws IOException {
            return stack.connect(to, millis);
        }

        Connection accept(int millis) throws IOException {
            return acceptor.accept(millis);
        }

        InetSocketAddress address() {
            return acceptor.localAddress();
        }

        void close() throws IOException {
            acceptor.close();
        }
    }

    interface EndpointScript {
        void play(Endpoint e, Transcript t) throws Exception;
    }

    private static String use(AutoCloseable opened) throws Exception {
        opened.close();
        return "open";
    }

    static Stream<Named<EndpointScript>> endpointScenes() {
        return Stream.of(
                endpointScene("connect", (e, t) -> {
                    t.step("connect", () -> use(e.connect(e.address(), 0)));
                    t.step("connect in time", () -> use(e.connect(e.address(), 100_000)));
                    t.step("accept", () -> use(e.accept(0)));
                    t.step("accept in time", () -> use(e.accept(100_000)));
                    t.step("accept too early", () -> use(e.accept(1)));
                }),
                endpointScene("refused", (e, t) -> {
                    try (Socket reserved = new Socket()) {
                        reserved.bind(Pair.anyPort());
                        InetSocketAddress to = (InetSocketAddress) reserved.getLocalSocketAddress();
                        t.step("connect", () -> use(e.connect(to, 0)));
                        t.step("connect in time", () -> use(e.connect(to, 100_000)));
                    }
                }),
                endpointScene(
                        "unresolved",
                        (e, t) -> t.step(
                                "connect", () -> use(e.connect(InetSocketAddress.createUnresolved("nowhere", 1), 0)))),
                endpointScene("nobody answers", (e, t) -> {
                    try (AutoCloseable one = e.connect(e.address(), 0);
                            AutoCloseable two = e.connect(e.address(), 0)) {
                        t.step("connect", () -> use(e.connect(e.address(), 20)));
                        Thread.currentThread().interrupt();
                        t.step("connect, interrupted", () -> use(e.connect(e.address(), 0)));
                        assertThat(one).isNotSameAs(two);
                    }
                }),
                endpointScene("accept after close", (e, t) -> {
                    e.close();
                    t.step("accept", () -> use(e.accept(0)));
                }),
                endpointScene("accept after an interrupt", (e, t) -> {
                    Thread.currentThread().interrupt();
                    t.step("accept", () -> use(e.accept(0)));
                    t.step("connect", () -> use(e.connect(e.address(), 0)));
                }),
                endpointScene("accept with a connection there", (e, t) -> {
                    try (AutoCloseable connected = e.connect(e.address(), 0)) {
                        Thread.currentThread().interrupt();
                        t.step("accept", () -> use(e.accept(0)));
                        assertThat(connected).isNotNull();
                    }
                }));
    }

    private static Named<EndpointScript> endpointScene(String name, EndpointScript script) {
        return Named.of(name, script);
    }

    @ParameterizedTest
    @MethodSource("endpointScenes")
    void ourListenersDoWhatTheJdksDo(EndpointScript scene) throws Exception {
        List<String> theirs = Caller.JDK_VIRTUAL_THREAD.call(() -> play(scene, Stack.JDK));
        for (Caller caller : List.of(Caller.HEDDLE_THREAD, Caller.JDK_VIRTUAL_THREAD)) {
            for (Stack ours : List.of(Stack.HEDDLE, Stack.DROP_IN)) {
                assertThat(caller.call(() -> play(scene, ours)))
                        .as(ours + " " + caller)
                        .isEqualTo(theirs);
            }
        }
    }

    private static List<String> play(EndpointScript scene, Stack stack) throws Exception {
        try (Acceptor acceptor = stack.listen(Pair.anyPort(), 1)) {
            Transcript transcript = new Transcript();
            scene.play(new Endpoint(stack, acceptor), transcript);
            return transcript.lines;
        }
    }
}
