package io.heddle.javanet;

import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.FullBacklog;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** Calls on sockets, by the items of the compatibility list. Without JUnit, for processes that do not have it. */
final class Scripts {
    private Scripts() {}

    /** What is done in a scene, by one kind of thread. */
    record Script(String name, Play play) {
        List<String> run(Caller caller, Scene.Maker maker) throws Exception {
            return caller.call(() -> {
                try (Scene scene = new Scene(maker)) {
                    play.in(scene, caller);
                    return scene.lines();
                }
            });
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** How it is done. */
    interface Play {
        void in(Scene scene, Caller caller) throws Exception;
    }

    static List<Script> of(Caller caller) {
        List<Script> all = new ArrayList<>(everywhere());
        if (caller.isVirtual()) {
            all.addAll(onVirtualThreads());
        }
        return all;
    }

    private static List<Script> everywhere() {
        return List.of(
                new Script("a new socket", (s, caller) -> {
                    Socket socket = s.socket();
                    Calls.state(s, socket);
                    Calls.refusals(s, socket);
                    Calls.options(s, socket);
                    Calls.setters(s, socket);
                    Calls.state(s, socket);
                }),
                new Script("a socket that was closed before it was used", (s, caller) -> {
                    Socket socket = s.socket();
                    s.run("close", socket::close);
                    s.run("close again", socket::close);
                    afterClose(s, socket);
                }),
                new Script("a socket that was closed unconnected", (s, caller) -> {
                    Socket socket = s.socket();
                    s.run("bind", () -> socket.bind(Pair.anyPort()));
                    s.name(socket.getLocalPort(), "LOCAL");
                    Calls.state(s, socket);
                    s.run("close", socket::close);
                    afterClose(s, socket);
                }),
                new Script("a connected socket", (s, caller) -> {
                    Socket socket = s.connected()[0];
                    Calls.state(s, socket);
                    Calls.options(s, socket);
                    Calls.setters(s, socket);
                    Calls.options(s, socket);
                    InputStream in = socket.getInputStream();
                    OutputStream out = socket.getOutputStream();
                    s.ask("same input", () -> in == socket.getInputStream());
                    s.ask("same output", () -> out == socket.getOutputStream());
                    s.run("connect again", () -> socket.connect(Pair.anyPort()));
                    s.run("bind", () -> socket.bind(null));
                    Calls.state(s, socket);
                }),
                new Script("a connected socket after close", (s, caller) -> {
                    Socket socket = s.connected()[0];
                    InputStream in = socket.getInputStream();
                    OutputStream out = socket.getOutputStream();
                    s.run("close", socket::close);
                    s.run("close again", socket::close);
                    afterClose(s, socket);
                    streams(s, in, out);
                }),
                new Script("closed by its input", (s, caller) -> {
                    Socket socket = s.connected()[0];
                    OutputStream out = socket.getOutputStream();
                    s.run("close", () -> socket.getInputStream().close());
                    Calls.state(s, socket);
                    s.run("write", () -> out.write(1));
                }),
                new Script("closed by its output", (s, caller) -> {
                    Socket socket = s.connected()[0];
                    InputStream in = socket.getInputStream();
                    s.run("close", () -> socket.getOutputStream().close());
                    Calls.state(s, socket);
                    s.ask("read", in::read);
                }),
                new Script("streams", (s, caller) -> {
                    Socket[] ends = s.connected();
                    ends[1].getOutputStream().write(new byte[] {1, 2, 3, 4, 5, (byte) 200});
                    streams(s, ends[0].getInputStream(), ends[0].getOutputStream());
                    ends[1].shutdownOutput();
                    s.ask("the rest", () -> ends[0].getInputStream().readAllBytes().length);
                    s.ask("the end", () -> ends[0].getInputStream().read());
                    streams(s, ends[0].getInputStream(), ends[0].getOutputStream());
                }),
                new Script("half close of the input", (s, caller) -> {
                    Socket[] ends = s.connected();
                    InputStream in = ends[0].getInputStream();
                    ends[1].getOutputStream().write(1);
                    Await.until("it is there", () -> in.available() == 1);
                    s.run("shutdownInput", ends[0]::shutdownInput);
                    s.run("shutdownInput again", ends[0]::shutdownInput);
                    s.ask("getInputStream", ends[0]::getInputStream);
                    s.ask("read", in::read);
                    s.ask("available", in::available);
                    Calls.state(s, ends[0]);
                    s.run("write", () -> ends[0].getOutputStream().write(1));
                    s.ask("the peer reads", () -> ends[1].getInputStream().read());
                }),
                new Script("half close of the output", (s, caller) -> {
                    Socket[] ends = s.connected();
                    OutputStream out = ends[0].getOutputStream();
                    s.run("shutdownOutput", ends[0]::shutdownOutput);
                    s.run("shutdownOutput again", ends[0]::shutdownOutput);
                    s.ask("getOutputStream", ends[0]::getOutputStream);
                    s.run("write", () -> out.write(1));
                    s.run("write nothing", () -> out.write(new byte[0]));
                    s.run("sendUrgentData", () -> ends[0].sendUrgentData(1));
                    Calls.state(s, ends[0]);
                    s.ask("the peer reads", () -> ends[1].getInputStream().read());
                    ends[1].getOutputStream().write(7);
                    s.ask("read", () -> ends[0].getInputStream().read());
                }),
                new Script("shut both ways and closed", (s, caller) -> {
                    Socket socket = s.connected()[0];
                    socket.shutdownInput();
                    socket.shutdownOutput();
                    Calls.state(s, socket);
                    socket.close();
                    Calls.state(s, socket);
                }),
                new Script("urgent data", (s, caller) -> {
                    Socket[] ends = s.connected();
                    s.run("dropped", () -> ends[0].sendUrgentData(5));
                    ends[0].getOutputStream().write(6);
                    s.ask("the peer reads", () -> ends[1].getInputStream().read());
                    ends[0].setOOBInline(true);
                    ends[1].sendUrgentData(0x1ff);
                    ends[1].getOutputStream().write(8);
                    s.ask("read", () -> ends[0].getInputStream().read());
                    s.ask("read", () -> ends[0].getInputStream().read());
                    ends[1].setSoLinger(true, 0);
                    ends[1].close();
                    s.run("when the peer is gone", () -> sendUntilRefused(ends[0]));
                }),
                new Script("a reset", (s, caller) -> {
                    Socket[] ends = s.connected();
                    InputStream in = ends[0].getInputStream();
                    ends[1].setSoLinger(true, 0);
                    ends[1].close();
                    s.ask("read", in::read);
                    s.ask("read", in::read);
                    s.ask("available", in::available);
                    s.run("write", () -> ends[0].getOutputStream().write(1));
                    s.run("shutdownInput", ends[0]::shutdownInput);
                    s.run("shutdownOutput", ends[0]::shutdownOutput);
                    Calls.state(s, ends[0]);
                }),
                new Script("bind", (s, caller) -> {
                    Socket socket = s.socket();
                    s.run("unresolved", () -> socket.bind(InetSocketAddress.createUnresolved("nowhere", 1)));
                    s.run("not ours", () -> socket.bind(new InetSocketAddress("192.0.2.1", 0)));
                    Socket taken = s.open(new Socket());
                    taken.bind(Pair.anyPort());
                    s.run("taken", () -> socket.bind(taken.getLocalSocketAddress()));
                    Calls.state(s, socket);
                    s.run("null", () -> socket.bind(null));
                    s.name(socket.getLocalPort(), "LOCAL");
                    s.run("again", () -> socket.bind(null));
                    Calls.state(s, socket);
                    ServerSocket server = s.jdkServer();
                    s.run("connect", () -> socket.connect(server.getLocalSocketAddress()));
                    Calls.state(s, socket);
                }),
                new Script("connect that is refused", (s, caller) -> {
                    InetSocketAddress nowhere = s.nowhere();
                    for (int millis : new int[] {0, 100_000}) {
                        Socket socket = s.socket();
                        s.run("connect", () -> socket.connect(nowhere, millis));
                        s.run("again", () -> socket.connect(nowhere, millis));
                        Calls.state(s, socket);
                    }
                }),
                new Script("connect to nobody", (s, caller) -> {
                    Socket socket = s.socket();
                    s.run("null", () -> socket.connect(null));
                    s.run("negative time", () -> socket.connect(Pair.anyPort(), -1));
                    s.run("another kind", () -> socket.connect(new Calls.Elsewhere()));
                    Calls.state(s, socket);
                    s.run("unresolved", () -> socket.connect(InetSocketAddress.createUnresolved("no.where", 1)));
                    Calls.state(s, socket);
                }),
                new Script("connect that is not answered", (s, caller) -> {
                    FullBacklog full = s.open(FullBacklog.open());
                    Socket socket = s.socket();
                    s.run("connect", () -> socket.connect(full.address(), 50));
                    Calls.state(s, socket);
                }),
                new Script("connect to the wildcard", (s, caller) -> {
                    ServerSocket server = s.open(new ServerSocket(0));
                    s.name(server.getLocalPort(), "SERVER");
                    Socket socket = s.socket();
                    s.run("connect", () -> socket.connect(new InetSocketAddress(server.getLocalPort())));
                    s.name(socket.getLocalPort(), "LOCAL");
                    Calls.state(s, socket);
                }),
                new Script("connect by IPv6", (s, caller) -> {
                    ServerSocket server = s.open(new ServerSocket(0, 1, InetAddress.ofLiteral("::1")));
                    s.name(server.getLocalPort(), "SERVER");
                    Socket socket = s.socket();
                    s.run("connect", () -> socket.connect(server.getLocalSocketAddress()));
                    s.name(socket.getLocalPort(), "LOCAL");
                    Calls.state(s, socket);
                }),
                new Script("constructors that connect", (s, caller) -> {
                    ServerSocket server = s.jdkServer();
                    InetAddress host = server.getInetAddress();
                    int port = server.getLocalPort();
                    Scene.Maker m = s.maker;
                    s.ask("host", () -> use(m.connect("localhost", port)));
                    s.ask("address", () -> use(m.connect(host, port)));
                    s.ask("host from", () -> use(m.connect("127.0.0.1", port, host, 0)));
                    s.ask("address from", () -> use(m.connect(host, port, host, 0)));
                    s.ask("from anywhere", () -> use(m.connect(host, port, null, 0)));
                    s.ask("no address", () -> use(m.connect((InetAddress) null, port)));
                    s.ask("no address from", () -> use(m.connect((InetAddress) null, port, host, 0)));
                    s.ask("no such name", () -> use(m.connect("no.such.name.invalid", port)));
                    s.ask("no such name from", () -> use(m.connect("no.such.name.invalid", port, host, 0)));
                    for (int wrong : new int[] {-1, 65_536}) {
                        s.ask("port " + wrong, () -> use(m.connect("localhost", wrong)));
                        s.ask("port of address " + wrong, () -> use(m.connect(host, wrong)));
                        s.ask("local port " + wrong, () -> use(m.connect("localhost", port, host, wrong)));
                        s.ask("local port " + wrong, () -> use(m.connect(host, port, host, wrong)));
                    }
                    s.ask("port 0", () -> use(m.connect(host, 0)));
                    InetSocketAddress nowhere = s.nowhere();
                    s.ask("refused", () -> use(m.connect(nowhere.getAddress(), nowhere.getPort())));
                    s.ask("local port taken", () -> use(m.connect(host, port, host, nowhere.getPort())));
                    s.ask("from elsewhere", () -> use(m.connect(host, port, InetAddress.ofLiteral("192.0.2.1"), 0)));
                }),
                new Script("no host is the loopback address", (s, caller) -> {
                    ServerSocket server = s.open(new ServerSocket(0, 1, InetAddress.getByName(null)));
                    s.ask("host", () -> use(s.maker.connect((String) null, server.getLocalPort())));
                    s.ask("port", () -> use(s.maker.connect((String) null, -1)));
                }),
                new Script("a new server", (s, caller) -> {
                    ServerSocket server = s.server();
                    Calls.state(s, server);
                    s.ask("accept", server::accept);
                    Calls.options(s, server);
                    Calls.setters(s, server);
                    Calls.state(s, server);
                }),
                new Script("a server that was closed before it was used", (s, caller) -> {
                    ServerSocket server = s.server();
                    s.run("close", server::close);
                    s.run("close again", server::close);
                    afterClose(s, server);
                }),
                new Script("a listening server", (s, caller) -> {
                    ServerSocket server = s.listening();
                    Calls.state(s, server);
                    s.run("bind again", () -> server.bind(null));
                    s.run("bind again", () -> server.bind(null, 3));
                    Calls.options(s, server);
                    Calls.setters(s, server);
                    s.run("a short timeout", () -> server.setSoTimeout(1));
                    s.ask("accept", server::accept);
                    s.ask("accept", server::accept);
                    Calls.state(s, server);
                    s.run("close", server::close);
                    afterClose(s, server);
                }),
                new Script("bind of a server", (s, caller) -> {
                    ServerSocket server = s.server();
                    s.run("another kind", () -> server.bind(new Calls.Elsewhere()));
                    s.run("unresolved", () -> server.bind(InetSocketAddress.createUnresolved("nowhere", 1)));
                    s.run("not ours", () -> server.bind(new InetSocketAddress("192.0.2.1", 0)));
                    s.run("taken", () -> server.bind(s.jdkServer().getLocalSocketAddress()));
                    Calls.state(s, server);
                    s.run("null", () -> server.bind(null, -7));
                    s.name(server.getLocalPort(), "PORT");
                    Calls.state(s, server);
                }),
                new Script("constructors that listen", (s, caller) -> {
                    ServerSocket taken = s.jdkServer();
                    InetAddress host = taken.getInetAddress();
                    Scene.Maker m = s.maker;
                    for (int port : new int[] {-1, 0, 65_536}) {
                        s.ask("port " + port, () -> used(m.listen(port)));
                        s.ask("port, backlog " + port, () -> used(m.listen(port, -1)));
                        s.ask("port, backlog, host " + port, () -> used(m.listen(port, 0, host)));
                        s.ask("port, backlog, any " + port, () -> used(m.listen(port, 5, null)));
                    }
                    s.ask("taken", () -> used(m.listen(taken.getLocalPort())));
                    s.ask("taken", () -> used(m.listen(taken.getLocalPort(), 1, host)));
                    s.ask("elsewhere", () -> used(m.listen(0, 1, InetAddress.ofLiteral("192.0.2.1"))));
                }),
                new Script("an accepted socket", (s, caller) -> {
                    ServerSocket server = s.server();
                    server.setReceiveBufferSize(20_000);
                    server.bind(Pair.anyPort());
                    server.setSoTimeout(50_000);
                    s.name(server.getLocalPort(), "PORT");
                    Socket peer = s.open(new Socket(server.getInetAddress(), server.getLocalPort()));
                    s.name(peer.getLocalPort(), "PEER");
                    Socket socket = s.open(server.accept());
                    Calls.state(s, socket);
                    Calls.options(s, socket);
                    s.ask("getReceiveBufferSize", socket::getReceiveBufferSize);
                    Calls.setters(s, socket);
                    s.run("close the server", server::close);
                    s.run("write", () -> socket.getOutputStream().write(3));
                    s.ask("the peer reads", () -> peer.getInputStream().read());
                    socket.close();
                    afterClose(s, socket);
                }),
                new Script("an accept into a new socket", (s, caller) -> accept(s, s.socket())),
                new Script("an accept into a socket with options", (s, caller) -> {
                    Socket socket = s.socket();
                    socket.setSoTimeout(1234);
                    socket.setKeepAlive(true);
                    accept(s, socket);
                    s.ask("getSoTimeout", socket::getSoTimeout);
                    s.ask("getKeepAlive", socket::getKeepAlive);
                }),
                new Script("an accept into a connected socket", (s, caller) -> {
                    Socket[] ends = s.connected();
                    accept(s, ends[0]);
                    s.ask(
                            "the former peer reads",
                            () -> ends[1].getInputStream().read());
                }),
                new Script("an accept that times out", (s, caller) -> {
                    Socket socket = s.socket();
                    ServerSocket server = s.open(s.maker.accepting(into -> into(into, socket)));
                    server.bind(Pair.anyPort());
                    server.setSoTimeout(1);
                    s.ask("accept", server::accept);
                    Calls.state(s, socket);
                    ServerSocket other = s.jdkServer();
                    s.run("connect", () -> socket.connect(other.getLocalSocketAddress()));
                    s.name(socket.getLocalPort(), "LOCAL");
                    Calls.state(s, socket);
                }),
                new Script("a read that times out", (s, caller) -> {
                    Socket[] ends = s.connected();
                    ends[0].setSoTimeout(1);
                    s.ask("read", () -> ends[0].getInputStream().read());
                    s.ask("bytes so far", () -> bytesTransferred(ends[0]));
                    Calls.state(s, ends[0]);
                }),
                new Script("close under all that waits", (s, caller) -> {
                    Socket[] ends = s.connected();
                    InputStream in = ends[0].getInputStream();
                    OutputStream out = ends[0].getOutputStream();
                    Task<Integer> reading = start(caller, in::read);
                    Task<Boolean> writing = startRun(caller, () -> out.write(new byte[10_000_000]));
                    reading.awaitWaiting();
                    writing.awaitWaiting();
                    s.run("close", ends[0]::close);
                    s.noteEnd("read", reading);
                    s.noteEnd("write", writing);
                    Calls.state(s, ends[0]);
                    ServerSocket server = s.listening();
                    Task<Socket> accepting = start(caller, server::accept).awaitWaiting();
                    s.run("close", server::close);
                    s.noteEnd("accept", accepting);
                    Calls.state(s, server);
                    FullBacklog full = s.open(FullBacklog.open());
                    s.name(full.address().getPort(), "FULL");
                    Socket connecting = s.socket();
                    Task<Boolean> connect = startRun(caller, () -> connecting.connect(full.address()))
                            .awaitWaiting();
                    s.run("close", connecting::close);
                    s.noteEnd("connect", connect);
                    Calls.state(s, connecting);
                }),
                new Script("half close under what waits", (s, caller) -> {
                    Socket[] ends = s.connected();
                    Task<Integer> reading =
                            start(caller, ends[0].getInputStream()::read).awaitWaiting();
                    s.run("shutdownInput", ends[0]::shutdownInput);
                    s.noteEnd("read", reading);
                    OutputStream out = ends[0].getOutputStream();
                    Task<Boolean> writing = startRun(caller, () -> out.write(new byte[10_000_000]))
                            .awaitWaiting();
                    s.run("shutdownOutput", ends[0]::shutdownOutput);
                    s.noteEnd("write", writing);
                    Calls.state(s, ends[0]);
                }));
    }

    /** An interrupt ends what virtual threads wait for; a platform thread would wait on. */
    private static List<Script> onVirtualThreads() {
        return List.of(
                new Script("interrupt of a read", (s, caller) -> {
                    Socket[] ends = s.connected();
                    Thread.currentThread().interrupt();
                    s.ask("read", () -> ends[0].getInputStream().read());
                    Calls.state(s, ends[0]);
                    s.ask("the peer reads", () -> ends[1].getInputStream().read());
                }),
                new Script("interrupt of a read that is closed", (s, caller) -> {
                    Socket[] ends = s.connected();
                    InputStream in = ends[0].getInputStream();
                    ends[0].close();
                    Thread.currentThread().interrupt();
                    s.ask("read", in::read);
                    Thread.currentThread().interrupt();
                    s.ask("read", in::read);
                }),
                new Script("interrupt of a write", (s, caller) -> {
                    Socket[] ends = s.connected();
                    Thread.currentThread().interrupt();
                    s.run("write", () -> ends[0].getOutputStream().write(new byte[10_000_000]));
                    Calls.state(s, ends[0]);
                    s.run("write", () -> ends[0].getOutputStream().write(1));
                }),
                new Script("interrupt of an accept", (s, caller) -> {
                    ServerSocket server = s.listening();
                    Thread.currentThread().interrupt();
                    s.ask("accept", server::accept);
                    Calls.state(s, server);
                    Thread.currentThread().interrupt();
                    s.ask("accept", server::accept);
                }),
                new Script("interrupt before a constructor", (s, caller) -> {
                    ServerSocket server = s.jdkServer();
                    Thread.currentThread().interrupt();
                    s.ask("host", () -> use(s.maker.connect("localhost", server.getLocalPort())));
                    Thread.currentThread().interrupt();
                    s.ask("address", () -> use(s.maker.connect(server.getInetAddress(), server.getLocalPort())));
                    Thread.currentThread().interrupt();
                    s.ask("no such name", () -> use(s.maker.connect("no.such.name.invalid", 1)));
                }),
                new Script("interrupt of a connect", (s, caller) -> {
                    FullBacklog full = s.open(FullBacklog.open());
                    Socket socket = s.socket();
                    Thread.currentThread().interrupt();
                    s.run("connect", () -> socket.connect(full.address()));
                    Calls.state(s, socket);
                }),
                new Script("interrupt of a timed connect", (s, caller) -> {
                    FullBacklog full = s.open(FullBacklog.open());
                    Socket socket = s.socket();
                    Thread.currentThread().interrupt();
                    s.run("connect", () -> socket.connect(full.address(), 100_000));
                    Calls.state(s, socket);
                }));
    }

    /** On a thread of the same kind: a virtual thread would hand down its scheduler, and that is what is wanted. */
    private static <T> Task<T> start(Caller caller, Callable<T> work) {
        return Task.of(caller::sibling, work);
    }

    private static Task<Boolean> startRun(Caller caller, Caller.Work work) {
        return Task.on(caller::sibling, work);
    }

    private static String use(Socket socket) throws Exception {
        try (socket) {
            return socket.getInetAddress() + ", " + socket.isConnected() + ", " + socket.isBound();
        }
    }

    private static String used(ServerSocket server) throws Exception {
        try (server) {
            return server.getInetAddress() + ", " + (server.getLocalPort() > 0);
        }
    }

    private static Socket into(Scene.Maker.Accept accept, Socket socket) {
        try {
            accept.into(socket);
            return socket;
        } catch (Exception e) {
            throw new IllegalStateException(e.toString(), e);
        }
    }

    private static void accept(Scene s, Socket socket) throws Exception {
        ServerSocket server = s.open(s.maker.accepting(into -> into(into, socket)));
        server.bind(Pair.anyPort());
        s.name(server.getLocalPort(), "PORT");
        Socket peer = s.open(new Socket(server.getInetAddress(), server.getLocalPort()));
        s.name(peer.getLocalPort(), "PEER");
        s.run("accept", server::accept);
        Calls.state(s, socket);
        socket.getOutputStream().write(9);
        s.ask("the peer reads", () -> peer.getInputStream().read());
    }

    private static void sendUntilRefused(Socket socket) throws Exception {
        Await.until("it is refused", () -> {
            socket.sendUrgentData(1);
            return false;
        });
    }

    private static int bytesTransferred(Socket socket) throws Exception {
        try {
            return socket.getInputStream().read() + 1_000;
        } catch (SocketTimeoutException e) {
            return e.bytesTransferred;
        }
    }

    private static void afterClose(Scene s, Socket socket) {
        Calls.state(s, socket);
        Calls.refusals(s, socket);
        s.run("bind", () -> socket.bind(null));
        s.run("connect", () -> socket.connect(Pair.anyPort()));
        Calls.options(s, socket);
        Calls.setters(s, socket);
    }

    private static void afterClose(Scene s, ServerSocket server) {
        Calls.state(s, server);
        s.ask("accept", server::accept);
        s.run("bind", () -> server.bind(null));
        Calls.options(s, server);
        Calls.setters(s, server);
    }

    private static void streams(Scene s, InputStream in, OutputStream out) {
        s.ask("read into null", () -> in.read(null, 0, 0));
        s.ask("read before it", () -> in.read(new byte[3], -1, 1));
        s.ask("read behind it", () -> in.read(new byte[3], 2, 2));
        s.ask("read a negative length", () -> in.read(new byte[3], 0, -1));
        s.ask("read far behind it", () -> in.read(new byte[3], Integer.MAX_VALUE, Integer.MAX_VALUE));
        s.ask("read nothing", () -> in.read(new byte[0]));
        s.ask("read nothing at the end", () -> in.read(new byte[3], 3, 0));
        s.ask("available", () -> in.available() > 0);
        s.ask("read", in::read);
        s.ask("read two", () -> in.read(new byte[2]));
        s.ask("skip", () -> in.skip(1));
        s.ask("skip nothing", () -> in.skip(0));
        s.ask("mark", in::markSupported);
        s.run("reset", in::reset);
        s.run("write null", () -> out.write(null, 0, 0));
        s.run("write before it", () -> out.write(new byte[3], -1, 1));
        s.run("write behind it", () -> out.write(new byte[3], 2, 2));
        s.run("write a negative length", () -> out.write(new byte[3], 0, -1));
        s.run("write nothing", () -> out.write(new byte[0]));
        s.run("write", () -> out.write(1));
        s.run("flush", out::flush);
    }
}
