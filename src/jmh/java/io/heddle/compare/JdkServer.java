package io.heddle.compare;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** {@link HeddleServer} on {@code java.net} and the JDK's virtual threads. The same arguments. */
public final class JdkServer {
    private JdkServer() {}

    /** Serves until the process is ended. */
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        int timeoutMillis = Integer.parseInt(args[1]);
        try (ServerSocket listener = new ServerSocket()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 4096);
            Thread.startVirtualThread(() -> accept(listener, timeoutMillis)).join();
        }
    }

    private static void accept(ServerSocket listener, int timeoutMillis) {
        try {
            while (true) {
                Socket socket = listener.accept();
                Thread.startVirtualThread(() -> answer(socket, timeoutMillis));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void answer(Socket socket, int timeoutMillis) {
        try (socket) {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout(timeoutMillis);
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            byte[] request = new byte[16 * 1024];
            while (in.read(request, 0, request.length) > 0) {
                out.write(HeddleServer.ANSWER, 0, HeddleServer.ANSWER.length);
            }
        } catch (IOException e) {
            System.err.println("a connection ended: " + e);
        }
    }
}
