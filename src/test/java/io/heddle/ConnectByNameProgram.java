package io.heddle;

import io.heddle.testing.Pair;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Arrays;

/** Connects to the hosts of a file of its own, which replaces the resolver of its whole process. */
final class ConnectByNameProgram {
    private ConnectByNameProgram() {}

    /** Prints what came of each attempt. */
    public static void main(String[] args) throws Exception {
        try (ServerSocket one = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
                ServerSocket three = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.3"))) {
            attempt("first", "first", one.getLocalPort(), Duration.ZERO);
            attempt("last", "last", three.getLocalPort(), Duration.ofMinutes(1));
            attempt("six", "six", one.getLocalPort(), Duration.ofMinutes(1));
        }
        try (var reserved = new java.net.Socket()) {
            reserved.bind(new InetSocketAddress(0));
            attempt("nobody", "nobody", reserved.getLocalPort(), Duration.ofMinutes(1));
        }
        attempt("unknown", "unknown", Pair.anyPort().getPort() + 1, Duration.ZERO);
        attempt("unknown in time", "unknown", 1, Duration.ofMinutes(1));
    }

    private static void attempt(String name, String host, int port, Duration timeout) throws Exception {
        Thread thread =
                Heddle.shared().startVirtualThread(() -> System.out.println(name + ": " + to(host, port, timeout)));
        thread.join();
    }

    private static String to(String host, int port, Duration timeout) {
        try (TcpSocket socket = TcpSocket.connect(host, port, timeout)) {
            InetAddress address = socket.remoteAddress().getAddress();
            return "connected to /" + address.getHostAddress();
        } catch (IOException e) {
            Throwable[] suppressed = e.getSuppressed();
            return e + (suppressed.length == 0 ? "" : ", suppressed=" + Arrays.toString(suppressed));
        }
    }
}
