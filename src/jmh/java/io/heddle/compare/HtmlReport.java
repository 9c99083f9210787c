package io.heddle.compare;

import io.heddle.compare.Results.Absence;
import io.heddle.compare.Results.Curve;
import io.heddle.compare.Results.Group;
import io.heddle.compare.Results.Row;
import io.heddle.compare.Results.Weight;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/** The report as one page that needs nothing else: no script, no font, no picture from elsewhere. */
final class HtmlReport {
    private static final String STYLE = """
        :root { color-scheme: light dark; --text: #1c2127; --soft: #5d6672; --line: #d9dee4; --card: #ffffff;
          --page: #f4f6f8; --mark: #12161b; }
        @media (prefers-color-scheme: dark) { :root { --text: #e4e8ec; --soft: #9aa4b0; --line: #343b44;
          --card: #1b2027; --page: #12161b; --mark: #f2f4f6; } }
        body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
        main { max-width: 1200px; margin: 0 auto; padding: 24px 16px 64px; }
        h1 { font-size: 26px; margin: 8px 0; } h2 { font-size: 19px; margin: 0 0 2px; }
        h3 { font-size: 14px; font-weight: 600; margin: 16px 0 4px; }
        p { margin: 4px 0; } .soft { color: var(--soft); } code { font-size: 13px; }
        section { background: var(--card); border: 1px solid var(--line); border-radius: 8px;
          padding: 16px 20px; margin: 20px 0; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 480px), 1fr)); gap: 0 32px; }
        svg { width: 100%; max-width: 580px; height: auto; display: block; }
        svg text { fill: var(--text); font-size: 12px; }
        .spread { stroke: var(--mark); stroke-width: 1.2; fill: none; } .round { fill: var(--mark); opacity: .55; }
        .grid { stroke: var(--line); fill: none; } .curve { fill: none; stroke-width: 2; }
        .scroll { overflow-x: auto; } table { border-collapse: collapse; margin-top: 12px; width: 100%; }
        table { font-size: 14px; }
        th, td { padding: 4px 8px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
        th { font-weight: 600; color: var(--soft); } th:first-child, td:first-child { text-align: left; }
        td.text { white-space: normal; text-align: left; } .bad { color: #d33f3f; font-weight: 600; }
        .key { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 13px; }
        .key i { display: inline-block; width: 16px; border-top: 3px solid; margin-right: 6px; vertical-align: 4px; }
        a { color: #3f86e0; }
        """;

    private final Results results;
    private final StringBuilder page = new StringBuilder();

    private HtmlReport(Results results) {
        this.results = results;
    }

    static String html(Results results) {
        return new HtmlReport(results).write();
    }

    private String write() {
        page.append("<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'/>\n")
                .append("<meta name='viewport' content='width=device-width'/>\n"
                        + "<title>Heddle beside its peers</title>\n")
                .append("<style>\n")
                .append(STYLE)
                .append("</style></head><body><main>\n<h1>Heddle beside its peers</h1>\n");
        header();
        glance();
        results.groups().forEach(this::group);
        absent();
        return page.append("</main></body></html>\n").toString();
    }

    private void header() {
        page.append("<section><h2>Machine and method</h2><div class='scroll'><table>");
        results.header.forEach((name, value) -> page.append("<tr><td>")
                .append(Format.html(name))
                .append("</td><td class='text'>")
                .append(Format.html(value instanceof Map<?, ?> map ? join(map) : value.toString()))
                .append("</td></tr>\n"));
        page.append("</table></div>\n"
                        + "<p class='soft'>Bars are medians of the rounds, the line goes from the least to the")
                .append(" most, each dot is a round. CPU is the server process's own. Compare within one scenario;")
                .append(" absolute numbers are the machine's.</p></section>\n");
    }

    private static String join(Map<?, ?> map) {
        List<String> parts = new ArrayList<>();
        map.forEach((name, value) -> parts.add(name + ": " + value));
        return String.join("; ", parts);
    }

    private static String id(Group group) {
        return group.scenario() + "-" + group.connections();
    }

