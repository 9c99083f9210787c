package io.heddle.javanet;

import io.heddle.testing.Pair;
import io.heddle.testing.UdpQueue;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.util.List;

/** Calls on datagram sockets. */
final class DatagramScripts {
    private static final int LATE_MILLIS = 30_000;

    private DatagramScripts() {}

    private static DatagramSocket unbound(Scene s) throws IOException {
        return s.open(s.maker.datagrams((SocketAddress) null));
    }

    /** On a free port of the loopback interface. */
    private static DatagramSocket bound(Scene s) throws IOException {
        DatagramSocket socket = s.open(s.maker.datagrams(Pair.anyPort()));
        socket.setSoTimeout(LATE_MILLIS);
        s.name(socket.getLocalPort(), "LOCAL");
        return socket;
    }

    /** One of the JDK. */
    private static DatagramSocket peer(Scene s, String name) throws IOException {
        DatagramSocket peer = s.open(new DatagramSocket(Pair.anyPort()));
        peer.setSoTimeout(LATE_MILLIS);
        s.name(peer.getLocalPort(), name);
        return peer;
    }

    private static InetSocketAddress addressOf(DatagramSocket socket) {
        return new InetSocketAddress(DatagramCalls.LOOPBACK, socket.getLocalPort());
    }

    private static void nameLocal(Scene s, DatagramSocket socket) {
        if (socket.getLocalPort() > 0) {
            s.name(socket.getLocalPort(), "LOCAL");
        }
    }

    private interface Making {
        DatagramSocket make() throws IOException;
    }

    private static void made(Scene s, String call, Making making) {
        s.ask(call, () -> {
            DatagramSocket socket = s.open(making.make());
            nameLocal(s, socket);
            return socket.getLocalSocketAddress() + ", reuse=" + socket.getReuseAddress() + ", broadcast="
                    + socket.getBroadcast();
        });
    }

