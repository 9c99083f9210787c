package io.heddle;

import io.heddle.testing.Pair;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** An echo server that is started with too few descriptors, and obeys words on its standard input. */
final class StarvedProgram {
    private static final Duration TIMEOUT = Duration.ofMillis(1500);

    /** The kernel counts CPU time in ticks of up to 10 ms. */
    private static final long CPU_TICKS_NANOS = 50_000_000;

    /** How connections ended, in that order. */
    private static final BlockingQueue<String> ENDED = new LinkedBlockingQueue<>();

    private StarvedProgram() {}

    /** Prints its ports, then answers each word by a line. */
    public static void main(String[] args) throws Exception {
        // A native library and a logger are loaded from files, which takes descriptors.
        System.getLogger("io.heddle").log(System.Logger.Level.INFO, "cpuNanos=" + cpuNanos());
        try (TcpListener echo = TcpListener.bind(Pair.anyPort());
                TcpListener beside = TcpListener.bind(Pair.anyPort());
                BufferedReader words = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            openHostedPollers(beside);
            Thread serving = Heddle.shared().startVirtualThread(() -> serve(echo));
            System.out.println("echo " + echo.localAddress().getPort());
            System.out.println("beside " + beside.localAddress().getPort());
            for (String word = words.readLine(); word != null; word = words.readLine()) {
                switch (word) {
                    case "accept" -> System.out.println("accept " + accept(beside));
                    case "ended" -> System.out.println("ended " + ENDED.take());
                    case "alive" -> System.out.println("alive " + serving.isAlive() + " " + echo.isOpen());
                    default -> throw new IllegalArgumentException("no such word: word=" + word);
                }
            }
        }
    }

    /** The first who waits for them opens them, which takes descriptors and class files. */
    private static void openHostedPollers(TcpListener listener) throws IOException {
        try (TcpSocket nobody = listener.accept(Duration.ofMillis(100))) {
            throw new AssertionError("nobody knows the port yet: " + nobody);
        } catch (SocketTimeoutException e) {
            assert "Accept timed out".equals(e.getMessage());
        }
    }

    private static void serve(TcpListener listener) {
        try {
            listener.serve(socket -> {
                String outcome = "end of stream";
                try {
                    echoAll(socket);
                } catch (Throwable e) {
                    outcome = e.toString();
                    throw e;
                } finally {
                    ENDED.add(outcome);
                }
            });
        } catch (IOException e) {
            throw new AssertionError("serve ends by close only", e);
        }
    }

    private static void echoAll(TcpSocket socket) throws IOException {
        byte[] buffer = new byte[64];
        for (int n = socket.read(buffer); n >= 0; n = socket.read(buffer)) {
            socket.write(buffer, 0, n);
        }
    }

    /** Waits for a connection, and tells what of the time the process spent computing. */
    private static String accept(TcpListener listener) throws IOException {
        long startNanos = System.nanoTime();
        long startCpuNanos = cpuNanos();
        String outcome;
        try (TcpSocket socket = listener.accept(TIMEOUT)) {
            outcome = "connected " + socket.isOpen();
        } catch (SocketTimeoutException e) {
            outcome = String.valueOf(e.getMessage());
        }
        long elapsedNanos = System.nanoTime() - startNanos;
        if (outcome.equals("Accept timed out") && elapsedNanos < TIMEOUT.toNanos()) {
            return "timed out early: elapsedNanos=" + elapsedNanos;
        }
        long cpuNanos = cpuNanos() - startCpuNanos;
        return outcome + (cpuNanos > elapsedNanos / 2 + CPU_TICKS_NANOS ? ", spinning: cpuNanos=" + cpuNanos : "");
    }

    private static long cpuNanos() {
        return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                .getProcessCpuTime();
    }
}
