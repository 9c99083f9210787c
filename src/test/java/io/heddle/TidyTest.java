package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** House style as a test: no other tool to install, and every finding says what to do. */
class TidyTest {
    private static final boolean APPLY = Boolean.getBoolean("tidy.apply");
    private static final int COLUMNS_MAX = 120;
    private static final int LINES_MAX = 900;

    /** Files that may be longer, with the most lines they may have: lower a number when its file shrinks. */
    private static final Map<String, Integer> LINES_MAX_BY_FILE = Map.ofEntries(
            Map.entry("src/test/java/io/heddle/internal/carrier/CarriersTest.java", 1137),
            Map.entry("src/test/java/io/heddle/internal/readiness/RegistrationTest.java", 907));

    private static final List<Ban> BANS = List.of(
            Ban.inCode("Thread.sleep(", "", "wait for the event itself: a latch, a condition, a socket"),
            Ban.inCode("System.currentTimeMillis(", "", "System.nanoTime() and a difference"),
            Ban.inCode(".printStackTrace(", "", "an exception with its cause, or System.Logger"),
            Ban.inCode("synchronized", "src/main/java", "ReentrantLock, or an atomic state with a named owner"),
            Ban.anywhere("FIXME", "the fix, or an issue and a comment that states the limit"),
            Ban.anywhere("TODO", "an issue, and a comment that states what holds today"));

    /** String literals, character literals and comments: what is left of a source without them is code. */
    private static final Pattern NOT_CODE = Pattern.compile("\"\"\"(?:[^\"\\\\]++|\\\\.|\"(?!\"\"))*+\"\"\""
            + "|\"(?:[^\"\\\\\\n]|\\\\.)*+\""
            + "|'(?:[^'\\\\\\n]|\\\\.)*+'"
            + "|//[^\\n]*+"
            + "|/\\*[\\s\\S]*?\\*/");

    @Test
    void everyFileIsFormatted() throws Exception {
        List<String> findings = new ArrayList<>();
        for (Path file : sources()) {
            String source = Files.readString(file);
            String tidy = format(source);
            if (tidy.equals(source)) {
                continue;
            }
            if (APPLY) {
                Files.writeString(file, tidy);
            } else {
                findings.add(file + ": not formatted, run: mvn test -Dtest=TidyTest -Dtidy.apply=true");
            }
        }
        assertThat(findings).isEmpty();
    }

    @Test
    void noFileUsesABannedWord() throws IOException {
        List<String> findings = new ArrayList<>();
        for (Path file : sources()) {
            if (!file.endsWith("TidyTest.java")) {
                findings.addAll(banned(unix(file), Files.readString(file)));
            }
        }
        assertThat(findings).isEmpty();
    }

    @Test
    void noLineIsTooLong() throws IOException {
        List<String> findings = new ArrayList<>();
        for (Path file : sources()) {
            findings.addAll(longLines(unix(file), Files.readString(file)));
        }
        assertThat(findings).isEmpty();
    }

    @Test
    void noFileIsTooLong() throws IOException {
        List<String> findings = new ArrayList<>();
        for (Path file : sources()) {
            int lines = Files.readAllLines(file).size();
            int linesMax = LINES_MAX_BY_FILE.getOrDefault(unix(file), LINES_MAX);
            if (lines > linesMax) {
                findings.add("%s: %d lines, at most %d: split it".formatted(file, lines, linesMax));
            }
        }
        assertThat(findings).isEmpty();
    }

    @Test
    void everyLongerFileStillNeedsItsException() throws IOException {
        for (String file : LINES_MAX_BY_FILE.keySet()) {
            assertThat(Files.readAllLines(Path.of(file))).as(file).hasSizeGreaterThan(LINES_MAX);
        }
    }

