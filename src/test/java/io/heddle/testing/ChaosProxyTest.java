package io.heddle.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Chaos.Fault;
import io.heddle.testing.Chaos.Way;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The proxy between sockets of the JDK, which are not under test: it does what it says. */
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ChaosProxyTest {
    /** A client, the proxy, and the server's end of the connection. */
    private record Line(ServerSocket listener, ChaosProxy proxy, Socket client, Socket server)
            implements AutoCloseable {
        static Line through(Chaos chaos) throws IOException {
            ServerSocket listener = new ServerSocket();
            listener.bind(Pair.anyPort());
            ChaosProxy proxy = ChaosProxy.to((java.net.InetSocketAddress) listener.getLocalSocketAddress(), chaos, 42);
            Socket client = new Socket();
            client.connect(proxy.address());
            return new Line(listener, proxy, client, listener.accept());
        }

        void send(int place, int n) throws IOException {
            client.getOutputStream().write(Bytes.from(place, n));
        }

        void answer(int place, int n) throws IOException {
            server.getOutputStream().write(Bytes.from(place, n));
        }

        @Override
        public void close() throws IOException {
            client.close();
            server.close();
            listener.close();
            proxy.close();
        }
    }

    private static void readsBytes(Socket from, int place, int n) throws IOException {
        byte[] bytes = from.getInputStream().readNBytes(n);
        assertThat(bytes).hasSize(n);
        Bytes.check(bytes, n, place);
    }

    private static void readsEnd(Socket from) throws IOException {
        assertThat(from.getInputStream().read()).isEqualTo(-1);
    }

    private static void readsReset(Socket from) {
        assertThatThrownBy(() -> from.getInputStream().read())
                .isExactlyInstanceOf(SocketException.class)
                .hasMessage("Connection reset");
    }

    private static void readsNothing(Socket from) throws IOException {
        from.setSoTimeout(100);
        assertThatThrownBy(() -> from.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        from.setSoTimeout(0);
    }

    @Test
    void passesAllOnInBothDirectionsAndThenTheEnds() throws Exception {
        try (Line line = Line.through(Chaos.none())) {
            line.send(0, 10_000);
            readsBytes(line.server, 0, 10_000);
            line.client.shutdownOutput();
            readsEnd(line.server);
            line.answer(500, 10_000);
            readsBytes(line.client, 500, 10_000);
            line.server.shutdownOutput();
            readsEnd(line.client);
            assertThat(line.proxy.taken(Way.SERVER)).isEqualTo(10_000);
            assertThat(line.proxy.passed(Way.CLIENT)).isEqualTo(10_000);
        }
    }

    @Test
    void slicesComeOneByOne() throws Exception {
        try (Line line = Line.through(Chaos.slices(3, 3).andDelay(20, 0))) {
            line.send(0, 9);
            byte[] some = new byte[100];
            int n = line.server.getInputStream().read(some);
            assertThat(n).isEqualTo(3);
            Bytes.check(some, n, 0);
            readsBytes(line.server, 3, 6);
        }
    }

    @Test
    void delayAndRateTakeTheirTime() throws Exception {
        for (Chaos slow : new Chaos[] {
            Chaos.none().andDelay(100, 20),
            Chaos.none().andRate(1000),
            Chaos.slices(10, 10).andDelay(10, 0)
        }) {
            try (Line line = Line.through(slow)) {
                long startNanos = System.nanoTime();
                line.send(0, 100);
                readsBytes(line.server, 0, 100);
                assertThat(Duration.ofNanos(System.nanoTime() - startNanos)).isGreaterThan(Duration.ofMillis(99));
            }
        }
    }

    @Test
    void aStallHoldsBytesUntilItIsOver() throws Exception {
        try (Line line = Line.through(Chaos.at(5, Way.CLIENT, Fault.STALL))) {
            line.answer(0, 20);
            readsBytes(line.client, 0, 5);
            readsNothing(line.client);
            line.send(0, 10);
            readsBytes(line.server, 0, 10);
            line.proxy.resume();
            readsBytes(line.client, 5, 15);
        }
    }

    @Test
    void aHalfCloseEndsOneDirection() throws Exception {
        try (Line line = Line.through(Chaos.at(5, Way.CLIENT, Fault.HALF_CLOSE))) {
            line.answer(0, 20);
            readsBytes(line.client, 0, 5);
            readsEnd(line.client);
            line.send(0, 10_000);
            readsBytes(line.server, 0, 10_000);
        }
    }

    @Test
    void aCloseEndsBoth() throws Exception {
        try (Line line = Line.through(Chaos.at(5, Way.SERVER, Fault.CLOSE))) {
            line.send(0, 5);
            readsBytes(line.server, 0, 5);
            readsEnd(line.server);
            readsEnd(line.client);
        }
    }

    @Test
    void aResetIsSeenByBothSides() throws Exception {
        try (Line line = Line.through(Chaos.at(5, Way.CLIENT, Fault.RESET))) {
            line.answer(0, 5);
            readsBytes(line.client, 0, 5);
            readsReset(line.client);
            readsReset(line.server);
        }
    }

    @Test
    void aResetOfOneSideIsPassedOnToTheOther() throws Exception {
        try (Line line = Line.through(Chaos.none())) {
            line.send(0, 5);
            readsBytes(line.server, 0, 5);
            line.client.setSoLinger(true, 0);
            line.client.close();
            readsReset(line.server);
        }
    }

    @Test
    void aBlackHoleSwallowsAndCounts() throws Exception {
        try (Line line = Line.through(Chaos.at(5, Way.SERVER, Fault.BLACK_HOLE))) {
            line.send(0, 20);
            readsBytes(line.server, 0, 5);
            readsNothing(line.server);
            Await.until("it is swallowed", () -> line.proxy.taken(Way.SERVER) == 20);
            assertThat(line.proxy.passed(Way.SERVER)).isEqualTo(5);
        }
    }

    @Test
    void garbageIsWrongFromItsPlaceOn() throws Exception {
        try (Line line = Line.through(Chaos.at(5, Way.SERVER, Fault.GARBAGE))) {
            line.send(0, 20);
            readsBytes(line.server, 0, 5);
            byte[] rest = line.server.getInputStream().readNBytes(15);
            assertThat(rest).isNotEqualTo(Bytes.from(5, 15));
        }
    }

    @Test
    void nobodyAnswersInABlackHole() throws Exception {
        try (ChaosProxy.BlackHole hole = ChaosProxy.blackHole();
                Socket socket = new Socket()) {
            assertThatThrownBy(() -> socket.connect(hole.address(), 200)).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void aStampKnowsItsConnectionItsPlaceAndItsDirection() {
        Stamp stamp = new Stamp(0x1122_3344_5566_7788L, false);
        byte[] bytes = new byte[200];
        stamp.fill(bytes, 0, 200, 30);
        stamp.check(bytes, 0, 200, 30);
        assertThatThrownBy(() -> stamp.check(bytes, 0, 200, 31)).isInstanceOf(Stamp.WrongByte.class);
        assertThatThrownBy(() -> stamp.check(bytes, 0, 200, 94)).isInstanceOf(Stamp.WrongByte.class);
        assertThatThrownBy(() -> stamp.answered().check(bytes, 0, 200, 30)).isInstanceOf(Stamp.WrongByte.class);
        assertThatThrownBy(() -> new Stamp(1, false).check(bytes, 0, 200, 30)).isInstanceOf(Stamp.WrongByte.class);
        byte[] first = new byte[8];
        stamp.fill(first, 0, 8, 0);
        assertThat(Stamp.idOf(first)).isEqualTo(stamp.id());
    }
}
