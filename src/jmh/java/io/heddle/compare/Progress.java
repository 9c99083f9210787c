package io.heddle.compare;

import java.util.Locale;

/** Tells on the terminal what is going on. */
final class Progress {
    private Progress() {}

    static void line(String format, Object... values) {
        System.out.println(String.format(Locale.ROOT, format, values));
    }

    static void row(Results.Row row, int rounds) {
        boolean transfer = Scenario.named(row.scenario()).load() == Scenario.Load.BULK;
        line(
                "  round %d/%d  %-22s %s%s",
                row.round(),
                rounds,
                row.server(),
                transfer
                        ? String.format(Locale.ROOT, "%9.2f GB/CPU second", Summary.gigabytesPerCpuSecond(row))
                        : String.format(
                                Locale.ROOT,
                                "%9.2f us CPU/request  %10s requests/s  p99 %9s us",
                                row.cpuMicrosPerRequest(),
                                Format.number(row.requestsPerSecond()),
                                Format.number(row.p99Micros())),
                row.errors() == 0 ? "" : "  ERRORS " + row.errors());
    }
}
