package io.heddle.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A program of the tests in a process of its own, in the same mode as this one. */
public final class ChildJvm implements AutoCloseable {
    private final Process process;
    private final BufferedReader output;
    private final StringBuilder seen = new StringBuilder();

    private ChildJvm(Process process) {
        this.process = process;
        this.output = process.inputReader(StandardCharsets.UTF_8);
    }

    /** Starts a main class; what it prints, on either stream, is read here. */
    public static ChildJvm start(Class<?> main, String... jvmArguments) throws IOException {
        return start(command(main, List.of(jvmArguments)));
    }

    /** The same with arguments for the program. */
    public static ChildJvm startWith(List<String> arguments, Class<?> main, String... jvmArguments) throws IOException {
        List<String> command = command(main, List.of(jvmArguments));
        command.addAll(arguments);
        return start(command);
    }

    /** The same under {@code ulimit -n}. */
    public static ChildJvm startWithDescriptors(int limit, Class<?> main, String... jvmArguments) throws IOException {
        String java = command(main, List.of(jvmArguments)).stream()
                .map(word -> "'" + word + "'")
                .collect(Collectors.joining(" "));
        return start(List.of("bash", "-c", "ulimit -n " + limit + "; exec " + java));
    }

    /** The same under another program, such as {@code ip netns exec NAME}, that becomes java by exec. */
    public static ChildJvm startUnder(List<String> program, Class<?> main, String... jvmArguments) throws IOException {
        List<String> command = new ArrayList<>(program);
        command.addAll(command(main, List.of(jvmArguments)));
        return start(command);
    }

    /** The same where native access is denied. */
    public static ChildJvm startWithoutNativeAccess(Class<?> main) throws IOException {
        List<String> command = command(main, List.of("--illegal-native-access=deny"));
        boolean allowed = command.remove("--enable-native-access=ALL-UNNAMED");
        assert allowed : command;
        return start(command);
    }

    /** The same where nothing of the JDK is open to us. */
    public static ChildJvm startWithoutOpens(Class<?> main) throws IOException {
        List<String> command = command(main, List.of());
        boolean opened = command.remove("--add-opens=java.base/java.lang=ALL-UNNAMED");
        assert opened : command;
        return start(command);
    }

    /** Starts a command of one's own that becomes java, from the words of {@link #java}. */
    public static ChildJvm start(List<String> command) throws IOException {
        return new ChildJvm(
                new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    private static List<String> command(Class<?> main, List<String> jvmArguments) {
        List<String> command = java();
        command.addAll(jvmArguments);
        command.add("-cp");
        command.add(Path.of("target", "classes").toAbsolutePath() + ":"
                + Path.of("target", "test-classes").toAbsolutePath());
        command.add(main.getName());
        return command;
    }

    /** The java of this process, with the flags that Heddle wants and the mode of this test; more may be added. */
    public static List<String> java() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-ea");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("--add-opens=java.base/java.lang=ALL-UNNAMED");
        for (String property : List.of("heddle.scheduler", "heddle.arming")) {
            String value = System.getProperty(property);
            if (value != null) {
                command.add("-D" + property + "=" + value);
            }
        }
        return command;
    }

    /** Reads lines up to the first that starts with the word; answers what follows it. */
    public String await(String word) throws IOException {
        for (String line = output.readLine(); line != null; line = output.readLine()) {
            seen.append(line).append('\n');
            if (line.startsWith(word)) {
                return line.substring(word.length()).strip();
            }
        }
        throw new AssertionError("the child ended without a word: word=" + word + ", output=\n" + seen);
    }

    /** Reads the next line; answers null at the end. */
    public @Nullable String next() throws IOException {
        String line = output.readLine();
        seen.append(line).append('\n');
        return line;
    }

    /** Sends a line to its standard input. */
    public void tell(String line) throws IOException {
        process.outputWriter(StandardCharsets.UTF_8).append(line).append('\n').flush();
    }

    /** Sends a line, and answers what follows the word in the answer. */
    public String ask(String line, String word) throws IOException {
        tell(line);
        return await(word);
    }

    /** Its number. */
    public long pid() {
        return process.pid();
    }

    /** Whether it runs. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** What it has printed so far, as far as it was read. */
    public String seen() {
        return seen.toString();
    }

    /** How many descriptors it has open. */
    public int descriptors() throws IOException {
        try (var numbers = Files.list(Path.of("/proc", String.valueOf(process.pid()), "fd"))) {
            return (int) numbers.count();
        }
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
    }
}
