package io.heddle.samples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.heddle.testing.ChildJvm;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A program in a process of its own, as a user starts it from the class path, in the mode of this test. It ends with
 * its test, whatever happens.
 */
public final class SampleProcess implements AutoCloseable {
    private static final Pattern PORT = Pattern.compile(":(\\d+)\\b");
    private static final String CLASS_PATH = String.join(
            File.pathSeparator,
            Path.of("target", "classes").toString(),
            Path.of("target", "samples").toString(),
            Path.of("target", "test-classes").toString());

    private final Process process;
    private final Thread onExit;
    private final BufferedReader lines;
    private final StringBuilder output = new StringBuilder();

    private SampleProcess(Process process) {
        this.process = process;
        this.onExit = new Thread(process::destroyForcibly);
        this.lines = process.inputReader(UTF_8);
        Runtime.getRuntime().addShutdownHook(onExit);
    }

    /** Starts a main class; what it prints, on either stream, is read here. */
    public static SampleProcess start(String mainClass, String... args) throws IOException {
        return start(command(mainClass, args));
    }

    /** Starts any command. */
    static SampleProcess start(List<String> command) throws IOException {
        return new SampleProcess(
                new ProcessBuilder(command).redirectErrorStream(true).start());
    }

    /** The same with a file as its standard input. */
    static SampleProcess start(Path input, List<String> command) throws IOException {
        return new SampleProcess(new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(input.toFile())
                .start());
    }

    /** What starts a main class: java, its flags, and the arguments. */
    static List<String> command(String mainClass, String... args) {
        List<String> command = ChildJvm.java();
        command.addAll(List.of("-cp", CLASS_PATH, mainClass));
        command.addAll(List.of(args));
        return command;
    }

    /** Sends a line to its standard input. */
    void tell(String line) throws IOException {
        process.outputWriter(UTF_8).append(line).append('\n').flush();
    }

    /** Sends a text to its standard input, and ends that. */
    void tellAtLast(String text) throws IOException {
        try (Writer input = process.outputWriter(UTF_8)) {
            input.write(text);
        }
    }

    /** Waits for a line that starts so. */
    String awaitLine(String start) throws IOException {
        for (String line = readLine(); line != null; line = readLine()) {
            if (line.startsWith(start)) {
                return line;
            }
        }
        throw new AssertionError("the program ended without a line: start=" + start + ", output=\n" + output);
    }

    /** A sample by its simple name. */
    static SampleProcess sample(String name, String... args) throws IOException {
        return start("io.heddle.samples." + name, args);
    }

    /** Waits for the first line that names a port. */
    public int awaitPort() throws IOException {
        for (String line = readLine(); line != null; line = readLine()) {
            Matcher matcher = PORT.matcher(line);
            if (line.contains(" on ") && matcher.find()) {
                return Integer.parseInt(matcher.group(1));
            }
        }
        throw new AssertionError("the program ended without naming its port: output=\n" + output);
    }

    /** The next line, null at the end. */
    String readLine() throws IOException {
        String line = lines.readLine();
        if (line != null) {
            output.append(line).append('\n');
        }
        return line;
    }

    /** Waits for the end of the program; answers its exit status. */
    public int awaitEnd() throws IOException, InterruptedException {
        while (readLine() != null) {
            // Kept in output.
        }
        return process.waitFor();
    }

    /** Asks the program to end, as Ctrl-C and a service manager do; answers its exit status. */
    public int terminate() throws IOException, InterruptedException {
        process.toHandle().destroy(); // not Process.destroy, which closes the output, too
        return awaitEnd();
    }

    /** What was read so far. */
    public String output() {
        return output.toString();
    }

    /** Connects to a port of a sample. */
    public static Socket connect(int port) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), port);
    }

    @Override
    public void close() {
        process.destroyForcibly().onExit().join();
        try {
            Runtime.getRuntime().removeShutdownHook(onExit);
        } catch (IllegalStateException e) {
            assert e.getMessage().contains("Shutdown") : e; // the hook has found nothing to do
        }
    }
}
