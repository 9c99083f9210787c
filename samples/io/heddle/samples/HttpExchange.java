package io.heddle.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;

/** The client's side of a keep-alive connection: one request after the other, each answer checked to the byte. */
final class HttpExchange {
    private static final byte[] OK = "HTTP/1.1 200 OK\r\n".getBytes(ISO_8859_1);
    private static final byte[] LENGTH = "\r\nContent-Length: ".getBytes(ISO_8859_1);
    private static final byte[] HEAD_END = "\r\n\r\n".getBytes(ISO_8859_1);
    private static final int ANSWER_BYTES_MAX = 2048;

    private final Wire wire;
    private final byte[] request;
    private final byte[] expectedBody;
    private final byte[] in = new byte[ANSWER_BYTES_MAX];

    HttpExchange(Wire wire, byte[] request, byte[] expectedBody) {
        this.wire = wire;
        this.request = request;
        this.expectedBody = expectedBody;
    }

    /**
     * Asks once and waits for the whole answer.
     *
     * @throws IOException if the answer is another than expected
     */
    void ask() throws IOException {
        wire.write(request, 0, request.length);
        int end = read(0);
        int bodyFrom = indexOf(HEAD_END, end);
        while (bodyFrom < 0) {
            end = read(end);
            bodyFrom = indexOf(HEAD_END, end);
        }
        bodyFrom += HEAD_END.length;
        if (!Arrays.equals(in, 0, OK.length, OK, 0, OK.length)) {
            throw unexpected(bodyFrom);
        }
        int answerTo = bodyFrom + contentLength(bodyFrom);
        while (end < answerTo) {
            end = read(end);
        }
        if (end > answerTo || !Arrays.equals(in, bodyFrom, end, expectedBody, 0, expectedBody.length)) {
            throw unexpected(end);
        }
    }

    private int read(int end) throws IOException {
        if (end == in.length) {
            throw new IOException("the answer is too long: bytes=" + end);
        }
        int n = wire.read(in, end, in.length - end);
        if (n < 0) {
            throw new EOFException("the connection ended in an answer: bytes=" + end);
        }
        return end + n;
    }

    private int contentLength(int headTo) throws IOException {
        int at = indexOf(LENGTH, headTo);
        if (at < 0) {
            throw unexpected(headTo);
        }
        int length = 0;
        for (int i = at + LENGTH.length; in[i] != '\r'; i++) {
            length = length * 10 + (in[i] - '0');
            if (length < 0 || length > in.length) {
                throw unexpected(headTo);
            }
        }
        return length;
    }

    private int indexOf(byte[] word, int to) {
        for (int i = 0; i <= to - word.length; i++) {
            if (in[i] == word[0] && Arrays.equals(in, i, i + word.length, word, 0, word.length)) {
                return i;
            }
        }
        return -1;
    }

    private IOException unexpected(int to) {
        return new IOException(
                "unexpected answer: " + new String(in, 0, Math.min(to, 200), ISO_8859_1).replace("\r\n", " | "));
    }
}
