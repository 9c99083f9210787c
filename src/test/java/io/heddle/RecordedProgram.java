package io.heddle;

import io.heddle.testing.Await;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;

/** Steals and stalls until its recording has all events, and leaves that in {@code -Dtest.recording}. */
final class RecordedProgram {
    private RecordedProgram() {}

    /** Prints {@code recorded} and the numbers of the carriers. */
    public static void main(String[] args) throws Exception {
        Path file = Path.of(Objects.requireNonNull(System.getProperty("test.recording")));
        try (Heddle heddle = Heddle.open(2);
                Recording recording = new Recording()) {
            recording.enable("io.heddle.CarrierStatistics").with("period", "endChunk");
            recording.start();
            Await.until("the recorder knows the events", RecordedProgram::knowsEvents);
            do {
                steal(heddle);
                stall(heddle);
                recording.dump(file);
            } while (heddle.mode() == Heddle.Mode.CARRIERS && !names(file).contains("io.heddle.CarrierStall"));
            recording.stop();
            recording.dump(file);
            System.out.println("recorded "
                    + heddle.statistics().carriers().stream()
                            .map(Statistics.Carrier::number)
                            .toList());
        }
    }

    private static boolean knowsEvents() {
        return FlightRecorder.getFlightRecorder().getEventTypes().stream()
                .anyMatch(type -> type.getName().equals("io.heddle.CarrierStall"));
    }

    private static Set<String> names(Path file) throws Exception {
        Set<String> names = new HashSet<>();
        RecordingFile.readAllEvents(file)
                .forEach(event -> names.add(event.getEventType().getName()));
        return names;
    }

    /** A burst of children, until a sibling has taken some. */
    private static void steal(Heddle heddle) throws Exception {
        do {
            CountDownLatch all = new CountDownLatch(1_000);
            heddle.startVirtualThread(() -> {
                for (int i = 0; i < 1_000; i++) {
                    Thread.startVirtualThread(() -> {
                        long end = System.nanoTime() + 50_000;
                        while (System.nanoTime() - end < 0) {
                            Thread.onSpinWait();
                        }
                        all.countDown();
                    });
                }
            });
            all.await();
        } while (heddle.mode() == Heddle.Mode.CARRIERS
                && heddle.statistics().carriers().stream()
                                .mapToLong(Statistics.Carrier::stealsIn)
                                .sum()
                        == 0);
    }

    /** One thread that goes on when another has run, which waits behind it. */
    private static void stall(Heddle heddle) throws Exception {
        CountDownLatch free = new CountDownLatch(1);
        heddle.startVirtualThread(() -> spinUntilNone(free)).join();
    }

    private static void spinUntilNone(CountDownLatch free) {
        Thread.currentThread().setName("stuck");
        Thread.startVirtualThread(free::countDown);
        while (free.getCount() > 0) {
            Thread.onSpinWait();
        }
    }
}
