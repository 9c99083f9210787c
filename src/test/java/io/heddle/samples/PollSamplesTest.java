package io.heddle.samples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The samples that are event loops of their own. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PollSamplesTest {
    private static final String GREETING = "Hello world!";

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

    @Test
    void theConsoleDoesWhatItIsTold() throws Exception {
        try (SampleProcess server = SampleProcess.sample("Console")) {
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

    /** Connections and lines are different sources: which comes first is not said. */
    private static void awaitClients(SampleProcess server, int count) throws IOException {
        String line;
        do {
            server.tell("count");
            line = server.awaitLine("clients: ");
        } while (!line.equals("clients: " + count));
    }

    @Test
    void theConsoleIsEndedByASignalThroughItsChannel() throws Exception {
        try (SampleProcess server = SampleProcess.sample("Console")) {
            assertThat(server.awaitPort()).isPositive();
            assertThat(server.terminate()).isEqualTo(128 + 15);
            assertThat(server.output()).endsWith("bye\n");
        }
    }

    @Test
    void theConsoleReadsAFileByAThread(@TempDir Path directory) throws Exception {
        Path commands = Files.writeString(directory.resolve("commands"), "count\nquit\n");
        try (SampleProcess server = SampleProcess.start(commands, "io.heddle.samples.Console")) {
            assertThat(server.awaitEnd()).isZero();
            assertThat(server.output()).contains("clients: 0\n").endsWith("bye\n");
        }
    }
}
