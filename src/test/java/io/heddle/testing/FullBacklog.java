package io.heddle.testing;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** A listener whose backlog is full: further connects get no answer until somebody accepts. */
public record FullBacklog(ServerSocket server, Socket first, Socket second) implements Closeable {
    /** The kernel lets one more wait than the backlog says. */
    public static FullBacklog open() throws IOException {
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        return new FullBacklog(server, connect(server), connect(server));
    }

    private static Socket connect(ServerSocket server) throws IOException {
        return new Socket(server.getInetAddress(), server.getLocalPort());
    }

    /** Where nobody answers. */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    @Override
    public void close() throws IOException {
        first.close();
        second.close();
        server.close();
    }
}
