package io.heddle.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * One HTTP/1.1 connection, from its first request to its end. Blocking calls only; it runs on the thread of its
 * connection.
 *
 * <p>Requests that come in one piece (pipelining) are answered in order and in as few writes as their answers fit:
 * answers wait in a buffer and leave when there is nothing more to read. A request for a fixed answer allocates
 * nothing.
 */
final class HttpConnection {
    /** A request's head must fit, and so must a good deal of requests that are sent at once. */
    static final int HEAD_BYTES_MAX = 8 * 1024;

    static final int BODY_BYTES_MAX = 64 * 1024;

    private static final int OUT_BYTES = 4 * 1024;
    private static final int TRAILER_BYTES_MAX = 4 * 1024;
    private static final int CHUNK_LINE_BYTES_MAX = 256;

    /** What is read after a refusal, so that the peer gets to read the answer instead of a reset. */
    private static final int LINGER_BYTES_MAX = 1 << 20;

    private static final Duration LINGER = Duration.ofSeconds(1);

    private static final byte[] CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n".getBytes(ISO_8859_1);

    private enum Filled {
        MORE,
        END,
        TIMEOUT
    }

    private final Wire wire;
    private final Site site;
    private final Duration readTimeout;
    private final RequestHead head = new RequestHead();

    /** Between start and end is what was read and not used yet. */
    private final byte[] in = new byte[HEAD_BYTES_MAX];

    private int start;
    private int end;

    /** Answers that were not written yet. */
    private final byte[] out = new byte[OUT_BYTES];

    private int outEnd;

    HttpConnection(Wire wire, Site site, Duration readTimeout) {
        this.wire = wire;
        this.site = site;
        this.readTimeout = readTimeout;
    }

    /** Answers requests until the connection ends. Does not close the wire. */
    void serve() throws IOException {
        wire.setReadTimeout(readTimeout);
        try {
            boolean open = true;
            while (open) {
                int headEnd = awaitHead();
                open = headEnd > 0 && answer(headEnd);
            }
            flush();
            if (start < end) {
                linger();
            }
        } catch (Refused refused) {
            append(Site.refusal(refused.status()), true, Answer.CLOSE);
            flush();
            linger();
        }
    }

    /** Answers one request. Answers whether there may be another. */
    private boolean answer(int headEnd) throws IOException, Refused {
        head.parse(in, start, headEnd);
        Answer answer = head.method() == RequestHead.Method.OTHER
                ? Site.refusal(405)
                : site.find(in, head.pathFrom(), head.pathTo());
        start = headEnd;
        if (head.isChunked() || head.contentLength() > 0) {
            skipBody();
        }
        boolean open = head.keepsAlive();
        append(
                answer,
                head.method() != RequestHead.Method.HEAD,
                !open ? Answer.CLOSE : head.isHttp10() ? Answer.KEEP_ALIVE : Answer.NOTHING);
        return open;
    }

    // Heads

    /** Answers where the body starts, or 0 if the peer ended, or stayed silent for too long, between requests. */
    private int awaitHead() throws IOException, Refused {
        long sinceNanos = 0;
        int scanned = start;
        while (true) {
            if (scanned == start) {
                skipEmptyLines();
                scanned = start;
            }
            int found = RequestHead.findEnd(in, scanned, start, end);
            if (found > 0) {
                return found;
            }
            scanned = -found - start; // from the start, which fill() may move
            if (end - start == in.length) {
                throw headTooLarge();
            }
            boolean isIdle = start == end;
            if (!isIdle) {
                // A timeout of each read alone would let a peer send a byte now and then, for ever.
                long nowNanos = System.nanoTime();
                sinceNanos = sinceNanos != 0 ? sinceNanos : nowNanos;
                if (isTooLong(nowNanos - sinceNanos)) {
                    throw new Refused(408, "the head took too long");
                }
            }
            Filled filled = fill();
            if (filled != Filled.MORE) {
                if (isIdle) {
                    return 0;
                }
                throw filled == Filled.END
                        ? new Refused(400, "the head ended early")
                        : new Refused(408, "the head took too long");
            }
            scanned += start;
        }
    }

    private boolean isTooLong(long nanos) {
        return !readTimeout.isZero() && nanos > readTimeout.toNanos();
    }

    /** As RFC 9112 asks: some clients send one after a body. */
    private void skipEmptyLines() {
        while (end - start >= 2 && in[start] == '\r' && in[start + 1] == '\n') {
            start += 2;
        }
    }

    private Refused headTooLarge() {
        for (int i = start; i < end; i++) {
            if (in[i] == '\n') {
                return new Refused(431, "the header fields are too large");
            }
        }
        return new Refused(414, "the request line is too long");
    }

    // Bodies. No answer depends on one; it is read so that the next request can be.

    private void skipBody() throws IOException, Refused {
        if (head.contentLength() > BODY_BYTES_MAX) {
            throw new Refused(413, "the body is too large");
        }
        if (head.expectsContinue() && !head.isHttp10() && start == end) {
            append(CONTINUE, CONTINUE.length);
        }
        long sinceNanos = System.nanoTime();
        if (head.isChunked()) {
            skipChunks(sinceNanos);
        } else {
            skip((int) head.contentLength(), sinceNanos);
        }
    }

