package io.heddle.compare;

import io.heddle.compare.Results.Absence;
import io.heddle.compare.Results.Curve;
import io.heddle.compare.Results.Row;
import io.heddle.compare.Results.Weight;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs one case: starts its servers, warms each up, and lets them take turns, round by round, so that what else the
 * machine does meets all of them.
 */
final class CaseRun implements AutoCloseable {
    /** The JIT is quiet when it works less than this share of a burst. */
    private static final double QUIET = 0.03;

    private static final int WARM_UP_SECONDS_MIN = 2;
    private static final int HELD_TO_WARM_UP = 500;

    /** wrk's time runs while it connects, so many connections make a round longer. */
    private static final int CONNECTIONS_PER_SECOND = 1000;

    private final Case what;
    private final Scenario scenario;
    private final Options options;
    private final Results results;
    private final Wrk wrk;
    private final String loadCpus;
    private final Map<ServerProcess, Double> peaks = new LinkedHashMap<>();
    private LoadProcess load;

    /**
     * A case to run once.
     *
     * @param wrk null: not installed
     */
    CaseRun(Case what, Options options, Results results, Wrk wrk) {
        this.what = what;
        this.scenario = what.scenario();
        this.options = options;
        this.results = results;
        this.wrk = wrk;
        this.loadCpus = scenario.pinned() ? options.loadCpus() : "";
    }

    /** Runs it with the servers that are there; a server that fails is left out from then on, and listed. */
    void run(Map<String, List<String>> builds, int backendPort) throws IOException, InterruptedException {
        List<String> names = builds.keySet().stream()
                .map(name -> ServerKind.nameIn(scenario, name))
                .distinct()
                .toList();
        for (String name : names) {
            String built = builds.containsKey(name) ? name : name.replace(ServerKind.TIMEOUT, "");
            start(name, builds.get(built), backendPort);
        }
        if (peaks.isEmpty()) {
            return;
        }
        for (ServerProcess server : List.copyOf(peaks.keySet())) {
            guarded(server, () -> {
                double peak = warmUp(server);
                peaks.put(server, peak);
                Progress.line(
                        "  warmed up %s%s",
                        server.name(), Double.isNaN(peak) ? "" : String.format(": %,.0f requests/s", peak));
            });
        }
        int rounds = scenario.load() == Scenario.Load.IDLE ? 1 : options.rounds();
        for (int round = 1; round <= rounds; round++) {
            int number = round;
            for (ServerProcess server : List.copyOf(peaks.keySet())) {
                guarded(server, () -> round(server, number));
            }
        }
    }

    /** A step with one server. */
    @FunctionalInterface
    private interface Step {
        void run() throws IOException, InterruptedException;
    }

    /** Leaves a server out that breaks down; the load may have gone down with it. */
    private void guarded(ServerProcess server, Step step) throws InterruptedException {
        try {
            step.run();
        } catch (IOException e) {
            Progress.line("  %s broke down: %s", server.name(), e);
            results.absent.add(new Absence(server.name(), scenario.name(), "broke down: " + e, true));
            peaks.remove(server);
            server.close();
            if (load != null) {
                load.close();
                load = null;
            }
        }
    }

    private void start(String name, List<String> build, int backendPort) throws IOException {
        if (ServerKind.named(name).lacks().contains(scenario.path())) {
            results.absent.add(new Absence(name, scenario.name(), "this server has no " + scenario.path(), false));
            return;
        }
        String cpus = scenario.pinned() ? options.serverCpus() : "";
        try {
            ServerProcess server =
                    ServerProcess.start(name, build, options.jvmFlags(), cpus, backendPort, Comparison.LOGS);
            peaks.put(server, Double.NaN);
            String fault = scenario.load() == Scenario.Load.BULK ? "" : Check.answer(server, scenario.path());
            if (!fault.isEmpty()) {
                peaks.remove(server);
                server.close();
                results.absent.add(new Absence(name, scenario.name(), fault, true));
            }
        } catch (AbsentException e) {
            results.absent.add(new Absence(name, scenario.name(), e.getMessage(), false));
        }
    }

    /** Loads a server until its JIT is quiet; answers what it did in its best second. */
    private double warmUp(ServerProcess server) throws IOException, InterruptedException {
        Progress.line("  warming up %s", server.name());
        switch (scenario.load()) {
            case BULK -> {
                load().transferSeconds(server.port(), scenario.path());
                return Double.NaN;
            }
            case IDLE -> {
                // Idle at a server that has been busy: frames of interpreted code are several times as large.
                saturateUntilQuiet(server, HELD_TO_WARM_UP);
                load().hold(server.port(), HELD_TO_WARM_UP);
                load().release();
                return Double.NaN;
            }
            case MOSTLY_IDLE -> {
                return saturateUntilQuiet(server, active());
            }
            default -> {
                return saturateUntilQuiet(server, what.connections());
            }
        }
    }

    private double saturateUntilQuiet(ServerProcess server, int connections) throws IOException, InterruptedException {
        boolean jvm = server.kind().jvm();
        String path = scenario.path();
        double compiled = jvm ? Jvm.compileSeconds(server.pid()) : 0;
        double peak = 0;
        int seconds = jvm ? options.warmUpSecondsMax() : 1;
        for (int second = 1; second <= seconds; second++) {
            // The best: a second may have been stolen by somebody outside.
            peak = Math.max(
                    peak, saturate(server, path, connections, 1, () -> {}).perSecond());
            if (jvm) {
                double now = Jvm.compileSeconds(server.pid());
                if (now - compiled < QUIET && second >= WARM_UP_SECONDS_MIN) {
                    break;
                }
                compiled = now;
            }
        }
        return peak;
    }

