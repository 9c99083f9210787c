package io.heddle.compare;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What every server of the comparison answers. A server that speaks no real HTTP looks at one byte of a request, the
 * first of the path after the slash, and takes it for granted that a request's head comes with one read.
 */
final class Answers {
    /** Path "/": two bytes of text. */
    static final byte[] PLAIN = of("", 2);
    /** Path "/close": the same, and the server closes. */
    static final byte[] CLOSE = of("Connection: close\r\n", 2);
    /** Path "/1k". */
    static final byte[] KIBIBYTE = of("", 1024);
    /** Path "/64k". */
    static final byte[] KIBIBYTES_64 = of("", 64 * 1024);

    /** Path "/download" answers so many bytes, and "PUT /upload" swallows as many as its head says. */
    static final long BULK_BYTES = 1L << 30;

    static final byte[] DOWNLOAD_HEAD =
            ("HTTP/1.1 200 OK\r\nContent-Length: " + BULK_BYTES + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);

    static final int CHUNK_BYTES = 64 * 1024;

    /** Path "/stall" computes for so long before it answers. */
    static final long STALL_NANOS = 1_000_000_000;

    /** What a handler keeps for a request's head; part of what an idle connection costs. */
    static final int REQUEST_BYTES = 1024;

    /** What a proxy sends to its backend. */
    static final byte[] REQUEST = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private static final int PATH = "GET /".length();

    private Answers() {}

    /** The byte that says what is asked for: ' ', '1', '6', 'c', 'd', 'u', 'p' or 's'. */
    static byte kind(byte[] request) {
        return request[PATH];
    }

    /** The body of an answer. */
    static byte[] body(int bytes) {
        if (bytes == 2) {
            return new byte[] {'o', 'k'};
        }
        byte[] body = new byte[bytes];
        Arrays.fill(body, (byte) 'x');
        return body;
    }

    /** How many bytes of an upload's body are still to come after the first read. */
    static long bodyBytesLeft(byte[] request, int bytes) {
        String text = new String(request, 0, bytes, StandardCharsets.US_ASCII);
        int head = text.indexOf("\r\n\r\n") + 4;
        String name = "Content-Length: ";
        int length = text.indexOf(name) + name.length();
        return Long.parseLong(text.substring(length, text.indexOf('\r', length))) - (bytes - head);
    }

    /** Keeps the CPU busy, as a handler does that computes. */
    static void stall() {
        long start = System.nanoTime();
        while (System.nanoTime() - start < STALL_NANOS) {
            Thread.onSpinWait();
        }
    }

    private static byte[] of(String headers, int bodyBytes) {
        byte[] head = ("HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + bodyBytes + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
        byte[] body = body(bodyBytes);
        byte[] answer = Arrays.copyOf(head, head.length + bodyBytes);
        System.arraycopy(body, 0, answer, head.length, bodyBytes);
        return answer;
    }
}
