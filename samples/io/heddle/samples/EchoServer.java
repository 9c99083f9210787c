package io.heddle.samples;

import io.heddle.Heddle;
import io.heddle.TcpListener;
import io.heddle.TcpSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/**
 * Sends back every byte it gets, one virtual thread for each connection.
 *
 * <p>Run: {@code mvn -q compile exec:exec -Dsample=EchoServer -Dsample.args=7000}. Without a port it takes a free one.
 */
public final class EchoServer {
    private EchoServer() {}

    /** Serves until the process is ended. */
    public static void main(String[] args) throws Exception {
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 0;
        Heddle heddle = Heddle.shared();
        TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        System.out.println("echo on " + listener.localAddress() + ", " + heddle);
        try (var threads = heddle.newVirtualThreadPerTaskExecutor()) {
            threads.submit(() -> {
                        listener.serve(EchoServer::echo);
                        return null;
                    })
                    .get();
        }
    }

    private static void echo(TcpSocket socket) throws IOException {
        byte[] buffer = new byte[16 * 1024];
        for (int n = socket.read(buffer); n >= 0; n = socket.read(buffer)) {
            socket.write(buffer, 0, n);
        }
    }
}
