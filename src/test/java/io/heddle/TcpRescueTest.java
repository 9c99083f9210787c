package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.carrier.ForcedRescues;
import io.heddle.internal.engine.Engine;
import io.heddle.testing.IdStorm;
import io.heddle.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Carriers that lose their workers at any instruction of a task, while connections come and go. */
@ExtendWith(NoLeaks.class)
class TcpRescueTest {
    private static final long SEED = Long.getLong("heddle.seed", System.nanoTime());
    private static final long PAUSE_MAX_NANOS = 400_000;

    @Test
    void noByteIsLostOrCrossedWhenCarriersChangeHands() throws Exception {
        try (ForcedRescues rescues = ForcedRescues.begin(Engine.shared(), SEED, PAUSE_MAX_NANOS)) {
            System.out.println(IdStorm.run(SEED, 64, connections -> connections < 2_000 || rescues.count() < 50));
            assertThat(rescues.count()).as("heddle.seed=%d", SEED).isGreaterThanOrEqualTo(50);
        }
    }
}
