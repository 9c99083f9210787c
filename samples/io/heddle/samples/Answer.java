package io.heddle.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** An answer made up once and sent many times: everything but the Date and Connection lines. */
final class Answer {
    static final byte[] KEEP_ALIVE = "Connection: keep-alive\r\n\r\n".getBytes(ISO_8859_1);
    static final byte[] CLOSE = "Connection: close\r\n\r\n".getBytes(ISO_8859_1);
    static final byte[] NOTHING = "\r\n".getBytes(ISO_8859_1);

    /** One second, after which a Date is made anew. */
    private static final long DATE_AGE_MAX_NANOS = 1_000_000_000;

    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("'Date: 'EEE, dd MMM yyyy HH:mm:ss' GMT\r\n'", Locale.US);

    private static volatile Dated dated = new Dated();

    private final byte[] start;
    private final byte[] body;

    private Answer(byte[] start, byte[] body) {
        this.start = start;
        this.body = body;
    }

    static Answer of(int status, String reason, String type, byte[] body) {
        return of(status, reason, type, body, "");
    }

    static Answer of(int status, String reason, String type, byte[] body, String moreHeaders) {
        String start = "HTTP/1.1 " + status + " " + reason + "\r\nServer: heddle-sample\r\nContent-Type: " + type
                + "\r\nContent-Length: " + body.length + "\r\n" + moreHeaders;
        return new Answer(start.getBytes(ISO_8859_1), body);
    }

    /** Status line and header fields, without the empty line. Not to be changed, like all arrays here. */
    byte[] start() {
        return start;
    }

    /** What follows, except after HEAD. */
    byte[] body() {
        return body;
    }

    /** The Date line, at most a second old. All connections share it. */
    static byte[] dateLine() {
        Dated known = dated;
        if (System.nanoTime() - known.atNanos > DATE_AGE_MAX_NANOS) {
            known = new Dated();
            dated = known;
        }
        return known.line;
    }

    private static final class Dated {
        final long atNanos = System.nanoTime();
        final byte[] line = ZonedDateTime.now(ZoneOffset.UTC).format(DATE).getBytes(ISO_8859_1);
    }
}
