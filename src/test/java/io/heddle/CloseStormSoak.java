package io.heddle;

import io.heddle.testing.CloseStorm;
import io.heddle.testing.NoLeaks;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link TcpCloseStormTest} as often as {@code -Dsoak.rounds=} says. */
@Tag("soak")
@ExtendWith(NoLeaks.class)
class CloseStormSoak {
    private static final int ROUNDS = Integer.getInteger("soak.rounds", 100_000);

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void closingEndsTheReaderTheWriterAndThePeer() throws Exception {
        CloseStorm.run(ROUNDS);
        System.out.println("CloseStormSoak: rounds=" + ROUNDS);
    }
}
