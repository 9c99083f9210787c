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
            table(results, group, lines);
        }
        for (Weight weight : results.weights) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%s, %-22s each of %d connections: RSS %.0f B, heap %.0f B, beyond the handler's %.0f B",
                    weight.scenario(),
                    weight.server(),
                    weight.connections(),
                    weight.rssBytesPerConnection(),
                    weight.heapBytesPerConnection(),
                    weight.heapBytesBeyondHandlerPerConnection()));
        }
        for (Absence absence : results.absent) {
            lines.add("absent: " + absence.server()
                    + (absence.scenario().isEmpty() ? "" : " in " + absence.scenario()) + ": " + absence.reason());
        }
        return String.join("\n", lines).replace("NaN", "  -");
    }

    private static void table(Results results, Group group, List<String> lines) {
        Map<String, List<Row>> servers = results.of(group);
        String baseline = baseline(servers);
        lines.add(group + "; medians, [from to], x: to " + baseline);
        lines.add("  server                   CPU us/request                      requests/s         "
                + "p50 us     p99 us   p99.9 us  RSS MiB  errors");
        double cpuBase = Statistics.of(servers.get(baseline), Row::cpuMicrosPerRequest)
                .median();
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
