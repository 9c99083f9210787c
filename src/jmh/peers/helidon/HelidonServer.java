package io.heddle.compare.peers;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webclient.api.WebClient;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/**
 * The comparison's server on Helidon SE, a whole HTTP server: it parses, routes and adds headers of its own.
 * Arguments: port, read timeout in milliseconds (0: none), port of the backend.
 */
public final class HelidonServer {
    private static final long BULK_BYTES = 1L << 30;
    private static final byte[] OK = "ok".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] KIBIBYTE = filled(1024);
    private static final byte[] CHUNK = filled(64 * 1024);
    private static final long STALL_NANOS = 1_000_000_000;

    private HelidonServer() {}

    /** Serves until the process is ended. */
    public static void main(String[] args) {
        Duration timeout = Duration.ofMillis(Integer.parseInt(args[1]));
        WebClient backend =
                WebClient.builder().baseUri("http://127.0.0.1:" + args[2]).build();
        WebServer.builder()
                .host("127.0.0.1")
                .port(Integer.parseInt(args[0]))
                .backlog(4096)
                .maxPayloadSize(-1)
                .connectionOptions(options -> options.readTimeout(timeout).tcpNoDelay(true))
                .routing(routing -> route(routing, backend))
                .build()
                .start();
    }

    private static void route(HttpRules rules, WebClient backend) {
        rules.get("/", (request, response) -> response.send(OK))
                .get("/1k", (request, response) -> response.send(KIBIBYTE))
                .get("/64k", (request, response) -> response.send(CHUNK))
                .get(
                        "/close",
                        (request, response) ->
                                response.header(HeaderValues.CONNECTION_CLOSE).send(OK))
                .get("/download", (request, response) -> download(response))
                .put("/upload", HelidonServer::upload)
                .get(
                        "/proxy",
                        (request, response) -> response.send(backend.get("/").requestEntity(byte[].class)))
                .get("/stall", (request, response) -> {
                    long start = System.nanoTime();
                    while (System.nanoTime() - start < STALL_NANOS) {
                        Thread.onSpinWait();
                    }
                    response.send(OK);
                });
    }

    private static void download(ServerResponse response) throws IOException {
        response.header(HeaderNames.CONTENT_LENGTH, Long.toString(BULK_BYTES));
        try (OutputStream out = response.outputStream()) {
            for (long left = BULK_BYTES; left > 0; left -= CHUNK.length) {
                out.write(CHUNK);
            }
        }
    }

    private static void upload(ServerRequest request, ServerResponse response) throws IOException {
        try (InputStream in = request.content().inputStream()) {
            byte[] chunk = new byte[CHUNK.length];
            while (in.read(chunk) >= 0) {
                // Only the bytes' way here is measured.
            }
        }
        response.send(OK);
    }

    private static byte[] filled(int bytes) {
        byte[] body = new byte[bytes];
        Arrays.fill(body, (byte) 'x');
        return body;
    }
}