    @Test
    void aBannedWordIsReportedWithItsReplacement() {
        assertThat(banned("src/main/java/A.java", "void f() {\n    synchronized (this) {}\n}\n"))
                .containsExactly("src/main/java/A.java:2: synchronized is banned,"
                        + " use ReentrantLock, or an atomic state with a named owner");
        assertThat(banned("samples/A.java", "// " + "TODO later\n"))
                .containsExactly(
                        "samples/A.java:1: TODO is banned, use an issue, and a comment that states what holds today");
    }

    @Test
    void aBannedCallInACommentOrStringIsNoCall() {
        String file = "src/main/java/A.java";
        assertThat(banned(file, "/* synchronized */ // Thread.sleep(1)")).isEmpty();
        assertThat(banned(file, "String s = \"x.synchronized\";")).isEmpty();
        assertThat(banned(file, "boolean unsynchronized = '\"' == c;")).isEmpty();
        assertThat(banned("src/test/java/A.java", "synchronized (this) {}")).isEmpty();
    }

    @Test
    void aLongLineIsReportedUnlessItImports() {
        String name = "x".repeat(COLUMNS_MAX);
        assertThat(longLines("A.java", "import " + name + ";\n\nint " + name + ";\n"))
                .containsExactly("A.java:3: 125 columns, at most 120");
    }

    private static List<String> banned(String file, String source) {
        String code = NOT_CODE.matcher(source).replaceAll(match -> "\n".repeat(lineBreaks(match.group())));
        List<String> findings = new ArrayList<>();
        for (Ban ban : BANS) {
            if (file.startsWith(ban.root())) {
                var match = ban.pattern().matcher(ban.anywhere() ? source : code);
                while (match.find()) {
                    int line = 1 + lineBreaks((ban.anywhere() ? source : code).substring(0, match.start()));
                    findings.add("%s:%d: %s is banned, use %s".formatted(file, line, ban.word(), ban.instead()));
                }
            }
        }
        return findings;
    }

    private static List<String> longLines(String file, String source) {
        List<String> findings = new ArrayList<>();
        int number = 0;
        for (String line : source.lines().toList()) {
            number++;
            int columns = line.codePointCount(0, line.length());
            if (columns > COLUMNS_MAX && !line.startsWith("import ")) {
                findings.add("%s:%d: %d columns, at most %d".formatted(file, number, columns, COLUMNS_MAX));
            }
        }
        return findings;
    }

    private static String format(String source) throws FormatterException {
        return Formatter.createFormatter(JavaFormatterOptions.builder()
                        .style(JavaFormatterOptions.Style.PALANTIR)
                        .formatJavadoc(false)
                        .build())
                .formatSourceAndFixImports(source);
    }

    private static List<Path> sources() throws IOException {
        List<Path> sources = new ArrayList<>();
        for (Path root : List.of(Path.of("src"), Path.of("samples"))) {
            if (!Files.isDirectory(root)) {
                continue;
            }
            try (Stream<Path> paths = Files.walk(root)) {
                paths.filter(path -> path.toString().endsWith(".java")).sorted().forEach(sources::add);
            }
        }
        assertThat(sources).as("sources under src and samples").isNotEmpty();
        return sources;
    }

    private static int lineBreaks(String text) {
        return (int) text.chars().filter(c -> c == '\n').count();
    }

    private static String unix(Path file) {
        return file.toString().replace('\\', '/');
    }

    /** A word, the source root it is banned from ("" for all), and what to use instead. */
    private record Ban(String word, Pattern pattern, String root, boolean anywhere, String instead) {
        static Ban inCode(String word, String root, String instead) {
            return new Ban(word, whole(word), root, false, instead);
        }

        static Ban anywhere(String word, String instead) {
            return new Ban(word, whole(word), "", true, instead);
        }

        private static Pattern whole(String word) {
            String start = Character.isJavaIdentifierStart(word.charAt(0)) ? "(?<![\\w$])" : "";
            String end = Character.isJavaIdentifierPart(word.charAt(word.length() - 1)) ? "(?![\\w$])" : "";
            return Pattern.compile(start + Pattern.quote(word) + end);
        }
    }
}
