package io.heddle.samples;

import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Shows what Heddle is for: the HTTP server of the samples under 1,000 keep-alive connections, once on Heddle's
 * sockets and once on the JDK's, with the same code on both sides of the connection. Checks every answer, prints a
 * table, and ends with exit status 1 if there was any error.
 *
 * <p>Each half is a process of its own, started with this one's flags: no profile, heap or thread of the one can
 * help or hurt the other. Clients and server share a process and all CPUs.
 *
 * <p>Run: {@code mvn -q -B -ntp compile exec:exec}. Options: see {@link Plan}.
 */
public final class MainJob {
    private static final int LINE_COLUMNS = 78;
    private static final long LINE_MILLIS = 1000;

    private final Plan plan;
    private final boolean isTerminal;

    private MainJob(Plan plan, boolean isTerminal) {
        this.plan = plan;
        this.isTerminal = isTerminal;
    }

    /** What a half has told. */
    private static final class Outcome {
        final Map<String, String> values = new HashMap<>();
        final List<String> errors = new ArrayList<>();
        long errorCount;

        void error(long times, String text) {
            errorCount += times;
            errors.add(times + " x " + text);
        }

        String text(String word) {
            return values.getOrDefault(word, "-");
        }

        double number(String word) {
            return Double.parseDouble(values.getOrDefault(word, "0"));
        }

        double requestsPerSecond() {
            return number("requests") / number("nanos") * 1e9;
        }

        double cpuMicrosPerRequest() {
            return number("cpuNanos") / number("requests") / 1e3;
        }
    }

    /** See the class comment. */
    public static void main(String[] args) throws Exception {
        Plan plan;
        try {
            plan = Plan.parse(List.of(args));
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            System.exit(1);
            return;
        }
        System.exit(new MainJob(plan, isTerminal()).run() ? 0 : 1);
    }

    @SuppressWarnings("SystemConsoleNull") // JDK 25 answers null again where input or output is no terminal
    private static boolean isTerminal() {
        Console console = System.console();
        return console != null && console.isTerminal();
    }

    private boolean run() throws IOException, InterruptedException {
        System.out.printf(
                Locale.ROOT,
                "HTTP over %,d keep-alive connections: %d s after %d s of warm-up, server read timeout %s%n",
                plan.connections(),
                plan.seconds(),
                plan.warmupSeconds(),
                plan.readTimeout().isZero() ? "none" : plan.readTimeout().toSeconds() + " s");
        Outcome heddle = half("heddle");
        Outcome jdk = half("jdk");
        printTable(heddle, jdk);
        long errorCount = heddle.errorCount + jdk.errorCount;
        printErrors("heddle", heddle);
        printErrors("jdk", jdk);
        System.out.println("served " + heddle.values.getOrDefault("requests", "0") + " requests over "
                + plan.connections() + " connections, " + errorCount + " errors");
        return errorCount == 0;
    }

    // One half

    private Outcome half(String name) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), LoadRun.class.getName(), name));
        command.addAll(plan.toArgs());
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Outcome outcome = new Outcome();
        try (BufferedReader lines = process.inputReader()) {
            follow(name, lines, outcome);
            int status = process.waitFor();
            if (status != 0 || !outcome.values.containsKey("end")) {
                outcome.error(1, "the process ended early: status=" + status);
            } else if (outcome.number("requests") == 0 && outcome.errorCount == 0) {
                outcome.error(1, "no request was served");
            }
        } finally {
            process.destroyForcibly();
        }
        return outcome;
    }

    private void follow(String name, BufferedReader lines, Outcome outcome) throws IOException {
        Progress progress = new Progress(name);
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            int space = line.indexOf(' ');
            String word = line.substring(0, Math.max(space, 0));
            String value = line.substring(space + 1);
            switch (word) {
                case "progress" -> progress.show(value.split(" ", -1));
                case "error" -> {
                    String[] parts = value.split(" ", 2);
                    outcome.error(Long.parseLong(parts[0]), parts[1]);
                }
                default -> outcome.values.put(word, value);
            }
        }
        progress.end();
    }

    /** On a terminal one line that changes, elsewhere a line per second. */
    private final class Progress {
        private final String name;
        private String phase = "";
        private long shownMillis;
        private long shownAnswers;
        private boolean isOpen;

        Progress(String name) {
            this.name = name;
        }

        /** Phase, milliseconds and answers since it began. */
        void show(String[] parts) {
            long millis = Long.parseLong(parts[1]);
            long answers = Long.parseLong(parts[2]);
            if (!phase.equals(parts[0])) {
                phase = parts[0];
                shownMillis = 0;
                shownAnswers = 0;
            }
            long passedMillis = millis - shownMillis;
            // A tick may come a little before its second is full.
            if (passedMillis <= 0 || (!isTerminal && passedMillis < LINE_MILLIS - 100)) {
                return;
            }
            String text = String.format(
                    Locale.ROOT,
                    "%-6s  %-8s  %5.1f s  %,12d requests  %,9d/s",
                    name,
                    phase,
                    millis / 1e3,
                    answers,
                    (answers - shownAnswers) * 1000 / passedMillis);
            shownMillis = millis;
            shownAnswers = answers;
            isOpen = isTerminal;
            System.out.print(isTerminal ? "\r" + pad(text) : text + System.lineSeparator());
            System.out.flush();
        }

        /** Wipes the line. */
        void end() {
            if (isOpen) {
                System.out.print("\r" + pad("") + "\r");
                System.out.flush();
            }
        }

        private String pad(String text) {
            return text + " ".repeat(Math.max(0, LINE_COLUMNS - text.length()));
        }
    }

    // The table

    private static void printTable(Outcome heddle, Outcome jdk) {
        System.out.println();
        row("", "heddle", "jdk", "heddle/jdk");
        row("requests", heddle.number("requests"), jdk.number("requests"), "%,.0f");
        row("requests/s", heddle.requestsPerSecond(), jdk.requestsPerSecond(), "%,.0f");
        row("p50 latency, ms", heddle.number("p50Nanos") / 1e6, jdk.number("p50Nanos") / 1e6, "%.2f");
        row("p99 latency, ms", heddle.number("p99Nanos") / 1e6, jdk.number("p99Nanos") / 1e6, "%.2f");
        row("CPU per request, us", heddle.cpuMicrosPerRequest(), jdk.cpuMicrosPerRequest(), "%.2f");
        for (String word : List.of("mode", "carriers", "engine", "arming")) {
            row(word, heddle.text(word), jdk.text(word), "");
        }
        System.out.println();
        System.out.println("CPU is that of the whole process, clients and server together.");
        if (!heddle.text("because").isEmpty() && heddle.text("mode").equals("hosted")) {
            System.out.println("hosted because: " + heddle.text("because"));
        }
        System.out.println("JDK " + Runtime.version() + ", " + System.getProperty("os.name") + " "
                + System.getProperty("os.version") + " " + System.getProperty("os.arch") + ", "
                + Runtime.getRuntime().availableProcessors() + " CPUs");
    }

    private static void row(String what, double heddle, double jdk, String format) {
        row(what, number(format, heddle), number(format, jdk), number("%.2f", heddle / jdk));
    }

    private static String number(String format, double value) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : "-";
    }

    private static void row(String what, String heddle, String jdk, String ratio) {
        System.out.println(String.format(Locale.ROOT, "%-20s %14s %14s %12s", what, heddle, jdk, ratio)
                .stripTrailing());
    }

    private static void printErrors(String name, Outcome outcome) {
        for (String error : outcome.errors) {
            System.out.println("error, " + name + ": " + error);
        }
    }
}