    private int active() {
        return Math.max(1, what.connections() / 100);
    }

    private void round(ServerProcess server, int round) throws IOException, InterruptedException {
        switch (scenario.load()) {
            case SATURATION ->
                loaded(
                        server,
                        round,
                        started -> saturate(server, scenario.path(), what.connections(), options.seconds(), started));
            case MOSTLY_IDLE -> {
                load().hold(server.port(), what.connections() - active());
                loaded(
                        server,
                        round,
                        started -> saturate(server, scenario.path(), active(), options.seconds(), started));
                load().release();
            }
            case FIXED_RATE -> {
                double slowest = peaks.values().stream()
                        .mapToDouble(Double::doubleValue)
                        .min()
                        .orElseThrow();
                fixedRate(server, round, scenario.share() * slowest);
            }
            case STALL -> stall(server, round);
            case BULK ->
                loaded(server, round, started -> {
                    started.run();
                    double seconds = load().transferSeconds(server.port(), scenario.path());
                    return new LoadResult(1, 0, seconds, null);
                });
            case IDLE -> weigh(server, round);
        }
    }

    private void fixedRate(ServerProcess server, int round, double perSecond) throws IOException, InterruptedException {
        if (round == 1) {
            // Once uncounted: wrk has warmed up the server, and nothing the load.
            load().load(server.port(), "/", what.connections(), perSecond, options.seconds(), () -> {});
        }
        loaded(
                server,
                round,
                started -> load().load(server.port(), "/", what.connections(), perSecond, options.seconds(), started));
    }

    private void stall(ServerProcess server, int round) throws IOException, InterruptedException {
        try (Stall stall = Stall.connect(server.port())) {
            loaded(
                    server,
                    round,
                    started -> load().load(
                                    server.port(),
                                    "/",
                                    what.connections(),
                                    Scenario.STALL_RATE,
                                    options.seconds(),
                                    () -> {
                                        started.run();
                                        stall.begin();
                                    }));
            stall.await();
        }
    }

    /** A load that says when it begins. */
    @FunctionalInterface
    private interface Loaded {
        LoadResult run(LoadProcess.Started started) throws IOException, InterruptedException;
    }

    private void loaded(ServerProcess server, int round, Loaded measured) throws IOException, InterruptedException {
        Usage[] before = new Usage[1];
        LoadResult result = measured.run(() -> before[0] = server.usage());
        Usage used = server.usage().since(before[0]);
        double requests = result.requests() == 0 ? Double.NaN : result.requests();
        boolean timed = result.latencyMicros() != null;
        Row row = new Row(
                scenario.name(),
                server.name(),
                what.connections(),
                round,
                result.requests(),
                result.perSecond(),
                used.cpuMicros() / requests,
                used.userMicros() / requests,
                timed ? result.micros(50) : Double.NaN,
                timed ? result.micros(90) : Double.NaN,
                timed ? result.micros(99) : Double.NaN,
                timed ? result.micros(99.9) : Double.NaN,
                result.errors(),
                Usage.rssBytes(server.pid()),
                used.contextSwitches());
        results.rows.add(row);
        if (timed) {
            results.curves.add(new Curve(
                    scenario.name(),
                    server.name(),
                    what.connections(),
                    round,
                    LoadResult.PERCENTILES,
                    result.latencyMicros()));
        }
        Progress.row(row, options.rounds());
    }

    private LoadResult saturate(
            ServerProcess server, String path, int connections, int seconds, LoadProcess.Started started)
            throws IOException, InterruptedException {
        if (wrk == null) {
            return load().load(server.port(), path, connections, 0, seconds, started);
        }
        started.run();
        int toConnect = connections / CONNECTIONS_PER_SECOND;
        return wrk.run(server.port(), path, connections, seconds + toConnect, loadCpus);
    }

    private void weigh(ServerProcess server, int round) throws IOException, InterruptedException {
        double heapBefore = heap(server);
        long rssBefore = Usage.rssBytes(server.pid());
        Usage used = server.usage();
        load().hold(server.port(), what.connections());
        used = server.usage().since(used);
        double heap = (heap(server) - heapBefore) / what.connections();
        long rss = Usage.rssBytes(server.pid());
        load().release();
        double nothing = Double.NaN;
        Row row = new Row(
                scenario.name(),
                server.name(),
                what.connections(),
                round,
                what.connections(),
                nothing,
                (double) used.cpuMicros() / what.connections(),
                (double) used.userMicros() / what.connections(),
                nothing,
                nothing,
                nothing,
                nothing,
                0,
                rss,
                used.contextSwitches());
        results.rows.add(row);
        int handler = server.kind().handlerBytes();
        results.weights.add(new Weight(
                scenario.name(),
                server.name(),
                what.connections(),
                (double) (rss - rssBefore) / what.connections(),
                heap,
                handler < 0 ? nothing : heap - handler));
        Progress.row(row, 1);
    }

    private static double heap(ServerProcess server) throws IOException, InterruptedException {
        return server.kind().jvm() ? Jvm.liveHeapBytes(server.pid()) : Double.NaN;
    }

    private LoadProcess load() throws IOException {
        if (load == null) {
            load = new LoadProcess(loadCpus);
        }
        return load;
    }

    @Override
    public void close() {
        for (ServerProcess server : peaks.keySet()) {
            server.close();
        }
        if (load != null) {
            load.close();
        }
    }
}
