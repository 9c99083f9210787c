package io.heddle.compare;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Asks a server once, byte by byte, before it is measured. */
final class Check {
    private static final int PATIENCE_MILLIS = 10_000;

    private Check() {}

    /**
     * Checks the answer to a path.
     *
     * @return what is wrong with it; empty: nothing
     */
    static String answer(ServerProcess server, String path) throws IOException {
        byte[] expected = expected(path);
        byte[] got;
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
            socket.setSoTimeout(PATIENCE_MILLIS);
            String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n"
                    + (path.equals("/close") ? "Connection: close\r\n\r\n" : "\r\n");
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            got = read(socket, bodyBytes(path));
        }
        return isHttp(server) ? httpFault(got, path) : Arrays.equals(got, expected) ? "" : fault(got);
    }

    /** Reads a head and a body of so many bytes, and to the end where the server is to close. */
    private static byte[] read(Socket socket, int bodyBytes) throws IOException {
        byte[] got = new byte[bodyBytes + 4096];
        int n = 0;
        while (n < got.length) {
            int end = new String(got, 0, n, StandardCharsets.ISO_8859_1).indexOf("\r\n\r\n");
            if (end >= 0 && n >= end + 4 + bodyBytes) {
                break;
            }
            int more = socket.getInputStream().read(got, n, got.length - n);
            if (more < 0) {
                break;
            }
            n += more;
        }
        return Arrays.copyOf(got, n);
    }

    private static byte[] expected(String path) {
        return switch (path) {
            case "/close" -> Answers.CLOSE;
            case "/1k" -> Answers.KIBIBYTE;
            case "/64k" -> Answers.KIBIBYTES_64;
            default -> Answers.PLAIN;
        };
    }

    private static int bodyBytes(String path) {
        return switch (path) {
            case "/1k" -> 1024;
            case "/64k" -> 64 * 1024;
            default -> 2;
        };
    }

    /** A whole HTTP server adds headers of its own. */
    private static boolean isHttp(ServerProcess server) {
        return server.name().startsWith("helidon");
    }

    private static String httpFault(byte[] got, String path) {
        String text = new String(got, StandardCharsets.ISO_8859_1);
        int bytes = bodyBytes(path);
        String body = new String(Answers.body(bytes), StandardCharsets.ISO_8859_1);
        boolean right = text.startsWith("HTTP/1.1 200 OK\r\n")
                && text.toLowerCase(java.util.Locale.ROOT).contains("\r\ncontent-length: " + bytes + "\r\n")
                && text.endsWith("\r\n\r\n" + body);
        return right ? "" : fault(got);
    }

    private static String fault(byte[] got) {
        String text = new String(got, StandardCharsets.ISO_8859_1);
        return "wrong answer: " + text.substring(0, Math.min(200, text.length()));
    }
}
