package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import io.heddle.testing.Stamp;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * A client and a server of ours with a bad network between them. Whatever it does, each byte that arrives is the right
 * one, and what does not arrive is told. {@code -Dheddle.seed=} replays the choices.
 */
@Behaviour
class TcpChaosTest {
    private static final long SEED = Long.getLong("heddle.seed", System.nanoTime());
    private static final List<Caller> CALLERS = List.of(Caller.values());
    private static final Duration SHORT = Duration.ofMillis(30);

    private final Random choices = new Random(SEED);

    /** A test that fails names the seed. */
    @FunctionalInterface
    private interface Body {
        void run(Mirror server, ChaosProxy proxy) throws Exception;
    }

    private static void through(Chaos chaos, Body body) throws Exception {
        try (Mirror server = Mirror.open();
                ChaosProxy proxy = ChaosProxy.to(server.address(), chaos, SEED)) {
            body.run(server, proxy);
        } catch (Exception | AssertionError e) {
            throw new AssertionError("heddle.seed=" + SEED + ", " + chaos, e);
        }
    }

    private Stamp stamp() {
        return new Stamp(choices.nextLong(), false);
    }

    private static void assertReset(@Nullable Throwable thrown) {
        assertThat(thrown).isExactlyInstanceOf(SocketException.class).hasMessage("Connection reset");
    }

    private static void readsResetAlways(Caller caller, TcpSocket socket) throws Exception {
        for (int i = 0; i < 3; i++) {
            assertReset(caller.failureOf(() -> {
                int n = socket.read(new byte[1]);
                throw new AssertionError("read behind a reset: n=" + n);
            }));
        }
    }

