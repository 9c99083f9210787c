package io.heddle.internal.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.Heddle;
import io.heddle.internal.engine.Engine;
import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.Task;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * A TCP socket that was not told to connect yet reports a hang-up. Were it registered then, the hang-up would stick,
 * and the short-read rule would be off for the life of the connection.
 */
@Behaviour
class StickyFlagsTest {
    private static TcpStreamSocket connect(InetSocketAddress to) throws Exception {
        assertThat(Heddle.shared().carriers()).isPositive();
        return TcpStreamSocket.connect(
                Engine.HOMES, to, null, Map.of(), Duration.ofMinutes(1).toNanos());
    }

    @EveryCaller
    void aConnectedSocketHasSeenNothingThatSticks(Caller caller) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            for (int round = 0; round < 50; round++) {
                TcpStreamSocket socket = caller.call(() -> connect((InetSocketAddress) server.getLocalSocketAddress()));
                try (Socket peer = server.accept()) {
                    Task<Integer> reading =
                            caller.start(() -> socket.read(new byte[8], 0, 8)).awaitWaiting();
                    peer.getOutputStream().write(1);
                    assertThat(reading.get()).isEqualTo(1);
                    assertThat(socket.registration.isSticky())
                            .as(socket.toString())
                            .isFalse();
                } finally {
                    socket.close();
                }
            }
        }
    }

    @Test
    void thePeersEndSticks() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            TcpStreamSocket socket = connect((InetSocketAddress) server.getLocalSocketAddress());
            try (Socket peer = server.accept()) {
                Task<Integer> reading = Caller.HEDDLE_THREAD
                        .start(() -> socket.read(new byte[8], 0, 8))
                        .awaitWaiting();
                peer.shutdownOutput();
                assertThat(reading.get()).isEqualTo(-1);
                Await.until("the end is known", socket.registration::isSticky);
            } finally {
                socket.close();
            }
        }
    }
}
