package io.heddle.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the HTTP server has to say: {@code /} in plain text, and the files of a directory.
 *
 * <p>Files are read once, at the start. A request names one by its exact path, so that nothing outside of the
 * directory can be named at all.
 */
final class Site {
    static final String HELLO = "Hello, World!\n";

    private static final String TEXT = "text/plain; charset=utf-8";
    private static final int FILES_MAX = 1000;
    private static final long FILE_BYTES_MAX = 1 << 20;

    private static final Map<Integer, String> REASONS = Map.of(
            400, "Bad Request",
            404, "Not Found",
            405, "Method Not Allowed",
            408, "Request Timeout",
            413, "Content Too Large",
            414, "URI Too Long",
            417, "Expectation Failed",
            431, "Request Header Fields Too Large",
            501, "Not Implemented",
            505, "HTTP Version Not Supported");

    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "txt", TEXT,
            "png", "image/png",
            "svg", "image/svg+xml");

    private static final Map<Integer, Answer> REFUSALS = new HashMap<>();

    static {
        REASONS.forEach((status, reason) -> REFUSALS.put(
                status,
                Answer.of(
                        status,
                        reason,
                        TEXT,
                        (status + " " + reason + "\n").getBytes(UTF_8),
                        status == 405 ? "Allow: GET, HEAD\r\n" : "")));
    }

    private final Answer hello = Answer.of(200, "OK", TEXT, HELLO.getBytes(UTF_8));
    private final Map<String, Answer> files;

    private Site(Map<String, Answer> files) {
        this.files = files;
    }

    /**
     * Reads the files of a directory and below. Symbolic links, hidden files and files of more than 1 MiB are
     * left out.
     *
     * @param directory null, or one that does not exist: no files
     * @throws IOException if a file cannot be read, or there are more than 1000
     */
    static Site of(@Nullable Path directory) throws IOException {
        Map<String, Answer> files = new HashMap<>();
        if (directory != null && Files.isDirectory(directory)) {
            for (Path file : filesIn(directory)) {
                String name = directory.relativize(file).toString();
                files.put("/" + name, Answer.of(200, "OK", typeOf(name), Files.readAllBytes(file)));
            }
        }
        return new Site(Map.copyOf(files));
    }

    private static List<Path> filesIn(Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            List<Path> files = paths.filter(path -> Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS))
                    .filter(path -> !("/" + directory.relativize(path)).contains("/."))
                    .filter(path -> path.toFile().length() <= FILE_BYTES_MAX)
                    .limit(FILES_MAX + 1L)
                    .toList();
            if (files.size() > FILES_MAX) {
                throw new IOException("a site must have at most " + FILES_MAX + " files: directory=" + directory);
            }
            return files;
        }
    }

    private static String typeOf(String name) {
        return TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
    }

    /** The answer to an error status; each of {@link Refused} has one. */
    static Answer refusal(int status) {
        Answer answer = REFUSALS.get(status);
        if (answer == null) {
            throw new AssertionError("no such refusal: status=" + status);
        }
        return answer;
    }

    /**
     * The answer to a path.
     *
     * @throws Refused with 400 if it is not encoded as a path must be
     */
    Answer find(byte[] b, int from, int to) throws Refused {
        if (to - from <= 1) {
            return hello;
        }
        Answer file = files.get(decode(b, from, to));
        return file != null ? file : refusal(404);
    }

    private static String decode(byte[] b, int from, int to) throws Refused {
        int percent = from;
        while (percent < to && b[percent] != '%') {
            percent++;
        }
        if (percent == to) {
            return new String(b, from, to - from, ISO_8859_1);
        }
        ByteArrayOutputStream path = new ByteArrayOutputStream(to - from);
        for (int i = from; i < to; i++) {
            int c = b[i];
            if (c == '%') {
                int high = i + 2 < to ? Character.digit(b[i + 1], 16) : -1;
                int low = i + 2 < to ? Character.digit(b[i + 2], 16) : -1;
                if (high < 0 || low < 0) {
                    throw new Refused(400, "a percent sign needs two hexadecimal digits");
                }
                c = high << 4 | low;
                i += 2;
            }
            path.write(c);
        }
        return path.toString(UTF_8);
    }
}
