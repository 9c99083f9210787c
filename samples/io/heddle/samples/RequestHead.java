package io.heddle.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

/**
 * Request line and header fields of HTTP/1.1 (RFC 9112), read in place. One object serves all requests of a
 * connection and allocates nothing.
 *
 * <p>Strict where leniency lets two parties see two different requests: lines end with CRLF and nothing else, no
 * folded lines, no space before a colon, one Content-Length, and never together with Transfer-Encoding.
 */
final class RequestHead {
    static final int HEADERS_MAX = 100;
    private static final int DIGITS_MAX = 18; // of a Content-Length, so that it fits a long

    private static final byte[] HTTP = ascii("HTTP/");
    private static final byte[] GET = ascii("GET");
    private static final byte[] HEAD = ascii("HEAD");
    private static final byte[] SCHEME = ascii("http://");

    private static final byte[] HOST = ascii("host");
    private static final byte[] CONNECTION = ascii("connection");
    private static final byte[] CONTENT_LENGTH = ascii("content-length");
    private static final byte[] TRANSFER_ENCODING = ascii("transfer-encoding");
    private static final byte[] EXPECT = ascii("expect");

    private static final byte[] CLOSE = ascii("close");
    private static final byte[] KEEP_ALIVE = ascii("keep-alive");
    private static final byte[] CHUNKED = ascii("chunked");
    private static final byte[] CONTINUE = ascii("100-continue");

    private static final boolean[] IS_TOKEN = new boolean[256];

    static {
        for (char c : "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".toCharArray()) {
            IS_TOKEN[c] = true;
        }
    }

    /** What the server tells apart. */
    enum Method {
        GET,
        HEAD,
        OTHER
    }

    private Method method = Method.OTHER;
    private int pathFrom;
    private int pathTo;
    private boolean isHttp10;
    private boolean saysClose;
    private boolean saysKeepAlive;
    private boolean isChunked;
    private boolean expectsContinue;
    private long contentLength;
    private int hosts;

    private static byte[] ascii(String text) {
        return text.getBytes(ISO_8859_1);
    }

    // The end of the head

    /**
     * Looks for the empty line that ends a head. Afterwards each line of it ends with CRLF, and other control
     * characters than tabs are not in it.
     *
     * @param b the bytes so far
     * @param from where to go on: the start of the head, or what the last call answered, negated
     * @param headFrom the start of the head
     * @param to the end of the bytes
     * @return where the body starts; if it is not there yet, negated, where to go on
     * @throws Refused with 400 for a byte that no head has
     */
    static int findEnd(byte[] b, int from, int headFrom, int to) throws Refused {
        int i = from;
        while (i < to) {
            byte c = b[i];
            if (c == '\r') {
                if (i + 1 == to) {
                    return -i;
                }
                if (b[i + 1] != '\n') {
                    throw new Refused(400, "CR without LF");
                }
                if (i > headFrom && b[i - 1] == '\n') {
                    return i + 2;
                }
                i++;
            } else if (c < ' ' && c >= 0 && c != '\t') {
                throw new Refused(400, "control character: code=" + c);
            }
            i++;
        }
        return -to;
    }

    // Parsing

    /**
     * Reads a whole head.
     *
     * @param b holds it
     * @param from its start
     * @param to its end, as {@link #findEnd} found it
     * @throws Refused if this is no request that can be answered
     */
    void parse(byte[] b, int from, int to) throws Refused {
        isHttp10 = false;
        saysClose = false;
        saysKeepAlive = false;
        isChunked = false;
        expectsContinue = false;
        contentLength = -1;
        hosts = 0;

        int at = requestLine(b, from);
        for (int count = 0; b[at] != '\r'; count++) {
            if (count == HEADERS_MAX) {
                throw new Refused(431, "too many header fields");
            }
            at = header(b, at);
        }
        assert at + 2 == to : "at=" + at + ", to=" + to;
        if (hosts != 1 && (hosts > 1 || !isHttp10)) {
            throw new Refused(400, "a request needs one Host: hosts=" + hosts);
        }
        if (isChunked && (contentLength >= 0 || isHttp10)) {
            throw new Refused(400, "Transfer-Encoding beside Content-Length, or in HTTP/1.0");
        }
    }

    /** Answers where the next line starts. */
    private int requestLine(byte[] b, int from) throws Refused {
        int at = token(b, from);
        if (at == from || b[at] != ' ') {
            throw new Refused(400, "no method");
        }
        method = isWord(b, from, at, GET) ? Method.GET : isWord(b, from, at, HEAD) ? Method.HEAD : Method.OTHER;
        int targetFrom = ++at;
        while (b[at] > ' ' && b[at] != 0x7f) {
            at++;
        }
        if (at == targetFrom || b[at] != ' ') {
            throw new Refused(400, "no request target");
        }
        int targetTo = at++;
        int next = version(b, at);
        path(b, targetFrom, targetTo);
        return next;
    }

    private int version(byte[] b, int at) throws Refused {
        if (!startsWith(b, at, HTTP)
                || !isDigit(b[at + 5])
                || b[at + 6] != '.'
                || !isDigit(b[at + 7])
                || b[at + 8] != '\r') {
            throw new Refused(400, "no HTTP version");
        }
        if (b[at + 5] != '1') {
            throw new Refused(505, "not HTTP/1");
        }
        isHttp10 = b[at + 7] == '0';
        return at + 10;
    }

