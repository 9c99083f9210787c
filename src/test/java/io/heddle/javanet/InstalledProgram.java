package io.heddle.javanet;

import io.heddle.testing.Caller;
import io.heddle.testing.Pair;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Callable;
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
        HeddleSockets.installAsDefault();
        HeddleSockets.installAsDefault();
        System.out.println("after " + HeddleSockets.isDefault());
        switch (args[0]) {
            case "compare" -> compare();
            case "kinds" -> kinds();
            case "connect" -> connect(args[1], Integer.parseInt(args[2]));
            default -> throw new AssertionError(args[0]);
        }
        System.out.println("end");
        System.exit(0);
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

    private static void kinds() throws Exception {
        tell("second socket factory", () -> setSocketFactory());
        tell("second server factory", () -> setServerFactory());
        SSLContext tls = SelfSigned.context();
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
        tell("socks of the JDK", () -> new Socket(new Proxy(Proxy.Type.SOCKS, Pair.anyPort())).isBound());
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

    /** And whether who waits does so in Heddle. */
    private static String exchange(Caller caller, ServerSocket server, Socket socket) throws Exception {
        try (server;
                socket) {
            server.bind(Pair.anyPort());
            var serving = caller.startRun(() -> {
                try (Socket accepted = server.accept()) {
                    accepted.getOutputStream().write(accepted.getInputStream().read() + 1);
                }
            });
            boolean ours = Arrays.stream(serving.awaitWaiting().thread().getStackTrace())
                    .anyMatch(frame -> frame.getClassName().equals("io.heddle.internal.readiness.Registration"));
            int answer = caller.call(() -> {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.getLocalPort()));
                socket.getOutputStream().write(7);
                return socket.getInputStream().read();
            });
            boolean served = serving.get();
            return answer + ", " + served + ", " + ours;
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
