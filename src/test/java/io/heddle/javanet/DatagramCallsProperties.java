package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.Ledger;
import io.heddle.testing.Pair;
import io.heddle.testing.UdpQueue;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import jdk.net.ExtendedSocketOptions;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.Tuple;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;

/**
 * Goal: no sequence of calls, sensible or not, tells our datagram sockets from the JDK's.
 *
 * <p>Method: as {@link SocketCallsProperties}, on a socket that is unbound, bound, connected or closed. One packet is
 * received into again and again, with room that its owner changes now and then.
 */
class DatagramCallsProperties {
    private static final int TRIES = 80;
    private static final int LATE_MILLIS = 30_000;

    enum Verb {
        BIND,
        BIND_BADLY,
        CONNECT,
        CONNECT_BADLY,
        DISCONNECT,
        CLOSE,
        SEND,
        SEND_BADLY,
        PEER_SENDS,
        RECEIVE,
        ROOM,
        JOIN,
        LEAVE,
        NUMBER_OPTION,
        FLAG_OPTION,
        TYPED_OPTION,
        STATE,
        OPTIONS
    }

    record Step(Verb verb, int number) {}

    private static final List<SocketOption<?>> NAMES = List.of(
            StandardSocketOptions.IP_TOS,
            StandardSocketOptions.SO_REUSEPORT,
            StandardSocketOptions.SO_REUSEADDR,
            StandardSocketOptions.SO_BROADCAST,
            StandardSocketOptions.SO_LINGER,
            StandardSocketOptions.IP_MULTICAST_IF,
            StandardSocketOptions.IP_MULTICAST_TTL,
            StandardSocketOptions.IP_MULTICAST_LOOP,
            ExtendedSocketOptions.IP_DONTFRAGMENT,
            ExtendedSocketOptions.SO_INCOMING_NAPI_ID,
            new Calls.Unknown());

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

    /** What lives as long as the process is started before anybody counts. */
    @BeforeContainer
    static void warmUp() throws Exception {
        List<Step> all =
                Arrays.stream(Verb.values()).map(verb -> new Step(verb, 1)).toList();
        for (Caller caller : Caller.values()) {
            for (Scene.Maker maker : List.of(Scene.Maker.JDK, Scene.Maker.HEDDLE)) {
                assertThat(caller.call(() -> play(maker, all))).isNotEmpty();
            }
        }
    }

