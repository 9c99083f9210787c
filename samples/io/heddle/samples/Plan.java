package io.heddle.samples;

import java.time.Duration;
import java.util.List;

/**
 * What {@link MainJob} is to do.
 *
 * @param connections how many clients
 * @param warmupSeconds how long they ask before anything is measured
 * @param seconds how long they ask while it is
 * @param readTimeout of the server; zero for none
 * @param path what they ask for; each answer must be that to {@code /}
 */
record Plan(int connections, int warmupSeconds, int seconds, Duration readTimeout, String path) {
    static final String USAGE =
            "--connections 1000 --warmup 3 --seconds 10 --read-timeout 30 --path / (times in seconds)";

    /**
     * Reads options and their values.
     *
     * @throws IllegalArgumentException if there is no such option, or no such value
     */
    static Plan parse(List<String> args) {
        Plan plan = new Plan(1000, 3, 10, HttpServer.READ_TIMEOUT, "/");
        if (args.size() % 2 != 0) {
            throw new IllegalArgumentException("each option needs a value: " + USAGE);
        }
        for (int i = 0; i < args.size(); i += 2) {
            plan = plan.with(args.get(i), args.get(i + 1));
        }
        return plan;
    }

    private Plan with(String option, String value) {
        return switch (option) {
            case "--connections" -> new Plan(number(option, value, 1), warmupSeconds, seconds, readTimeout, path);
            case "--warmup" -> new Plan(connections, number(option, value, 0), seconds, readTimeout, path);
            case "--seconds" -> new Plan(connections, warmupSeconds, number(option, value, 1), readTimeout, path);
            case "--read-timeout" ->
                new Plan(connections, warmupSeconds, seconds, Duration.ofSeconds(number(option, value, 0)), path);
            case "--path" -> new Plan(connections, warmupSeconds, seconds, readTimeout, value);
            default -> throw new IllegalArgumentException("no such option: " + option + ", there are: " + USAGE);
        };
    }

    private static int number(String option, String value, int min) {
        int number;
        try {
            number = Integer.parseInt(value);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("not a number: " + option + " " + value, e);
        }
        if (number < min) {
            throw new IllegalArgumentException("must be at least " + min + ": " + option + " " + value);
        }
        return number;
    }

    /** What {@link #parse} reads. */
    List<String> toArgs() {
        return List.of(
                "--connections", Integer.toString(connections),
                "--warmup", Integer.toString(warmupSeconds),
                "--seconds", Integer.toString(seconds),
                "--read-timeout", Long.toString(readTimeout.toSeconds()),
                "--path", path);
    }
}
