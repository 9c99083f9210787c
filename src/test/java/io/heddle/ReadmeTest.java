package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the README says, as far as a program can tell. */
class ReadmeTest {
    private static final Path README = Path.of("README.md");
    private static final Path EXAMPLES = Path.of("src", "test", "java", "io", "heddle", "HeddleExamples.java");
    private static final Pattern LINK = Pattern.compile("\\]\\(([^):#]+)\\)");
    private static final Pattern EXAMPLE = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern REGION = Pattern.compile("// @start region=\"\\w+\"\n(.*?) *// @end", Pattern.DOTALL);
    private static final Pattern SAMPLE = Pattern.compile("-Dsample=(\\w+)");

    @Test
    void theExampleIsTheOneThatRuns() throws IOException {
        String example = between(Files.readString(README), "```java\n", "```");
        String region = between(Files.readString(EXAMPLES), "region=\"echo\"\n", "        // @end");

        assertThat(example).isEqualTo(region.stripTrailing().stripIndent() + "\n");
        assertThat(example.lines()).hasSizeLessThanOrEqualTo(15);
    }

    @Test
    void everyOtherExampleRunsToo() throws IOException {
        List<String> examples = all(EXAMPLE, README);
        List<String> regions = all(REGION, EXAMPLES).stream()
                .map(region -> region.stripTrailing().stripIndent() + "\n")
                .toList();

        assertThat(examples).hasSizeGreaterThan(1);
        for (String example : examples) {
            assertThat(regions).anyMatch(region -> region.contains(example));
        }
    }

    @Test
    void linksLeadSomewhere() throws IOException {
        for (String file : List.of("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md")) {
            assertThat(all(LINK, Path.of(file)))
                    .allSatisfy(link -> assertThat(Path.of(link)).exists());
        }
    }

    @Test
    void everySampleThatIsNamedExists() throws IOException {
        assertThat(all(SAMPLE, README))
                .contains("EchoServer", "HttpServer", "Chat")
                .allSatisfy(name -> assertThat(Path.of("samples", "io", "heddle", "samples", name + ".java"))
                        .exists());
    }

    private static List<String> all(Pattern pattern, Path file) throws IOException {
        return pattern.matcher(Files.readString(file))
                .results()
                .map((MatchResult match) -> match.group(1))
                .toList();
    }

    private static String between(String text, String start, String end) {
        int from = text.indexOf(start) + start.length();
        int to = text.indexOf(end, from);
        assertThat(from).as(start).isGreaterThanOrEqualTo(start.length());
        assertThat(to).as(end).isGreaterThan(from);
        return text.substring(from, to);
    }
}
