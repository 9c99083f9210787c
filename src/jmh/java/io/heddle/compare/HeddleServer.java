package io.heddle.compare;

import io.heddle.Heddle;
import io.heddle.TcpListener;
import io.heddle.TcpSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Answers every read with the same plain text. Arguments: port, read timeout in milliseconds (0: none). */
public final class HeddleServer {
    static final byte[] ANSWER = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok".getBytes(StandardCharsets.US_ASCII);

    private HeddleServer() {}

    /** Serves until the process is ended. */
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        Duration timeout = Duration.ofMillis(Integer.parseInt(args[1]));
        Heddle heddle = Heddle.shared();
        System.err.println(heddle + " " + heddle.hostedBecause().orElse(""));
        TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        try (var threads = heddle.newVirtualThreadPerTaskExecutor()) {
            threads.submit(() -> {
                        listener.serve(socket -> answer(socket, timeout));
                        return null;
                    })
                    .get();
        }
    }

    private static void answer(TcpSocket socket, Duration timeout) throws IOException {
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        socket.setReadTimeout(timeout);
        byte[] request = new byte[16 * 1024];
        while (socket.read(request, 0, request.length) > 0) {
            socket.write(ANSWER, 0, ANSWER.length);
        }
    }
}