    private void skipChunks(long sinceNanos) throws IOException, Refused {
        int total = 0;
        int size = chunkSize(sinceNanos);
        while (size > 0) {
            total += size;
            if (total > BODY_BYTES_MAX) {
                throw new Refused(413, "the body is too large");
            }
            skip(size, sinceNanos);
            if (next(sinceNanos) != '\r' || next(sinceNanos) != '\n') {
                throw new Refused(400, "a chunk does not end where it said");
            }
            size = chunkSize(sinceNanos);
        }
        int trailerBytes = 0;
        int line = lineLength(TRAILER_BYTES_MAX, sinceNanos);
        while (line > 0) {
            trailerBytes += line;
            if (trailerBytes > TRAILER_BYTES_MAX) {
                throw new Refused(431, "the trailer is too large");
            }
            line = lineLength(TRAILER_BYTES_MAX, sinceNanos);
        }
    }

    /** Reads {@code 1a;extension CRLF}; answers more than the limit of a body for anything larger. */
    private int chunkSize(long sinceNanos) throws IOException, Refused {
        int size = 0;
        int digits = 0;
        byte c = next(sinceNanos);
        for (int digit = Character.digit(c, 16); digit >= 0; digit = Character.digit(c, 16)) {
            size = Math.min(size * 16 + digit, BODY_BYTES_MAX + 1);
            if (++digits > CHUNK_LINE_BYTES_MAX) {
                throw new Refused(400, "the size of a chunk has too many digits");
            }
            c = next(sinceNanos);
        }
        if (digits == 0 || (c != '\r' && c != ';' && c != ' ' && c != '\t')) {
            throw new Refused(400, "the size of a chunk must be a hexadecimal number");
        }
        if (c == '\r') {
            endLine(sinceNanos);
        } else {
            lineLength(CHUNK_LINE_BYTES_MAX, sinceNanos);
        }
        return size;
    }

    /** Reads to the end of a line; answers how many bytes that were, without CRLF. */
    private int lineLength(int lengthMax, long sinceNanos) throws IOException, Refused {
        int length = 0;
        for (byte c = next(sinceNanos); c != '\r'; c = next(sinceNanos)) {
            if (c >= 0 && c < ' ' && c != '\t') {
                throw new Refused(400, "control character: code=" + c);
            }
            if (++length > lengthMax) {
                throw new Refused(431, "a line is too long");
            }
        }
        endLine(sinceNanos);
        return length;
    }

    private void endLine(long sinceNanos) throws IOException, Refused {
        if (next(sinceNanos) != '\n') {
            throw new Refused(400, "CR without LF");
        }
    }

    private byte next(long sinceNanos) throws IOException, Refused {
        if (start == end) {
            fillBody(sinceNanos);
        }
        return in[start++];
    }

    private void skip(int length, long sinceNanos) throws IOException, Refused {
        int left = length;
        while (left > 0) {
            if (start == end) {
                fillBody(sinceNanos);
            }
            int n = Math.min(left, end - start);
            start += n;
            left -= n;
        }
    }

    private void fillBody(long sinceNanos) throws IOException, Refused {
        Filled filled = fill();
        if (filled == Filled.END) {
            throw new Refused(400, "the body ended early");
        }
        if (filled == Filled.TIMEOUT || isTooLong(System.nanoTime() - sinceNanos)) {
            throw new Refused(408, "the body took too long");
        }
    }

    // Bytes

    /** Writes what waits, then reads. There is room, or nothing is left unread. */
    private Filled fill() throws IOException {
        flush();
        if (start == end) {
            start = 0;
            end = 0;
        } else if (end == in.length) {
            System.arraycopy(in, start, in, 0, end - start);
            end -= start;
            start = 0;
        }
        int n;
        try {
            n = wire.read(in, end, in.length - end);
        } catch (SocketTimeoutException e) {
            return Filled.TIMEOUT;
        }
        end += Math.max(n, 0);
        return n < 0 ? Filled.END : Filled.MORE;
    }

    private void append(Answer answer, boolean withBody, byte[] connectionLine) throws IOException {
        append(answer.start(), answer.start().length);
        byte[] date = Answer.dateLine();
        append(date, date.length);
        append(connectionLine, connectionLine.length);
        if (withBody) {
            append(answer.body(), answer.body().length);
        }
    }

    private void append(byte[] bytes, int length) throws IOException {
        if (length > out.length - outEnd) {
            flush();
        }
        if (length > out.length) {
            wire.write(bytes, 0, length);
        } else {
            System.arraycopy(bytes, 0, out, outEnd, length);
            outEnd += length;
        }
    }

    private void flush() throws IOException {
        if (outEnd > 0) {
            int length = outEnd;
            outEnd = 0;
            wire.write(out, 0, length);
        }
    }

    /** Ends the answer, then reads on for a moment: a close with bytes unread is a reset, which eats the answer. */
    private void linger() throws IOException {
        wire.shutdownOutput();
        wire.setReadTimeout(LINGER);
        long sinceNanos = System.nanoTime();
        int total = 0;
        try {
            int n = wire.read(in, 0, in.length);
            while (n >= 0 && total <= LINGER_BYTES_MAX && System.nanoTime() - sinceNanos < LINGER.toNanos()) {
                total += n;
                n = wire.read(in, 0, in.length);
            }
        } catch (SocketTimeoutException e) {
            // The peer had its moment. It is closed now, as it would be anyway.
            return;
        }
    }
}
