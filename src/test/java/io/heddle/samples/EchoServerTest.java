package io.heddle.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Tag("behaviour")
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EchoServerTest {
    @Test
    void everyByteComesBack() throws Exception {
        byte[] sent = new byte[1 << 20];
        new Random(7).nextBytes(sent);
        try (SampleProcess server = SampleProcess.sample("EchoServer");
                Socket socket = SampleProcess.connect(server.awaitPort())) {
            CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> write(socket, sent));

            assertThat(socket.getInputStream().readAllBytes()).isEqualTo(sent);

            writing.join();
        }
    }

    @Test
    void aPortCanBeChosenAndIsFreeAgainAfterTheEnd() throws Exception {
        int port;
        try (SampleProcess server = SampleProcess.sample("EchoServer", "0")) {
            port = server.awaitPort();
        }
        try (SampleProcess server = SampleProcess.sample("EchoServer", Integer.toString(port))) {
            assertThat(server.awaitPort()).isEqualTo(port);
        }
    }

    private static void write(Socket socket, byte[] bytes) {
        try {
            OutputStream out = socket.getOutputStream();
            out.write(bytes);
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
