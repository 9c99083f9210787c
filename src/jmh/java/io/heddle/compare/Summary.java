package io.heddle.compare;

import io.heddle.compare.Results.Absence;
import io.heddle.compare.Results.Group;
import io.heddle.compare.Results.Row;
import io.heddle.compare.Results.Weight;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The tables for the terminal: medians, and ratios to the first of the servers that serve as a baseline. */
final class Summary {
    private static final List<String> BASELINES = List.of("c-epoll", "jdk-socket", "jdk-socket-timeout");

    private Summary() {}

    static String text(Results results) {
        List<String> lines = new ArrayList<>();
        for (Group group : results.groups()) {
            switch (Scenario.named(group.scenario()).load()) {
                case IDLE -> weights(results, group, lines);
                case BULK -> transfers(results, group, lines);
                default -> table(results, group, lines);
            }
        }
        for (Absence absence : results.absent) {
            lines.add("absent: " + absence.server() + (absence.scenario().isEmpty() ? "" : " in " + absence.scenario())
                    + ": " + absence.reason());
        }
        return String.join("\n", lines).replace("NaN", "  -");
    }

    private static void weights(Results results, Group group, List<String> lines) {
        lines.add(group + "; bytes each");
        for (Weight weight : results.weights) {
            if (weight.scenario().equals(group.scenario()) && weight.connections() == group.connections()) {
                lines.add(String.format(
                        Locale.ROOT,
                        "  %-22s RSS %.0f B, heap %.0f B, beyond the handler's own %.0f B",
                        weight.server(),
                        weight.rssBytesPerConnection(),
                        weight.heapBytesPerConnection(),
                        weight.heapBytesBeyondHandlerPerConnection()));
            }
        }
        lines.add("");
    }

    private static void transfers(Results results, Group group, List<String> lines) {
        lines.add(group + "; GB per CPU second, medians, [from to]");
        results.of(group).forEach((name, rows) -> {
            Statistics speed = Statistics.of(rows, Summary::gigabytesPerCpuSecond);
            lines.add(String.format(
                    Locale.ROOT, "  %-22s %6.2f [%.2f %.2f]", name, speed.median(), speed.min(), speed.max()));
        });
        lines.add("");
    }

    /** Of a transfer's round, which is one request. */
    static double gigabytesPerCpuSecond(Row row) {
        return Answers.BULK_BYTES / 1e9 / (row.cpuMicrosPerRequest() / 1e6);
    }

    private static void table(Results results, Group group, List<String> lines) {
        Map<String, List<Row>> servers = results.of(group);
        String baseline = baseline(servers);
        lines.add(group + "; medians, [from to], x: to " + baseline);
        lines.add("  server                   CPU us/request                      requests/s         "
                + "p50 us     p99 us   p99.9 us  RSS MiB  errors");
        double cpuBase =
                Statistics.of(servers.get(baseline), Row::cpuMicrosPerRequest).median();
        double rateBase =
                Statistics.of(servers.get(baseline), Row::requestsPerSecond).median();
        servers.forEach((name, rows) -> {
            Statistics cpu = Statistics.of(rows, Row::cpuMicrosPerRequest);
            Statistics rate = Statistics.of(rows, Row::requestsPerSecond);
            lines.add(String.format(
                    Locale.ROOT,
                    "  %-22s %9.2f [%.2f %.2f] x%.2f %11.0f x%.2f %9.0f %10.0f %10.0f %8.0f %7d",
                    name,
                    cpu.median(),
                    cpu.min(),
                    cpu.max(),
                    cpu.median() / cpuBase,
                    rate.median(),
                    rate.median() / rateBase,
                    Statistics.of(rows, Row::p50Micros).median(),
                    Statistics.of(rows, Row::p99Micros).median(),
                    Statistics.of(rows, Row::p999Micros).median(),
                    Statistics.of(rows, Row::rssBytes).median() / (1 << 20),
                    rows.stream().mapToLong(Row::errors).sum()));
        });
        lines.add("");
    }

    static String baseline(Map<String, List<Row>> servers) {
        return BASELINES.stream()
                .filter(servers::containsKey)
                .findFirst()
                .orElseGet(() -> servers.keySet().iterator().next());
    }
}
