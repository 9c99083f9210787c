package io.heddle.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("behaviour")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HttpServerTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String HELLO = "Hello, World!\n";

    private static SampleProcess server;
    private static int port;

    @BeforeAll
    static void start() throws IOException {
        server = SampleProcess.sample("HttpServer");
        port = server.awaitPort();
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private record Response(String statusLine, Map<String, String> headers, String body) {
        int status() {
            return Integer.parseInt(statusLine.substring(9, 12));
        }
    }

    /** A client that says exactly what it is told to. */
    private static final class Client implements AutoCloseable {
        private final Socket socket;
        private final InputStream in;

        Client() throws IOException {
            this(port);
        }

        Client(int port) throws IOException {
            socket = SampleProcess.connect(port);
            in = socket.getInputStream();
        }

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(ISO_8859_1));
        }

        void sendByteByByte(String text) throws IOException {
            socket.setTcpNoDelay(true);
            for (byte b : text.getBytes(ISO_8859_1)) {
                socket.getOutputStream().write(b);
            }
        }

        Response ask(String request) throws IOException {
            send(request);
            return read();
        }

        Response read() throws IOException {
            return read(true);
        }

        Response read(boolean hasBody) throws IOException {
            String statusLine = readLine();
            assertThat(statusLine).matches("HTTP/1\\.1 \\d{3} .+");
            Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
            for (String line = readLine(); !line.isEmpty(); line = readLine()) {
                int colon = line.indexOf(": ");
                assertThat(headers.put(line.substring(0, colon), line.substring(colon + 2)))
                        .isNull();
            }
            int length = Integer.parseInt(headers.get("Content-Length"));
            String body = hasBody ? new String(in.readNBytes(length), ISO_8859_1) : "";
            assertThat(body).hasSize(hasBody ? length : 0);
            return new Response(statusLine, headers, body);
        }

        private String readLine() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            for (int b = in.read(); b != '\n'; b = in.read()) {
                if (b < 0) {
                    throw new EOFException("the answer ended early: line=" + line);
                }
                line.write(b);
            }
            String text = line.toString(ISO_8859_1);
            assertThat(text).endsWith("\r");
            return text.substring(0, text.length() - 1);
        }

        /** Waits for the end of the stream, before which nothing may come. */
        void assertEnded() throws IOException {
            assertThat(in.read()).isEqualTo(-1);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    // Good requests

    @Test
    void theRootIsPlainText() throws Exception {
        try (Client client = new Client()) {
            Response response = client.ask(GET);

            assertThat(response.statusLine()).isEqualTo("HTTP/1.1 200 OK");
            assertThat(response.headers()).containsEntry("Content-Type", "text/plain; charset=utf-8");
            assertThat(ZonedDateTime.parse(response.headers().get("Date"), DateTimeFormatter.RFC_1123_DATE_TIME))
                    .isNotNull();
            assertThat(response.body()).isEqualTo(HELLO);
        }
    }

    @Test
    void aConnectionServesManyRequests() throws Exception {
        try (Client client = new Client()) {
            for (int i = 0; i < 1000; i++) {
                assertThat(client.ask(GET).body()).isEqualTo(HELLO);
            }
        }
    }

    @Test
    void pipelinedRequestsAreAnsweredInOrder() throws Exception {
        String missing = "GET /missing HTTP/1.1\r\nHost: localhost\r\n\r\n";
        try (Client client = new Client()) {
            // More than the server's buffer holds, so that some requests are cut in two.
            client.send((GET + missing).repeat(200));
            for (int i = 0; i < 200; i++) {
                assertThat(client.read().status()).isEqualTo(200);
                assertThat(client.read().status()).isEqualTo(404);
            }
        }
    }

    @Test
    void aRequestMayComeByteByByte() throws Exception {
        try (Client client = new Client()) {
            client.sendByteByByte("POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "5;a=b\r\nhello\r\n0\r\nTrailer: x\r\n\r\n" + GET);

            assertThat(client.read().status()).isEqualTo(405);
            assertThat(client.read().body()).isEqualTo(HELLO);
        }
    }

    @Test
    void aFileIsServedAsItIs() throws Exception {
        try (Client client = new Client()) {
            Response response = client.ask("GET /hello.html?query HTTP/1.1\r\nHost: localhost\r\n\r\n");

            assertThat(response.status()).isEqualTo(200);
            assertThat(response.headers()).containsEntry("Content-Type", "text/html; charset=utf-8");
            assertThat(response.body())
                    .isEqualTo(Files.readString(Path.of("samples", "www", "hello.html"), ISO_8859_1));
        }
    }

    @Test
    void headIsAnsweredWithoutTheBody() throws Exception {
        try (Client client = new Client()) {
            client.send("HEAD /hello.html HTTP/1.1\r\nHost: localhost\r\n\r\n" + GET);

            Response head = client.read(false);
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.headers().get("Content-Length")).isNotEqualTo("0");
            assertThat(client.read().body()).isEqualTo(HELLO);
        }
    }

    @Test
    void aRequestTargetMayBeAWholeAddress() throws Exception {
        try (Client client = new Client()) {
            for (String target : new String[] {"http://localhost", "http://localhost/", "http://localhost/?a"}) {
                assertThat(client.ask("GET " + target + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                                .body())
                        .as(target)
                        .isEqualTo(HELLO);
            }
        }
    }

    @Test
    void theBodyOfARequestIsSkipped() throws Exception {
        String body = "GET /this is no request";
        try (Client client = new Client()) {
            client.send("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n\r\n" + body
                    + "\r\n" + GET);

            assertThat(client.read().status()).isEqualTo(200);
            assertThat(client.read().status()).isEqualTo(200);
        }
    }

    @Test
    void whoExpectsToBeToldToContinueIsTold() throws Exception {
        try (Client client = new Client()) {
            client.send("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
            assertThat(client.readLine()).isEqualTo("HTTP/1.1 100 Continue");
            assertThat(client.readLine()).isEmpty();
            assertThat(client.ask("hello").body()).isEqualTo(HELLO);
        }
    }

    // The end of a connection

    @Test
    void connectionCloseEndsTheConnectionAfterTheAnswer() throws Exception {
        try (Client client = new Client()) {
            Response response = client.ask("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: x, Close\r\n\r\n" + GET);

            assertThat(response.body()).isEqualTo(HELLO);
            assertThat(response.headers()).containsEntry("Connection", "close");
            client.assertEnded();
        }
    }

    @Test
    void http10EndsAfterOneAnswerUnlessAskedToStay() throws Exception {
        try (Client client = new Client()) {
            Response kept = client.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            assertThat(kept.headers()).containsEntry("Connection", "keep-alive");

            Response last = client.ask("GET / HTTP/1.0\r\n\r\n");
            assertThat(last.body()).isEqualTo(HELLO);
            assertThat(last.headers()).containsEntry("Connection", "close");
            client.assertEnded();
        }
    }

    @Test
    void aHalfClosedClientStillGetsItsAnswer() throws Exception {
        try (Client client = new Client()) {
            client.send(GET);
            client.socket.shutdownOutput();

            assertThat(client.read().body()).isEqualTo(HELLO);
            client.assertEnded();
        }
    }

    @Test
    void aSilentConnectionIsClosedAndASlowRequestRefused() throws Exception {
        try (SampleProcess impatient = SampleProcess.sample("HttpServer", "0", "samples/www", "300")) {
            int port = impatient.awaitPort();
            try (Client silent = new Client(port);
                    Client slow = new Client(port);
                    Client slowBody = new Client(port)) {
                slow.send("GET / HTTP/1.1\r\nHost:");
                slowBody.send("GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nx");

                silent.assertEnded();
                assertThat(slow.read().status()).isEqualTo(408);
                slow.assertEnded();
                assertThat(slowBody.read().status()).isEqualTo(408);
                slowBody.assertEnded();
            }
        }
    }

    @Test
    void aTerminatedServerSaysNothingAndFreesItsPort() throws Exception {
        try (SampleProcess ending = SampleProcess.sample("HttpServer")) {
            int port = ending.awaitPort();
            String output = ending.output();

            assertThat(ending.terminate()).isEqualTo(128 + 15); // SIGTERM
            assertThat(ending.output()).isEqualTo(output);
            try (SampleProcess next = SampleProcess.sample("HttpServer", Integer.toString(port))) {
                assertThat(next.awaitPort()).isEqualTo(port);
            }
        }
    }

    // Bad requests

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\0",
                "\u0016\u0003\u0001", // a TLS client
                "GET\r\n\r\n",
                "GET /\r\n\r\n",
                "GET / HTTP/1.1\n\n",
                "GET / HTTP/1.1\r\r\n",
                "GET / HTTP/1.1 \r\n\r\n",
                "GET  / HTTP/1.1\r\n\r\n",
                " GET / HTTP/1.1\r\n\r\n",
                "G(T / HTTP/1.1\r\n\r\n",
                "GET / http/1.1\r\n\r\n",
                "GET / HTTP/1.10\r\n\r\n",
                "GET hello.html HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /%2 HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n", // no Host
                "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
                "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
                "GET / HTTP/1.1\r\nHost\r\n\r\n",
                "GET / HTTP/1.1\r\n: a\r\nHost: a\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\u0001\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
                "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\n",
                "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nxx\r\n",
            })
    void aMalformedRequestIsRefusedAndEndsTheConnection(String request) throws Exception {
        assertRefused(request, 400);
    }

    @Test
    void aRequestThatEndsEarlyIsRefused() throws Exception {
        for (String part : new String[] {"GET / HT", "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxx"}) {
            try (Client client = new Client()) {
                client.send(part);
                client.socket.shutdownOutput();

                assertThat(client.read().status()).as(part).isEqualTo(400);
                client.assertEnded();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/missing",
                "/hello.html/",
                "//hello.html",
                "/../pom.xml",
                "/../../../../../../etc/passwd",
                "/%2e%2e/%2e%2e/pom.xml",
                "/..%2f..%2fpom.xml",
                "/hello.html%00",
                "/.",
                "/..",
            })
    void whatIsNoFileOfTheSiteIsNotFound(String path) throws Exception {
        try (Client client = new Client()) {
            assertThat(client.ask("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n")
                            .status())
                    .isEqualTo(404);
            assertThat(client.ask(GET).status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"POST /", "PUT /hello.html", "DELETE /", "get /", "OPTIONS *", "CONNECT localhost:80"})
    void otherMethodsThanGetAndHeadAreNotAllowed(String request) throws Exception {
        try (Client client = new Client()) {
            Response response = client.ask(request + " HTTP/1.1\r\nHost: localhost\r\n\r\n");

            assertThat(response.status()).isEqualTo(405);
            assertThat(response.headers()).containsEntry("Allow", "GET, HEAD");
            assertThat(client.ask(GET).status()).isEqualTo(200);
        }
    }

    @Test
    void aBodyThatIsTooLargeIsRefusedAndTheAnswerArrives() throws Exception {
        assertRefused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n" + "x".repeat(70_000), 413);
        assertRefused("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + "9".repeat(100) + "\r\n\r\n", 413);
        String chunk = "4000\r\n" + "x".repeat(0x4000) + "\r\n";
        assertRefused(
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk.repeat(4) + "1\r\n", 413);
        assertRefused("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", 413);
    }

    @Test
    void aHeadThatIsTooLargeIsRefusedAndTheAnswerArrives() throws Exception {
        assertRefused("GET / HTTP/1.1\r\nHost: a\r\nLong: " + "x".repeat(100_000), 431);
        assertRefused("GET / HTTP/1.1\r\nHost: a\r\n" + "A: b\r\n".repeat(200) + "\r\n", 431);
        assertRefused("GET /" + "x".repeat(100_000), 414);
    }

    @Test
    void whatTheServerCannotDoIsNamed() throws Exception {
        assertRefused("GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505);
        assertRefused("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501);
        assertRefused("GET / HTTP/1.1\r\nHost: a\r\nExpect: a miracle\r\n\r\n", 417);
    }

    private static void assertRefused(String request, int status) throws IOException {
        try (Client client = new Client()) {
            // In one piece with a good request: an answer to that one would be a smuggled request's.
            client.send(GET);
            assertThat(client.read().status()).isEqualTo(200);
            Response response = client.ask(request);

            assertThat(response.status()).isEqualTo(status);
            assertThat(response.headers()).containsEntry("Connection", "close");
            client.assertEnded();
        }
    }
}
