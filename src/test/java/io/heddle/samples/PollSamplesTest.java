package io.heddle.samples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.spi.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The samples that are event loops of their own. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PollSamplesTest {
    private static final String GREETING = "Hello world!";
    private static final int DESCRIPTORS = 60;

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
    }

    private static void send(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\n").getBytes(UTF_8));
    }

    @Test
    void theTcpServerGreetsAndPrints() throws Exception {
        try (SampleProcess server = SampleProcess.sample("PollTcpServer")) {
            greetsAndPrints(server, server.awaitPort());
        }
    }

    private static void greetsAndPrints(SampleProcess server, int port) throws IOException {
        try (Socket first = SampleProcess.connect(port);
                Socket second = SampleProcess.connect(port)) {
            assertThat(reader(first).readLine()).isEqualTo(GREETING);
            assertThat(reader(second).readLine()).isEqualTo(GREETING);
            send(second, "one");
            assertThat(server.awaitLine("2 sent")).isEqualTo("2 sent: one");
            send(first, "two");
            assertThat(server.awaitLine("1 sent")).isEqualTo("1 sent: two");
            first.setSoLinger(true, 0);
        }
        // Which of the two is told first is the kernel's choice.
        assertThat(List.of(server.readLine(), server.readLine()))
                .containsExactlyInAnyOrder("1 failed: Connection reset", "2 closed");
    }

    @Test
    void theUdpServerSendsBackWhatItGets() throws Exception {
        try (SampleProcess server = SampleProcess.sample("PollUdpServer");
                DatagramSocket client = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            client.connect(InetAddress.getLoopbackAddress(), server.awaitPort());
            for (int length : List.of(1, 1500, 60_000)) {
                byte[] sent = new byte[length];
                Arrays.fill(sent, (byte) length);
                client.send(new DatagramPacket(sent, length));
                DatagramPacket answer = new DatagramPacket(new byte[65_536], 65_536);
                client.receive(answer);
                assertThat(Arrays.copyOf(answer.getData(), answer.getLength())).isEqualTo(sent);
            }
        }
    }

    @Test
    void aServerThatIsActivatedServesTheSocketItIsPassed() throws Exception {
        String[] service =
                SampleProcess.command("io.heddle.samples.SocketActivation").toArray(String[]::new);
        try (SampleProcess server = SampleProcess.start("io.heddle.internal.sys.ActivatingProgram", service)) {
            greetsAndPrints(server, server.awaitPort());
        }
    }

    @Test
    void aServerThatIsNotActivatedSaysHow() throws Exception {
        try (SampleProcess server = SampleProcess.sample("SocketActivation")) {
            assertThat(server.awaitEnd()).isEqualTo(1);
            assertThat(server.output()).contains("no sockets were passed: LISTEN_PID must be ");
        }
    }

    private static SampleProcess console(String selector) throws IOException {
        return SampleProcess.start(command("Console", selector));
    }

    private static List<String> command(String name, String selector) {
        List<String> command = SampleProcess.command("io.heddle.samples." + name);
        command.add(1, "-Dheddle.selector=" + selector);
        return command;
    }

    /** The input is watched by epoll and poll, and read by a thread beside the JDK's selector. */
    @ParameterizedTest
    @ValueSource(strings = {"epoll", "poll", "jdk"})
    void theConsoleDoesWhatItIsTold(String selector) throws Exception {
        try (SampleProcess server = console(selector)) {
            int port = server.awaitPort();
            try (Socket first = SampleProcess.connect(port);
                    Socket second = SampleProcess.connect(port)) {
                awaitClients(server, 2);
                server.tell("say hello there");
                assertThat(reader(first).readLine()).isEqualTo("hello there");
                assertThat(reader(second).readLine()).isEqualTo("hello there");
                server.tell("sing");
                assertThat(server.awaitLine("say ")).isEqualTo("say TEXT, count or quit");
            }
            awaitClients(server, 0);
            server.tell("quit");
            assertThat(server.awaitEnd()).isZero();
            assertThat(server.output()).endsWith("bye\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "poll", "jdk"})
    void theConsoleDoesWhatTheEndOfItsInputCutsOff(String selector) throws Exception {
        try (SampleProcess server = console(selector)) {
            server.tellAtLast("count\nquit");
            assertThat(server.awaitEnd()).isZero();
            assertThat(server.output()).contains("clients: 0\n").endsWith("bye\n");
        }
    }

    /** Connections and lines are different sources: which comes first is not said. */
    private static void awaitClients(SampleProcess server, int count) throws IOException {
        String line;
        do {
            server.tell("count");
            line = server.awaitLine("clients: ");
        } while (!line.equals("clients: " + count));
    }

    @Test
    void theConsoleIsEndedByASignal() throws Exception {
        try (SampleProcess server = SampleProcess.sample("Console")) {
            assertThat(server.awaitPort()).isPositive();
            assertThat(server.terminate()).isEqualTo(128 + 15);
            assertThat(server.output()).endsWith("bye\n");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll", "poll", "jdk"})
    void theConsoleReadsAFile(String selector, @TempDir Path directory) throws Exception {
        Path commands = Files.writeString(directory.resolve("commands"), "count\nquit");
        try (SampleProcess server = SampleProcess.start(commands, command("Console", selector))) {
            assertThat(server.awaitEnd()).isZero();
            assertThat(server.output()).contains("clients: 0\n").endsWith("bye\n");
        }
    }

    /** Its classes are in a jar, as otherwise a class that is loaded late would have no descriptor for its file. */
    private static SampleProcess startWithDescriptors(int limit, Path directory, String name) throws IOException {
        Path jar = directory.resolve("samples.jar");
        ToolProvider tool = ToolProvider.findFirst("jar").orElseThrow();
        assertThat(tool.run(
                        System.out,
                        System.err,
                        "c0f",
                        jar.toString(),
                        "-C",
                        "target/classes",
                        ".",
                        "-C",
                        "target/samples",
                        "."))
                .isZero();
        List<String> command = new ArrayList<>(List.of("bash", "-c", "ulimit -n " + limit + "; exec \"$@\"", "bash"));
        command.addAll(ChildJvm.java());
        command.addAll(List.of("-cp", jar.toString(), "io.heddle.samples." + name));
        return SampleProcess.start(command);
    }

    @ParameterizedTest
    @ValueSource(strings = {"PollTcpServer", "Console"})
    void anAcceptWithoutDescriptorsIsTriedAgain(String name, @TempDir Path directory) throws Exception {
        List<Socket> clients = new ArrayList<>();
        try (SampleProcess server = startWithDescriptors(DESCRIPTORS, directory, name)) {
            int port = server.awaitPort();
            for (int i = 0; i < DESCRIPTORS; i++) {
                clients.add(SampleProcess.connect(port));
            }
            assertThat(server.awaitLine("cannot accept")).contains("Too many open files");
            for (Socket client : clients.subList(0, DESCRIPTORS - 1)) {
                client.close();
            }
            Socket last = clients.getLast();
            if (name.equals("Console")) {
                awaitClients(server, 1);
                server.tell("say " + GREETING);
            }
            assertThat(reader(last).readLine()).isEqualTo(GREETING);
        } finally {
            for (Socket client : clients) {
                client.close();
            }
        }
    }
}
