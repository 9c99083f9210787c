package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Behaviour;
import io.heddle.testing.ChildJvm;
import io.heddle.testing.HeldResolver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Connecting to hosts whose names take their time to resolve. */
@Behaviour
class TcpLookupTest {
    @TempDir
    Path directory;

    private ChildJvm start(Class<?> main) throws IOException {
        Path service = directory.resolve(HeldResolver.SERVICE);
        Files.createDirectories(service.getParent());
        Files.writeString(service, HeldResolver.class.getName());
        return ChildJvm.start(main, "-Xbootclasspath/a:" + directory, "-Dsun.net.inetaddr.ttl=0");
    }

    @Test
    void aLookupThatIsAbandonedHarmsNobodyAndItsAnswerIsForgotten() throws Exception {
        try (ChildJvm child = start(AbandonedLookupProgram.class)) {
            assertThat(child.await("interrupted:"))
                    .isEqualTo("[java.net.SocketException: Closed by interrupt, interrupted=true]");
            assertThat(child.await("timed out:")).isEqualTo("[java.net.SocketTimeoutException: Connect timed out]");
            assertThat(child.await("hanging:")).isEqualTo("16 of 16");
            assertThat(child.await("connected:")).isEqualTo("true, interrupted=true");
            for (int i = 0; i < 3; i++) {
                assertThat(child.await("connected:")).isEqualTo("true, interrupted=false");
            }
            assertThat(child.await("nobody else connected:")).isEqualTo("true");
            assertThat(child.await("asked:"))
                    .contains("hanging 15", "patient", "platform")
                    .doesNotContain("late");
        }
    }

    @Test
    void aLookupAndAllAddressesShareOneTimeout() throws Exception {
        try (ChildJvm child = start(OneDeadlineProgram.class)) {
            String timedOut = "java.net.SocketTimeoutException: Connect timed out";
            assertThat(child.await("wildcard:")).isEqualTo(timedOut);
            for (int i = 0; i < 2; i++) {
                assertThat(child.await("name:")).isEqualTo(timedOut);
            }
        }
    }
}
