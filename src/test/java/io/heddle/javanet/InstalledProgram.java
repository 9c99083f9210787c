package io.heddle.javanet;

import io.heddle.testing.Caller;
import io.heddle.testing.Pair;
import io.heddle.testing.SocksServer;
import io.heddle.testing.Task;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/** A process in which all sockets are ours. Does what its argument says, and tells of it line by line. */
final class InstalledProgram {
    private InstalledProgram() {}

    /** See the class. */
    public static void main(String[] args) throws Exception {
        System.out.println("before " + HeddleSockets.isDefault());
        switch (args[0]) {
            case "kinds" -> {
                kindsAndThoseFromBefore();
                return;
            }
            case "servers taken" -> {
                tell("foreign", InstalledProgram::setServerFactory);
                installInVain();
                return;
            }
            case "sockets taken" -> {
                tell("foreign", InstalledProgram::setSocketFactory);
                installInVain();
                return;
            }
            default -> install();
        }
        switch (args[0]) {
            case "compare" -> compare();
            case "connect" -> connect(args[1], Integer.parseInt(args[2]));
            default -> throw new AssertionError(args[0]);
        }
        end();
    }

    private static void install() throws IOException {
        HeddleSockets.installAsDefault();
        HeddleSockets.installAsDefault();
        System.out.println("after " + HeddleSockets.isDefault());
    }

    /** Twice, as the second time is another: half of it may be done. */
    private static void installInVain() {
        for (int i = 0; i < 2; i++) {
            tell("install", () -> {
                HeddleSockets.installAsDefault();
                return "done";
            });
            System.out.println("after " + HeddleSockets.isDefault());
        }
        end();
    }

    private static void end() {
        System.out.println("end");
        System.exit(0);
    }

    private static void kindsAndThoseFromBefore() throws Exception {
        SSLContext tls = SelfSigned.context();
        ServerSocket plain = new ServerSocket();
        ServerSocket secure = tls.getServerSocketFactory().createServerSocket();
        install();
        tell("made before", () -> exchange(Caller.HEDDLE_THREAD, plain, new Socket()));
        tell("tls made before", () -> refused(secure));
        kinds(tls);
        selector();
        end();
    }

    /** All scripts, of which the tests have what the JDK's sockets do in another process. */
    private static void compare() throws Exception {
        for (Caller caller : Caller.values()) {
            for (Scripts.Script script : Scripts.of(caller)) {
                System.out.println("script " + caller + ", " + script);
                for (String line : script.run(caller, Scene.Maker.JDK)) {
                    System.out.println("line " + line.replace("\n", "\\n"));
                }
                System.out.println("done");
            }
        }
    }

    private static void kinds(SSLContext tls) throws Exception {
        tell("second socket factory", () -> setSocketFactory());
        tell("second server factory", () -> setServerFactory());
        for (Caller caller : Caller.values()) {
            tell("plain", () -> exchange(caller, new ServerSocket(), new Socket()));
            tell(
                    "factories",
                    () -> exchange(
                            caller,
                            ServerSocketFactory.getDefault().createServerSocket(),
                            SocketFactory.getDefault().createSocket()));
            tell("no proxy", () -> exchange(caller, new ServerSocket(), new Socket(Proxy.NO_PROXY)));
            tell("drop-in server", () -> exchange(caller, new HeddleServerSocket(), new Socket()));
            tell("drop-in socket", () -> exchange(caller, new ServerSocket(), new HeddleSocket()));
            SSLServerSocket server =
                    (SSLServerSocket) tls.getServerSocketFactory().createServerSocket();
            tell("tls", () -> exchange(caller, server, tls.getSocketFactory().createSocket()));
            tell("url", () -> caller.call(InstalledProgram::url));
        }
        tell("foreign subclass", InstalledProgram::foreign);
        tell("socks of the JDK", InstalledProgram::socksOfTheJdk);
    }

    /** Whether it waits in Heddle for a proxy that answers nothing. */
    private static boolean socksOfTheJdk() throws Exception {
        try (SocksServer proxy = new SocksServer(SocksServer.Manner.OPEN.silence());
                Socket socket = new Socket(new Proxy(Proxy.Type.SOCKS, proxy.address()))) {
            var connecting = Caller.HEDDLE_THREAD.startRun(() -> socket.connect(proxy.address()));
            proxy.awaitClient();
            boolean ours = isOurs(connecting.awaitWaiting());
            close(socket);
            Throwable failure = connecting.failure();
            if (!(failure instanceof IOException)) {
                throw new AssertionError(failure);
            }
            return ours;
        }
    }

    private static void close(Socket socket) throws IOException {
        socket.close();
    }

    private static boolean isOurs(Task<?> waiting) {
        return Arrays.stream(waiting.thread().getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals("io.heddle.internal.readiness.Registration"));
    }

