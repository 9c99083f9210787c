package io.heddle.compare;

import java.util.Locale;

/** Tells on the terminal what is going on. */
final class Progress {
    private Progress() {}

    static void line(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    static void row(Results.Row row, int rounds) {
        line(
                "  round %d/%d  %-22s %9.2f us CPU/request  %10.0f requests/s  p99 %9.0f us%s",
                row.round(),
                rounds,
                row.server(),
                row.cpuMicrosPerRequest(),
                row.requestsPerSecond(),
                row.p99Micros(),
                row.errors() == 0 ? "" : "  ERRORS " + row.errors());
    }
}
