package io.heddle.compare;

import io.heddle.TcpSocket;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** Moves {@link Answers#BULK_BYTES} one way, and takes the time. */
final class Transfer {
    private static final String ANSWER_END = "\r\n\r\nok";

    private Transfer() {}

    static double run(int port, String path) throws IOException {
        try (TcpSocket socket = TcpSocket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
            long start = System.nanoTime();
            if (path.equals("/upload")) {
                upload(socket);
            } else {
                download(socket);
            }
            return (System.nanoTime() - start) / 1e9;
        }
    }

    private static void download(TcpSocket socket) throws IOException {
        socket.write(ascii("GET /download HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        byte[] chunk = new byte[2 * Answers.CHUNK_BYTES];
        long body = 0;
        boolean inHead = true;
        String head = "";
        while (body < Answers.BULK_BYTES) {
            int n = socket.read(chunk);
            if (n < 0) {
                throw new EOFException("a download must be whole: bytes=" + body);
            }
            if (!inHead) {
                body += n;
                continue;
            }
            head += new String(chunk, 0, n, StandardCharsets.ISO_8859_1);
            int end = head.indexOf("\r\n\r\n");
            if (end >= 0) {
                inHead = false;
                body = head.length() - (end + 4);
            }
        }
    }

    private static void upload(TcpSocket socket) throws IOException {
        socket.write(
                ascii("PUT /upload HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + Answers.BULK_BYTES + "\r\n\r\n"));
        byte[] chunk = new byte[Answers.CHUNK_BYTES];
        for (long left = Answers.BULK_BYTES; left > 0; left -= chunk.length) {
            socket.write(chunk);
        }
        String answer = "";
        while (!answer.endsWith(ANSWER_END)) {
            int n = socket.read(chunk);
            if (n < 0) {
                throw new EOFException("an upload must be answered: answer=" + answer);
            }
            answer += new String(chunk, 0, n, StandardCharsets.US_ASCII);
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