    /** One table for who reads no further. */
    private void glance() {
        List<Group> groups = results.groups().stream()
                .filter(group -> Scenario.named(group.scenario()).countsRequests())
                .toList();
        if (groups.isEmpty()) {
            return;
        }
        Set<String> names = new LinkedHashSet<>();
        groups.forEach(group -> names.addAll(columns(group).keySet()));
        page.append("<section><h2>CPU µs per request at a glance</h2><p class='soft'>Medians; less is better.")
                .append(" In timeouts every server that can sets a read timeout of 30 s.</p>\n")
                .append("<div class='scroll'><table><tr><th>scenario</th>");
        names.forEach(name -> page.append("<th>").append(Format.html(name)).append("</th>"));
        page.append("</tr>\n");
        for (Group group : groups) {
            Map<String, List<Row>> servers = columns(group);
            page.append("<tr><td><a href='#")
                    .append(id(group))
                    .append("'>")
                    .append(group)
                    .append("</a></td>");
            for (String name : names) {
                List<Row> rows = servers.getOrDefault(name, List.of());
                cell(Format.number(median(rows, Row::cpuMicrosPerRequest)));
            }
            page.append("</tr>\n");
        }
        page.append("</table></div></section>\n");
    }

    /** Where every server has a timeout, its name need not say so: one column serves both kinds of scenario. */
    private Map<String, List<Row>> columns(Group group) {
        Map<String, List<Row>> servers = results.of(group);
        if (!Scenario.named(group.scenario()).timeouts()) {
            return servers;
        }
        Map<String, List<Row>> columns = new LinkedHashMap<>();
        servers.forEach((name, rows) -> columns.put(name.replace(ServerKind.TIMEOUT, ""), rows));
        return columns;
    }

    private void group(Group group) {
        Map<String, List<Row>> servers = results.of(group);
        Scenario scenario = Scenario.named(group.scenario());
        page.append("<section id='")
                .append(id(group))
                .append("'><h2>")
                .append(group)
                .append("</h2><p class='soft'>");
        page.append(Format.html(scenario.about())).append("</p>\n<div class='charts'>\n");
        switch (scenario.load()) {
            case BULK -> chart("GB per CPU second; more is better", servers, Summary::gigabytesPerCpuSecond);
            case IDLE -> {
                chart("RSS in MiB; less is better", servers, row -> row.rssBytes() / 1048576.0);
                heap(group);
            }
            case FIXED_RATE, STALL -> {
                chart("p99 in µs; less is better", servers, Row::p99Micros);
                chart("p99.9 in µs; less is better", servers, Row::p999Micros);
                chart("CPU µs per request; less is better", servers, Row::cpuMicrosPerRequest);
            }
            default -> {
                chart("CPU µs per request; less is better", servers, Row::cpuMicrosPerRequest);
                chart("Requests per second; more is better", servers, Row::requestsPerSecond);
                chart("p99 in µs; less is better", servers, Row::p99Micros);
            }
        }
        curves(group);
        page.append("</div>\n");
        if (scenario.load() == Scenario.Load.IDLE) {
            weights(group);
        } else {
            table(servers);
        }
        page.append("</section>\n");
    }

    private <T> void chart(String title, Map<String, List<T>> servers, ToDoubleFunction<T> value) {
        List<Svg.Bar> bars = new ArrayList<>();
        servers.forEach((name, rows) -> {
            Statistics statistics = Statistics.of(rows, value);
            if (statistics.isMeasured()) {
                bars.add(new Svg.Bar(name, Palette.colour(name), statistics));
            }
        });
        if (!bars.isEmpty()) {
            page.append("<div><h3>")
                    .append(title)
                    .append("</h3>")
                    .append(Svg.bars(title, bars))
                    .append("</div>\n");
        }
    }

    private void curves(Group group) {
        List<Curve> curves = results.curves.stream()
                .filter(c -> c.scenario().equals(group.scenario()) && c.connections() == group.connections())
                .toList();
        if (curves.isEmpty()) {
            return;
        }
        List<Svg.Line> lines = curves.stream()
                .map(Curve::server)
                .distinct()
                .map(server -> new Svg.Line(
                        server, Palette.colour(server), server.endsWith(ServerKind.TIMEOUT), median(curves, server)))
                .toList();
        String title = "Latency by percentile; lower is better";
        page.append("<div><h3>").append(title).append("</h3>");
        page.append(Svg.curves(title, curves.getFirst().percentiles(), lines));
        page.append("<p class='key'>");
        for (Svg.Line line : lines) {
            page.append("<span><i style='border-color:").append(line.colour());
            page.append(line.dashed() ? ";border-top-style:dashed" : "").append("'></i>");
            page.append(Format.html(line.name())).append("</span>\n");
        }
        page.append("</p></div>\n");
    }

