package io.heddle.compare;

import io.heddle.Heddle;
import io.heddle.TcpListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/*
 * Question: how long from main to the first served byte?
 *
 * Workload: a process that listens, connects to itself from its main thread with a java.net.Socket, and reads one
 * answer. Heddle and the JDK take turns, a new process each time.
 *
 * Baseline: the same with ServerSocket and the JDK's virtual threads.
 * Not measured: the start of the virtual machine before main.
 *
 * Run: mvn -q -B -ntp -Pcompare verify -Dcompare.main=StartUp -Dcompare.args=9
 */
public final class StartUp {
    private StartUp() {}

    /** Without a name: the runner, with the number of rounds. With "heddle" or "jdk": one measured process. */
    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "heddle" -> measure(StartUp::heddle);
            case "jdk" -> measure(StartUp::jdk);
            default -> compare(Integer.parseInt(args[0]));
        }
    }

    @FunctionalInterface
    private interface Server {
        int start() throws IOException;
    }

    private static void measure(Server server) throws IOException {
        long start = System.nanoTime();
        int port = server.start();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            socket.getOutputStream().write('?');
            if (socket.getInputStream().read() < 0) {
                throw new IOException("no answer");
            }
        }
        System.out.println((System.nanoTime() - start) / 1000);
        System.exit(0);
    }

    private static int heddle() throws IOException {
        TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Heddle.shared().startVirtualThread(() -> {
            try {
                listener.serve(socket -> {
                    socket.read(new byte[16]);
                    socket.write(Answers.PLAIN);
                });
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        return listener.localAddress().getPort();
    }

    private static int jdk() throws IOException {
        ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.startVirtualThread(() -> {
            try (Socket socket = listener.accept()) {
                socket.getInputStream().read(new byte[16]);
                socket.getOutputStream().write(Answers.PLAIN);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        });
        return listener.getLocalPort();
    }

    private static void compare(int rounds) throws IOException {
        List<Long> heddle = new ArrayList<>();
        List<Long> jdk = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            heddle.add(run("heddle"));
            jdk.add(run("jdk"));
        }
        System.out.printf(
                Locale.ROOT,
                "main to first served byte, median of %d: heddle %.1f ms, jdk %.1f ms%n",
                rounds,
                median(heddle) / 1000.0,
                median(jdk) / 1000.0);
    }

    private static long median(List<Long> values) {
        return values.stream().sorted().toList().get(values.size() / 2);
    }

    private static long run(String name) throws IOException {
        Process process = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "--enable-native-access=ALL-UNNAMED",
                        "--add-opens=java.base/java.lang=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        StartUp.class.getName(),
                        name)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        return Long.parseLong(text.strip());
    }
}
