package io.heddle.compare;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * What is asked of a server, and how.
 *
 * @param pinned the server has CPUs of its own and the load has others; else both share all
 * @param timeouts servers set a read timeout of 30 s where they have one
 * @param share of the slowest server's peak, for a fixed rate
 */
record Scenario(
        String name,
        String about,
        Load load,
        String path,
        boolean pinned,
        boolean timeouts,
        double share,
        List<Integer> connections) {

    /** How a scenario loads a server. */
    enum Load {
        /** As fast as answers come; wrk where it is installed. */
        SATURATION,
        /** At a fixed rate, latency from the intended time of sending. */
        FIXED_RATE,
        /** Fixed rate, while one other connection's handler computes for a second. */
        STALL,
        /** Saturation on one connection in a hundred, the others idle. */
        MOSTLY_IDLE,
        /** Nothing: what do the connections weigh? */
        IDLE,
        /** One transfer of a gibibyte a round. */
        BULK
    }

    /** Ends the name of a scenario in which nothing is pinned. */
    static final String SHARED = "-shared";

    /** What {@link Load#STALL} sends a second. */
    static final double STALL_RATE = 2000;

    private static final List<Scenario> ALL = List.of(
            of("plaintext", "keep-alive, two bytes of text", Load.SATURATION, "/", 1, 8, 64, 500, 5000),
            of("timeouts", "plaintext, with a read timeout of 30 s", Load.SATURATION, "/", 1, 8, 64, 500, 5000)
                    .withTimeouts(),
            of("rate-30", "fixed rate, 30 % of the slowest server's peak", Load.FIXED_RATE, "/", 64)
                    .withShare(0.3),
            of("rate-60", "fixed rate, 60 % of the slowest server's peak", Load.FIXED_RATE, "/", 64)
                    .withShare(0.6),
            of("rate-90", "fixed rate, 90 % of the slowest server's peak", Load.FIXED_RATE, "/", 64)
                    .withShare(0.9),
            of("connect", "a new connection for each request", Load.SATURATION, "/close", 64),
            of("answer-1k", "answers of 1 KiB", Load.SATURATION, "/1k", 64),
            of("answer-64k", "answers of 64 KiB", Load.SATURATION, "/64k", 64),
            of("download", "1 GiB from the server", Load.BULK, "/download", 1),
            of("upload", "1 GiB to the server", Load.BULK, "/upload", 1),
            of("proxy", "each request calls a backend over the same library", Load.SATURATION, "/proxy", 64),
            of("idle", "what an idle connection weighs", Load.IDLE, "/", 9000),
            of("mostly-idle", "one connection in a hundred is busy", Load.MOSTLY_IDLE, "/", 9000),
            of("stall", "one handler computes for a second, others get requests at a fixed rate", Load.STALL, "/", 64));

    private static Scenario of(String name, String about, Load load, String path, Integer... connections) {
        return new Scenario(name, about, load, path, true, false, 0, List.of(connections));
    }

    private Scenario withTimeouts() {
        return new Scenario(name, about, load, path, pinned, true, share, connections);
    }

    private Scenario withShare(double of) {
        return new Scenario(name, about, load, path, pinned, timeouts, of, connections);
    }

    private Scenario shared() {
        return new Scenario(name + SHARED, about + "; nothing pinned", load, path, false, timeouts, share, connections);
    }

    /** Finds a scenario; "-shared" at the end of any name means that nothing is pinned. */
    static Scenario named(String name) {
        boolean shared = name.endsWith(SHARED);
        String base = shared ? name.substring(0, name.length() - SHARED.length()) : name;
        for (Scenario scenario : ALL) {
            if (scenario.name.equals(base)) {
                return shared ? scenario.shared() : scenario;
            }
        }
        throw new IllegalArgumentException(
                "a scenario must be one of " + names() + ", or that with " + SHARED + ": scenario=" + name);
    }

    /** Whether what a request costs is what it is about. */
    boolean countsRequests() {
        return load != Load.IDLE && load != Load.BULK && load != Load.STALL;
    }

    private static String names() {
        return ALL.stream().map(Scenario::name).collect(Collectors.joining(", "));
    }

    /** All of them pinned, and those most like a user's machine shared, too. */
    static List<String> allNames() {
        List<String> names = new ArrayList<>(ALL.stream().map(Scenario::name).toList());
        for (String shared : List.of("plaintext", "timeouts", "rate-60", "proxy")) {
            names.add(shared + SHARED + "@64");
            names.add(shared + SHARED + "@500");
        }
        return names;
    }
}