    static List<Scripts.Script> all() {
        return List.of(
                new Scripts.Script("constructors", (s, caller) -> {
                    int used = peer(s, "USED").getLocalPort();
                    made(s, "()", () -> s.maker.datagrams());
                    made(s, "(0)", () -> s.maker.datagrams(0));
                    made(s, "(-1)", () -> s.maker.datagrams(-1));
                    made(s, "(65536)", () -> s.maker.datagrams(65_536));
                    made(s, "(0, null)", () -> s.maker.datagrams(0, null));
                    made(s, "(0, loopback)", () -> s.maker.datagrams(0, DatagramCalls.LOOPBACK));
                    made(s, "(-1, loopback)", () -> s.maker.datagrams(-1, DatagramCalls.LOOPBACK));
                    made(s, "(used, loopback)", () -> s.maker.datagrams(used, DatagramCalls.LOOPBACK));
                    made(s, "(null)", () -> s.maker.datagrams((SocketAddress) null));
                    made(s, "(address)", () -> s.maker.datagrams(Pair.anyPort()));
                    made(s, "(::1)", () -> s.maker.datagrams(new InetSocketAddress(InetAddress.ofLiteral("::1"), 0)));
                    made(s, "(::)", () -> s.maker.datagrams(new InetSocketAddress(InetAddress.ofLiteral("::"), 0)));
                    made(
                            s,
                            "(0.0.0.0)",
                            () -> s.maker.datagrams(new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 0)));
                    made(
                            s,
                            "(foreign)",
                            () -> s.maker.datagrams(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 0)));
                    made(
                            s,
                            "(unresolved)",
                            () -> s.maker.datagrams(InetSocketAddress.createUnresolved("some.where", 0)));
                    made(s, "(elsewhere)", () -> s.maker.datagrams(new Calls.Elsewhere()));
                }),
                new Scripts.Script("an unbound socket", (s, caller) -> {
                    DatagramSocket socket = unbound(s);
                    DatagramCalls.state(s, socket);
                    DatagramCalls.options(s, socket);
                    DatagramCalls.setters(s, socket);
                    DatagramCalls.refusals(s, socket);
                    DatagramCalls.groups(s, socket, DatagramCalls.loopback());
                    DatagramCalls.state(s, socket);
                    s.run("bind", () -> socket.bind(Pair.anyPort()));
                    nameLocal(s, socket);
                    DatagramCalls.state(s, socket);
                    s.run("bind again", () -> socket.bind(null));
                    DatagramCalls.options(s, socket);
                }),
                new Scripts.Script("a bind that failed", (s, caller) -> {
                    DatagramSocket socket = unbound(s);
                    DatagramSocket used = peer(s, "USED");
                    s.run("bind", () -> socket.bind(used.getLocalSocketAddress()));
                    s.run("bind", () -> socket.bind(new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 0)));
                    DatagramCalls.state(s, socket);
                    s.run("bind to any", () -> socket.bind(null));
                    nameLocal(s, socket);
                    DatagramCalls.state(s, socket);
                }),
                new Scripts.Script("a bound socket", (s, caller) -> DatagramCalls.everything(s, bound(s))),
                new Scripts.Script("a connected socket", (s, caller) -> {
                    DatagramSocket socket = bound(s);
                    s.run("connect", () -> socket.connect(addressOf(peer(s, "PEER"))));
                    DatagramCalls.everything(s, socket);
                }),
                new Scripts.Script("closed unbound", (s, caller) -> {
                    DatagramSocket socket = unbound(s);
                    s.run("close", socket::close);
                    s.run("close again", socket::close);
                    afterClose(s, socket);
                }),
                new Scripts.Script("closed bound", (s, caller) -> {
                    DatagramSocket socket = bound(s);
                    s.run("close", socket::close);
                    afterClose(s, socket);
                }),
                new Scripts.Script("closed connected", (s, caller) -> {
                    DatagramSocket socket = bound(s);
                    socket.connect(addressOf(peer(s, "PEER")));
                    s.run("close", socket::close);
                    afterClose(s, socket);
                }),
                new Scripts.Script("bound by the first send", (s, caller) -> {
                    DatagramSocket socket = unbound(s);
                    DatagramSocket peer = peer(s, "PEER");
                    s.run("send", () -> socket.send(DatagramCalls.packet(addressOf(peer), 1)));
                    nameLocal(s, socket);
                    DatagramCalls.state(s, socket);
                    s.ask("received", DatagramCalls.receive(peer, new DatagramPacket(new byte[9], 9)));
                }),
                new Scripts.Script("bound by a send that failed", (s, caller) -> {
                    DatagramSocket socket = unbound(s);
                    s.run("no address", () -> socket.send(new DatagramPacket(new byte[1], 1)));
                    DatagramCalls.state(s, socket);
                    s.run("port 0", () -> socket.send(DatagramCalls.packet(Pair.anyPort(), 1)));
                    nameLocal(s, socket);
                    DatagramCalls.state(s, socket);
                }),
                new Scripts.Script("bound by the first receive", (s, caller) -> {
                    DatagramSocket socket = unbound(s);
                    socket.setSoTimeout(1);
                    s.ask("receive", DatagramCalls.receive(socket, new DatagramPacket(new byte[9], 9)));
                    nameLocal(s, socket);
                    DatagramCalls.state(s, socket);
                }),
                new Scripts.Script("connecting", DatagramScripts::connecting),
                new Scripts.Script("what arrived before is dropped", (s, caller) -> {
                    DatagramSocket socket = bound(s);
                    DatagramSocket peer = peer(s, "PEER");
                    DatagramSocket stranger = peer(s, "STRANGER");
                    stranger.send(DatagramCalls.packet(addressOf(socket), 1));
                    peer.send(DatagramCalls.packet(addressOf(socket), 2));
                    UdpQueue.awaitUnread(socket.getLocalPort());
                    s.run("connect", () -> socket.connect(addressOf(peer)));
                    stranger.send(DatagramCalls.packet(addressOf(socket), 3));
                    peer.send(DatagramCalls.packet(addressOf(socket), 4));
                    s.ask("receive", DatagramCalls.receive(socket, new DatagramPacket(new byte[9], 9)));
                    s.run("disconnect", socket::disconnect);
                    stranger.send(DatagramCalls.packet(addressOf(socket), 5));
                    s.ask("receive", DatagramCalls.receive(socket, new DatagramPacket(new byte[9], 9)));
                }),
                new Scripts.Script("sending", DatagramScripts::sending),
                new Scripts.Script("packets", DatagramScripts::packets),
                new Scripts.Script("sharing a port", (s, caller) -> {
                    DatagramSocket socket = unbound(s);
                    socket.setOption(StandardSocketOptions.SO_REUSEPORT, true);
                    s.run("bind", () -> socket.bind(Pair.anyPort()));
                    nameLocal(s, socket);
                    DatagramSocket other = unbound(s);
                    s.run("bind", () -> other.bind(addressOf(socket)));
                    other.setOption(StandardSocketOptions.SO_REUSEPORT, true);
                    s.run("bind", () -> other.bind(addressOf(socket)));
                    DatagramSocket first = unbound(s);
                    first.setReuseAddress(true);
                    first.bind(Pair.anyPort());
                    s.name(first.getLocalPort(), "FIRST");
                    DatagramSocket second = unbound(s);
                    s.run("bind", () -> second.bind(addressOf(first)));
                    second.setReuseAddress(true);
                    s.run("bind", () -> second.bind(addressOf(first)));
                }),
                new Scripts.Script("groups", (s, caller) -> {
                    DatagramSocket socket = s.open(s.maker.datagrams());
                    nameLocal(s, socket);
                    DatagramCalls.groups(s, socket, DatagramCalls.loopback());
                    socket.setOption(StandardSocketOptions.IP_MULTICAST_IF, DatagramCalls.loopback());
                    DatagramCalls.groups(s, socket, null);
                    InetSocketAddress group = new InetSocketAddress(InetAddress.ofLiteral("239.1.2.3"), 7);
                    s.run("join on none", () -> socket.joinGroup(group, null));
                    s.run("leave on the same", () -> socket.leaveGroup(group, DatagramCalls.loopback()));
                    InetSocketAddress v6 = new InetSocketAddress(InetAddress.ofLiteral("ff12::1234"), 0);
                    s.run("join by IPv6", () -> socket.joinGroup(v6, DatagramCalls.loopback()));
                    s.run("join again", () -> socket.joinGroup(v6, DatagramCalls.loopback()));
                    s.run("leave", () -> socket.leaveGroup(v6, DatagramCalls.loopback()));
                    s.run("leave again", () -> socket.leaveGroup(v6, DatagramCalls.loopback()));
                }));
    }

    private static void afterClose(Scene s, DatagramSocket socket) {
        DatagramCalls.everything(s, socket);
        s.run("bind", () -> socket.bind(null));
        s.run("connect", () -> socket.connect(new InetSocketAddress(DatagramCalls.LOOPBACK, 9)));
        s.run("connect", () -> socket.connect(DatagramCalls.LOOPBACK, 9));
        s.run("connect to port 0", () -> socket.connect(DatagramCalls.LOOPBACK, 0));
        s.run("disconnect", socket::disconnect);
        s.run("send", () -> socket.send(new DatagramPacket(new byte[1], 1, DatagramCalls.LOOPBACK, 9)));
        s.run("send without address", () -> socket.send(new DatagramPacket(new byte[1], 1)));
        s.ask("receive", DatagramCalls.receive(socket, new DatagramPacket(new byte[1], 1)));
        DatagramCalls.groups(s, socket, null);
        DatagramCalls.state(s, socket);
    }

    private static void connecting(Scene s, Object caller) throws IOException {
        DatagramSocket socket = unbound(s);
        InetSocketAddress peer = addressOf(peer(s, "PEER"));
        InetSocketAddress other = addressOf(peer(s, "OTHER"));
        s.run("connect to port 0", () -> socket.connect(DatagramCalls.LOOPBACK, 0));
        s.run("connect to port 0", () -> socket.connect(new InetSocketAddress(DatagramCalls.LOOPBACK, 0)));
        DatagramCalls.state(s, socket);
        s.run("disconnect", socket::disconnect);
        s.run("connect", () -> socket.connect(peer));
        nameLocal(s, socket);
        DatagramCalls.state(s, socket);
        s.run("bind", () -> socket.bind(null));
        s.run("disconnect", socket::disconnect);
        DatagramCalls.state(s, socket);
        s.run("disconnect again", socket::disconnect);
        s.run("connect to the other", () -> socket.connect(other.getAddress(), other.getPort()));
        DatagramCalls.state(s, socket);
        s.run("connect once more", () -> socket.connect(peer));
        DatagramCalls.state(s, socket);
        DatagramCalls.refusals(s, socket);
        s.run("connect to port 0", () -> socket.connect(DatagramCalls.LOOPBACK, 0));
        DatagramCalls.state(s, socket);
    }

    private static void sending(Scene s, Object caller) throws Exception {
        DatagramSocket socket = bound(s);
        DatagramSocket peer = peer(s, "PEER");
        InetSocketAddress other = addressOf(peer(s, "OTHER"));
        DatagramPacket in = new DatagramPacket(new byte[70_000], 70_000);
        s.run("send without address", () -> socket.send(new DatagramPacket(new byte[1], 1)));
        DatagramCalls.badSends(s, socket);
        s.run("send", () -> socket.send(DatagramCalls.packet(addressOf(peer), 1, 2, 3)));
        s.ask("received", DatagramCalls.receive(peer, in));
        s.run("send nothing", () -> socket.send(DatagramCalls.packet(addressOf(peer))));
        s.ask("received", DatagramCalls.receive(peer, in));
        DatagramPacket most = new DatagramPacket(new byte[65_507], 65_507, addressOf(peer));
        s.run("send the most", () -> socket.send(most));
        s.ask("received", DatagramCalls.receive(peer, in));
        DatagramPacket part = new DatagramPacket(new byte[] {1, 2, 3, 4, 5}, 2, 2, addressOf(peer));
        s.run("send a part", () -> socket.send(part));
        s.ask("received", DatagramCalls.receive(peer, in));

        s.run("connect", () -> socket.connect(addressOf(peer)));
        DatagramPacket anonymous = new DatagramPacket(new byte[] {9}, 1);
        s.run("send without address", () -> socket.send(anonymous));
        s.ask("its address", () -> anonymous.getAddress() + ":" + anonymous.getPort());
        s.ask("received", DatagramCalls.receive(peer, in));
        s.run("send with the address", () -> socket.send(DatagramCalls.packet(addressOf(peer), 4)));
        s.ask("received", DatagramCalls.receive(peer, in));
        s.run("send elsewhere", () -> socket.send(DatagramCalls.packet(other, 4)));
        s.run("send to port 0", () -> socket.send(DatagramCalls.packet(Pair.anyPort(), 4)));
        s.run("disconnect", socket::disconnect);
        s.run("send", () -> socket.send(DatagramCalls.packet(addressOf(peer), 5)));
        s.ask("received", DatagramCalls.receive(peer, in));
    }

    private static void packets(Scene s, Object caller) throws Exception {
        DatagramSocket socket = bound(s);
        DatagramSocket peer = peer(s, "PEER");
        DatagramPacket five = DatagramCalls.packet(addressOf(socket), 1, 2, 3, 4, 5);
        DatagramPacket two = DatagramCalls.packet(addressOf(socket), 8, 9);
        DatagramPacket none = DatagramCalls.packet(addressOf(socket));

        DatagramPacket whole = new DatagramPacket(new byte[9], 9);
        // The room stays what it was.
        for (DatagramPacket sent : List.of(two, five, none, five)) {
            peer.send(sent);
            s.ask("receive", DatagramCalls.receive(socket, whole));
        }
        peer.send(five);
        whole.setLength(3);
        s.ask("receive three of five", DatagramCalls.receive(socket, whole));
        peer.send(five);
        s.ask("receive three again", DatagramCalls.receive(socket, whole));
        peer.send(five);
        whole.setLength(9);
        s.ask("receive all", DatagramCalls.receive(socket, whole));
        peer.send(five);
        whole.setData(new byte[9], 2, 4);
        s.ask("receive at an offset", DatagramCalls.receive(socket, whole));
        s.ask("around it", () -> whole.getData()[1] + " " + whole.getData()[6]);
        peer.send(five);
        DatagramPacket empty = new DatagramPacket(new byte[0], 0);
        s.ask("receive without room", DatagramCalls.receive(socket, empty));
        // It is gone.
        peer.send(two);
        s.ask("receive", DatagramCalls.receive(socket, whole));
        // As an echo does.
        s.run("send back", () -> socket.send(whole));
        s.ask("received", DatagramCalls.receive(peer, new DatagramPacket(new byte[9], 9)));
        peer.send(five);
        s.ask("receive", DatagramCalls.receive(socket, whole));
        socket.setSoTimeout(1);
        s.ask("receive in vain", DatagramCalls.receive(socket, whole));
        s.ask("left alone", () -> DatagramCalls.shown(whole));
        DatagramPacket large = new DatagramPacket(new byte[100_000], 100_000);
        socket.setSoTimeout(LATE_MILLIS);
        peer.send(new DatagramPacket(new byte[65_507], 65_507, addressOf(socket)));
        s.ask("receive the most", DatagramCalls.receive(socket, large));
    }
}
