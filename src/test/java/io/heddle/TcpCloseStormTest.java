package io.heddle;

import io.heddle.testing.Behaviour;
import io.heddle.testing.CloseStorm;
import org.junit.jupiter.api.Test;

/** Closing a socket under a parked reader and a parked writer, again and again, from a foreign thread. */
@Behaviour
class TcpCloseStormTest {
    private static final int ROUNDS = 2_000;

    @Test
    void closingEndsTheReaderTheWriterAndThePeer() throws Exception {
        CloseStorm.run(ROUNDS);
    }
}
