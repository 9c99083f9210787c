package io.heddle.compare;

import java.io.BufferedReader;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The built-in load as a process of its own, so that it can have CPUs of its own. */
final class LoadProcess implements AutoCloseable {
    private final Process process;
    private final PrintStream to;
    private final BufferedReader from;

    /** What to do when all connections stand and the first request is about to be sent. */
    @FunctionalInterface
    interface Started {
        void run() throws IOException;
    }

    /**
     * Starts it.
     *
     * @param cpus as taskset(1) takes them; empty: all
     */
    LoadProcess(String cpus) throws IOException {
        List<String> command = new ArrayList<>();
        if (!cpus.isEmpty()) {
            command.addAll(List.of("taskset", "-c", cpus));
        }
        command.addAll(List.of(
                Builds.javaProgram(),
                "--enable-native-access=ALL-UNNAMED",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                LoadMain.class.getName()));
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(
                        Comparison.LOGS.resolve("load.log").toFile()))
                .start();
        to = new PrintStream(process.getOutputStream(), true, StandardCharsets.US_ASCII);
        from = new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
    }

    /** Sends at a rate; 0: as fast as answers come. */
    LoadResult load(int port, String path, int connections, double perSecond, int seconds, Started started)
            throws IOException {
        to.println("load " + port + " " + path + " " + connections + " " + perSecond + " " + seconds);
        answer();
        started.run();
        return LoadResult.parse(answer());
    }

    /** Moves a gibibyte. */
    double transferSeconds(int port, String path) throws IOException {
        to.println("transfer " + port + " " + path);
        return Double.parseDouble(answer());
    }

    /** Connects, has one answer on each connection, and leaves them idle. */
    void hold(int port, int connections) throws IOException {
        to.println("hold " + port + " " + connections);
        answer();
    }

    /** Closes those. */
    void release() throws IOException {
        to.println("release 0");
        answer();
    }

    private String answer() throws IOException {
        String line = from.readLine();
        if (line == null) {
            throw new EOFException("the load has ended, see " + Comparison.LOGS.resolve("load.log"));
        }
        return line;
    }

    @Override
    public void close() {
        to.close();
        Commands.end(process);
    }
}
