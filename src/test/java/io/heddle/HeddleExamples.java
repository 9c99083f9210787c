package io.heddle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.samples.SampleProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The examples of the Javadoc, run. That of the README is one of them, see {@link ReadmeTest}. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HeddleExamples {
    static final class Echo {
        private Echo() {}

        // @start region="echo"
        public static void main(String[] args) throws IOException {
            int port = args.length > 0 ? Integer.parseInt(args[0]) : 0;
            var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            try (TcpListener listener = TcpListener.bind(address)) {
                System.out.println("echo on " + listener.localAddress());
                // Each connection has a virtual thread of its own.
                listener.serve(socket -> {
                    byte[] buffer = new byte[8192];
                    for (int n = socket.read(buffer); n >= 0; n = socket.read(buffer)) {
                        socket.write(buffer, 0, n);
                    }
                });
            }
        }
        // @end
    }

    // @start region="serve"
    /** Greets until the listener is closed. */
    static void greet(TcpListener listener) throws IOException {
        listener.serve(socket -> {
            socket.setReadTimeout(Duration.ofSeconds(30));
            var lines = new BufferedReader(new InputStreamReader(socket.inputStream(), UTF_8));
            for (String name = lines.readLine(); name != null; name = lines.readLine()) {
                socket.write(("Hello, " + name + "!\n").getBytes(UTF_8));
            }
        });
    }
    // @end

    // @start region="client"
    /** Sends all of a question and reads all of the answer. */
    static String ask(String host, int port, String question) throws IOException {
        try (TcpSocket socket = TcpSocket.connect(host, port, Duration.ofSeconds(5))) {
            socket.setReadTimeout(Duration.ofSeconds(30));
            socket.write(question.getBytes(UTF_8));
            socket.shutdownOutput();
            return new String(socket.inputStream().readAllBytes(), UTF_8);
        }
    }
    // @end

    // @start region="blocking"
    /** Answers each request with a file, which is read beside the carrier. */
    static void serveFile(TcpListener listener, Path file) throws IOException {
        listener.serve(socket -> {
            byte[] content = Heddle.callBlocking(() -> Files.readAllBytes(file));
            socket.write(content);
        });
    }
    // @end

    @Test
    void theEchoExampleEchoes() throws Exception {
        try (SampleProcess echo = SampleProcess.start(Echo.class.getName());
                Socket socket = SampleProcess.connect(echo.awaitPort())) {
            socket.getOutputStream().write("hello".getBytes(UTF_8));
            socket.shutdownOutput();

            assertThat(socket.getInputStream().readAllBytes()).asString(UTF_8).isEqualTo("hello");
        }
    }

    @Test
    void theClientExampleIsGreetedByTheServerExample() throws Exception {
        Future<?> serving;
        try (ExecutorService threads = Heddle.shared().newVirtualThreadPerTaskExecutor();
                TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            serving = threads.submit(() -> {
                greet(listener);
                return null;
            });
            InetSocketAddress address = listener.localAddress();

            String answer = threads.submit(
                            () -> ask(address.getAddress().getHostAddress(), address.getPort(), "Ada\nGrace\n"))
                    .get();

            assertThat(answer).isEqualTo("Hello, Ada!\nHello, Grace!\n");
        }
        assertThat(serving.state()).isEqualTo(Future.State.SUCCESS);
    }

    @Test
    void theFileExampleSendsTheFile(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("greeting"), "Hello, file!");
        Future<?> serving;
        try (ExecutorService threads = Heddle.shared().newVirtualThreadPerTaskExecutor();
                TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            serving = threads.submit(() -> {
                serveFile(listener, file);
                return null;
            });
            InetSocketAddress address = listener.localAddress();

            assertThat(ask(address.getAddress().getHostAddress(), address.getPort(), ""))
                    .isEqualTo("Hello, file!");
        }
        assertThat(serving.state()).isEqualTo(Future.State.SUCCESS);
    }
}
