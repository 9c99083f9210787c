package io.heddle.javanet;

import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.Pair;
import io.heddle.testing.TcpState;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.List;
import jdk.net.ExtendedSocketOptions;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;
import org.jspecify.annotations.Nullable;

/**
 * Goal: no sequence of calls, sensible or not, tells our sockets from the JDK's.
 *
 * <p>Method: random calls on a socket and on a server, open, closed or not yet connected, with arguments that are in
 * range or out of it and values of wrong types; the same on sockets of the JDK. What comes of each must be the same.
 */
class SocketCallsProperties {
    private static final int TRIES = 80;

    enum Verb {
        BIND,
        CONNECT,
        CONNECT_BADLY,
        CLOSE,
        READ,
        READ_BADLY,
        AVAILABLE,
        WRITE,
        WRITE_BADLY,
        SHUTDOWN_INPUT,
        SHUTDOWN_OUTPUT,
        URGENT,
        NUMBER_OPTION,
        FLAG_OPTION,
        TYPED_OPTION,
        STATE,
        OPTIONS,
        PEER_WRITE,
        PEER_END,
        SERVER_BIND,
        SERVER_ACCEPT,
        SERVER_OPTION,
        SERVER_CLOSE,
        SERVER_STATE
    }

    record Step(Verb verb, int number) {}

    private static final List<SocketOption<?>> NAMES = List.of(
            StandardSocketOptions.SO_LINGER,
            StandardSocketOptions.SO_KEEPALIVE,
            StandardSocketOptions.TCP_NODELAY,
            StandardSocketOptions.IP_TOS,
            StandardSocketOptions.SO_REUSEPORT,
            StandardSocketOptions.SO_BROADCAST,
            ExtendedSocketOptions.TCP_KEEPCOUNT,
            ExtendedSocketOptions.TCP_QUICKACK,
            ExtendedSocketOptions.SO_INCOMING_NAPI_ID,
            new Calls.Unknown());

    private static final List<Object> VALUES = List.of(-1, 0, 9, 1000, true, false, "text", 2L);

    @Provide
    Arbitrary<List<Step>> steps() {
        Arbitrary<Integer> numbers = Arbitraries.frequencyOf(
                Tuple.of(3, Arbitraries.integers().between(-3, 100)), Tuple.of(1, Arbitraries.integers()));
        return Combinators.combine(Arbitraries.of(Verb.class), numbers)
                .as(Step::new)
                .list()
                .ofMinSize(5)
                .ofMaxSize(40);
    }

    @Property(tries = TRIES, shrinking = ShrinkingMode.BOUNDED)
    void onAThreadOfOurs(@ForAll("steps") List<Step> steps) throws Exception {
        compare(Caller.HEDDLE_THREAD, steps);
    }

    @Property(tries = TRIES, shrinking = ShrinkingMode.BOUNDED)
    void onAVirtualThreadOfTheJdk(@ForAll("steps") List<Step> steps) throws Exception {
        compare(Caller.JDK_VIRTUAL_THREAD, steps);
    }

    @Property(tries = TRIES, shrinking = ShrinkingMode.BOUNDED)
    void onAPlatformThread(@ForAll("steps") List<Step> steps) throws Exception {
        compare(Caller.PLATFORM_THREAD, steps);
    }

    private static void compare(Caller caller, List<Step> steps) throws Exception {
        Caller jdks = caller.isVirtual() ? Caller.JDK_VIRTUAL_THREAD : caller;
        List<String> theirs = jdks.call(() -> play(Scene.Maker.JDK, steps));
        CompatibilityTest.assertSame(caller.call(() -> play(Scene.Maker.HEDDLE, steps)), theirs);
    }

    private static List<String> play(Scene.Maker maker, List<Step> steps) throws Exception {
        try (Scene scene = new Scene(maker)) {
            Run run = new Run(scene);
            for (Step step : steps) {
                run.play(step.verb, step.number);
            }
            return scene.lines();
        }
    }

    private static final class Run {
        private final Scene scene;
        private final Socket socket;
        private final ServerSocket server;
        private final ServerSocket target;

        // Once it was connected.
        private @Nullable Socket peer;
        private @Nullable InputStream in;
        private @Nullable OutputStream out;

        Run(Scene scene) throws IOException {
            this.scene = scene;
            this.socket = scene.socket();
            this.server = scene.server();
            this.target = scene.jdkServer();
        }

        private static int index(int number, List<?> list) {
            return Math.floorMod(number, list.size());
        }

