package io.heddle.compare;

import io.heddle.TcpSocket;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/**
 * One keep-alive connection that asks for the same path again and again. The length of an answer is learnt from the
 * first; a server of the comparison gives the same each time.
 */
final class HttpClient implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int STATUS = "HTTP/1.1 ".length();

    private final TcpSocket socket;
    private final byte[] request;
    private byte[] buffer = new byte[1024];
    private int answerBytes;

    private HttpClient(TcpSocket socket, byte[] request) {
        this.socket = socket;
        this.request = request;
    }

    static HttpClient connect(int port, String path) throws IOException {
        TcpSocket socket = TcpSocket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        try {
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true).setReadTimeout(PATIENCE);
            String close = path.equals("/close") ? "Connection: close\r\n" : "";
            String head = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + close + "\r\n";
            return new HttpClient(socket, head.getBytes(StandardCharsets.US_ASCII));
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** One request and its whole answer. */
    void exchange() throws IOException {
        socket.write(request, 0, request.length);
        int got = 0;
        while (answerBytes == 0 || got < answerBytes) {
            if (got == buffer.length) {
                throw new IOException("an answer's head must be short: bytes=" + got);
            }
            int n = socket.read(buffer, got, buffer.length - got);
            if (n < 0) {
                throw new EOFException("an answer must be whole: bytes=" + got + " of=" + answerBytes);
            }
            got += n;
            if (answerBytes == 0) {
                learn(got);
            }
        }
        if (got != answerBytes || buffer[STATUS] != '2') {
            throw new IOException("an answer must have the length of the first, and status 200: bytes=" + got + " of="
                    + answerBytes + " status=" + (char) buffer[STATUS]);
        }
    }

    private void learn(int got) throws IOException {
        String text = new String(buffer, 0, got, StandardCharsets.US_ASCII);
        int end = text.indexOf("\r\n\r\n");
        if (end < 0) {
            return;
        }
        String head = text.substring(0, end + 2);
        for (String line : head.split("\r\n")) {
            if (line.regionMatches(true, 0, "Content-Length:", 0, 15)) {
                answerBytes = end + 4 + Integer.parseInt(line.substring(15).strip());
                buffer = java.util.Arrays.copyOf(buffer, Math.max(buffer.length, answerBytes));
                return;
            }
        }
        throw new IOException("an answer must have a Content-Length: " + head);
    }

    @Override
    public void close() {
        socket.close();
    }
}
