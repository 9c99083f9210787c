package io.heddle.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.compare.Results.Absence;
import io.heddle.compare.Results.Curve;
import io.heddle.compare.Results.Row;
import io.heddle.compare.Results.Weight;
import java.io.StringReader;
import java.util.stream.IntStream;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

class ReportTest {
    @Test
    void aRowHasEveryField() {
        Results results = new Results();
        results.rows.add(row("plaintext", "heddle-edge", 1, 5.9264));
        assertThat(results.json())
                .contains(
                        "{\"scenario\": \"plaintext\", \"server\": \"heddle-edge\", \"connections\": 64, \"round\": 1,"
                            + " \"requests\": 500000, \"requestsPerSecond\": 100000, \"cpuMicrosPerRequest\": 5.926,"
                            + " \"userMicrosPerRequest\": 1.5, \"p50Micros\": 300, \"p90Micros\": 400, \"p99Micros\":"
                            + " 900, \"p999Micros\": null, \"errors\": 0, \"rssBytes\": 80000000, \"contextSwitches\":"
                            + " 12}");
    }

    @Test
    void textsAreQuoted() {
        Results results = new Results();
        results.header.put("command", "a \"b\" \\ c\n");
        results.absent.add(new Absence("go", "", "Go is not installed", false));
        assertThat(results.json())
                .startsWith("{\"header\": {\"command\": \"a \\\"b\\\" \\\\ c\\u000a\"},")
                .contains("{\"server\": \"go\", \"scenario\": \"\", \"reason\": \"Go is not installed\", \"failed\":"
                        + " false}");
    }

    @Test
    void thePageNeedsNothingElse() {
        assertThat(HtmlReport.html(canned()))
                .doesNotContain("http:", "https:", "//cdn", "src=", "<script", "<link", "@import", "url(")
                .contains("prefers-color-scheme: dark")
                .doesNotContain("NaN", "Infinity");
    }

    @Test
    void thePageIsWellFormedAndDrawsEachServer() throws Exception {
        Document page = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new InputSource(new StringReader(HtmlReport.html(canned()))));
        assertThat(count(page, "svg")).isEqualTo(8);
        assertThat(page.getElementsByTagName("rect").getLength()).isEqualTo(12);
        assertThat(classes(page, "circle", "round")).isEqualTo(32);
        assertThat(classes(page, "path", "curve")).isEqualTo(2);
        assertThat(page.getDocumentElement().getTextContent())
                .contains("heddle-edge", "c-epoll", "liburing <is> not installed", "plaintext, 64 connections");
    }

    @Test
    void whereAllServersHaveATimeoutTheGlanceNeedsNoColumnsOfTheirOwn() {
        Results results = canned();
        results.rows.add(row("timeouts", "heddle-edge-timeout", 1, 7));
        String page = HtmlReport.html(results);
        String glance = page.substring(page.indexOf("at a glance"), page.indexOf("</section>", page.indexOf("glance")));

        assertThat(glance).contains("<th>heddle-edge</th>", "7.00").doesNotContain("heddle-edge-timeout");
    }

    @Test
    void theSummaryTellsMediansAndRatiosAndWhoIsAbsent() {
        assertThat(Summary.text(canned()))
                .contains("plaintext, 64 connections; medians, [from to], x: to c-epoll")
                .containsPattern("heddle-edge +6\\.00 \\[5\\.00 7\\.00] x1\\.20")
                .contains("absent: c-io_uring: liburing <is> not installed")
                .contains("heap 4000 B");
    }

    @Test
    void aMedianOfAnEvenNumberIsBetween() {
        Statistics statistics = Statistics.of(java.util.List.of(4.0, 1.0, Double.NaN, 2.0, 9.0), v -> v);
        assertThat(statistics.median()).isEqualTo(3);
        assertThat(statistics.min()).isEqualTo(1);
        assertThat(statistics.max()).isEqualTo(9);
    }

    private static Results canned() {
        Results results = new Results();
        results.header.put("machine", "a & b");
        for (int round = 1; round <= 3; round++) {
            results.rows.add(row("plaintext", "heddle-edge", round, 4 + round));
            results.rows.add(row("plaintext", "c-epoll", round, 5));
            results.rows.add(row("rate-60", "heddle-edge", round, 4 + round));
            results.rows.add(row("rate-60", "c-epoll", round, 5));
        }
        double[] micros = IntStream.range(0, LoadResult.PERCENTILES.length)
                .mapToDouble(i -> 100 * (i + 1))
                .toArray();
        for (String server : new String[] {"heddle-edge", "c-epoll"}) {
            results.curves.add(new Curve("plaintext", server, 64, 1, LoadResult.PERCENTILES, micros));
        }
        results.rows.add(row("idle", "heddle-edge", 1, 100));
        results.weights.add(new Weight("idle", "heddle-edge", 64, 9000, 4000, Double.NaN));
        results.absent.add(new Absence("c-io_uring", "", "liburing <is> not installed", false));
        return results;
    }

    private static Row row(String scenario, String server, int round, double cpu) {
        return new Row(
                scenario, server, 64, round, 500_000, 100_000, cpu, 1.5, 300, 400, 900, Double.NaN, 0, 80_000_000, 12);
    }

    private static int count(Document page, String tag) {
        return page.getElementsByTagName(tag).getLength();
    }

    private static long classes(Document page, String tag, String name) {
        NodeList nodes = page.getElementsByTagName(tag);
        return IntStream.range(0, nodes.getLength())
                .filter(i -> name.equals(
                        nodes.item(i).getAttributes().getNamedItem("class").getNodeValue()))
                .count();
    }
}
