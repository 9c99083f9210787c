package io.heddle.samples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.heddle.TcpSocket;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The lines of a chat member, cleaned for other people's terminals. */
final class Lines {
    private final TcpSocket socket;
    private final byte[] in = new byte[Chat.LINE_BYTES_MAX + 1];
    private int start;
    private int end;

    Lines(TcpSocket socket) {
        this.socket = socket;
    }

    /** A line has no end within the limit. */
    static final class TooLongException extends Exception {
        private static final long serialVersionUID = 1;

        TooLongException() {
            super("a line must have at most " + Chat.LINE_BYTES_MAX + " bytes");
        }
    }

    /** Waits for a line; null at the end of the stream, which ends the last line, too. */
    @Nullable
    String next() throws IOException, TooLongException {
        int scanned = start;
        while (true) {
            while (scanned < end && in[scanned] != '\n') {
                scanned++;
            }
            if (scanned < end) {
                String line = clean(start, scanned);
                start = scanned + 1;
                return line;
            }
            if (end - start == in.length) {
                throw new TooLongException();
            }
            System.arraycopy(in, start, in, 0, end - start);
            scanned -= start;
            end -= start;
            start = 0;
            int n = socket.read(in, end, in.length - end);
            if (n < 0) {
                String rest = end > 0 ? clean(0, end) : null;
                end = 0;
                return rest;
            }
            end += n;
        }
    }

    /** Control characters can do things to a terminal. */
    private String clean(int from, int to) {
        return new String(in, from, to - from, UTF_8)
                .strip()
                .codePoints()
                .filter(c -> !Character.isISOControl(c))
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
