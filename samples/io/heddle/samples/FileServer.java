package io.heddle.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.heddle.TcpSocket;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Serves the files of a directory by HTTP/1.0, of any size: from the page cache into the socket. One request for each
 * connection, which ends with its file. {@link HttpServer} knows more of HTTP, and keeps its files in memory.
 *
 * <p>Run: {@code mvn -q compile exec:exec -Dsample=FileServer -Dsample.args="8080 samples/www"}. Without a port it
 * takes a free one, without a directory {@code samples/www}.
 */
public final class FileServer implements Closeable {
    private static final int HEAD_BYTES_MAX = 8192;
    private static final Duration TIMEOUT = Duration.ofSeconds(30);

    private final Path directory;
    private final Service service;

    private FileServer(int port, Path directory) throws IOException {
        this.directory = directory.toRealPath();
        this.service = Service.start(port, this::serve);
    }

    /**
     * Starts a server on the loopback address.
     *
     * @param port 0 takes a free one
     * @param directory whose files everybody may have
     * @return the running server
     * @throws IOException if it cannot listen there, or there is no such directory
     */
    public static FileServer start(int port, Path directory) throws IOException {
        return new FileServer(port, directory);
    }

    private void serve(TcpSocket socket) throws IOException {
        socket.setReadTimeout(TIMEOUT).setWriteTimeout(TIMEOUT);
        String[] request = readHead(socket).split("\r\n", 2)[0].split(" ", -1);
        if (request.length != 3 || !request[0].equals("GET")) {
            answer(socket, "400 Bad Request", 0);
            return;
        }
        Path path = find(request[1]);
        if (path == null) {
            answer(socket, "404 Not Found", 0);
            return;
        }
        try (FileChannel file = FileChannel.open(path, LinkOption.NOFOLLOW_LINKS)) {
            long size = file.size();
            answer(socket, "200 OK", size);
            long sent = socket.sendFile(file, 0, size);
            if (sent < size) {
                // The client sees that it has too few bytes.
                System.out.println(path + " has become shorter: sent=" + sent + ", size=" + size);
            }
        } catch (NoSuchFileException e) {
            answer(socket, "404 Not Found", 0);
        }
    }

    private static String readHead(TcpSocket socket) throws IOException {
        byte[] head = new byte[HEAD_BYTES_MAX];
        int filled = 0;
        while (filled < head.length) {
            int n = socket.read(head, filled, head.length - filled);
            if (n < 0) {
                return "";
            }
            filled += n;
            String text = new String(head, 0, filled, ISO_8859_1);
            if (text.contains("\r\n\r\n")) {
                return text;
            }
        }
        return "";
    }

    /** A regular file below the directory; null for anything else, whatever the request says of "..". */
    private @Nullable Path find(String target) {
        try {
            String name = URLDecoder.decode(target.replace("+", "%2B"), StandardCharsets.UTF_8);
            Path path = directory.resolve("." + name).normalize();
            boolean inside = name.startsWith("/") && path.startsWith(directory);
            return inside && Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && isInside(path) ? path : null;
        } catch (IllegalArgumentException | IOException e) {
            // No name of a file.
            return null;
        }
    }

    /** A link to a directory may lead out of it. */
    private boolean isInside(Path path) throws IOException {
        return path.toRealPath().startsWith(directory);
    }

    private static void answer(TcpSocket socket, String status, long length) throws IOException {
        socket.write(("HTTP/1.0 " + status + "\r\nContent-Length: " + length + "\r\n\r\n").getBytes(ISO_8859_1));
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return service.address();
    }

    /** Stops listening, lets files finish for a moment, and closes what is left. */
    @Override
    public void close() {
        service.close();
    }

    /** Serves until the process is ended. */
    public static void main(String[] args) throws Exception {
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 0;
        Path directory = args.length > 1 ? Path.of(args[1]) : Path.of("samples", "www");
        FileServer server = start(port, directory);
        server.service.untilStopped("files of " + server.directory + " on " + server.address());
    }
}
