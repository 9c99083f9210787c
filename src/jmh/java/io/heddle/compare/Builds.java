package io.heddle.compare;

import io.heddle.Heddle;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/** Makes servers runnable: each method gives the command up to the server's own arguments. */
final class Builds {
    private static final Path SOURCES = Path.of("src/jmh");
    private static final Path TARGET = Path.of("target/peers");

    private Builds() {}

    /** A server among these classes. */
    static List<String> ours(Class<?> main, String... flags) {
        return java(List.of(flags), place(Heddle.class) + File.pathSeparator + place(main), main.getName());
    }

    /** A C server, by cc(1). */
    static List<String> c(String name, String... libraries) throws AbsentException, IOException, InterruptedException {
        if (!Commands.isInstalled("cc")) {
            throw new AbsentException("there is no C compiler: apt install gcc libc6-dev");
        }
        Files.createDirectories(TARGET);
        Path program = TARGET.resolve(name);
        List<String> command = new ArrayList<>(List.of("cc", "-O2", "-o", program.toString()));
        command.add(SOURCES.resolve("c/" + name + ".c").toString());
        command.addAll(List.of(libraries));
        Commands.Outcome outcome = Commands.run(command);
        if (outcome.output().contains("liburing.h: No such file")) {
            throw new AbsentException("liburing is not installed: apt install liburing-dev");
        }
        check("cc", outcome);
        return List.of(program.toAbsolutePath().toString());
    }

    /** The Go server. */
    static List<String> go() throws AbsentException, IOException, InterruptedException {
        if (!Commands.isInstalled("go")) {
            throw new AbsentException("Go is not installed: apt install golang-go");
        }
        Files.createDirectories(TARGET);
        Path program = TARGET.resolve("goserver");
        check(
                "go build",
                Commands.run(List.of(
                        "go",
                        "build",
                        "-o",
                        program.toString(),
                        SOURCES.resolve("go/goserver.go").toString())));
        return List.of(program.toAbsolutePath().toString());
    }

    /** A Java server with a class path of its own, which its pom.xml names and Maven resolves. */
    static List<String> maven(String source, String name, String main, String property, String... flags)
            throws AbsentException, IOException, InterruptedException {
        Path directory = TARGET.resolve(name).toAbsolutePath();
        Path libraries = directory.resolve("lib");
        Path classes = directory.resolve("classes");
        Path complete = directory.resolve("complete");
        if (!Files.exists(complete)) {
            String home = System.getProperty("compare.maven", "");
            check(
                    "mvn",
                    Commands.run(List.of(
                            home.isEmpty() ? "mvn" : home + "/bin/mvn",
                            "-q",
                            "-B",
                            "-ntp",
                            "-f",
                            SOURCES.resolve("peers/" + source + "/pom.xml").toString(),
                            "dependency:copy-dependencies",
                            "-DoutputDirectory=" + libraries,
                            property)));
            Files.createDirectories(classes);
            Files.createFile(complete);
        }
        String jars = String.join(File.pathSeparator, files(libraries, ".jar"));
        compile(SOURCES.resolve("peers/" + source), jars, classes);
        return java(List.of(flags), classes + File.pathSeparator + jars, main);
    }

    private static void compile(Path sources, String jars, Path classes) throws AbsentException, IOException {
        List<String> arguments = new ArrayList<>(List.of("-nowarn", "-proc:none", "-d", classes.toString()));
        arguments.addAll(List.of("-cp", jars));
        arguments.addAll(files(sources, ".java"));
        ByteArrayOutputStream errors = new ByteArrayOutputStream();
        int status = ToolProvider.getSystemJavaCompiler().run(null, null, errors, arguments.toArray(String[]::new));
        check("javac", new Commands.Outcome(status, errors.toString(StandardCharsets.UTF_8)));
    }

    private static List<String> files(Path directory, String end) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(Path::toString)
                    .filter(file -> file.endsWith(end))
                    .sorted()
                    .toList();
        }
    }

    private static List<String> java(List<String> flags, String classPath, String main) {
        List<String> command = new ArrayList<>(List.of(
                javaProgram(), "--enable-native-access=ALL-UNNAMED", "--add-opens=java.base/java.lang=ALL-UNNAMED"));
        command.addAll(flags);
        command.addAll(List.of("-cp", classPath, main));
        return command;
    }

    static String javaProgram() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    private static String place(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    private static void check(String tool, Commands.Outcome outcome) throws AbsentException {
        if (!outcome.ok()) {
            String reason = outcome.output()
                    .lines()
                    .filter(line -> line.contains("rror"))
                    .findFirst()
                    .orElseGet(() -> outcome.output().strip());
            throw new AbsentException(tool + " failed: " + reason.substring(0, Math.min(400, reason.length())));
        }
    }
}
