package io.heddle.compare;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Both sides in turn, a new process each time, and one table of their medians. A measured process is one of this class
 * path with the name of its side as first argument; what it measures goes into {@link #put}.
 */
final class Turns {
    private final Map<String, Map<Side, List<Double>>> rows = new LinkedHashMap<>();

    @FunctionalInterface
    interface Turn {
        void run(Side side) throws IOException, InterruptedException;
    }

    /** Takes so many turns of each side. */
    void take(int rounds, Turn turn) throws IOException, InterruptedException {
        for (int i = 0; i < rounds; i++) {
            for (Side side : Side.values()) {
                turn.run(side);
            }
        }
    }

    /** One result of one turn. */
    void put(Side side, String name, double value) {
        rows.computeIfAbsent(name, key -> new EnumMap<>(Side.class))
                .computeIfAbsent(side, key -> new ArrayList<>())
                .add(value);
    }

    /** Starts a process that measures by itself, and puts each line of its output, a name and a number. */
    void putAll(Side side, Process process) throws IOException, InterruptedException {
        try (BufferedReader lines = reader(process)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                int tab = line.indexOf('\t');
                put(side, line.substring(0, tab), Double.parseDouble(line.substring(tab + 1)));
            }
        }
        int status = process.waitFor();
        if (status != 0) {
            throw new IOException("a measured process must end well: side=" + side + ", status=" + status);
        }
    }

    /** What a measured process prints for {@link #putAll}. */
    static void tell(String name, double value) {
        System.out.println(name + '\t' + value);
    }

    static BufferedReader reader(Process process) {
        return new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    }

    /** A process with two carriers, or on the JDK's scheduler with a parallelism of two. */
    static Process start(Class<?> program, Side side, Object... args) throws IOException {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "-Dheddle.carriers=2",
                "-Djdk.virtualThreadScheduler.parallelism=2",
                "-Xms1g",
                "-cp",
                System.getProperty("java.class.path"),
                program.getName(),
                side.name()));
        for (Object arg : args) {
            command.add(arg.toString());
        }
        return new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    /** A server that prints its port in its first line. */
    static int port(Process process) throws IOException {
        // Not closed: the process would lose its output.
        String line = reader(process).readLine();
        if (line == null) {
            throw new IOException("a server must print its port: " + process);
        }
        return Integer.parseInt(line);
    }

    /** The microseconds of all CPUs that a process has used. */
    static long cpuMicros(long pid) throws IOException {
        return Usage.of(pid).cpuMicros();
    }

    void print(String title) {
        System.out.printf(Locale.ROOT, "%n%s%n%-60s %12s %12s %8s%n", title, "", "heddle", "jdk", "ratio");
        rows.forEach((name, row) -> {
            double heddle = median(row, Side.HEDDLE);
            double jdk = median(row, Side.JDK);
            System.out.printf(
                    Locale.ROOT,
                    "%-60s %12s %12s %8s%n",
                    name,
                    Format.number(heddle),
                    Format.number(jdk),
                    Format.number(heddle / jdk));
        });
    }

    private static double median(Map<Side, List<Double>> row, Side side) {
        return Statistics.of(row.getOrDefault(side, List.of()), Double::doubleValue)
                .median();
    }
}
