package io.heddle.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.ChildJvm;
import io.heddle.testing.Task;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Helidon and robaho's server, which have no hook: each in a process that has installed Heddle, or has not. */
@Program
class ServersTest {
    private static final int THREADS = 16;
    private static final int REQUESTS = 100;
    private static final int DESCRIPTORS = 110;
    private static final int CLIENTS = 120;
    private static final int SPARE_DESCRIPTORS = 10;
    private static final int ATTEMPTS = 3;
    private static final int ROUNDS = Integer.getInteger("programs.rounds", 1);
    private static final int WARM_UP_SECONDS = 5;
    private static final int LOAD_SECONDS = 30;
    private static final int PATIENCE_MILLIS = 20_000;
    private static final int IMPATIENCE_MILLIS = 1000;
    private static final Pattern LENGTH = Pattern.compile("(?i)content-length: *(\\d+)");
    private static final Pattern WRK_REQUESTS = Pattern.compile("(\\d+) requests in");

    /** Each server on our sockets and then on the JDK's, so often. */
    static Stream<Arguments> everyServer() {
        return IntStream.range(0, ROUNDS)
                .boxed()
                .flatMap(round -> Arrays.stream(ServerProgram.Server.values()))
                .flatMap(server -> Arrays.stream(Sockets.values())
                        .filter(sockets -> sockets == Sockets.HEDDLE || !server.isOfHeddle())
                        .map(sockets -> Arguments.of(sockets, server)));
    }

    /** Only the jars that it needs: where there are few descriptors, each jar takes one. */
    private static List<String> command(Sockets sockets, ServerProgram.Server server) {
        String path = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        String needed = Arrays.stream(path.split(":", -1))
                .filter(element -> !element.endsWith(".jar")
                        // Of the test's own.
                        || element.contains("junit-jupiter-api")
                        || element.contains("junit-platform-commons")
                        || (server == ServerProgram.Server.HELIDON
                                ? element.contains("helidon")
                                : element.contains("robaho")))
                .map(element -> Path.of(element).toAbsolutePath().toString())
                .collect(Collectors.joining(":"));
        List<String> command = ChildJvm.java();
        command.addAll(List.of(
                "--add-exports=java.base/jdk.internal.vm=ALL-UNNAMED",
                "-cp",
                needed,
                ServerProgram.class.getName(),
                sockets.name(),
                server.name()));
        return command;
    }

    private static List<String> underLimit(List<String> java) {
        String quoted = java.stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
        return List.of("bash", "-c", "ulimit -n " + DESCRIPTORS + "; exec " + quoted);
    }

    /** With -Pprograms wrk asks for 30 seconds, too, and what a request costs is printed. */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("everyServer")
    @Timeout(value = 180, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void everyRequestIsAnswered(Sockets sockets, ServerProgram.Server server) throws Exception {
        try (ChildJvm child = ChildJvm.start(command(sockets, server))) {
            int port = Integer.parseInt(child.await("port "));
            askFromManyThreads(port);
            if (Load.isFull()) {
                askByWrk(port, WARM_UP_SECONDS);
                double before = cpuSeconds(child.pid());
                long requests = askByWrk(port, LOAD_SECONDS);
                double micros = (cpuSeconds(child.pid()) - before) * 1e6 / requests;
                System.out.printf(
                        Locale.ROOT,
                        "%s on %s: %d requests in %d s, %.1f us CPU each%n",
                        server,
                        sockets,
                        requests,
                        LOAD_SECONDS,
                        micros);
            }
            checkCarried(sockets, child);
            assertThat(child.ask("stop", "left ")).isEqualTo("[]");
        }
    }

    private static void askFromManyThreads(int port) throws Exception {
        List<Task<Boolean>> clients = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            clients.add(Caller.PLATFORM_THREAD.startRun(() -> {
                try (Client client = new Client(port, PATIENCE_MILLIS)) {
                    for (int k = 0; k < REQUESTS; k++) {
                        assertThat(client.get("/hello")).isEqualTo("hello");
                    }
                    assertThat(client.get("/large")).isEqualTo("x".repeat(ServerProgram.LARGE));
                }
            }));
        }
        for (Task<Boolean> client : clients) {
            assertThat(client.get()).isTrue();
        }
    }

    private static void checkCarried(Sockets sockets, ChildJvm child) throws IOException {
        sockets.checkCarried(Long.parseLong(child.ask("events", "events ")));
        sockets.checkCarried(Long.parseLong(child.await("of its pollers ")));
    }

    @ParameterizedTest
    @EnumSource
    void onHeddleAServerOutlivesTheLackOfDescriptors(ServerProgram.Server server) throws Exception {
        try (ChildJvm child = ChildJvm.start(underLimit(command(Sockets.HEDDLE, server)))) {
            int port = Integer.parseInt(child.await("port "));
            List<Client> clients = connectAll(port);
            try {
                assertThat(clients).hasSize(CLIENTS);
                List<Client> waiting = unanswered(clients);
                assertThat(waiting).as("clients beyond the descriptors").isNotEmpty();
                clients.removeAll(waiting);
                clients.forEach(Client::close);
                // The descriptors of those who have gone are for those who wait.
                for (Client client : waiting) {
                    client.setTimeout(PATIENCE_MILLIS);
                    assertThat(client.answer()).isEqualTo("hello");
                    client.close();
                }
            } finally {
                clients.forEach(Client::close);
            }
            try (Client client = new Client(port, PATIENCE_MILLIS)) {
                assertThat(client.get("/hello")).isEqualTo("hello");
            }
            awaitAccepting(child, 1);
            checkCarried(Sockets.HEDDLE, child);
            assertThat(child.ask("stop", "left ")).isEqualTo("[]");
        }
    }

