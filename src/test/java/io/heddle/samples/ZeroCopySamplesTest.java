package io.heddle.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Bytes;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The file server, and the proxy before it. */
@Tag("behaviour")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ZeroCopySamplesTest {
    private static final int SIZE = 5_000_000;

    private static final List<String> OTHERS =
            List.of("/nothing", "/", "/../secret", "/%2e%2e/secret", "/link", "/out/secret", "secret", "/%zz", "/%00");

    private static byte[] get(int port, String target) throws IOException {
        try (Socket socket = SampleProcess.connect(port)) {
            socket.getOutputStream().write(("GET " + target + " HTTP/1.0\r\n\r\n").getBytes(ISO_8859_1));
            return socket.getInputStream().readAllBytes();
        }
    }

    private static void isContent(byte[] answer) {
        String head = "HTTP/1.0 200 OK\r\nContent-Length: " + SIZE + "\r\n\r\n";
        assertThat(new String(answer, 0, head.length(), ISO_8859_1)).isEqualTo(head);
        assertThat(answer).hasSize(head.length() + SIZE);
        byte[] body = new byte[SIZE];
        System.arraycopy(answer, head.length(), body, 0, SIZE);
        Bytes.check(body, SIZE, 0);
    }

    @Test
    void filesComeThroughTheProxyAndNothingElseDoes(@TempDir Path root) throws Exception {
        Path directory = Files.createDirectory(root.resolve("served"));
        Path content = Files.write(directory.resolve("some content"), Bytes.from(0, SIZE));
        Path secret = Files.writeString(root.resolve("secret"), "secret");
        Path link = Files.createSymbolicLink(directory.resolve("link"), secret);
        Path out = Files.createSymbolicLink(directory.resolve("out"), root);
        assertThat(List.of(content, link, out.resolve("secret"))).allMatch(Files::exists);
        try (SampleProcess server = SampleProcess.sample("FileServer", "0", directory.toString())) {
            int serverPort = server.awaitPort();
            try (SampleProcess proxy =
                    SampleProcess.sample("SpliceProxy", "0", "localhost", Integer.toString(serverPort))) {
                int port = proxy.awaitPort();
                isContent(get(serverPort, "/some%20content"));
                for (int i = 0; i < 3; i++) {
                    isContent(get(port, "/some%20content"));
                }
                for (String other : OTHERS) {
                    assertThat(new String(get(port, other), ISO_8859_1))
                            .as(other)
                            .isEqualTo("HTTP/1.0 404 Not Found\r\nContent-Length: 0\r\n\r\n");
                }
                assertThat(new String(get(port, "/ /"), ISO_8859_1)).startsWith("HTTP/1.0 400 ");
            }
        }
    }

    @Test
    void aServerThatIsNotThereEndsTheConnection() throws Exception {
        int nobody;
        try (SampleProcess server = SampleProcess.sample("EchoServer")) {
            nobody = server.awaitPort();
        }
        try (SampleProcess proxy = SampleProcess.sample("SpliceProxy", "0", "localhost", Integer.toString(nobody));
                Socket socket = SampleProcess.connect(proxy.awaitPort())) {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        }
    }
}
