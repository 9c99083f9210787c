package io.heddle.compare;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A running server. */
final class ServerProcess implements AutoCloseable {
    private static final long START_NANOS_MAX = 60_000_000_000L;

    private final String name;
    private final ServerKind kind;
    private final int port;
    private final Process process;
    private final Path log;

    private ServerProcess(String name, ServerKind kind, int port, Process process, Path log) {
        this.name = name;
        this.kind = kind;
        this.port = port;
        this.process = process;
        this.log = log;
    }

    /**
     * Starts a server and waits until it listens.
     *
     * @param cpus as taskset(1) takes them; empty: all
     * @throws AbsentException if it ends instead
     */
    static ServerProcess start(
            String name, List<String> build, List<String> jvmFlags, String cpus, int backendPort, Path logs)
            throws AbsentException, IOException {
        ServerKind kind = ServerKind.named(name);
        int port = freePort();
        List<String> command = new ArrayList<>();
        if (!cpus.isEmpty()) {
            command.addAll(List.of("taskset", "-c", cpus));
        }
        command.add(build.getFirst());
        if (kind.jvm()) {
            command.addAll(jvmFlags);
        }
        command.addAll(build.subList(1, build.size()));
        command.add(Integer.toString(port));
        command.add(Integer.toString(name.endsWith(ServerKind.TIMEOUT) ? ServerKind.TIMEOUT_MILLIS : 0));
        command.add(Integer.toString(backendPort));
        Path log = logs.resolve(name + ".log");
        Files.createDirectories(logs);
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        ServerProcess server = new ServerProcess(name, kind, port, process, log);
        try {
            server.awaitUp();
            return server;
        } catch (AbsentException | IOException e) {
            server.close();
            throw e;
        }
    }

    private void awaitUp() throws AbsentException, IOException {
        long start = System.nanoTime();
        while (true) {
            try (Socket probe = new Socket()) {
                probe.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return;
            } catch (IOException e) {
                if (!process.isAlive()) {
                    throw new AbsentException("it ended at once: " + lastWords());
                }
                if (System.nanoTime() - start > START_NANOS_MAX) {
                    throw new AbsentException("it did not listen within a minute: " + lastWords());
                }
                LockSupport.parkNanos(10_000_000);
            }
        }
    }

    /** What it printed, as far as it tells why it does not run. */
    private String lastWords() throws IOException {
        List<String> lines = Files.readAllLines(log);
        return lines.stream()
                .filter(line -> line.contains("Exception") || line.contains("Error") || line.contains("failed"))
                .findFirst()
                .orElse(lines.isEmpty() ? "it said nothing" : lines.getLast());
    }

    String name() {
        return name;
    }

    ServerKind kind() {
        return kind;
    }

    int port() {
        return port;
    }

    long pid() {
        return process.pid();
    }

    Usage usage() throws IOException {
        return Usage.of(process.pid());
    }

    @Override
    public void close() {
        Commands.end(process);
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }
}