    @ParameterizedTest
    @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ROBAHO_ON_HEDDLE_THREADS")
    void onTheJdkItNeverServesAgain(ServerProgram.Server server) throws Exception {
        try (ChildJvm child = ChildJvm.start(underLimit(command(Sockets.JDK, server)))) {
            int port = Integer.parseInt(child.await("port "));
            awaitAccepting(child, 1);
            List<Client> clients = connectAll(port);
            try {
                int answered = clients.size() - unanswered(clients).size();
                assertThat(answered).as("clients within the descriptors").isBetween(1, CLIENTS - 1);
            } finally {
                clients.forEach(Client::close);
            }
            Await.until("descriptors are back", () -> child.descriptors() <= DESCRIPTORS - SPARE_DESCRIPTORS);
            // Its thread that accepts has ended, and nothing starts another.
            awaitAccepting(child, 0);
            for (int i = 0; i < ATTEMPTS; i++) {
                assertThatThrownBy(() -> {
                            try (Client client = new Client(port, IMPATIENCE_MILLIS)) {
                                assertThat(client.get("/hello")).isEqualTo("hello");
                            }
                        })
                        .isInstanceOfAny(SocketTimeoutException.class, ConnectException.class, SocketException.class);
            }
            checkCarried(Sockets.JDK, child);
        }
    }

    private static void awaitAccepting(ChildJvm child, int threads) throws Exception {
        Await.until(
                "threads in accept: " + threads,
                () -> Integer.parseInt(child.ask("accepting", "accepting ")) == threads);
    }

    private static List<Client> connectAll(int port) throws IOException {
        List<Client> clients = new ArrayList<>();
        try {
            for (int i = 0; i < CLIENTS; i++) {
                Client client = new Client(port, IMPATIENCE_MILLIS);
                clients.add(client);
                client.ask("/hello");
            }
        } catch (SocketException e) {
            // Nobody listens any more: the JDK's case.
            assertThat(clients).isNotEmpty();
        }
        return clients;
    }

    /** Those who have no answer when all others have had theirs. */
    private static List<Client> unanswered(List<Client> clients) throws IOException {
        List<Client> unanswered = new ArrayList<>();
        for (Client client : clients) {
            // Who waits for the first is patient: after it, all that the server can do is done.
            client.setTimeout(unanswered.isEmpty() ? IMPATIENCE_MILLIS : 1 + IMPATIENCE_MILLIS / CLIENTS);
            try {
                assertThat(client.answer()).isEqualTo("hello");
            } catch (SocketTimeoutException | SocketException e) {
                unanswered.add(client);
            }
        }
        return unanswered;
    }

    /** Answers the number of requests, none of which has failed. */
    private static long askByWrk(int port, int seconds) throws IOException {
        String report = wrk("-t1", "-c64", "-d" + seconds + "s", "http://127.0.0.1:" + port + "/hello");
        assertThat(report).doesNotContain("Socket errors", "Non-2xx");
        Matcher requests = WRK_REQUESTS.matcher(report);
        assertThat(requests.find()).as(report).isTrue();
        return Long.parseLong(requests.group(1));
    }

    private static String wrk(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("wrk"));
        command.addAll(List.of(arguments));
        Process wrk;
        try {
            wrk = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            throw new IOException("wrk is needed for -Pprograms: apt-get install -y wrk", e);
        }
        return new String(wrk.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** User and system time, see proc_pid_stat(5), in ticks of 10 ms. */
    private static double cpuSeconds(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
    }

    /** A connection that is kept alive, on a socket of the JDK. */
    private static final class Client implements AutoCloseable {
        private final Socket socket = new Socket();
        private final InputStream in;
        private final StringBuilder head = new StringBuilder();
        private @Nullable ByteBuffer body;

        Client(int port, int timeoutMillis) throws IOException {
            try {
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), timeoutMillis);
                socket.setSoTimeout(timeoutMillis);
                in = new BufferedInputStream(socket.getInputStream());
            } catch (IOException e) {
                close();
                throw e;
            }
        }

        void setTimeout(int millis) throws IOException {
            socket.setSoTimeout(millis);
        }

        String get(String path) throws IOException {
            ask(path);
            return answer();
        }

        void ask(String path) throws IOException {
            String request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        }

        /** After a timeout it goes on where it was. */
        String answer() throws IOException {
            while (body == null) {
                int next = read(in.read());
                head.append((char) next);
                if (next == '\n' && head.toString().endsWith("\r\n\r\n")) {
                    assertThat(head.toString()).startsWith("HTTP/1.1 200 ");
                    Matcher length = LENGTH.matcher(head);
                    assertThat(length.find()).as(head.toString()).isTrue();
                    body = ByteBuffer.allocate(Integer.parseInt(length.group(1)));
                }
            }
            while (body.hasRemaining()) {
                int n = read(in.read(body.array(), body.position(), body.remaining()));
                body.position(body.position() + n);
            }
            String text = new String(body.array(), StandardCharsets.US_ASCII);
            head.setLength(0);
            body = null;
            return text;
        }

        private int read(int result) throws SocketException {
            if (result < 0) {
                throw new SocketException("the end after: " + head);
            }
            return result;
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }
    }
}
