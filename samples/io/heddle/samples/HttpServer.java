package io.heddle.samples;

import io.heddle.Heddle;
import io.heddle.TcpSocket;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;

/**
 * An HTTP/1.1 server, one virtual thread for each connection: {@code /} in plain text, and the files of a directory.
 *
 * <p>Run: {@code mvn -q compile exec:exec -Dsample=HttpServer -Dsample.args="8080 samples/www"}. Without a port it
 * takes a free one, without a directory {@code samples/www}. A third argument is the read timeout in milliseconds.
 */
public final class HttpServer implements Closeable {
    static final Duration READ_TIMEOUT = Duration.ofSeconds(30);

    private static final Path DIRECTORY = Path.of("samples", "www");

    private final Service service;

    private HttpServer(Service service) {
        this.service = service;
    }

    /**
     * Starts a server on the loopback address, without files.
     *
     * @param port 0 takes a free one
     * @return the running server
     * @throws IOException if it cannot listen there
     */
    public static HttpServer start(int port) throws IOException {
        return start(port, Site.of(null), READ_TIMEOUT);
    }

    static HttpServer start(int port, Site site, Duration readTimeout) throws IOException {
        return new HttpServer(Service.start(port, socket -> serve(socket, site, readTimeout)));
    }

    private static void serve(TcpSocket socket, Site site, Duration readTimeout) throws IOException {
        // A peer that does not read its answers must not keep a thread for ever, either.
        socket.setWriteTimeout(readTimeout);
        new HttpConnection(Wire.of(socket), site, readTimeout).serve();
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return service.address();
    }

    /** Stops listening, lets connections finish for a moment, and closes them. */
    @Override
    public void close() {
        service.close();
    }

    /** Serves until the process is ended. */
    public static void main(String[] args) throws Exception {
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 0;
        Path directory = args.length > 1 ? Path.of(args[1]) : DIRECTORY;
        Duration readTimeout = args.length > 2 ? Duration.ofMillis(Long.parseLong(args[2])) : READ_TIMEOUT;
        HttpServer server = start(port, Site.of(directory), readTimeout);
        InetSocketAddress address = server.address();
        server.service.untilStopped("HttpServer on http://"
                + address.getAddress().getHostAddress() + ":" + address.getPort() + "/, " + Heddle.shared());
    }
}