        void play(Verb verb, int number) throws Exception {
            String call = verb + " " + number;
            switch (verb) {
                case BIND -> {
                    scene.run(call, () -> socket.bind(Pair.anyPort()));
                    nameLocal();
                }
                case CONNECT -> connect(call, number);
                case CONNECT_BADLY -> connectBadly(call, number);
                case CLOSE -> {
                    if (number > 0) {
                        scene.run(call, socket::close);
                    }
                }
                case READ -> read(call);
                case READ_BADLY -> {
                    if (in != null) {
                        InputStream from = in;
                        scene.ask(call, () -> from.read(new byte[3], number, 9));
                        scene.ask(call, () -> from.read(new byte[3], 0, Math.min(number, 0)));
                    }
                }
                case AVAILABLE -> {
                    if (in != null) {
                        scene.ask(call, in::available);
                    }
                }
                case WRITE -> write(call, number);
                case WRITE_BADLY -> {
                    if (out != null) {
                        OutputStream to = out;
                        scene.run(call, () -> to.write(new byte[3], number, 9));
                        scene.run(call, () -> to.write(new byte[3], 0, Math.min(number, 0)));
                    }
                }
                case SHUTDOWN_INPUT -> scene.run(call, socket::shutdownInput);
                case SHUTDOWN_OUTPUT -> scene.run(call, socket::shutdownOutput);
                case URGENT -> scene.run(call, () -> socket.sendUrgentData(number));
                case NUMBER_OPTION -> number(call, number);
                case FLAG_OPTION -> flag(call, number);
                case TYPED_OPTION -> {
                    SocketOption<?> name = NAMES.get(index(number, NAMES));
                    Object value = VALUES.get(index(number / NAMES.size(), VALUES));
                    // Closing would wait for what is unsent.
                    if (name != StandardSocketOptions.SO_LINGER) {
                        scene.run(call, () -> Calls.set(socket, name, value));
                    }
                    scene.ask(call, () -> Calls.value(socket, name));
                }
                case STATE -> Calls.state(scene, socket);
                case OPTIONS -> Calls.options(scene, socket);
                case PEER_WRITE -> peerWrites(number);
                case PEER_END -> peerEnds();
                case SERVER_BIND -> {
                    scene.run(call, () -> server.bind(Pair.anyPort(), number));
                    if (server.getLocalPort() > 0) {
                        scene.name(server.getLocalPort(), "PORT");
                    }
                }
                case SERVER_ACCEPT -> {
                    scene.run(call, () -> server.setSoTimeout(1));
                    scene.ask(call, server::accept);
                }
                case SERVER_OPTION -> {
                    SocketOption<?> name = NAMES.get(index(number, NAMES));
                    Object value = VALUES.get(index(number / NAMES.size(), VALUES));
                    scene.run(call, () -> Calls.set(server, name, value));
                    scene.run(call, () -> server.setSoTimeout(number));
                    scene.run(call, () -> server.setReceiveBufferSize(number));
                }
                case SERVER_CLOSE -> scene.run(call, server::close);
                case SERVER_STATE -> {
                    Calls.state(scene, server);
                    Calls.options(scene, server);
                }
            }
        }

        private void nameLocal() {
            if (socket.getLocalPort() > 0) {
                scene.name(socket.getLocalPort(), "LOCAL");
            }
        }

        private void connect(String call, int number) throws IOException {
            int millis = number < 0 ? number : 100_000;
            scene.run(call, () -> socket.connect(target.getLocalSocketAddress(), millis));
            nameLocal();
            if (socket.isConnected() && !socket.isClosed() && peer == null) {
                peer = scene.open(target.accept());
                in = socket.getInputStream();
                out = socket.getOutputStream();
            }
        }

        private void connectBadly(String call, int number) {
            switch (number & 3) {
                case 0 -> scene.run(call, () -> socket.connect(new Calls.Elsewhere(), number));
                case 1 -> scene.run(call, () -> socket.bind(new Calls.Elsewhere()));
                case 2 -> scene.run(call, () -> socket.bind(InetSocketAddress.createUnresolved("some.where", 1)));
                default ->
                    scene.run(call, () -> socket.connect(InetSocketAddress.createUnresolved("some.where", 1), number));
            }
        }

        /** Of something, or of nothing for a moment. */
        private void read(String call) {
            if (in == null) {
                scene.ask(call, socket::getInputStream);
                return;
            }
            InputStream from = in;
            scene.run(call, () -> socket.setSoTimeout(1));
            scene.ask(call, () -> from.read(new byte[7]));
        }

        private void write(String call, int number) {
            if (out == null) {
                scene.ask(call, socket::getOutputStream);
                return;
            }
            OutputStream to = out;
            scene.run(call, () -> to.write(new byte[number & 0x3f]));
        }

        private void number(String call, int number) {
            scene.run(call, () -> socket.setSoTimeout(number));
            scene.run(call, () -> socket.setTrafficClass(number));
            scene.run(call, () -> socket.setReceiveBufferSize(Math.min(number, 100_000)));
            scene.run(call, () -> socket.setSendBufferSize(Math.min(number, 100_000)));
            scene.run(call, () -> socket.setSoLinger(false, number));
            if (number < 0) {
                scene.run(call, () -> socket.setSoLinger(true, number));
            }
        }

        private void flag(String call, int number) {
            boolean on = (number & 1) == 1;
            scene.run(call, () -> socket.setTcpNoDelay(on));
            scene.run(call, () -> socket.setKeepAlive(on));
            scene.run(call, () -> socket.setReuseAddress(on));
            scene.run(call, () -> socket.setOOBInline(on));
        }

        private void peerWrites(int number) throws Exception {
            if (peer == null
                    || in == null
                    || socket.isClosed()
                    || socket.isInputShutdown()
                    || peer.isOutputShutdown()) {
                return;
            }
            InputStream from = in;
            int before = from.available();
            byte[] bytes = new byte[number & 0xf];
            peer.getOutputStream().write(bytes);
            Await.until("it is there", () -> from.available() == before + bytes.length);
        }

        private void peerEnds() throws Exception {
            if (peer == null || socket.isClosed() || socket.isOutputShutdown() || peer.isOutputShutdown()) {
                return;
            }
            InetSocketAddress here = (InetSocketAddress) socket.getLocalSocketAddress();
            peer.shutdownOutput();
            TcpState.await(here, (InetSocketAddress) socket.getRemoteSocketAddress(), TcpState.CLOSE_WAIT);
        }
    }
}
