package io.heddle.samples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A Java runtime of jlink(1) that has Heddle and what it requires, and nothing else. */
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ImageTest {
    @Test
    void anImageWithNothingButHeddleServes(@TempDir Path directory) throws Exception {
        Path image = directory.resolve("image");
        run(
                jdkTool("jlink"),
                "--module-path=" + Path.of("target", "classes"),
                "--add-modules=io.heddle",
                "--output=" + image);
        String java = image.resolve(Path.of("bin", "java")).toString();
        assertThat(run(java, "--list-modules").lines().map(line -> line.split("@", 2)[0]))
                .containsExactlyInAnyOrder("java.base", "jdk.net", "io.heddle");

        List<String> command = List.of(
                java,
                "--enable-native-access=io.heddle",
                "--add-opens=java.base/java.lang=io.heddle",
                "-cp",
                Path.of("target", "samples").toString(),
                "io.heddle.samples.EchoServer");
        try (SampleProcess server = SampleProcess.start(command);
                Socket socket = SampleProcess.connect(server.awaitPort())) {
            socket.getOutputStream().write("hello".getBytes(UTF_8));
            socket.shutdownOutput();

            assertThat(socket.getInputStream().readAllBytes()).asString(UTF_8).isEqualTo("hello");
            assertThat(server.output()).contains("mode=carriers").doesNotContain("WARNING", "Exception");
        }
    }

    private static String jdkTool(String name) {
        return Path.of(System.getProperty("java.home"), "bin", name).toString();
    }

    /** Answers what it printed. */
    private static String run(String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertThat(process.waitFor()).as("%s: %s", List.of(command), output).isZero();
        return output;
    }
}
