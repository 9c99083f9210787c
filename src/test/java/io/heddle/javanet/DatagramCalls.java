package io.heddle.javanet;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.SocketOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Every call on a datagram socket that does not wait for long. */
final class DatagramCalls {
    static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    static final List<Object> VALUES = List.of(true, false, -2, 0, 7, 300, "text", 1L, loopback());

    private DatagramCalls() {}

    static NetworkInterface loopback() {
        try {
            return NetworkInterface.getByInetAddress(LOOPBACK);
        } catch (SocketException e) {
            throw new AssertionError(e);
        }
    }

    static void state(Scene scene, DatagramSocket socket) {
        scene.ask("isBound", socket::isBound);
        scene.ask("isConnected", socket::isConnected);
        scene.ask("isClosed", socket::isClosed);
        scene.ask("getInetAddress", socket::getInetAddress);
        scene.ask("getPort", socket::getPort);
        scene.ask("getLocalAddress", socket::getLocalAddress);
        scene.ask("getLocalPort", socket::getLocalPort);
        scene.ask("getRemoteSocketAddress", socket::getRemoteSocketAddress);
        scene.ask("getLocalSocketAddress", socket::getLocalSocketAddress);
        scene.ask("getChannel", socket::getChannel);
    }

    static List<SocketOption<?>> names(DatagramSocket socket) {
        return socket.supportedOptions().stream()
                .<SocketOption<?>>map(name -> name)
                .sorted(Comparator.comparing(SocketOption::name))
                .toList();
    }

    static void options(Scene scene, DatagramSocket socket) {
        scene.ask("getSoTimeout", socket::getSoTimeout);
        scene.ask("getSendBufferSize", socket::getSendBufferSize);
        scene.ask("getReceiveBufferSize", socket::getReceiveBufferSize);
        scene.ask("getReuseAddress", socket::getReuseAddress);
        scene.ask("getBroadcast", socket::getBroadcast);
        scene.ask("getTrafficClass", socket::getTrafficClass);
        scene.ask("supportedOptions", () -> names(socket));
        for (SocketOption<?> name : names(socket)) {
            scene.ask("getOption " + name, () -> socket.getOption(name));
        }
        scene.ask("getOption of nobody", () -> socket.getOption(new Calls.Unknown()));
        scene.ask("getOption of null", () -> socket.getOption(null));
    }

    static void setters(Scene scene, DatagramSocket socket) {
        for (boolean on : new boolean[] {true, false}) {
            scene.run("setReuseAddress " + on, () -> socket.setReuseAddress(on));
            scene.ask("getReuseAddress", socket::getReuseAddress);
            scene.run("setBroadcast " + on, () -> socket.setBroadcast(on));
            scene.ask("getBroadcast", socket::getBroadcast);
        }
        for (int value : new int[] {Integer.MIN_VALUE, -1, 0, 1, 255, 256, 65_536, 1_000_000}) {
            numbers(scene, socket, value);
        }
        for (SocketOption<?> name : names(socket)) {
            for (Object value : VALUES) {
                scene.run("setOption " + name + " " + value, () -> set(socket, name, value));
            }
            scene.ask("getOption " + name, () -> socket.getOption(name));
            scene.run("setOption " + name + " null", () -> set(socket, name, null));
        }
        scene.run("setOption of nobody", () -> socket.setOption(new Calls.Unknown(), 1));
        scene.run("setOption of null", () -> set(socket, null, 1));
    }

