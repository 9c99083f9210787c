package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.Chaos;
import io.heddle.testing.Chaos.Fault;
import io.heddle.testing.Chaos.Way;
import io.heddle.testing.ChaosProxy;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.Exchange;
import io.heddle.testing.Mirror;
import io.heddle.testing.Pair;
import io.heddle.testing.Stamp;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;

/**
 * A proxy that splices, between a client and a server of ours, with a bad network on either side of it. Each byte that
 * arrives is the right one, and the books of the proxy balance. {@code -Dheddle.seed=} replays the choices.
 */
@Behaviour
class TcpSpliceChaosTest {
    private static final long SEED = Long.getLong("heddle.seed", System.nanoTime());

    private final Random choices = new Random(SEED);

    /** Passes on each connection to one address, both ways. */
    private static final class SplicingProxy implements AutoCloseable {
        private final TcpListener listener = TcpListener.bind(Pair.anyPort());
        private final Thread serving;
        private final LongAdder passed = new LongAdder();

        SplicingProxy(InetSocketAddress target) throws IOException {
            serving = Heddle.shared().startVirtualThread(() -> {
                try {
                    listener.serve(client -> serve(client, target));
                } catch (IOException e) {
                    throw new AssertionError("the listener failed", e);
                }
            });
        }

        private void serve(TcpSocket client, InetSocketAddress target) throws IOException, InterruptedException {
            try (TcpSocket server = TcpSocket.connect(target)) {
                Thread answers = Thread.startVirtualThread(() -> pass(server, client));
                pass(client, server);
                answers.join();
            }
        }

        private void pass(TcpSocket from, TcpSocket to) {
            try {
                passed.add(from.splice(to));
                to.shutdownOutput();
            } catch (IOException e) {
                // As a network that fails: neither side gets an end in order.
                reset(from);
                reset(to);
            }
        }

        private static void reset(TcpSocket socket) {
            try {
                socket.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException e) {
                assert !socket.isOpen() : e;
            }
            socket.close();
        }

        InetSocketAddress address() {
            return listener.localAddress();
        }

        @Override
        public void close() {
            boolean ended;
            try {
                ended = listener.close(Duration.ofSeconds(20));
            } catch (InterruptedException e) {
                throw new AssertionError("gave up waiting: until the handlers of " + listener + " have ended", e);
            }
            Await.end(serving);
            assertThat(ended).as("the handlers of the proxy have ended").isTrue();
        }
    }

    @FunctionalInterface
    private interface Body {
        void run(Mirror server, SplicingProxy proxy, InetSocketAddress address) throws Exception;
    }

    private static void through(Chaos before, Chaos behind, Body body) throws Exception {
        try (Mirror server = Mirror.open();
                ChaosProxy back = ChaosProxy.to(server.address(), behind, SEED);
                SplicingProxy proxy = new SplicingProxy(back.address());
                ChaosProxy front = ChaosProxy.to(proxy.address(), before, SEED + 1)) {
            body.run(server, proxy, front.address());
        } catch (Exception | AssertionError e) {
            throw new AssertionError(
                    e.getMessage() + ", heddle.seed=" + SEED + ", before=" + before + ", behind=" + behind, e);
        }
    }

    private Stamp stamp() {
        return new Stamp(choices.nextLong(), false);
    }

    @EveryCaller
    void slicesChangeNothing(Caller caller) throws Exception {
        through(Chaos.slices(1, 7), Chaos.slices(100, 2000), (server, proxy, address) -> {
            List<Exchange> exchanges = new ArrayList<>();
            List<TcpSocket> sockets = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                TcpSocket socket = caller.call(() -> TcpSocket.connect(address));
                sockets.add(socket);
                exchanges.add(Exchange.start(caller, socket, stamp(), 5_000, choices));
            }
            for (Exchange exchange : exchanges) {
                exchange.joinWhole();
            }
            sockets.forEach(TcpSocket::close);
            assertThat(server.received()).isEqualTo(25_000);
            Await.until("both ways of all are counted", () -> proxy.passed.sum() == 50_000);
        });
    }

    @EveryCaller
    void delayJitterAndASlowNetworkChangeNothing(Caller caller) throws Exception {
        Chaos slow = Chaos.slices(1000, 8000).andRate(2_000_000);
        through(Chaos.slices(200, 2000).andDelay(0, 3), slow, (server, proxy, address) -> {
            try (TcpSocket socket = TcpSocket.connect(address)) {
                Exchange exchange = Exchange.start(caller, socket, stamp(), 100_000, choices)
                        .joinWhole();
                assertThat(exchange.received()).isEqualTo(100_000);
            }
        });
    }

    @EveryCaller
    void aResetOnEitherSideIsPassedOn(Caller caller) throws Exception {
        Chaos reset = Chaos.at(20_000, Way.CLIENT, Fault.RESET);
        for (boolean before : new boolean[] {true, false}) {
            through(before ? reset : Chaos.none(), before ? Chaos.none() : reset, (server, proxy, address) -> {
                try (TcpSocket socket = TcpSocket.connect(address)) {
                    Exchange exchange = Exchange.start(caller, socket, stamp(), 1_000_000, choices)
                            .join();
                    assertThat(exchange.received()).isLessThanOrEqualTo(20_000);
                    assertThat(exchange.readFailure()).isInstanceOf(SocketException.class);
                }
            });
        }
    }

    @Test
    void aHalfCloseInBetweenIsPassedOn() throws Exception {
        Chaos ends = Chaos.at(3000, Way.CLIENT, Fault.HALF_CLOSE);
        through(Chaos.none(), ends, (server, proxy, address) -> {
            try (TcpSocket socket = TcpSocket.connect(address)) {
                Stamp stamp = stamp();
                byte[] bytes = new byte[5000];
                stamp.fill(bytes, 0, 5000, 0);
                socket.write(bytes);
                byte[] answer = socket.inputStream().readAllBytes();
                assertThat(answer).hasSize(3000);
                stamp.answered().check(answer, 0, 3000, 0);
            }
        });
    }
}
