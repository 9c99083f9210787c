package io.heddle.javanet;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Prints what sockets do with IPv6 addresses, the JDK's and then ours. */
final class Ipv4OnlyProgram {
    private Ipv4OnlyProgram() {}

    private interface Call {
        void run() throws IOException;
    }

    /** Does it. */
    public static void main(String[] args) throws Exception {
        tell("jdk", new ServerSocket(), new Socket(), new Socket());
        tell("heddle", new HeddleServerSocket(), new HeddleSocket(), new HeddleSocket());
    }

    private static void tell(String whose, ServerSocket server, Socket bound, Socket connected) throws IOException {
        try (server;
                bound;
                connected) {
            for (String literal : new String[] {"::1", "fd00::2", "::"}) {
                InetAddress address = InetAddress.ofLiteral(literal);
                tell(whose, () -> server.bind(new InetSocketAddress(address, 0)));
                tell(whose, () -> bound.bind(new InetSocketAddress(address, 0)));
            }
            tell(whose, () -> connected.connect(new InetSocketAddress(InetAddress.ofLiteral("::1"), 9)));
        }
    }

    private static void tell(String whose, Call call) {
        String outcome = "done";
        try {
            call.run();
        } catch (IOException e) {
            outcome = e.toString();
        }
        System.out.println(whose + " -> " + outcome);
    }
}