    static void numbers(Scene scene, DatagramSocket socket, int value) {
        scene.run("setSoTimeout " + value, () -> socket.setSoTimeout(value));
        scene.ask("getSoTimeout", socket::getSoTimeout);
        scene.run("setTrafficClass " + value, () -> socket.setTrafficClass(value));
        scene.ask("getTrafficClass", socket::getTrafficClass);
        scene.run("setSendBufferSize " + value, () -> socket.setSendBufferSize(value));
        scene.ask("getSendBufferSize", socket::getSendBufferSize);
        scene.run("setReceiveBufferSize " + value, () -> socket.setReceiveBufferSize(value));
        scene.ask("getReceiveBufferSize", socket::getReceiveBufferSize);
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // Values of the wrong type are what is asked for.
    static void set(DatagramSocket socket, @Nullable SocketOption<?> name, @Nullable Object value) throws Exception {
        socket.setOption((SocketOption) name, value);
    }

    /** What binds and connects nobody. */
    static void refusals(Scene scene, DatagramSocket socket) {
        InetSocketAddress unresolved = InetSocketAddress.createUnresolved("some.where", 1);
        scene.run("bind to another kind", () -> socket.bind(new Calls.Elsewhere()));
        scene.run("bind unresolved", () -> socket.bind(unresolved));
        scene.run("connect to null", () -> socket.connect(null));
        scene.run("connect to no address", () -> socket.connect(null, 1));
        scene.run("connect to another kind", () -> socket.connect(new Calls.Elsewhere()));
        scene.run("connect unresolved", () -> socket.connect(unresolved));
        scene.run("connect to a negative port", () -> socket.connect(LOOPBACK, -1));
        scene.run("connect to a port too high", () -> socket.connect(LOOPBACK, 65_536));
    }

    /** What sends nothing. */
    static void badSends(Scene scene, DatagramSocket socket) {
        scene.run("send null", () -> socket.send(null));
        scene.run("send to port 0", () -> socket.send(new DatagramPacket(new byte[1], 1, LOOPBACK, 0)));
        for (int bytes : new int[] {65_508, 65_536, 200_000}) {
            scene.run("send " + bytes, () -> socket.send(new DatagramPacket(new byte[bytes], bytes, LOOPBACK, 9)));
        }
        scene.run("receive null", () -> socket.receive(null));
    }

    static void groups(Scene scene, DatagramSocket socket, @Nullable NetworkInterface network) {
        InetSocketAddress group = new InetSocketAddress(InetAddress.ofLiteral("239.1.2.3"), 0);
        scene.run("leave before", () -> socket.leaveGroup(group, network));
        scene.run("join", () -> socket.joinGroup(group, network));
        scene.run("join again", () -> socket.joinGroup(group, network));
        scene.run("leave", () -> socket.leaveGroup(group, network));
        scene.run("leave again", () -> socket.leaveGroup(group, network));
        InetSocketAddress nobody = new InetSocketAddress(LOOPBACK, 0);
        scene.run("join what is no group", () -> socket.joinGroup(nobody, network));
        scene.run("leave what is no group", () -> socket.leaveGroup(nobody, network));
        scene.run("join another kind", () -> socket.joinGroup(new Calls.Elsewhere(), network));
        scene.run("join null", () -> socket.joinGroup(null, network));
        scene.run("leave null", () -> socket.leaveGroup(null, network));
        scene.run(
                "join unresolved",
                () -> socket.joinGroup(InetSocketAddress.createUnresolved("some.where", 1), network));
    }

    /** All of it. */
    static void everything(Scene scene, DatagramSocket socket) {
        state(scene, socket);
        options(scene, socket);
        setters(scene, socket);
        refusals(scene, socket);
        badSends(scene, socket);
        groups(scene, socket, loopback());
    }

    /** What is in a packet. */
    static String shown(DatagramPacket packet) {
        byte[] bytes = Arrays.copyOfRange(
                packet.getData(), packet.getOffset(), packet.getOffset() + Math.min(packet.getLength(), 20));
        return "offset=" + packet.getOffset() + ", length=" + packet.getLength() + ", from=" + packet.getAddress() + ":"
                + packet.getPort() + ", data=" + Arrays.toString(bytes);
    }

    static Callable<String> receive(DatagramSocket socket, DatagramPacket packet) {
        return () -> {
            socket.receive(packet);
            return shown(packet);
        };
    }

    static DatagramPacket packet(InetSocketAddress to, int... bytes) throws IOException {
        byte[] data = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            data[i] = (byte) bytes[i];
        }
        return new DatagramPacket(data, data.length, to);
    }
}
