package io.heddle.compare;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Asks a running JVM, by jcmd(1). */
final class Jvm {
    private static final String TOTAL = "Total";

    private Jvm() {}

    /** Seconds that its compilers have worked. */
    static double compileSeconds(long pid) throws IOException, InterruptedException {
        String counters = jcmd(pid, "PerfCounter.print");
        return counter(counters, "java.ci.totalTime") / counter(counters, "sun.os.hrt.frequency");
    }

    private static double counter(String counters, String name) throws IOException {
        return counters.lines()
                .filter(line -> line.startsWith(name + "="))
                .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new IOException("a JVM must have its counters on: counter=" + name));
    }

    /** Bytes of live objects, after a full collection. */
    static long liveHeapBytes(long pid) throws IOException, InterruptedException {
        String histogram = jcmd(pid, "GC.class_histogram");
        String total = histogram
                .lines()
                .filter(line -> line.startsWith(TOTAL))
                .findFirst()
                .orElseThrow(() -> new IOException("a histogram must end with a total: " + histogram));
        return Long.parseLong(total.substring(TOTAL.length()).strip().split("\\s+")[1]);
    }

    private static String jcmd(long pid, String command) throws IOException, InterruptedException {
        String program = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
        Commands.Outcome outcome = Commands.run(List.of(program, Long.toString(pid), command));
        if (!outcome.ok()) {
            throw new IOException("jcmd must answer: " + outcome.output());
        }
        return outcome.output();
    }
}
