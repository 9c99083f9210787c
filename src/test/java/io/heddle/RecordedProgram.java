package io.heddle;

import io.heddle.testing.Await;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
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
            } while (heddle.mode() == Heddle.Mode.CARRIERS && !hasAll(file));
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

    /** Not in every round: a thief may come too late, and who is stuck may be free before its stack is taken. */
    private static boolean hasAll(Path file) throws Exception {
        boolean steal = false;
        boolean stack = false;
        for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
            switch (event.getEventType().getName()) {
                case "io.heddle.Steal" -> steal = true;
                case "io.heddle.CarrierStall" ->
                    stack |= String.valueOf(event.getString("stack")).contains("spinUntilNone");
                default -> {
                    // The JDK's, and the rescue that comes with each stall.
                }
            }
        }
        return steal && stack;
    }

    /** A burst of children that one carrier cannot run in a moment. */
    private static void steal(Heddle heddle) throws Exception {
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
