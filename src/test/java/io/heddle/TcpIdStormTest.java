package io.heddle;

import io.heddle.testing.Behaviour;
import io.heddle.testing.IdStorm;
import org.junit.jupiter.api.Test;

/** Storms of close and reconnect, which use descriptor numbers again: no byte of one connection is on another. */
@Behaviour
class TcpIdStormTest {
    private static final long SEED = Long.getLong("heddle.seed", System.nanoTime());
    private static final int CLIENTS = 64;
    private static final int CONNECTIONS = 4_000;

    @Test
    void noByteOfOneConnectionIsOnAnother() throws Exception {
        System.out.println(IdStorm.run(SEED, CLIENTS, connections -> connections < CONNECTIONS));
    }
}
