package io.heddle.samples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("behaviour")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChatTest {
    private SampleProcess server;
    private int port;

    @BeforeEach
    void start() throws IOException {
        server = SampleProcess.sample("Chat");
        port = server.awaitPort();
    }

    @AfterEach
    void stop() {
        server.close();
    }

    /** Somebody at a terminal. */
    private final class Member implements AutoCloseable {
        final Socket socket = new Socket();
        private final BufferedReader lines;

        Member(String name, int receiveBytes) throws IOException {
            socket.setReceiveBufferSize(receiveBytes);
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8), 16);
            assertThat(read()).isEqualTo("* your nickname?");
            say(name);
        }

        void say(String line) throws IOException {
            socket.getOutputStream().write((line + "\n").getBytes(UTF_8));
        }

        String read() throws IOException {
            return lines.readLine();
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    /** Somebody who has joined and knows it. */
    private Member join(String name, int here) throws IOException {
        Member member = new Member(name, 64 * 1024);
        assertThat(member.read()).isEqualTo("* " + name + " joined, here: " + here);
        return member;
    }

    @Test
    void everybodysLinesGoToEverybodyInTheSameOrder() throws Exception {
        try (Member anna = join("anna", 1)) {
            try (Member bert = join("bert", 2)) {
                assertThat(anna.read()).isEqualTo("* bert joined, here: 2");
                try (Member cleo = join("cleo", 3)) {
                    assertThat(anna.read()).isEqualTo("* cleo joined, here: 3");
                    assertThat(bert.read()).isEqualTo("* cleo joined, here: 3");
                    for (int i = 0; i < 50; i++) {
                        anna.say("gr\u00fc\u00df euch " + i);
                        bert.say("  hi " + i + "\r");
                    }
                    String[] order = new String[100];
                    for (int i = 0; i < order.length; i++) {
                        order[i] = anna.read();
                        assertThat(bert.read()).isEqualTo(order[i]);
                        assertThat(cleo.read()).isEqualTo(order[i]);
                    }
                    assertThat(order).contains("anna: gr\u00fc\u00df euch 49", "bert: hi 0", "bert: hi 49");
                }
                assertThat(anna.read()).isEqualTo("* cleo left");
                assertThat(bert.read()).isEqualTo("* cleo left");
            }
        }
    }

    @Test
    void aNicknameIsAskedForUntilItIsGood() throws Exception {
        try (Member anna = join("anna", 1);
                Member bert = new Member("anna", 64 * 1024)) {
            assertThat(bert.read()).isEqualTo("* taken, another one?");
            bert.say("b e r t");
            assertThat(bert.read()).isEqualTo("* 1 to 20 letters and digits, please");
            bert.say("bert");
            assertThat(bert.read()).isEqualTo("* bert joined, here: 2");
            assertThat(anna.read()).isEqualTo("* bert joined, here: 2");
        }
    }

    @Test
    void whoSendsALineWithoutEndHasToLeave() throws Exception {
        try (Member anna = join("anna", 1);
                Member bert = join("bert", 2)) {
            bert.say("x".repeat(1000));
            assertThat(bert.read()).isEqualTo("bert: " + "x".repeat(1000));
            bert.say("x".repeat(1001));

            assertThat(bert.read()).isEqualTo("* bert sent a line of more than 1000 bytes");
            assertThat(bert.read()).isNull();
            anna.say("still here");
            String line = anna.read();
            while (!line.equals("* bert sent a line of more than 1000 bytes")) {
                line = anna.read();
            }
            assertThat(anna.read()).isEqualTo("anna: still here");
        }
    }

    @Test
    void whoDoesNotReadIsDroppedAndNobodyWaitsForThem() throws Exception {
        try (Member slow = new Member("slow", 4096)) {
            assertThat(slow.read()).isEqualTo("* slow joined, here: 1");
            try (Member anna = join("anna", 2);
                    Member bert = join("bert", 3)) {
                assertThat(anna.read()).isEqualTo("* bert joined, here: 3");

                String text = "anna: " + "x".repeat(900);
                String dropped = "* slow was dropped: reads too slowly";
                String line = text;
                while (line.equals(text)) {
                    anna.say("x".repeat(900));
                    line = anna.read();
                    assertThat(bert.read()).isEqualTo(line);
                }
                // The line that found no room goes to the others first.
                assertThat(line).isEqualTo(dropped);

                assertEnds(slow.socket);
                bert.say("peace");
                String afterwards = anna.read();
                assertThat(bert.read()).isEqualTo(afterwards);
                if (afterwards.equals(text)) {
                    afterwards = anna.read();
                    assertThat(bert.read()).isEqualTo(afterwards);
                }
                assertThat(afterwards).isEqualTo("bert: peace");
            }
        }
    }

    private static void assertEnds(Socket socket) throws IOException {
        InputStream in = socket.getInputStream();
        byte[] rest = new byte[4096];
        try {
            int n = in.read(rest);
            while (n >= 0) {
                n = in.read(rest);
            }
        } catch (SocketException e) {
            assertThat(e).hasMessageContaining("reset");
        }
    }
}