    /** What an accept throws that has a connection. */
    private static String refused(ServerSocket server) throws IOException {
        try (server) {
            server.bind(Pair.anyPort());
            try (Socket client = new Socket(server.getInetAddress(), server.getLocalPort());
                    Socket accepted = server.accept()) {
                return client + " " + accepted;
            }
        }
    }

    /** One that fetches what it answers, on a socket that must not ask it again. */
    private static void selector() throws Exception {
        try (ServerSocket rules = new ServerSocket()) {
            rules.bind(Pair.anyPort());
            ProxySelector.setDefault(new ProxySelector() {
                @Override
                public List<Proxy> select(URI uri) {
                    try (Socket socket = new Socket(Proxy.NO_PROXY)) {
                        socket.connect(rules.getLocalSocketAddress());
                        System.out.println("rules of " + uri.getHost());
                        return List.of(Proxy.NO_PROXY);
                    } catch (IOException e) {
                        throw new AssertionError(e);
                    }
                }

                @Override
                public void connectFailed(URI uri, SocketAddress address, IOException e) {
                    throw new AssertionError(e);
                }
            });
            tell(
                    "with a selector that connects",
                    () -> exchange(Caller.HEDDLE_THREAD, new ServerSocket(), new Socket()));
        }
    }

    private static void tell(String what, Callable<?> call) {
        String outcome;
        try {
            outcome = String.valueOf(call.call());
        } catch (Exception e) {
            outcome = e.toString();
        }
        System.out.println(what + " -> " + outcome);
    }

    @SuppressWarnings("deprecation") // As in HeddleSockets.
    private static String setSocketFactory() throws IOException {
        Socket.setSocketImplFactory(() -> null);
        return "set";
    }

    @SuppressWarnings("deprecation") // As in HeddleSockets.
    private static String setServerFactory() throws IOException {
        ServerSocket.setSocketFactory(() -> null);
        return "set";
    }

    /** And whether the server, and then the client, waits in Heddle. */
    private static String exchange(Caller caller, ServerSocket server, Socket socket) throws Exception {
        try (server;
                socket) {
            server.bind(Pair.anyPort());
            CountDownLatch asked = new CountDownLatch(1);
            CountDownLatch seen = new CountDownLatch(1);
            var serving = caller.startRun(() -> {
                try (Socket accepted = server.accept()) {
                    int question = accepted.getInputStream().read();
                    asked.countDown();
                    seen.await();
                    accepted.getOutputStream().write(question + 1);
                }
            });
            boolean serverOurs = isOurs(serving.awaitWaiting());
            var asking = caller.start(() -> {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort()));
                socket.getOutputStream().write(7);
                return socket.getInputStream().read();
            });
            asked.await();
            // All that is left for it to wait for is the answer.
            boolean clientOurs = isOurs(asking.awaitWaiting());
            seen.countDown();
            return asking.get() + ", " + serving.get() + ", " + serverOurs + ", " + clientOurs;
        }
    }

    private static String url() throws Exception {
        try (ServerSocket server = new ServerSocket()) {
            server.bind(Pair.anyPort());
            Thread serving = Thread.startVirtualThread(() -> answer(server));
            URL url = URI.create("http://127.0.0.1:" + server.getLocalPort() + "/")
                    .toURL();
            HttpURLConnection connection = (HttpURLConnection) url.openConnection();
            try (InputStream in = connection.getInputStream()) {
                return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
            } finally {
                connection.disconnect();
                serving.join();
            }
        }
    }

    private static void answer(ServerSocket server) {
        try (Socket socket = server.accept()) {
            InputStream in = socket.getInputStream();
            int newlines = 0;
            while (newlines < 2) {
                int c = in.read();
                newlines = c == '\n' ? newlines + 1 : c == '\r' ? newlines : 0;
            }
            socket.getOutputStream()
                    .write("HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello".getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** One that another class loader has defined, which does not know Heddle. */
    private static String foreign() throws Exception {
        URL classes = Path.of("target", "test-classes").toUri().toURL();
        try (URLClassLoader loader = new URLClassLoader(new URL[] {classes}, ClassLoader.getPlatformClassLoader())) {
            Class<?> type = loader.loadClass("io.heddle.javanet.ForeignSocket");
            Socket socket = (Socket) type.getDeclaredConstructor().newInstance();
            return (type.getClassLoader() == loader) + ", "
                    + exchange(Caller.HEDDLE_THREAD, new ServerSocket(), socket);
        }
    }

    private static void connect(String host, int port) throws Exception {
        for (Caller caller : Caller.values()) {
            tell(
                    "connect",
                    () -> caller.call(() -> {
                        try (Socket socket = new Socket(host, port)) {
                            return socket.getInputStream().read();
                        }
                    }));
        }
    }
}
