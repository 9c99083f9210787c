package io.heddle.compare;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** What a process has used so far; see proc(5). Ticks are 10 ms, so a round should use many. */
record Usage(long userMicros, long systemMicros, long contextSwitches) {
    private static final long MICROS_PER_TICK = 10_000;

    static Usage of(long pid) throws IOException {
        Path process = Path.of("/proc", Long.toString(pid));
        String stat = Files.readString(process.resolve("stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        return new Usage(
                Long.parseLong(fields[11]) * MICROS_PER_TICK,
                Long.parseLong(fields[12]) * MICROS_PER_TICK,
                contextSwitches(process));
    }

    /** The process's own file counts its first thread only. */
    private static long contextSwitches(Path process) throws IOException {
        long sum = 0;
        try (DirectoryStream<Path> threads = Files.newDirectoryStream(process.resolve("task"))) {
            for (Path thread : threads) {
                try {
                    for (String line : Files.readAllLines(thread.resolve("status"))) {
                        if (line.contains("ctxt_switches:")) {
                            sum += Long.parseLong(
                                    line.substring(line.indexOf(':') + 1).strip());
                        }
                    }
                } catch (NoSuchFileException e) {
                    continue; // The thread has ended, and its count is gone with it.
                }
            }
        }
        return sum;
    }

    static long rssBytes(long pid) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc", Long.toString(pid), "smaps_rollup"))) {
            if (line.startsWith("Rss:")) {
                return 1024 * Long.parseLong(line.replaceAll("[^0-9]", ""));
            }
        }
        throw new IOException("smaps_rollup must have a line for Rss: pid=" + pid);
    }

    long cpuMicros() {
        return userMicros + systemMicros;
    }

    Usage since(Usage before) {
        return new Usage(
                userMicros - before.userMicros,
                systemMicros - before.systemMicros,
                Math.max(0, contextSwitches - before.contextSwitches));
    }
}
