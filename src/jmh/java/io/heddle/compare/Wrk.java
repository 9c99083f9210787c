package io.heddle.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Saturation by wrk(1). Its script only tells the result at the end; no request goes through it. */
final class Wrk {
    private static final String MARK = "result: ";

    private final Path script;

    Wrk(Path directory) throws IOException {
        Files.createDirectories(directory);
        script = Files.writeString(directory.resolve("result.lua"), script());
    }

    static boolean isInstalled() {
        return Commands.isInstalled("wrk");
    }

    private static String script() {
        String percentiles = Arrays.stream(LoadResult.PERCENTILES)
                .mapToObj(p -> String.format(Locale.ROOT, "%s", p))
                .collect(Collectors.joining(", "));
        return """
            function done(summary, latency, requests)
              local e = summary.errors
              io.write("%s", summary.requests, " ", e.connect + e.read + e.write + e.status + e.timeout, " ",
                  summary.duration / 1e6)
              for _, p in ipairs({%s}) do
                io.write(" ", p == 100 and latency.max or latency:percentile(p))
              end
              io.write("\\n")
            end
            """.formatted(MARK, percentiles);
    }

    /**
     * Loads a server.
     *
     * @param cpus as taskset(1) takes them; empty: all
     */
    LoadResult run(int port, String path, int connections, int seconds, String cpus)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        if (!cpus.isEmpty()) {
            command.addAll(List.of("taskset", "-c", cpus));
        }
        command.addAll(List.of("wrk", "-t1", "-c" + connections, "-d" + seconds + "s", "--timeout", "10s"));
        if (path.equals("/close")) {
            command.addAll(List.of("-H", "Connection: close"));
        }
        command.addAll(List.of("-s", script.toString(), "http://127.0.0.1:" + port + path));
        Commands.Outcome outcome = Commands.run(command);
        return outcome.output()
                .lines()
                .filter(line -> line.startsWith(MARK))
                .map(line -> LoadResult.parse(line.substring(MARK.length())))
                .findFirst()
                .orElseThrow(() -> new IOException("wrk must end with a result: " + outcome.output()));
    }
}
