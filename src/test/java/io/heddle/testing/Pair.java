package io.heddle.testing;

import io.heddle.TcpListener;
import io.heddle.TcpSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;

/**
 * A connected socket of ours, and as its peer one of the JDK: an error of ours is not hidden by the same error at the
 * other end.
 */
public record Pair(TcpSocket local, Socket peer) implements AutoCloseable {
    private static final int NARROW = 16 * 1024;

    /** Ours connects, the JDK's accepts. */
    public static Pair open() throws IOException {
        return connect(TcpSocket.builder(), 0);
    }

    /** The same with small buffers, which are soon full. */
    public static Pair narrow() throws IOException {
        return withBuffers(NARROW);
    }

    /** The same with buffers of that size on the way from ours to the JDK's. */
    public static Pair withBuffers(int size) throws IOException {
        return connect(TcpSocket.builder().option(StandardSocketOptions.SO_SNDBUF, size), size);
    }

    private static Pair connect(TcpSocket.Builder builder, int receiveBuffer) throws IOException {
        try (ServerSocket server = new ServerSocket()) {
            if (receiveBuffer != 0) {
                server.setReceiveBufferSize(receiveBuffer);
            }
            server.bind(anyPort());
            TcpSocket local = builder.connect((InetSocketAddress) server.getLocalSocketAddress());
            return new Pair(local, server.accept());
        }
    }

    /** The JDK's connects, ours accepts. */
    public static Pair accepted() throws IOException {
        try (TcpListener listener = TcpListener.bind(anyPort())) {
            Socket peer = new Socket();
            peer.connect(listener.localAddress());
            return new Pair(listener.accept(), peer);
        }
    }

    /** A free port of the loopback interface. */
    public static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    /** The peer sends these bytes, and they have arrived when this returns. */
    public void deliver(byte... bytes) throws Exception {
        int before = local.available();
        peer.getOutputStream().write(bytes);
        Await.until("the bytes are there", () -> local.available() == before + bytes.length);
    }

    /** The peer resets the connection; the reset may still be on its way when this returns. */
    public void reset() throws IOException {
        peer.setSoLinger(true, 0);
        peer.close();
    }

    @Override
    public void close() throws IOException {
        local.close();
        peer.close();
    }
}
