package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.ChildJvm;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The events of the JDK's sockets are those of ours, too. */
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RecordedSocketTest {
    @Test
    void readsAndWritesAreRecorded(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("test.jfr");
        int port;
        try (ChildJvm child = ChildJvm.startWith(List.of(file.toString()), RecordedSocketProgram.class)) {
            port = Integer.parseInt(child.await("port "));
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertThat(events)
                .anySatisfy(event -> {
                    assertThat(event.getEventType().getName()).isEqualTo("jdk.SocketRead");
                    assertThat(event.getInt("port")).isEqualTo(port);
                    assertThat(event.getLong("bytesRead")).isPositive();
                    assertThat(event.getLong("timeout")).isEqualTo(60_000);
                })
                .anySatisfy(event -> {
                    assertThat(event.getEventType().getName()).isEqualTo("jdk.SocketWrite");
                    assertThat(event.getLong("bytesWritten")).isEqualTo(1234);
                });
    }
}
