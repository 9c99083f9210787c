package io.heddle.compare;

import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/*
 * Question: what does one keep-alive plain-text request cost the server, beside C on epoll and the JDK?
 *
 * Workload: wrk with one thread. Each server is a process of its own; the servers take turns, round by round, so
 * that what else the machine does meets all of them. CPU time is the server's own, from /proc/PID/stat.
 *
 * Baseline: "c" is src/jmh/c/cepoll.c (level-triggered epoll, one thread), "jdk" is java.net.Socket on virtual
 * threads. Read ratios within one run; absolute numbers are the machine's.
 *
 * Not measured: request parsing (the answer is the same whatever came), large bodies, real networks.
 *
 * Run: mvn -q -B -ntp -Pcompare verify -Dcompare.args="pinned 64 5 5 c jdk heddle"
 *      arguments: pinned|shared, connections, rounds, seconds, servers; needs wrk, taskset, cc
 */
public final class Comparison {
    private static final Pattern REQUESTS = Pattern.compile("(\\d+) requests in");
    private static final Pattern P99 = Pattern.compile("99%\\s+([0-9.]+)(us|ms|s)");
    private static final double TICKS_PER_SECOND = 100;

    private Comparison() {}

    /** One server process and what its rounds gave. */
    private static final class Server {
        final String name;
        final int port;
        final Process process;
        final List<Double> cpuMicros = new ArrayList<>();
        final List<Double> perSecond = new ArrayList<>();
        final List<Double> p99Micros = new ArrayList<>();

        Server(String name, boolean pinned) throws IOException {
            this.name = name;
            this.port = freePort();
            List<String> command = new ArrayList<>();
            if (pinned) {
                command.addAll(List.of("taskset", "-c", "0"));
            }
            command.addAll(commandOf(name, port));
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(new File("target/compare-" + name + ".log"))
                    .start();
        }

        void awaitUp() {
            for (; ; ) {
                try (Socket probe = new Socket()) {
                    probe.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                    return;
                } catch (IOException e) {
                    if (!process.isAlive()) {
                        throw new IllegalStateException(name + " ended, see target/compare-" + name + ".log", e);
                    }
                    LockSupport.parkNanos(10_000_000);
                }
            }
        }

        double cpuSeconds() throws IOException {
            String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / TICKS_PER_SECOND;
        }
    }

    private static List<String> commandOf(String name, int port) throws IOException {
        if (name.equals("c")) {
            return List.of(compileC(), Integer.toString(port));
        }
        List<String> java = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "--enable-native-access=ALL-UNNAMED",
                "--add-opens=java.base/java.lang=ALL-UNNAMED"));
        boolean heddle = name.startsWith("heddle");
        if (heddle) {
            java.add("-Dheddle.scheduler=" + (name.contains("hosted") ? "hosted" : "carriers"));
            java.add("-Dheddle.arming=" + (name.contains("oneshot") ? "oneshot" : "edge"));
        }
        java.addAll(Arrays.asList(System.getProperty("compare.jvm", "").split(" ")));
        java.removeIf(String::isEmpty);
        java.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                "io.heddle.compare." + (heddle ? "HeddleServer" : "JdkServer"),
                Integer.toString(port),
                name.contains("timeout") ? "30000" : "0"));
        return java;
    }

    private static String compileC() throws IOException {
        Path binary = Path.of("target/cepoll");
        if (!Files.exists(binary)) {
            run(List.of("cc", "-O2", "-w", "-o", binary.toString(), "src/jmh/c/cepoll.c"));
        }
        return binary.toString();
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    private static String run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        try {
            if (process.waitFor() != 0) {
                throw new IOException(command + " failed: " + output);
            }
        } catch (InterruptedException e) {
            process.destroy();
            throw new IOException("interrupted", e);
        }
        return output;
    }

    private static void round(Server server, boolean pinned, int connections, double seconds, boolean count)
            throws IOException {
        List<String> wrk = new ArrayList<>();
        if (pinned) {
            wrk.addAll(List.of("taskset", "-c", "1"));
        }
        wrk.addAll(List.of("wrk", "-t1", "-c" + connections, "-d" + Math.round(seconds) + "s", "--latency"));
        wrk.add("http://127.0.0.1:" + server.port + "/");
        double before = server.cpuSeconds();
        String output = run(wrk);
        double cpu = server.cpuSeconds() - before;
        if (output.contains("Socket errors")) {
            System.out.println(server.name + ": "
                    + output.lines().filter(l -> l.contains("Socket errors")).toList());
        }
        Matcher requests = REQUESTS.matcher(output);
        Matcher p99 = P99.matcher(output);
        if (!requests.find() || !p99.find()) {
            throw new IOException("wrk said: " + output);
        }
        if (count) {
            double n = Double.parseDouble(requests.group(1));
            server.cpuMicros.add(cpu * 1e6 / n);
            server.perSecond.add(n / seconds);
            server.p99Micros.add(Double.parseDouble(p99.group(1)) * scale(p99.group(2)));
        }
    }

    private static double scale(String unit) {
        return switch (unit) {
            case "us" -> 1;
            case "ms" -> 1e3;
            default -> 1e6;
        };
    }

    private static double median(List<Double> values) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(sorted.size() / 2);
    }

    /** Runs the comparison and prints one line for each server. */
    public static void main(String[] args) throws Exception {
        boolean pinned = args[0].equals("pinned");
        int connections = Integer.parseInt(args[1]);
        int rounds = Integer.parseInt(args[2]);
        int seconds = Integer.parseInt(args[3]);
        Map<String, Server> servers = new LinkedHashMap<>();
        try {
            for (String name : Arrays.asList(args).subList(4, args.length)) {
                servers.put(name, new Server(name, pinned));
            }
            for (Server server : servers.values()) {
                server.awaitUp();
                round(server, pinned, connections, Math.max(4, seconds), false);
            }
            for (int i = 0; i < rounds; i++) {
                for (Server server : servers.values()) {
                    round(server, pinned, connections, seconds, true);
                }
            }
        } finally {
            for (Server server : servers.values()) {
                server.process.destroy();
                server.process.waitFor(10, TimeUnit.SECONDS);
            }
        }
        print(args[0], connections, servers);
    }

    private static void print(String arrangement, int connections, Map<String, Server> servers) {
        Server first = servers.values().iterator().next();
        System.out.printf(
                Locale.ROOT,
                "%s, %d connections, median of %d rounds; ratios to %s%n",
                arrangement,
                connections,
                first.cpuMicros.size(),
                first.name);
        for (Server s : servers.values()) {
            System.out.printf(
                    Locale.ROOT,
                    "%-24s %7.2f us CPU/request (%.2f)  %9.0f requests/s (%.2f)  p99 %8.0f us (%.2f)  rounds %s%n",
                    s.name,
                    median(s.cpuMicros),
                    median(s.cpuMicros) / median(first.cpuMicros),
                    median(s.perSecond),
                    median(s.perSecond) / median(first.perSecond),
                    median(s.p99Micros),
                    median(s.p99Micros) / median(first.p99Micros),
                    s.cpuMicros.stream()
                            .map(v -> String.format(Locale.ROOT, "%.2f", v))
                            .toList());
        }
    }
}
