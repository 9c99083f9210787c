package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Behaviour;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** {@link Heddle#close} while others start threads. */
@Behaviour
@SuppressWarnings("try") // Closing is what is tested.
class HeddleCloseRaceTest {
    private static final int ROUNDS = 2_000;

    @Test
    void noThreadThatWasStartedHereRunsAfterClose() throws Exception {
        int early = 0;
        AtomicInteger late = new AtomicInteger();
        AtomicInteger ran = new AtomicInteger();
        for (int i = 0; i < ROUNDS; i++) {
            Heddle heddle = Heddle.open(1);
            AtomicBoolean closed = new AtomicBoolean();
            Thread starter = Thread.ofPlatform().start(() -> {
                try {
                    for (; ; ) {
                        heddle.startVirtualThread(() -> {
                            ran.incrementAndGet();
                            if (closed.get()) {
                                late.incrementAndGet();
                            }
                        });
                    }
                } catch (RejectedExecutionException e) {
                    // What ends this loop.
                    return;
                }
            });
            heddle.close();
            closed.set(true);
            starter.join();
            early++;
        }
        assertThat(late)
                .as("ran after close() had returned, rounds=%d, ran=%s", early, ran)
                .hasValue(0);
    }
}