    /** At each percentile the median of the rounds. */
    private static double[] median(List<Curve> curves, String server) {
        List<Curve> own = curves.stream().filter(c -> c.server().equals(server)).toList();
        return IntStream.range(0, own.getFirst().micros().length)
                .mapToDouble(i -> Statistics.of(own, c -> c.micros()[i]).median())
                .toArray();
    }

    private void table(Map<String, List<Row>> servers) {
        String baseline = Summary.baseline(servers);
        double cpuBase = median(servers.get(baseline), Row::cpuMicrosPerRequest);
        double rateBase = median(servers.get(baseline), Row::requestsPerSecond);
        page.append("<div class='scroll'><table><tr><th>server</th><th>CPU µs/request</th><th>× ")
                .append(baseline)
                .append("</th><th>user µs</th><th>requests/s</th><th>× ")
                .append(baseline)
                .append("</th><th>p50</th><th>p90</th><th>p99</th><th>p99.9</th><th>RSS MiB</th>")
                .append("<th>switches/req.</th><th>errors</th></tr>\n");
        servers.forEach((name, rows) -> {
            page.append("<tr>");
            cell(name);
            cell(Format.number(median(rows, Row::cpuMicrosPerRequest)));
            cell(Format.number(median(rows, Row::cpuMicrosPerRequest) / cpuBase));
            cell(Format.number(median(rows, Row::userMicrosPerRequest)));
            cell(Format.number(median(rows, Row::requestsPerSecond)));
            cell(Format.number(median(rows, Row::requestsPerSecond) / rateBase));
            cell(Format.micros(median(rows, Row::p50Micros)));
            cell(Format.micros(median(rows, Row::p90Micros)));
            cell(Format.micros(median(rows, Row::p99Micros)));
            cell(Format.micros(median(rows, Row::p999Micros)));
            cell(Format.number(median(rows, Row::rssBytes) / 1048576));
            cell(Format.number(median(rows, row -> (double) row.contextSwitches() / row.requests())));
            long errors = rows.stream().mapToLong(Row::errors).sum();
            page.append(errors == 0 ? "<td>0</td>" : "<td class='bad'>" + errors + "</td>")
                    .append("</tr>\n");
        });
        page.append("</table></div>\n");
    }

    private static double median(List<Row> rows, ToDoubleFunction<Row> value) {
        return Statistics.of(rows, value).median();
    }

    private void cell(String text) {
        page.append("<td>").append(Format.html(text)).append("</td>");
    }

    private List<Weight> weightsOf(Group group) {
        return results.weights.stream()
                .filter(w -> w.scenario().equals(group.scenario()) && w.connections() == group.connections())
                .toList();
    }

    private void heap(Group group) {
        Map<String, List<Weight>> servers = new LinkedHashMap<>();
        for (Weight weight : weightsOf(group)) {
            servers.computeIfAbsent(weight.server(), name -> new ArrayList<>()).add(weight);
        }
        chart("Heap bytes of a connection; less is better", servers, Weight::heapBytesPerConnection);
    }

    private void weights(Group group) {
        page.append("<p class='soft'>Bytes of a connection. Heap is live objects after a full collection, that of")
                .append(" the connection's virtual thread included.</p>\n<div class='scroll'><table>")
                .append("<tr><th>server</th><th>RSS</th><th>heap</th><th>heap beyond the handler's own</th></tr>\n");
        for (Weight weight : weightsOf(group)) {
            page.append("<tr>");
            cell(weight.server());
            cell(Format.number(weight.rssBytesPerConnection()));
            cell(Format.number(weight.heapBytesPerConnection()));
            cell(Format.number(weight.heapBytesBeyondHandlerPerConnection()));
            page.append("</tr>\n");
        }
        page.append("</table></div>\n");
    }

    private void absent() {
        if (results.absent.isEmpty()) {
            return;
        }
        page.append("<section><h2>Absent</h2><div class='scroll'><table>")
                .append("<tr><th>server</th><th>in</th><th>because</th></tr>\n");
        for (Absence absence : results.absent) {
            page.append("<tr>");
            cell(absence.server());
            cell(absence.scenario().isEmpty() ? "everything" : absence.scenario());
            page.append("<td class='text'>")
                    .append(Format.html(absence.reason()))
                    .append("</td></tr>\n");
        }
        page.append("</table></div></section>\n");
    }
}
