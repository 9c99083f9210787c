package io.heddle.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Everything a comparison found, as results.json holds it. */
final class Results {
    /** One server's round. A number that was not measured is NaN, and null in JSON. */
    record Row(
            String scenario,
            String server,
            int connections,
            int round,
            long requests,
            double requestsPerSecond,
            double cpuMicrosPerRequest,
            double userMicrosPerRequest,
            double p50Micros,
            double p90Micros,
            double p99Micros,
            double p999Micros,
            long errors,
            long rssBytes,
            long contextSwitches) {}

    /** How latency grows towards the slowest answers, in one round. */
    record Curve(String scenario, String server, int connections, int round, double[] percentiles, double[] micros) {}

    /** What idle connections weigh, each. NaN: not a JVM, or not known. */
    record Weight(
            String scenario,
            String server,
            int connections,
            double rssBytesPerConnection,
            double heapBytesPerConnection,
            double heapBytesBeyondHandlerPerConnection) {}

    /**
     * A server without rows.
     *
     * @param scenario where; empty: everywhere
     * @param failed it should have run, but gave a wrong answer or broke down
     */
    record Absence(String server, String scenario, String reason, boolean failed) {}

    /** Rows that belong together: those of one table. */
    record Group(String scenario, int connections) {
        @Override
        public String toString() {
            return scenario + ", " + connections + (connections == 1 ? " connection" : " connections");
        }
    }

    final Map<String, Object> header = new LinkedHashMap<>();
    final List<Row> rows = new ArrayList<>();
    final List<Curve> curves = new ArrayList<>();
    final List<Weight> weights = new ArrayList<>();
    final Set<Absence> absent = new LinkedHashSet<>();

    Set<Group> groups() {
        Set<Group> groups = new LinkedHashSet<>();
        rows.forEach(row -> groups.add(new Group(row.scenario(), row.connections())));
        return groups;
    }

    /** The rounds of each server, in the order of measuring. */
    Map<String, List<Row>> of(Group group) {
        Map<String, List<Row>> servers = new LinkedHashMap<>();
        for (Row row : rows) {
            if (row.scenario().equals(group.scenario()) && row.connections() == group.connections()) {
                servers.computeIfAbsent(row.server(), name -> new ArrayList<>()).add(row);
            }
        }
        return servers;
    }

    String json() {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("header", header);
        all.put("absent", List.copyOf(absent));
        all.put("rows", rows);
        all.put("curves", curves);
        all.put("weights", weights);
        return Json.write(all);
    }
}
