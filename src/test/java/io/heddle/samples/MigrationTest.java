package io.heddle.samples;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class MigrationTest {
    private static List<String> code(String name) throws IOException {
        try (var lines = Files.lines(Path.of("samples", "migration", name + ".java"))) {
            return lines.filter(line -> !line.startsWith("import "))
                    .map(line -> line.replace(name, "Program"))
                    .toList();
        }
    }

    @Test
    void oneLineIsAnother() throws IOException {
        List<String> before = code("Before");
        List<String> after = code("After");
        assertThat(after).hasSameSizeAs(before);
        assertThat(after.stream().filter(line -> !before.contains(line))).hasSize(1);
    }

    @Test
    void bothDoTheSame() throws Exception {
        try (SampleProcess before = SampleProcess.start("migration.Before");
                SampleProcess after = SampleProcess.start("migration.After")) {
            assertThat(before.awaitEnd()).as(before::output).isZero();
            assertThat(after.awaitEnd()).as(after::output).isZero();
            assertThat(before.output()).contains("200 right answers by a ServerSocket");
            assertThat(after.output()).contains("200 right answers by a HeddleServerSocket");
        }
    }
}
