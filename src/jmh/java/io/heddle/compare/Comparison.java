package io.heddle.compare;

import io.heddle.compare.Results.Absence;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/*
 * Question: what does a request cost a server on Heddle, and how long does it take, beside the JDK, Netty, Helidon, Go
 * and C?
 *
 * Workload: each server is a process of its own, on a CPU of its own, loaded from another CPU; in scenarios that end
 * in "-shared" nothing is pinned. The servers take turns, round by round, so that what else the machine does meets all
 * of them. CPU time is the server's own, from /proc/PID/stat.
 *
 * Baseline: "c-epoll" is one thread and level-triggered epoll, "jdk-socket" is java.net.Socket on virtual threads.
 * Read ratios within one run; absolute numbers are the machine's.
 *
 * Not measured: request parsing (except in Helidon, which is a whole HTTP server), TLS, real networks. Latency under
 * saturation is wrk's, who waits for each answer; latency at a fixed rate counts from when a request was due.
 *
 * Run: mvn -q -B -ntp -Pcompare verify, with -Dcompare.help=true for the options
 */
public final class Comparison {
    private static final Path TARGET = Path.of("target/compare");
    private static final Path REPORT = TARGET.resolve("report.html");
    static final Path LOGS = TARGET.resolve("logs");

    private final Options options;
    private final Results results = new Results();
    private final Map<String, List<String>> builds = new LinkedHashMap<>();

    private Comparison(Options options) {
        this.options = options;
    }

    /** Runs the comparison; see {@link Options} for what to set. */
    public static void main(String[] args) throws Exception {
        if (Options.flag(System.getProperties(), "help")) {
            System.out.print(Options.help());
            return;
        }
        // Also when it is interrupted from the keyboard, or told to end.
        Runtime.getRuntime()
                .addShutdownHook(
                        new Thread(() -> ProcessHandle.current().descendants().forEach(ProcessHandle::destroy)));
        Comparison comparison = new Comparison(Options.parse(System.getProperties()));
        if (!comparison.run()) {
            System.exit(1);
        }
    }

    private boolean run() throws IOException, InterruptedException {
        Files.createDirectories(LOGS);
        boolean wrk = Wrk.isInstalled();
        if (!wrk) {
            Progress.line("wrk is not installed (apt install wrk): the built-in load is used, which is slower");
        }
        build();
        results.header.putAll(Machine.header(options, wrk));
        ServerProcess backend = needsBackend() ? backend() : null;
        try {
            runCases(wrk ? new Wrk(TARGET) : null, backend == null ? 1 : backend.port());
        } finally {
            if (backend != null) {
                backend.close();
            }
            write();
        }
        Progress.line("%n%s%n%nSee %s and %s", Summary.text(results), REPORT, TARGET.resolve("results.json"));
        return results.rows.stream().allMatch(row -> row.errors() == 0)
                && results.absent.stream().noneMatch(Absence::failed);
    }

    private void runCases(Wrk wrk, int backendPort) throws IOException, InterruptedException {
        long start = System.nanoTime();
        int done = 0;
        for (Case next : options.cases()) {
            Progress.line(
                    "%d/%d %s: %s%s",
                    done + 1, options.cases().size(), next, next.scenario().about(), left(start, done));
            if (next.scenario().pinned() && Machine.cpus() < 2) {
                results.absent.add(new Absence("all", next.scenario().name(), "pinning needs two CPUs", false));
            } else {
                try (CaseRun run = new CaseRun(next, options, results, wrk)) {
                    run.run(builds, backendPort);
                }
            }
            done++;
            write();
        }
    }

    private String left(long startNanos, int done) {
        if (done == 0) {
            return "";
        }
        double perCase = (System.nanoTime() - startNanos) / 60e9 / done;
        return "; about %d minutes left"
                .formatted(Math.round(perCase * (options.cases().size() - done)));
    }

    private void build() throws IOException, InterruptedException {
        for (String name : options.servers()) {
            try {
                builds.put(name, ServerKind.named(name).build().command());
            } catch (AbsentException | IOException e) {
                results.absent.add(new Absence(name, "", e.getMessage(), false));
                Progress.line("absent: %s: %s", name, e.getMessage());
            }
        }
    }

    private boolean needsBackend() {
        return options.cases().stream().anyMatch(c -> c.scenario().path().equals("/proxy"));
    }

    /** The same backend for all proxies, on the load's CPUs: C where it can be built. */
    private ServerProcess backend() throws IOException, InterruptedException {
        try {
            List<String> command;
            String name = "c-epoll";
            try {
                command = ServerKind.named(name).build().command();
            } catch (AbsentException e) {
                name = "heddle-edge";
                command = ServerKind.named(name).build().command();
            }
            String cpus = Machine.cpus() < 2 ? "" : options.loadCpus();
            return ServerProcess.start(name, command, options.jvmFlags(), cpus, 1, LOGS.resolve("backend"));
        } catch (AbsentException e) {
            throw new IOException("there must be a backend for proxies: " + e.getMessage(), e);
        }
    }

    private void write() throws IOException {
        Files.writeString(TARGET.resolve("results.json"), results.json());
        Files.writeString(REPORT, HtmlReport.html(results));
        Files.writeString(TARGET.resolve("summary.txt"), Summary.text(results));
    }
}
