package io.heddle;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.samples.SampleProcess;
import io.heddle.testing.Await;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
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

    // @start region="sendFile"
    /** Answers each connection with a file, which goes from the page cache into the socket. */
    static void serveFromCache(TcpListener listener, Path file) throws IOException {
        listener.serve(socket -> {
            try (FileChannel channel = FileChannel.open(file)) {
                long sent = socket.sendFile(channel, 0, channel.size());
                System.out.println("sent " + sent + " bytes");
            }
        });
    }
    // @end

    // @start region="splice"
    /** Passes each connection on to a server, both ways. */
    static void proxy(TcpListener listener, InetSocketAddress server) throws IOException {
        listener.serve(client -> {
            try (TcpSocket upstream = TcpSocket.connect(server)) {
                Thread answers = Thread.startVirtualThread(() -> pass(upstream, client));
                pass(client, upstream);
                answers.join();
            }
        });
    }

    private static void pass(TcpSocket from, TcpSocket to) {
        try {
            long bytes = from.splice(to);
            to.shutdownOutput();
            System.out.println("passed on " + bytes + " bytes");
        } catch (IOException e) {
            // One side is gone: the other way ends, too.
            from.close();
            to.close();
        }
    }
    // @end

    // @start region="unix"
    /** Answers those who run as the same user, and tells all others that they may not. */
    static void serveOwn(UnixListener listener, long ownUid) throws IOException {
        listener.serve(socket -> {
            boolean own = socket.peerCredentials().uid() == ownUid;
            socket.write((own ? "welcome\n" : "not you\n").getBytes(UTF_8));
        });
    }

    static String visit(Path file) throws IOException {
        try (UnixSocket socket = UnixSocket.connect(UnixDomainSocketAddress.of(file), Duration.ofSeconds(5))) {
            return new String(socket.inputStream().readAllBytes(), UTF_8);
        }
    }
    // @end

    // @start region="udp"
    /** Answers each datagram with the same one, until closing the socket makes that fail. */
    static void echo(UdpSocket socket) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocateDirect(65_535);
        while (true) {
            InetSocketAddress sender = socket.receiveFrom(buffer.clear());
            socket.sendTo(buffer.flip(), sender);
        }
    }

    /** Asks until there is an answer: either datagram may be lost. */
    static byte[] ask(InetSocketAddress server, byte[] question) throws IOException {
        try (UdpSocket socket = UdpSocket.bind(new InetSocketAddress(0))) {
            socket.connect(server).setReadTimeout(Duration.ofSeconds(1));
            for (int tries = 0; ; tries++) {
                socket.send(question);
                try {
                    byte[] answer = new byte[65_535];
                    return Arrays.copyOf(answer, socket.receive(answer));
                } catch (SocketTimeoutException e) {
                    if (tries == 3) {
                        throw e;
                    }
                }
            }
        }
    }
    // @end

    // @start region="descriptor"
    /** Waits for the end of a child process; other virtual threads of the carrier run meanwhile. */
    static int awaitExit(Process child, Duration timeout) throws IOException, InterruptedException {
        try (Descriptor process = Descriptor.ofProcess(child.toHandle())) {
            process.awaitReadable(timeout);
        }
        return child.waitFor();
    }
    // @end

    @Test
    void theUnixExampleKnowsItsOwn(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("socket");
        long uid = ((Number) Files.getAttribute(directory, "unix:uid")).longValue();
        for (boolean own : new boolean[] {true, false}) {
            Future<?> serving;
            try (ExecutorService threads = Heddle.shared().newVirtualThreadPerTaskExecutor();
                    UnixListener listener = UnixListener.bind(UnixDomainSocketAddress.of(file))) {
                serving = threads.submit(() -> {
                    serveOwn(listener, own ? uid : uid + 1);
                    return null;
                });
                assertThat(threads.submit(() -> visit(file)).get()).isEqualTo(own ? "welcome\n" : "not you\n");
            }
            assertThat(serving.state()).isEqualTo(Future.State.SUCCESS);
        }
    }

    @Test
    void theUdpExampleAnswers() throws Exception {
        Future<?> echoing;
        try (ExecutorService threads = Heddle.shared().newVirtualThreadPerTaskExecutor();
                UdpSocket socket = UdpSocket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            echoing = threads.submit(() -> {
                echo(socket);
                return null;
            });
            byte[] question = "who?".getBytes(UTF_8);
            assertThat(threads.submit(() -> ask(socket.localAddress(), question))
                            .get())
                    .isEqualTo(question);
        }
        assertThat(echoing.exceptionNow()).hasMessage("Socket closed");
    }

    @Test
    void theDescriptorExampleWaitsForTheChild() throws Exception {
        Process child = new ProcessBuilder("sh", "-c", "read line; exit 7").start();
        FutureTask<Integer> exit = new FutureTask<>(() -> awaitExit(child, Duration.ofMinutes(1)));
        Thread waiter = Heddle.shared().startVirtualThread(exit);
        Await.until("it waits for the child", () -> waiter.getState() == Thread.State.WAITING);
        child.getOutputStream().close();
        assertThat(exit.get()).isEqualTo(7);
        // Long ended, too:
        assertThat(awaitExit(child, Duration.ofMinutes(1))).isEqualTo(7);
    }

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

    @Test
    void theProxyExamplePassesOnTheFileOfTheSendFileExample(@TempDir Path directory) throws Exception {
        String content = "Hello, page cache! ".repeat(50_000);
        Path file = Files.writeString(directory.resolve("greeting"), content);
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Future<?> serving;
        Future<?> passing;
        try (ExecutorService threads = Heddle.shared().newVirtualThreadPerTaskExecutor();
                TcpListener listener = TcpListener.bind(anyPort);
                TcpListener proxy = TcpListener.bind(anyPort)) {
            serving = threads.submit(() -> {
                serveFromCache(listener, file);
                return null;
            });
            passing = threads.submit(() -> {
                proxy(proxy, listener.localAddress());
                return null;
            });
            InetSocketAddress address = proxy.localAddress();

            assertThat(ask(address.getAddress().getHostAddress(), address.getPort(), ""))
                    .isEqualTo(content);
        }
        assertThat(serving.state()).isEqualTo(Future.State.SUCCESS);
        assertThat(passing.state()).isEqualTo(Future.State.SUCCESS);
    }
}