    private static void compare(Caller caller, List<Step> steps) throws Exception {
        Caller jdks = caller.isVirtual() ? Caller.JDK_VIRTUAL_THREAD : caller;
        Set<String> before = Ledger.openDescriptors();
        List<String> theirs = jdks.call(() -> play(Scene.Maker.JDK, steps));
        CompatibilityTest.assertSame(caller.call(() -> play(Scene.Maker.HEDDLE, steps)), theirs);
        Await.until("all descriptors are closed", () -> before.containsAll(Ledger.openDescriptors()));
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
        private final DatagramSocket socket;
        private final DatagramSocket[] peers = new DatagramSocket[2];
        private final DatagramPacket packet = new DatagramPacket(new byte[64], 64);

        /** Something has arrived that was not received. */
        private boolean pending;

        Run(Scene scene) throws IOException {
            this.scene = scene;
            this.socket = scene.open(scene.maker.datagrams((SocketAddress) null));
            for (int i = 0; i < peers.length; i++) {
                peers[i] = scene.open(new DatagramSocket(Pair.anyPort()));
                scene.name(peers[i].getLocalPort(), "PEER" + i);
            }
        }

        private static <T> T pick(int number, List<T> list) {
            return list.get(Math.floorMod(number, list.size()));
        }

        private DatagramSocket peer(int number) {
            return peers[number & 1];
        }

        private static InetSocketAddress addressOf(DatagramSocket peer) {
            return new InetSocketAddress(DatagramCalls.LOOPBACK, peer.getLocalPort());
        }

        void play(Verb verb, int number) throws Exception {
            String call = verb + " " + number;
            step(verb, call, number);
            if (socket.getLocalPort() > 0) {
                scene.name(socket.getLocalPort(), "LOCAL");
            }
        }

        private void step(Verb verb, String call, int number) throws Exception {
            switch (verb) {
                case BIND -> scene.run(call, () -> socket.bind((number & 1) == 0 ? Pair.anyPort() : null));
                case BIND_BADLY -> bindBadly(call, number);
                case CONNECT -> connect(call, number);
                case CONNECT_BADLY -> DatagramCalls.refusals(scene, socket);
                case DISCONNECT -> scene.run(call, socket::disconnect);
                case CLOSE -> {
                    if (number > 0) {
                        scene.run(call, socket::close);
                    }
                }
                case SEND -> {
                    DatagramPacket sent = new DatagramPacket(new byte[80], number & 0xf, number & 0x3f);
                    if ((number & 0x40) == 0) {
                        sent.setSocketAddress(addressOf(peer(number)));
                    }
                    scene.run(call, () -> socket.send(sent));
                    scene.ask(call, () -> sent.getAddress() + ":" + sent.getPort());
                }
                case SEND_BADLY -> DatagramCalls.badSends(scene, socket);
                case PEER_SENDS -> peerSends(number);
                case RECEIVE -> {
                    socket(() -> socket.setSoTimeout(pending ? LATE_MILLIS : 1));
                    scene.ask(call, DatagramCalls.receive(socket, packet));
                    pending = false;
                }
                case ROOM -> {
                    scene.run(call, () -> packet.setLength(number));
                    scene.run(call, () -> packet.setData(new byte[64], Math.floorMod(number, 10), 1 + (number & 0x1f)));
                }
                case JOIN -> scene.run(call, () -> socket.joinGroup(group(number), network(number)));
                case LEAVE -> scene.run(call, () -> socket.leaveGroup(group(number), network(number)));
                case NUMBER_OPTION -> DatagramCalls.numbers(scene, socket, Math.min(number, 100_000));
                case FLAG_OPTION -> {
                    boolean on = (number & 1) == 1;
                    scene.run(call, () -> socket.setReuseAddress(on));
                    scene.run(call, () -> socket.setBroadcast(on));
                }
                case TYPED_OPTION -> {
                    SocketOption<?> name = pick(number, NAMES);
                    Object value = pick(number / NAMES.size(), DatagramCalls.VALUES);
                    scene.run(call, () -> DatagramCalls.set(socket, name, value));
                    scene.ask(call, () -> socket.getOption(name));
                }
                case STATE -> DatagramCalls.state(scene, socket);
                case OPTIONS -> DatagramCalls.options(scene, socket);
            }
        }

        /** Of a socket that may be closed. */
        private void socket(Scene.Step step) {
            scene.run("timeout", step);
        }

        private void bindBadly(String call, int number) {
            switch (number & 3) {
                case 0 -> scene.run(call, () -> socket.bind(new Calls.Elsewhere()));
                case 1 -> scene.run(call, () -> socket.bind(InetSocketAddress.createUnresolved("some.where", 1)));
                case 2 -> scene.run(call, () -> socket.bind(addressOf(peer(number))));
                default ->
                    scene.run(call, () -> socket.bind(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 0)));
            }
        }

        private void connect(String call, int number) {
            // Two in a row leave the JDK's at another address after disconnect.
            scene.run(call, socket::disconnect);
            scene.run(call, () -> socket.connect(addressOf(peer(number))));
            pending = pending && socket.isClosed();
        }

        private void peerSends(int number) throws Exception {
            DatagramSocket peer = peer(number);
            boolean heard = !socket.isConnected() || addressOf(peer).equals(socket.getRemoteSocketAddress());
            if (pending || !heard || socket.isClosed() || !socket.isBound()) {
                return;
            }
            byte[] bytes = new byte[number & 0x3f];
            peer.send(new DatagramPacket(
                    bytes, bytes.length, new InetSocketAddress(DatagramCalls.LOOPBACK, socket.getLocalPort())));
            UdpQueue.awaitUnread(socket.getLocalPort());
            pending = true;
        }

        private static InetSocketAddress group(int number) {
            return new InetSocketAddress(InetAddress.ofLiteral((number & 2) == 0 ? "239.1.2.3" : "239.1.2.4"), 1);
        }

        private static @Nullable NetworkInterface network(int number) {
            return (number & 4) == 0 ? DatagramCalls.loopback() : null;
        }
    }
}
