package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Caller;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who connects and disconnects misleads nobody who sends. */
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DatagramWhileSendingTest {
    private static final int SENDS = 20_000;

    @ParameterizedTest
    @EnumSource(Caller.class)
    void whatIsForOnePeerReachesNoOther(Caller caller) throws Exception {
        try (DatagramSocket socket = new HeddleDatagramSocket(Pair.anyPort());
                DatagramSocket right = new DatagramSocket(Pair.anyPort());
                DatagramSocket wrong = new DatagramSocket(Pair.anyPort())) {
            AtomicBoolean sent = new AtomicBoolean();
            Task<Integer> connecting = caller.start(() -> reconnect(socket, right, wrong, sent));
            int refused;
            try {
                refused = caller.call(() -> send(socket, right.getLocalSocketAddress()));
            } finally {
                sent.set(true);
            }
            assertThat(connecting.get()).isPositive();
            assertThat(refused).isLessThan(SENDS);
            // On loopback a datagram has arrived when its send returns.
            wrong.setSoTimeout(1);
            assertThat(receivesNothing(wrong)).isTrue();
        }
    }

    private static int reconnect(DatagramSocket socket, DatagramSocket right, DatagramSocket wrong, AtomicBoolean sent)
            throws IOException {
        int rounds = 0;
        while (!sent.get()) {
            socket.connect(right.getLocalSocketAddress());
            socket.disconnect();
            socket.connect(wrong.getLocalSocketAddress());
            socket.disconnect();
            rounds++;
        }
        return rounds;
    }

    /** Answers how often the socket was connected to the other one. */
    private static int send(DatagramSocket socket, SocketAddress to) throws IOException {
        int refused = 0;
        for (int i = 0; i < SENDS; i++) {
            try {
                socket.send(new DatagramPacket(new byte[1], 1, to));
            } catch (IllegalArgumentException e) {
                assertThat(e).hasMessage("Connected and packet address differ");
                refused++;
            }
        }
        return refused;
    }

    private static boolean receivesNothing(DatagramSocket socket) throws IOException {
        try {
            socket.receive(new DatagramPacket(new byte[1], 1));
            return false;
        } catch (SocketTimeoutException e) {
            return true;
        }
    }
}
