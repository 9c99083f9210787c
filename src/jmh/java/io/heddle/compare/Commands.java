package io.heddle.compare;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs short commands. */
final class Commands {
    private static final int PATIENCE_SECONDS = 10;

    private Commands() {}

    /** What a command did. */
    record Outcome(int status, String output) {
        boolean ok() {
            return status == 0;
        }
    }

    /** Runs a command to its end. */
    static Outcome run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Outcome(process.waitFor(), output);
        } finally {
            process.destroy();
        }
    }

    /** The first line of what a command prints, or "not installed". */
    static String firstLine(String... command) throws InterruptedException {
        try {
            return run(List.of(command)).output().lines().findFirst().orElse("").strip();
        } catch (IOException e) {
            return "not installed";
        }
    }

    /** Ends a process, politely at first. */
    static void end(Process process) {
        process.destroy();
        process.onExit()
                .completeOnTimeout(process, PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join();
        process.destroyForcibly().onExit().join();
    }

    static boolean isInstalled(String program) {
        for (String directory : System.getenv().getOrDefault("PATH", "").split(":")) {
            if (Files.isExecutable(Path.of(directory, program))) {
                return true;
            }
        }
        return false;
    }
}
