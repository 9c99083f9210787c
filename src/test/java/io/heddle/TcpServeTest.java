package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.carrier.Carriers;
import io.heddle.internal.poller.Home;
import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A thread for each connection, and what happens to them at the end. */
@Behaviour
@SuppressWarnings("try") // Closing is among what is tested.
class TcpServeTest {
    private static final Duration LONG = Duration.ofMinutes(10);

    private static Socket connect(TcpListener listener) throws IOException {
        Socket client = new Socket();
        client.setSoTimeout(100_000);
        client.connect(listener.localAddress());
        return client;
    }

    private static void echo(TcpSocket socket) throws IOException {
        byte[] buffer = new byte[1024];
        for (int n = socket.read(buffer); n >= 0; n = socket.read(buffer)) {
            socket.write(buffer, 0, n);
        }
    }

    private static void assertEchoes(Socket client) throws IOException {
        for (int i = 0; i < 3; i++) {
            client.getOutputStream().write(i);
            assertThat(client.getInputStream().read()).isEqualTo(i);
        }
    }

    @EveryCaller
    void everyConnectionIsServedUntilClose(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            Task<Boolean> serving = caller.startRun(() -> listener.serve(TcpServeTest::echo));
            List<Socket> clients = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                clients.add(connect(listener));
            }
            for (Socket client : clients) {
                assertEchoes(client);
                client.close();
            }
            listener.close();
            assertThat(serving.get()).isTrue();
        }
    }

    @Test
    void handlersRunOnVirtualThreadsSpreadOverAllCarriers() throws Exception {
        int perCarrier = 4;
        try (Heddle heddle = Heddle.open(3);
                TcpListener listener = TcpListener.builder().on(heddle).bind(Pair.anyPort())) {
            Map<Home, AtomicInteger> places = new ConcurrentHashMap<>();
            AtomicInteger hosted = new AtomicInteger();
            Task<Boolean> serving = Caller.PLATFORM_THREAD.startRun(() -> listener.serve(socket -> {
                assertThat(Thread.currentThread().isVirtual()).isTrue();
                Home home = Carriers.currentHome();
                if (home == null) {
                    hosted.incrementAndGet();
                } else {
                    places.computeIfAbsent(home, h -> new AtomicInteger()).incrementAndGet();
                }
            }));
            for (int i = 0; i < 3 * perCarrier; i++) {
                try (Socket client = connect(listener)) {
                    assertThat(client.getInputStream().read()).isEqualTo(-1);
                }
            }
            listener.close();
            assertThat(serving.get()).isTrue();
            if (heddle.mode() == Heddle.Mode.CARRIERS) {
                assertThat(places)
                        .hasSize(3)
                        .allSatisfy((home, count) -> assertThat(count).hasValue(perCarrier));
            } else {
                assertThat(hosted).hasValue(3 * perCarrier);
            }
        }
    }

    @EveryCaller
    void whatAHandlerThrowsEndsItsConnectionOnly(Caller caller) throws Exception {
        List<Throwable> thrown = List.of(
                new IllegalStateException("thrown by a test's handler"),
                new IOException("thrown by a test's handler"),
                new Exception("thrown by a test's handler"),
                new StackOverflowError("thrown by a test's handler"),
                new AssertionError("thrown by a test's handler"));
        try (TcpListener listener = TcpListener.bind(Pair.anyPort());
                Socket bystander = connect(listener)) {
            Task<Boolean> serving = caller.startRun(() -> listener.serve(socket -> {
                int first = socket.inputStream().read();
                if (first < thrown.size()) {
                    throw rethrow(thrown.get(first));
                }
                Thread.currentThread().interrupt();
                echo(socket);
            }));
            for (int i = 0; i < thrown.size(); i++) {
                try (Socket client = connect(listener)) {
                    client.getOutputStream().write(i);
                    assertThat(client.getInputStream().read()).isEqualTo(-1);
                }
            }
            // The last one interrupts itself, which is its own affair, too.
            try (Socket client = connect(listener)) {
                client.getOutputStream().write(thrown.size());
                assertThat(client.getInputStream().read()).isEqualTo(-1);
            }
            assertThat(serving.isDone()).isFalse();
            bystander.getOutputStream().write(thrown.size());
            assertThat(bystander.getInputStream().read()).isEqualTo(-1);
            listener.close();
            assertThat(serving.get()).isTrue();
        }
    }

    private static Exception rethrow(Throwable thrown) throws Exception {
        if (thrown instanceof Error error) {
            throw error;
        }
        throw (Exception) thrown;
    }

    @EveryCaller
    void theSocketIsClosedWhenItsHandlerReturns(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            List<TcpSocket> served = new ArrayList<>();
            Task<Boolean> serving = caller.startRun(() -> listener.serve(served::add));
            try (Socket client = connect(listener)) {
                assertThat(client.getInputStream().read()).isEqualTo(-1);
                Await.until("the socket is closed", () -> !served.getFirst().isOpen());
            }
            listener.close();
            assertThat(serving.get()).isTrue();
        }
    }

    @EveryCaller
    void thereAreNeverMoreConnectionsThanTheMaximum(Caller caller) throws Exception {
        int connectionsMax = 3;
        try (TcpListener listener =
                TcpListener.builder().maxConnections(connectionsMax).bind(Pair.anyPort())) {
            AtomicInteger present = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            Task<Boolean> serving = caller.startRun(() -> listener.serve(socket -> {
                most.accumulateAndGet(present.incrementAndGet(), Math::max);
                try {
                    echo(socket);
                } finally {
                    present.decrementAndGet();
                }
            }));
            List<Socket> clients = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                Socket client = connect(listener);
                client.getOutputStream().write(i);
                clients.add(client);
            }
            for (int i = 0; i < connectionsMax; i++) {
                assertThat(clients.get(i).getInputStream().read()).isEqualTo(i);
            }
            assertThat(present).hasValue(connectionsMax);
            // Each that ends lets the next one in.
            for (int i = 0; i < 20; i++) {
                if (i >= connectionsMax) {
                    assertThat(clients.get(i).getInputStream().read()).isEqualTo(i);
                }
                clients.get(i).close();
            }
            listener.close();
            assertThat(serving.get()).isTrue();
            assertThat(most).hasValue(connectionsMax);
        }
    }

    @EveryCaller
    void closeEndsServeThatHasAllItsConnections(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.builder().maxConnections(1).bind(Pair.anyPort())) {
            Task<Boolean> serving = caller.startRun(() -> listener.serve(TcpServeTest::echo));
            try (Socket client = connect(listener)) {
                assertEchoes(client);
                serving.awaitParked();
                listener.close();
                assertThat(serving.get()).isTrue();
                assertEchoes(client);
            }
        }
    }

    @EveryCaller
    void handlersRunOnAfterClose(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            Task<Boolean> serving = caller.startRun(() -> listener.serve(TcpServeTest::echo));
            try (Socket client = connect(listener)) {
                assertEchoes(client);
                listener.close();
                assertThat(serving.get()).isTrue();
                assertEchoes(client);
                assertThatThrownBy(() -> connect(listener)).isInstanceOf(ConnectException.class);
                assertEchoes(client);
            }
        }
    }

    @EveryCaller
    void closeWithATimeWaitsForTheHandlers(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            CountDownLatch goOn = new CountDownLatch(1);
            Task<Boolean> serving = caller.startRun(() -> listener.serve(socket -> {
                socket.write(new byte[] {1});
                goOn.await();
                socket.write(new byte[] {2});
            }));
            try (Socket client = connect(listener)) {
                assertThat(client.getInputStream().read()).isEqualTo(1);
                Task<Boolean> closing = caller.start(() -> listener.close(LONG));
                assertThat(serving.get()).isTrue();
                closing.awaitParked();
                goOn.countDown();
                assertThat(closing.get()).isTrue();
                assertThat(client.getInputStream().readAllBytes()).containsExactly(2);
            }
        }
    }

    @EveryCaller
    void closeWithATimeThatIsOverClosesWhatIsLeft(Caller caller) throws Exception {
        for (Duration drain : List.of(Duration.ZERO, Duration.ofMillis(20))) {
            try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
                Task<Boolean> serving = caller.startRun(() -> listener.serve(TcpServeTest::echo));
                try (Socket client = connect(listener)) {
                    assertEchoes(client);
                    long startNanos = System.nanoTime();
                    assertThat(caller.call(() -> listener.close(drain))).isFalse();
                    assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(drain.toNanos());
                    assertThat(client.getInputStream().read()).isEqualTo(-1);
                    assertThat(serving.get()).isTrue();
                    Await.until("the handler has ended", () -> listener.close(Duration.ZERO));
                }
            }
        }
    }

    @Test
    void closeWithATimeThatIsInterruptedClosesWhatIsLeft() throws Exception {
        for (Caller caller : Caller.values()) {
            try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
                Task<Boolean> serving = caller.startRun(() -> listener.serve(TcpServeTest::echo));
                try (Socket client = connect(listener)) {
                    assertEchoes(client);
                    Task<Boolean> closing =
                            caller.start(() -> listener.close(LONG)).awaitParked();
                    closing.interrupt();
                    assertThat(closing.failure()).isInstanceOf(InterruptedException.class);
                    assertThat(client.getInputStream().read()).isEqualTo(-1);
                    assertThat(serving.get()).isTrue();
                }
            }
        }
    }

    @Test
    void closeWithATimeTakesTheLongestOnes() throws Exception {
        for (Duration drain : List.of(Duration.ofSeconds(Long.MAX_VALUE), Duration.ofDays(100_000))) {
            try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
                assertThat(listener.close(drain)).isTrue();
            }
        }
    }

    @EveryCaller
    void aClosedListenerServesNobody(Caller caller) throws Exception {
        TcpListener listener = TcpListener.bind(Pair.anyPort());
        listener.close();
        assertThat(caller.failureOf(() -> listener.serve(TcpServeTest::echo)))
                .isExactlyInstanceOf(SocketException.class)
                .hasMessage("Socket is closed");
    }

    @EveryCaller
    void twoThreadsMayServeOneListener(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            Task<Boolean> one = caller.startRun(() -> listener.serve(TcpServeTest::echo));
            Task<Boolean> two = caller.startRun(() -> listener.serve(TcpServeTest::echo));
            for (int i = 0; i < 20; i++) {
                try (Socket client = connect(listener)) {
                    assertEchoes(client);
                }
            }
            listener.close();
            assertThat(one.get() && two.get()).isTrue();
        }
    }

    @EveryCaller
    void closingTheHeddleOfAListenerEndsServeAndWaitsForItsHandlers(Caller caller) throws Exception {
        try (Heddle heddle = Heddle.open(2);
                TcpListener listener = TcpListener.builder().on(heddle).bind(Pair.anyPort())) {
            Task<Boolean> serving = caller.startRun(() -> listener.serve(TcpServeTest::echo));
            try (Socket client = connect(listener)) {
                assertEchoes(client);
                Task<Boolean> closing = caller.startRun(heddle::close);
                assertThat(serving.get()).isTrue();
                assertThat(listener.isOpen()).isFalse();
                closing.awaitParked();
                assertEchoes(client);
                client.shutdownOutput();
                assertThat(closing.get()).isTrue();
                assertThat(client.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    /** The books are the descriptors: whoever comes second closes the listener. */
    @EveryCaller
    void aBindThatRacesWithTheCloseOfItsHeddleLeavesNothingOpen(Caller caller) throws Exception {
        for (int round = 0; round < 30; round++) {
            Heddle heddle = Heddle.open(1);
            Task<TcpListener> binding =
                    caller.start(() -> TcpListener.builder().on(heddle).bind(Pair.anyPort()));
            heddle.close();
            try {
                assertThat(binding.get().isOpen()).isFalse();
            } catch (IllegalStateException e) {
                assertThat(e).hasMessageStartingWith("the Heddle must be open");
            }
        }
    }

    @Test
    void aListenerOnAClosedHeddleIsRefused() {
        Heddle heddle = Heddle.open(1);
        heddle.close();
        assertThatThrownBy(() -> TcpListener.builder().on(heddle).bind(Pair.anyPort()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageStartingWith("the Heddle must be open: on=Heddle[");
    }

    @Test
    void handlersBelongToTheHeddleOfTheThreadThatServes() throws Exception {
        try (Heddle heddle = Heddle.open(2);
                TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            CountDownLatch served = new CountDownLatch(1);
            Thread serving = heddle.startVirtualThread(() -> {
                try {
                    listener.serve(TcpServeTest::echo);
                    served.countDown();
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            try (Socket client = connect(listener)) {
                assertEchoes(client);
                listener.close();
                served.await();
                assertThat(serving.isVirtual()).isTrue();
                Task<Boolean> closing = Caller.PLATFORM_THREAD.startRun(heddle::close);
                // It waits for the handler and not for the thread that served.
                serving.join();
                closing.awaitParked();
                assertEchoes(client);
                assertThat(closing.isDone()).isFalse();
                client.shutdownOutput();
                assertThat(closing.get()).isTrue();
            }
        }
    }
}
