package io.heddle.compare;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.stream.Collectors;

/**
 * What to compare, from the system properties {@code compare.*}. An empty one is as good as none.
 *
 * @param serverCpus where pinned servers run, as taskset(1) takes it
 * @param loadCpus where their load runs
 * @param jvmFlags for every server that is a JVM
 * @param given what was asked for, as a command line says it
 */
record Options(
        List<String> servers,
        List<Case> cases,
        int rounds,
        int seconds,
        int warmUpSecondsMax,
        String serverCpus,
        String loadCpus,
        List<String> jvmFlags,
        String given) {

    private static final String DEFAULT_SERVERS = "heddle-edge,jdk-socket,jdk-socket-timeout,netty-epoll,c-epoll";
    private static final String DEFAULT_SCENARIOS =
            "plaintext@1,plaintext@64,plaintext@500,timeouts@64,proxy@64,plaintext-shared@500,stall@64";
    private static final String QUICK_SCENARIOS = "plaintext@64,timeouts@64,plaintext-shared@500";
    private static final List<String> KEYS =
            List.of("servers", "scenarios", "connections", "rounds", "seconds", "cpus", "jvm", "quick", "all", "help");

    static final String HELP = """
        mvn -q -B -ntp -Pcompare verify, with any of
          -Dcompare.servers=a,b       %s
          -Dcompare.scenarios=a,b@64  %s
          -Dcompare.connections=1,64  for scenarios without @; each has numbers of its own
          -Dcompare.rounds=5  -Dcompare.seconds=5
          -Dcompare.cpus=0:1          servers on the first, load on the second, as taskset(1) takes them
          -Dcompare.jvm="-XX:+UseZGC" for every server that is a JVM
          -Dcompare.quick=true        three minutes
          -Dcompare.all=true          every server and scenario; hours
        Servers: %s; with -timeout at the end for a read timeout of 30 s.
        Scenarios: %s; with -shared at the end nothing is pinned.
        """;

    /** Reads the properties. */
    static Options parse(Properties properties) {
        boolean quick = flag(properties, "quick");
        boolean all = flag(properties, "all");
        String servers = text(properties, "servers", all ? String.join(",", ServerKind.names()) : DEFAULT_SERVERS);
        String scenarios = text(
                properties,
                "scenarios",
                all ? String.join(",", Scenario.allNames()) : quick ? QUICK_SCENARIOS : DEFAULT_SCENARIOS);
        List<Integer> connections = list(text(properties, "connections", "")).stream()
                .map(n -> positive("connections", n))
                .toList();
        String[] cpus = text(properties, "cpus", "0:1").split(":", -1);
        if (cpus.length != 2) {
            throw new IllegalArgumentException("cpus must be SERVERS:LOAD, such as 0:1 or 0-3:4-7");
        }
        List<String> names = list(servers);
        names.forEach(ServerKind::named);
        return new Options(
                names,
                Case.parse(list(scenarios), connections),
                positive("rounds", text(properties, "rounds", quick ? "3" : "5")),
                positive("seconds", text(properties, "seconds", quick ? "1" : "5")),
                quick ? 4 : 15,
                cpus[0],
                cpus[1],
                Arrays.stream(text(properties, "jvm", "").split(" "))
                        .filter(flag -> !flag.isEmpty())
                        .toList(),
                given(properties));
    }

    static String help() {
        return HELP.formatted(
                DEFAULT_SERVERS,
                DEFAULT_SCENARIOS,
                String.join(", ", ServerKind.names()),
                Scenario.allNames().stream().filter(name -> !name.contains("@")).collect(Collectors.joining(", ")));
    }

    static int positive(String name, String text) {
        try {
            int value = Integer.parseInt(text);
            if (value > 0) {
                return value;
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(name + " must be a positive number: " + name + "=" + text, e);
        }
        throw new IllegalArgumentException(name + " must be a positive number: " + name + "=" + text);
    }

    static boolean flag(Properties properties, String name) {
        return Boolean.parseBoolean(text(properties, name, "false"));
    }

    private static String text(Properties properties, String name, String otherwise) {
        String value = properties.getProperty("compare." + name, "").strip();
        return value.isEmpty() ? otherwise : value;
    }

    private static List<String> list(String text) {
        return Arrays.stream(text.split(","))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .toList();
    }

    private static String given(Properties properties) {
        List<String> words = new ArrayList<>(List.of("mvn -q -B -ntp -Pcompare verify"));
        for (String key : KEYS) {
            String value = text(properties, key, "");
            if (!value.isEmpty()) {
                words.add("-Dcompare." + key + "=" + (value.contains(" ") ? '"' + value + '"' : value));
            }
        }
        return String.join(" ", words);
    }
}
