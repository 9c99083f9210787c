package io.heddle.compare;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.NoLeaks;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoLeaks.class)
class OpenLoopTest {
    private static final int NEVER = -1;

    /*
     * A thousand requests are due in a second, one each millisecond, and the 101st waits for 500 ms at least. Those
     * due in the 200 ms after it have waited for 300 ms each: a fifth of all. Who counts from the sending finds one.
     */
    @Test
    void everyRequestDueDuringAStallHasWaited() throws Exception {
        try (StallingServer server = new StallingServer(101, TimeUnit.MILLISECONDS.toNanos(500))) {
            LoadResult result = run(server, 1, 1000, TimeUnit.SECONDS.toNanos(1));
            assertThat(result.requests() + result.errors()).isEqualTo(1000);
            assertThat(result.micros(90)).isGreaterThanOrEqualTo(300_000);
            assertThat(result.micros(100)).isGreaterThanOrEqualTo(500_000);
        }
    }

    @Test
    void aClosedLoopCountsTheStallOnce() throws Exception {
        try (StallingServer server = new StallingServer(101, TimeUnit.MILLISECONDS.toNanos(500))) {
            LoadResult result = run(server, 1, 0, TimeUnit.SECONDS.toNanos(1));
            assertThat(result.requests()).isGreaterThan(101);
            assertThat(result.micros(100)).isGreaterThanOrEqualTo(500_000);
            assertThat(result.micros(50)).isLessThan(result.micros(100));
        }
    }

    @Test
    void whatWasDueAndNeverSentIsAnErrorThatWaited() throws Exception {
        try (StallingServer server = new StallingServer(1, TimeUnit.MILLISECONDS.toNanos(500))) {
            LoadResult result = run(server, 1, 1000, TimeUnit.MILLISECONDS.toNanos(200));
            assertThat(result.requests()).isEqualTo(1);
            assertThat(result.errors()).isEqualTo(199);
            assertThat(result.micros(10)).isGreaterThanOrEqualTo(300_000);
        }
    }

    @Test
    void connectionsShareTheRate() throws Exception {
        try (StallingServer server = new StallingServer(NEVER, 0)) {
            LoadResult result = run(server, 7, 1000, TimeUnit.MILLISECONDS.toNanos(300));
            assertThat(result.requests() + result.errors()).isEqualTo(300);
            assertThat(result.seconds()).isGreaterThanOrEqualTo(0.29);
        }
    }

    @Test
    void aServerThatIsNotThereIsAnErrorOfEachConnection() throws Exception {
        int port;
        try (StallingServer server = new StallingServer(NEVER, 0)) {
            port = server.port();
        }
        LoadResult result = new OpenLoop(port, "/", 3, 100, 1).run(() -> {});
        assertThat(result.requests()).isZero();
        assertThat(result.errors()).isEqualTo(3);
    }

    private static LoadResult run(StallingServer server, int connections, double perSecond, long nanos)
            throws InterruptedException {
        AtomicInteger started = new AtomicInteger();
        LoadResult result =
                new OpenLoop(server.port(), "/", connections, perSecond, nanos).run(started::incrementAndGet);
        assertThat(started).hasValue(1);
        return result;
    }
}