    /** The path of {@code /path?query} or {@code http://host/path?query}. */
    private void path(byte[] b, int from, int to) throws Refused {
        int start = from;
        if (b[start] != '/' && startsWith(b, start, SCHEME)) {
            start += SCHEME.length;
            while (start < to && b[start] != '/' && b[start] != '?') {
                start++;
            }
        } else if (b[start] != '/' && method != Method.OTHER) {
            throw new Refused(400, "the request target is no path");
        }
        pathFrom = start;
        while (start < to && b[start] != '?') {
            start++;
        }
        pathTo = start;
    }

    /** Answers where the next line starts. */
    private int header(byte[] b, int from) throws Refused {
        int colon = token(b, from);
        if (colon == from || b[colon] != ':') {
            throw new Refused(400, "a header field has no name, or no colon after it");
        }
        int valueFrom = colon + 1;
        while (isBlank(b[valueFrom])) {
            valueFrom++;
        }
        int end = valueFrom;
        while (b[end] != '\r') {
            end++;
        }
        int valueTo = end;
        while (valueTo > valueFrom && isBlank(b[valueTo - 1])) {
            valueTo--;
        }
        // Names that matter have different lengths.
        switch (colon - from) {
            case 4 -> hosts += isHeader(b, from, HOST) ? 1 : 0;
            case 6 -> {
                if (isHeader(b, from, EXPECT)) {
                    expect(b, valueFrom, valueTo);
                }
            }
            case 10 -> {
                if (isHeader(b, from, CONNECTION)) {
                    connection(b, valueFrom, valueTo);
                }
            }
            case 14 -> {
                if (isHeader(b, from, CONTENT_LENGTH)) {
                    contentLength(b, valueFrom, valueTo);
                }
            }
            case 17 -> {
                if (isHeader(b, from, TRANSFER_ENCODING)) {
                    transferEncoding(b, valueFrom, valueTo);
                }
            }
            default -> {
                // None of this server's business.
            }
        }
        return end + 2;
    }

    private void expect(byte[] b, int from, int to) throws Refused {
        if (!isWordIgnoringCase(b, from, to, CONTINUE)) {
            throw new Refused(417, "only 100-continue can be expected");
        }
        expectsContinue = true;
    }

    private void connection(byte[] b, int from, int to) {
        int at = from;
        while (at < to) {
            int end = token(b, at);
            saysClose |= isWordIgnoringCase(b, at, end, CLOSE);
            saysKeepAlive |= isWordIgnoringCase(b, at, end, KEEP_ALIVE);
            at = end + 1;
        }
    }

    private void contentLength(byte[] b, int from, int to) throws Refused {
        if (contentLength >= 0 || from == to) {
            throw new Refused(400, "Content-Length must be given once");
        }
        long length = 0;
        for (int i = from; i < to; i++) {
            if (!isDigit(b[i])) {
                throw new Refused(400, "Content-Length must be a number");
            }
            length = i - from < DIGITS_MAX ? length * 10 + (b[i] - '0') : Long.MAX_VALUE;
        }
        contentLength = length;
    }

    private void transferEncoding(byte[] b, int from, int to) throws Refused {
        if (isChunked) {
            throw new Refused(400, "Transfer-Encoding must be given once");
        }
        if (!isWordIgnoringCase(b, from, to, CHUNKED)) {
            throw new Refused(501, "chunked is the only Transfer-Encoding");
        }
        isChunked = true;
    }

    // Bytes

    private static int token(byte[] b, int from) {
        int at = from;
        while (IS_TOKEN[b[at] & 0xff]) {
            at++;
        }
        return at;
    }

    private static boolean isHeader(byte[] b, int from, byte[] lowerCaseName) {
        return isWordIgnoringCase(b, from, from + lowerCaseName.length, lowerCaseName);
    }

    private static boolean isWord(byte[] b, int from, int to, byte[] word) {
        return to - from == word.length && startsWith(b, from, word);
    }

    private static boolean isWordIgnoringCase(byte[] b, int from, int to, byte[] lowerCaseWord) {
        if (to - from != lowerCaseWord.length) {
            return false;
        }
        for (int i = 0; i < lowerCaseWord.length; i++) {
            int c = b[from + i];
            if (lowerCaseWord[i] != (c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c)) {
                return false;
            }
        }
        return true;
    }

    /** Does not run past the head, whose last byte is an LF that no word has. */
    private static boolean startsWith(byte[] b, int from, byte[] word) {
        for (int i = 0; i < word.length; i++) {
            if (b[from + i] != word[i]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isDigit(byte c) {
        return c >= '0' && c <= '9';
    }

    private static boolean isBlank(byte c) {
        return c == ' ' || c == '\t';
    }

    // What was read

    Method method() {
        return method;
    }

    /** Where the path starts in the array. */
    int pathFrom() {
        return pathFrom;
    }

    /** Where the path ends; it is empty for a bare {@code http://host}. */
    int pathTo() {
        return pathTo;
    }

    boolean isHttp10() {
        return isHttp10;
    }

    /** Whether the peer wants more than this answer. */
    boolean keepsAlive() {
        return !saysClose && (saysKeepAlive || !isHttp10);
    }

    boolean isChunked() {
        return isChunked;
    }

    boolean expectsContinue() {
        return expectsContinue;
    }

    /** Zero if it was not given. */
    long contentLength() {
        return Math.max(contentLength, 0);
    }
}
