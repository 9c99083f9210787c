package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What carriers tell the flight recorder, in processes of their own: a recorder cannot be stopped for good. */
@Behaviour
class FlightEventsTest {
    @Test
    void stealsRescuesAndStallsAreRecorded(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("test.jfr");
        String carriers;
        try (ChildJvm child = ChildJvm.start(RecordedProgram.class, "-Dtest.recording=" + file)) {
            carriers = child.await("recorded");
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("io.heddle."))
                .toList();
        if (Heddle.shared().mode() == Heddle.Mode.HOSTED) {
            assertThat(carriers).isEqualTo("[]");
            assertThat(events).isEmpty();
            return;
        }
        List<Integer> numbers = List.of(
                        carriers.substring(1, carriers.length() - 1).split(", "))
                .stream()
                .map(Integer::valueOf)
                .toList();

        assertThat(named(events, "Steal")).isNotEmpty().allSatisfy(event -> {
            assertThat(numbers).contains(event.getInt("thief"), event.getInt("victim"));
            assertThat(event.getInt("thief")).isNotEqualTo(event.getInt("victim"));
            assertThat(event.getInt("threads")).isPositive();
        });
        assertThat(named(events, "Rescue")).isNotEmpty().allSatisfy(event -> {
            assertThat(numbers).contains(event.getInt("carrier"));
            assertThat(event.getString("from")).startsWith("heddle-worker-").isNotEqualTo(event.getString("to"));
            assertThat(event.getString("to")).startsWith("heddle-worker-");
        });
        assertThat(named(events, "CarrierStall"))
                .isNotEmpty()
                .allSatisfy(event -> {
                    assertThat(numbers).contains(event.getInt("carrier"));
                    assertThat(event.getString("worker")).startsWith("heddle-worker-");
                    assertThat(event.getDuration("stalledFor")).isPositive();
                })
                .anySatisfy(event -> {
                    assertThat(event.getString("virtualThread")).contains("stuck");
                    assertThat(event.getString("stack")).contains("RecordedProgram.spinUntilNone");
                });
        assertThat(named(events, "CarrierStatistics").stream()
                        .map(event -> event.getInt("carrier"))
                        .distinct())
                .containsAll(numbers);
        RecordedEvent last = named(events, "CarrierStatistics").getLast();
        assertThat(last.getLong("threadsRun")).isPositive();
        assertThat(last.getLong("parks")).isPositive();
        assertThat(last.getLong("foreignWaits")).isZero();
        assertThat(last.getLong("movesIn")).isZero();
    }

    @Test
    void aProcessWithoutARecordingLoadsNeitherEventsNorJmx(@TempDir Path directory) throws Exception {
        Path log = directory.resolve("classes.log");
        try (ChildJvm child = ChildJvm.start(ObservedProgram.class, "-Xlog:class+load:file=" + log)) {
            child.await("ready");
            // What is loaded when the start is over.
            Await.until("it listens for recordings", () -> loaded(log, "FlightEvents$Listener"));

            assertThat(loaded(log, "io.heddle.internal.carrier.FlightEvents ")).isTrue();
            assertThat(loaded(log, "jdk.jfr.Event ")).isFalse();
            assertThat(loaded(log, "FlightEvents$StealEvent")).isFalse();
            assertThat(loaded(log, "javax.management.")).isFalse();
        }
    }

    private static boolean loaded(Path log, String name) throws Exception {
        return Files.readString(log).contains(name);
    }

    private static List<RecordedEvent> named(List<RecordedEvent> events, String name) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals("io.heddle." + name))
                .toList();
    }
}
