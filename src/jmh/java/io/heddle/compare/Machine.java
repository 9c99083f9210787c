package io.heddle.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Where and with what a comparison ran. */
final class Machine {
    private Machine() {}

    static Map<String, Object> header(Options options, boolean wrk) throws IOException, InterruptedException {
        Map<String, Object> header = new LinkedHashMap<>();
        header.put("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        header.put("command", options.given());
        header.put("machine", model() + ", " + cpus() + " CPUs, " + memory());
        header.put(
                "kernel",
                Files.readString(Path.of("/proc/sys/kernel/osrelease")).strip());
        header.put(
                "jdk",
                System.getProperty("java.vendor.version", "") + " " + System.getProperty("java.runtime.version"));
        header.put("versions", versions());
        header.put("rounds", options.rounds());
        header.put("seconds", options.seconds());
        header.put("cpus", "servers " + options.serverCpus() + ", load " + options.loadCpus());
        header.put("load", wrk ? "wrk for saturation, built-in for fixed rates" : "built-in; wrk is not installed");
        return header;
    }

    private static String model() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        }
    }

    /** All of the machine's, also when this process is bound to some. */
    static int cpus() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/stat"))) {
            return (int) lines.filter(line -> line.matches("cpu\\d+ .*")).count();
        }
    }

    private static String memory() throws IOException {
        String total = Files.readAllLines(Path.of("/proc/meminfo")).getFirst();
        return Long.parseLong(total.replaceAll("[^0-9]", "")) / (1 << 20) + " GiB";
    }

    private static Map<String, String> versions() throws IOException, InterruptedException {
        Map<String, String> versions = new LinkedHashMap<>();
        String commit = Commands.firstLine("git", "rev-parse", "--short", "HEAD");
        versions.put("heddle", System.getProperty("compare.version", "") + " " + commit);
        versions.put("netty", library("netty", "netty-transport-4"));
        versions.put("cc", Commands.firstLine("cc", "--version"));
        versions.put("go", Commands.firstLine("go", "version"));
        versions.put("wrk", Commands.firstLine("wrk", "-v").replaceAll(" Copyright.*", ""));
        return versions;
    }

    private static String library(String peer, String start) throws IOException {
        Path libraries = Path.of("target/peers", peer, "lib");
        if (!Files.isDirectory(libraries)) {
            return "not used";
        }
        try (Stream<Path> files = Files.list(libraries)) {
            List<String> names = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith(start))
                    .toList();
            return String.join(" ", names);
        }
    }
}
