package io.heddle;

import io.heddle.testing.IdStorm;
import io.heddle.testing.NoLeaks;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@link TcpIdStormTest} for as long as {@code -Dsoak.seconds=} says. */
@Tag("soak")
@ExtendWith(NoLeaks.class)
class IdStormSoak {
    private static final long SEED = Long.getLong("heddle.seed", System.nanoTime());
    private static final int SECONDS = Integer.getInteger("soak.seconds", 10);
    private static final int CLIENTS = 256;

    @Test
    @Timeout(value = 2, unit = TimeUnit.HOURS)
    void noByteOfOneConnectionIsOnAnother() throws Exception {
        System.out.println("IdStormSoak: seed=" + SEED + ", seconds=" + SECONDS);
        long endNanos = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        System.out.println(IdStorm.run(SEED, CLIENTS, connections -> endNanos - System.nanoTime() > 0));
    }
}
