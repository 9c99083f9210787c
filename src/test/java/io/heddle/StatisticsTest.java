package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Pair;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

@Behaviour
class StatisticsTest {
    private static final int BYTES = 50;

    @Test
    void thereIsOneCarrierForEachInCarriersModeAndNoneHosted() {
        try (Heddle heddle = Heddle.open(3)) {
            Statistics statistics = heddle.statistics();

            assertThat(statistics.mode()).isEqualTo(heddle.mode());
            assertThat(statistics.carriers()).hasSize(isHosted(heddle) ? 0 : 3);
            assertThat(statistics.workers()).isEqualTo(isHosted(heddle) ? 0 : 3);
            assertThat(statistics.spares()).isZero();
            assertThat(statistics.carriers().stream().map(Statistics.Carrier::number))
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void aReadThatHasToWaitIsAnEvent() throws Exception {
        try (Heddle heddle = Heddle.open(1);
                // A socket belongs to the poller of whoever waits for it first.
                Pair pair = openOn(heddle)) {
            long before = events(heddle, heddle.statistics());
            readAll(heddle, pair);
            Await.until("all events are counted", () -> events(heddle, heddle.statistics()) - before >= BYTES);

            Statistics after = heddle.statistics();
            if (isHosted(heddle)) {
                assertThat(after.hostedPollers()).anyMatch(poller -> poller.polls() > 0 && poller.parks() > 0);
            } else {
                Statistics.Carrier carrier = after.carriers().getFirst();
                assertThat(carrier.threadsRun()).isGreaterThan(BYTES);
                assertThat(carrier.polls()).isPositive();
                assertThat(carrier.parks()).isPositive();
                assertThat(carrier.stealsIn() + carrier.stealsOut()).isZero();
                assertThat(carrier.queued()).isZero();
            }
        }
    }

    @Test
    void aPlatformThreadWaitsWithTheHostedPollers() throws Exception {
        try (Pair pair = Pair.open()) {
            long before = hostedEvents();
            Thread reader = Thread.ofPlatform().start(() -> readByte(pair));
            Await.until("it waits", () -> reader.getState() == Thread.State.WAITING);
            pair.peer().getOutputStream().write(1);
            reader.join();

            // Counted when all reports of a poll were handed out.
            Await.until("its event is counted", () -> hostedEvents() > before);
        }
    }

    @Test
    void itCanBeAskedAfterTheEnd() throws Exception {
        Heddle heddle = Heddle.open(2);
        heddle.startVirtualThread(() -> {}).join();
        heddle.close();

        Statistics statistics = heddle.statistics();
        assertThat(statistics.carriers().stream()
                        .mapToLong(Statistics.Carrier::threadsRun)
                        .sum())
                .isEqualTo(isHosted(heddle) ? 0 : 1);
    }

    private static Pair openOn(Heddle heddle) throws Exception {
        FutureTask<Pair> opening = new FutureTask<>(Pair::open);
        heddle.startVirtualThread(opening);
        return opening.get();
    }

    private static void readAll(Heddle heddle, Pair pair) throws Exception {
        Thread reader = heddle.startVirtualThread(() -> {
            for (int i = 0; i < BYTES; i++) {
                readByte(pair);
            }
        });
        for (int i = 0; i < BYTES; i++) {
            Await.until(
                    "it waits",
                    () -> reader.getState() == Thread.State.WAITING
                            && pair.local().available() == 0);
            pair.peer().getOutputStream().write(1);
        }
        reader.join();
    }

    private static void readByte(Pair pair) {
        try {
            assertThat(pair.local().read(new byte[1])).isEqualTo(1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long events(Heddle heddle, Statistics statistics) {
        return isHosted(heddle)
                ? hostedEvents(statistics)
                : statistics.carriers().getFirst().events();
    }

    private static long hostedEvents() {
        return hostedEvents(Heddle.shared().statistics());
    }

    private static long hostedEvents(Statistics statistics) {
        return statistics.hostedPollers().stream()
                .mapToLong(Statistics.HostedPoller::events)
                .sum();
    }

    private static boolean isHosted(Heddle heddle) {
        return heddle.mode() == Heddle.Mode.HOSTED;
    }
}