    @EveryCaller
    void slicesChangeNothing(Caller caller) throws Exception {
        through(Chaos.slices(1, 7), (server, proxy) -> {
            List<Exchange> exchanges = new ArrayList<>();
            List<TcpSocket> sockets = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                TcpSocket socket = caller.call(() -> TcpSocket.connect(proxy.address()));
                sockets.add(socket);
                exchanges.add(Exchange.start(caller, socket, stamp(), 5_000, choices));
            }
            for (Exchange exchange : exchanges) {
                exchange.joinWhole();
            }
            sockets.forEach(TcpSocket::close);
            assertThat(server.received()).isEqualTo(25_000);
        });
    }

    @EveryCaller
    void delayAndJitterChangeNothing(Caller caller) throws Exception {
        through(Chaos.slices(200, 2000).andDelay(0, 5), (server, proxy) -> {
            try (TcpSocket socket = TcpSocket.connect(proxy.address())) {
                socket.setReadTimeout(Duration.ofMillis(1));
                Exchange exchange =
                        Exchange.start(caller, socket, stamp(), 50_000, choices).joinWhole();
                assertThat(exchange.timeouts()).isPositive();
            }
        });
    }

    @EveryCaller
    void aSlowNetworkChangesNothing(Caller caller) throws Exception {
        through(Chaos.slices(1000, 8000).andRate(1_000_000), (server, proxy) -> {
            try (TcpSocket socket = TcpSocket.builder()
                    .option(StandardSocketOptions.SO_SNDBUF, 8 * 1024)
                    .connect(proxy.address())) {
                socket.setWriteTimeout(Duration.ofMillis(1));
                Exchange.start(caller, socket, stamp(), 300_000, choices).joinWhole();
            }
        });
    }

    @EveryCaller
    void aStalledAnswerEndsInATimeoutAndTheSocketStaysUsable(Caller caller) throws Exception {
        through(Chaos.at(1000, Way.CLIENT, Fault.STALL), (server, proxy) -> {
            try (TcpSocket socket = TcpSocket.connect(proxy.address())) {
                Stamp stamp = stamp();
                firstThousandIsAnswered(caller, socket, stamp);
                byte[] answer = new byte[1000];
                for (int i = 0; i < 3; i++) {
                    readsTimeOut(caller, socket);
                }
                proxy.resume();
                socket.setReadTimeout(Duration.ZERO);
                for (int place = 1000; place < 3000; place += 1000) {
                    caller.run(() -> socket.readFully(answer));
                    stamp.answered().check(answer, 0, 1000, place);
                }
                caller.run(socket::shutdownOutput);
                assertThat(caller.call(() -> socket.read(answer))).isEqualTo(-1);
            }
        });
    }

    /** Sends 3000 bytes and reads the answer to the first 1000. */
    private static void firstThousandIsAnswered(Caller caller, TcpSocket socket, Stamp stamp) throws Exception {
        byte[] bytes = new byte[3000];
        stamp.fill(bytes, 0, 3000, 0);
        caller.run(() -> socket.write(bytes));
        byte[] answer = new byte[1000];
        caller.run(() -> socket.readFully(answer));
        stamp.answered().check(answer, 0, 1000, 0);
    }

    private static void readsTimeOut(Caller caller, TcpSocket socket) throws Exception {
        socket.setReadTimeout(SHORT);
        assertThat(caller.failureOf(() -> {
                    int n = socket.read(new byte[1]);
                    throw new AssertionError("read what was held back: n=" + n);
                }))
                .isExactlyInstanceOf(SocketTimeoutException.class)
                .hasMessage("Read timed out");
    }

    @EveryCaller
    void aStalledQuestionEndsInAWriteTimeoutThatCountsAndTheRestFollows(Caller caller) throws Exception {
        through(Chaos.at(1000, Way.SERVER, Fault.STALL), (server, proxy) -> {
            try (TcpSocket socket = TcpSocket.builder()
                    .option(StandardSocketOptions.SO_SNDBUF, 8 * 1024)
                    .connect(proxy.address())) {
                socket.setWriteTimeout(Duration.ofMillis(100));
                Exchange exchange = Exchange.start(caller, socket, stamp(), 8_000_000, choices);
                Await.until("a write has timed out", () -> exchange.timeouts() > 0);
                proxy.resume();
                exchange.joinWhole();
            }
            assertThat(server.received()).isEqualTo(8_000_000);
        });
    }

    @EveryCaller
    void aHalfCloseEndsTheAnswerAndTheQuestionGoesOn(Caller caller) throws Exception {
        through(Chaos.at(1000, Way.CLIENT, Fault.HALF_CLOSE), (server, proxy) -> {
            try (TcpSocket socket = TcpSocket.connect(proxy.address())) {
                Exchange exchange = Exchange.start(caller, socket, stamp(), 100_000, choices)
                        .join();
                assertThat(exchange.received()).isEqualTo(1000);
                assertThat(exchange.ended()).isTrue();
                assertThat(exchange.sent()).isEqualTo(100_000);
                assertThat(exchange.writeFailure()).isNull();
                Await.until("all has arrived", () -> server.received() == 100_000);
                assertThat(caller.call(() -> socket.read(new byte[1]))).isEqualTo(-1);
            }
        });
    }

    @EveryCaller
    void aResetIsNeverTheEnd(Caller caller) throws Exception {
        for (Way way : Way.values()) {
            for (long after : new long[] {1, 1000, 50_000}) {
                through(Chaos.at(after, way, Fault.RESET), (server, proxy) -> {
                    try (TcpSocket socket = TcpSocket.connect(proxy.address())) {
                        Exchange exchange = Exchange.start(caller, socket, stamp(), 200_000, choices)
                                .join();
                        assertReset(exchange.readFailure());
                        assertThat(exchange.ended()).isFalse();
                        assertThat(exchange.received()).isLessThanOrEqualTo(proxy.passed(Way.CLIENT));
                        assertThat(exchange.sent()).isGreaterThanOrEqualTo(proxy.taken(Way.SERVER));
                        readsResetAlways(caller, socket);
                    }
                });
            }
        }
    }

    @EveryCaller
    void aCloseBehindSomeBytesIsTheEndBehindTheseBytes(Caller caller) throws Exception {
        through(Chaos.at(1000, Way.CLIENT, Fault.CLOSE), (server, proxy) -> {
            try (TcpSocket socket = TcpSocket.connect(proxy.address())) {
                Stamp stamp = stamp();
                byte[] bytes = new byte[1000];
                stamp.fill(bytes, 0, 1000, 0);
                caller.run(() -> socket.write(bytes));
                caller.run(() -> socket.readFully(bytes));
                stamp.answered().check(bytes, 0, 1000, 0);
                assertThat(caller.call(() -> socket.read(bytes))).isEqualTo(-1);
                assertThat(caller.call(() -> socket.read(bytes))).isEqualTo(-1);
            }
        });
    }

    @EveryCaller
    void connectingToABlackHoleTimesOutAndIsNeverEarly(Caller caller) throws Exception {
        try (ChaosProxy.BlackHole hole = ChaosProxy.blackHole()) {
            long startNanos = System.nanoTime();
            Throwable thrown = caller.failureOf(() -> {
                TcpSocket socket = TcpSocket.connect(hole.address(), SHORT);
                throw new AssertionError("nobody accepts: " + socket);
            });
            assertThat(thrown).isExactlyInstanceOf(SocketTimeoutException.class).hasMessage("Connect timed out");
            assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(SHORT.toNanos());
        }
    }

    @EveryCaller
    void aBlackHoleInMidStreamIsATimeoutAndNoEnd(Caller caller) throws Exception {
        through(Chaos.at(1000, Way.SERVER, Fault.BLACK_HOLE), (server, proxy) -> {
            try (TcpSocket socket = TcpSocket.connect(proxy.address())) {
                firstThousandIsAnswered(caller, socket, stamp());
                readsTimeOut(caller, socket);
                Await.until("the rest is swallowed", () -> proxy.taken(Way.SERVER) == 3000);
                assertThat(server.received()).isEqualTo(1000);
            }
        });
    }

    @Test
    void garbageIsFoundByTheCheckOfTheStamps() throws Exception {
        through(Chaos.at(1000, Way.CLIENT, Fault.GARBAGE), (server, proxy) -> {
            try (TcpSocket socket = TcpSocket.connect(proxy.address())) {
                Exchange exchange = Exchange.start(Caller.HEDDLE_THREAD, socket, stamp(), 5_000, choices);
                assertThatThrownBy(exchange::join).isInstanceOf(Stamp.WrongByte.class);
                assertThat(exchange.received()).isLessThan(5_000);
            }
        });
    }

    /** Each connection meets a network of its own; each ends whole, or tells why not. */
    @Test
    void theBooksBalanceWhateverHappens() throws Exception {
        int connections = 60;
        List<Chaos> chaos = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            chaos.add(anyChaos());
        }
        long sent = 0;
        long received = 0;
        long lost = 0;
        try (Mirror server = Mirror.open();
                ChaosProxy proxy = ChaosProxy.to(server.address(), chaos::get, SEED)) {
            List<TcpSocket> sockets = new ArrayList<>();
            List<Exchange> exchanges = new ArrayList<>();
            for (int i = 0; i < connections; i++) {
                Caller caller = CALLERS.get(i % CALLERS.size());
                TcpSocket socket = TcpSocket.connect(proxy.address());
                sockets.add(socket);
                exchanges.add(Exchange.start(caller, socket, stamp(), 1 + choices.nextInt(100_000), choices));
            }
            for (int i = 0; i < connections; i++) {
                Exchange exchange = exchanges.get(i);
                if (chaos.get(i).fault() == Fault.NONE) {
                    exchange.joinWhole();
                } else {
                    lost += lost(exchange.join(), chaos.get(i));
                }
                sent += exchange.sent();
                received += exchange.received();
            }
            sockets.forEach(TcpSocket::close);
            assertThat(received + lost).isEqualTo(sent);
            assertThat(received).isLessThanOrEqualTo(proxy.passed(Way.CLIENT));
            assertThat(server.received()).isLessThanOrEqualTo(proxy.passed(Way.SERVER));
            assertThat(proxy.passed(Way.SERVER)).isLessThanOrEqualTo(sent);
        } catch (Exception | AssertionError e) {
            throw new AssertionError("heddle.seed=" + SEED + ", " + chaos, e);
        }
    }

    private Chaos anyChaos() {
        Fault[] faults = {Fault.NONE, Fault.NONE, Fault.HALF_CLOSE, Fault.CLOSE, Fault.RESET};
        int sliceMin = 1 + choices.nextInt(1000);
        Chaos slices = Chaos.slices(sliceMin, sliceMin + choices.nextInt(8000));
        Fault fault = faults[choices.nextInt(faults.length)];
        Way way = choices.nextBoolean() ? Way.SERVER : Way.CLIENT;
        return (choices.nextBoolean() ? slices : slices.andDelay(0, 1)).and(choices.nextInt(60_000), way, fault);
    }

    /** How many bytes did not come back; somebody must have been told, unless none is missing. */
    private static long lost(Exchange exchange, Chaos chaos) {
        long lost = exchange.sent() - exchange.received();
        if (lost != 0) {
            assertThat(exchange.ended() || exchange.readFailure() != null)
                    .as("%s, %s", exchange, chaos)
                    .isTrue();
        }
        if (exchange.ended() && chaos.fault() == Fault.RESET && lost != 0) {
            throw new AssertionError("a reset was taken for the end: " + exchange + ", " + chaos);
        }
        return lost;
    }
}
