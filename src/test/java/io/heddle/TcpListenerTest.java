package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Fd;
import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.LogTap;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** Binding, accepting and freeing the port. */
@Behaviour
@SuppressWarnings("try") // Closing is among what is tested.
class TcpListenerTest {
    private static final Duration LONG = Duration.ofMinutes(10);

    private static Socket connect(TcpListener listener) throws Exception {
        Socket client = new Socket();
        client.connect(listener.localAddress());
        return client;
    }

    @EveryCaller
    void acceptWaitsForAConnection(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            for (Duration timeout : List.of(Duration.ZERO, LONG, Duration.ofSeconds(Long.MAX_VALUE))) {
                Task<TcpSocket> accepting =
                        caller.start(() -> listener.accept(timeout)).awaitWaiting();
                try (Socket client = connect(listener);
                        TcpSocket accepted = accepting.get()) {
                    assertThat(accepted.remoteAddress()).isEqualTo(client.getLocalSocketAddress());
                    assertThat(accepted.localAddress()).isEqualTo(listener.localAddress());
                }
            }
        }
    }

    @EveryCaller
    void connectionsThatWaitAreAcceptedInOrder(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort());
                Socket first = connect(listener);
                Socket second = connect(listener);
                TcpSocket one = caller.call(() -> listener.accept());
                TcpSocket two = caller.call(() -> listener.accept(Duration.ofNanos(1)))) {
            assertThat(one.remoteAddress()).isEqualTo(first.getLocalSocketAddress());
            assertThat(two.remoteAddress()).isEqualTo(second.getLocalSocketAddress());
        }
    }

    @EveryCaller
    void acceptTimesOutButNotEarlyAndTheListenerStaysUsable(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            for (Duration timeout : List.of(Duration.ofNanos(1), Duration.ofMillis(1), Duration.ofMillis(30))) {
                caller.run(() -> {
                    long startNanos = System.nanoTime();
                    assertThatThrownBy(() -> listener.accept(timeout))
                            .isExactlyInstanceOf(SocketTimeoutException.class)
                            .hasMessage("Accept timed out");
                    assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(timeout.toNanos());
                });
                Task<TcpSocket> accepting =
                        caller.start(() -> listener.accept()).awaitWaiting();
                try (Socket client = connect(listener);
                        TcpSocket accepted = accepting.get()) {
                    assertThat(accepted.remoteAddress()).isEqualTo(client.getLocalSocketAddress());
                }
            }
        }
    }

    /** As accept4(2) would wait in the kernel, whatever becomes of the timeout. */
    @EveryCaller
    void aListenerThatSomebodyElseLetsBlockStillTimesOut(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort());
                Descriptor shared = listener.descriptor()) {
            assertThat(Fd.setBlocking(shared.number(), true)).isZero();
            assertThat(caller.failureOf(() -> listener.accept(Duration.ofMillis(20))))
                    .isExactlyInstanceOf(SocketTimeoutException.class);
            Task<TcpSocket> accepting = caller.start(() -> listener.accept()).awaitWaiting();
            try (Socket client = new Socket()) {
                client.connect(listener.localAddress());
                accepting.get().close();
            }
        }
    }

    @EveryCaller
    void ofTwoWhoAcceptOneConnectionOneTimesOut(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            Duration timeout = Duration.ofMillis(300);
            List<Task<Boolean>> acceptors = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                acceptors.add(caller.start(() -> {
                    long startNanos = System.nanoTime();
                    try (TcpSocket accepted = listener.accept(timeout)) {
                        return accepted.isOpen();
                    } catch (SocketTimeoutException e) {
                        assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(timeout.toNanos());
                        return false;
                    }
                }));
            }
            try (Socket client = connect(listener)) {
                assertThat(client.isConnected()).isTrue();
                assertThat(acceptors.get(0).get()).isNotEqualTo(acceptors.get(1).get());
            }
        }
    }

    @Test
    void acceptorsOfEveryKindShareTheConnections() throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            List<Task<List<Integer>>> acceptors = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                for (Caller caller : Caller.values()) {
                    acceptors.add(caller.start(() -> acceptAll(listener)));
                }
            }
            Set<Integer> connected = new HashSet<>();
            for (int i = 0; i < 200; i++) {
                try (Socket client = connect(listener)) {
                    // Accepted before the next one comes, and before the listener is closed.
                    assertThat(client.getInputStream().read()).isEqualTo(1);
                    connected.add(client.getLocalPort());
                }
            }
            listener.close();
            List<Integer> accepted = new ArrayList<>();
            for (Task<List<Integer>> acceptor : acceptors) {
                accepted.addAll(acceptor.get());
            }
            assertThat(accepted).hasSize(200);
            assertThat(connected).containsAll(accepted);
        }
    }

    private static List<Integer> acceptAll(TcpListener listener) throws Exception {
        List<Integer> ports = new ArrayList<>();
        while (true) {
            try (TcpSocket accepted = listener.accept()) {
                accepted.write(new byte[] {1});
                ports.add(accepted.remoteAddress().getPort());
            } catch (SocketException e) {
                assertThat(e.getMessage()).isIn("Socket closed", "Socket is closed");
                return ports;
            }
        }
    }

    @EveryCaller
    void aConnectionThatWasResetInTheBacklogHarmsNobody(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            Socket gone = connect(listener);
            InetSocketAddress remote = (InetSocketAddress) gone.getLocalSocketAddress();
            gone.setSoLinger(true, 0);
            gone.close();
            try (Socket client = connect(listener);
                    TcpSocket first = caller.call(() -> listener.accept());
                    TcpSocket second = caller.call(() -> listener.accept())) {
                assertThat(first.remoteAddress()).isEqualTo(remote);
                assertThat(caller.failureOf(() -> first.read(new byte[1]))).hasMessage("Connection reset");
                assertThat(second.remoteAddress()).isEqualTo(client.getLocalSocketAddress());
            }
        }
    }

    @EveryCaller
    void thePortIsFreeAtOnceAfterClose(Caller caller) throws Exception {
        InetSocketAddress address;
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            address = listener.localAddress();
        }
        for (int round = 0; round < 100; round++) {
            try (TcpListener listener = TcpListener.bind(address)) {
                Task<TcpSocket> accepting = caller.start(() -> listener.accept());
                try (Socket client = connect(listener);
                        TcpSocket accepted = accepting.get()) {
                    assertThat(accepted.remoteAddress()).isEqualTo(client.getLocalSocketAddress());
                    // The connection outlives its listener, and an accept may still be on its way out.
                    Task<TcpSocket> last = caller.start(() -> listener.accept());
                    if (round % 2 == 0) {
                        last.awaitWaiting();
                    }
                    listener.close();
                    TcpListener.bind(address).close();
                    assertThat(last.failure().getMessage()).isIn("Socket closed", "Socket is closed");
                    client.getOutputStream().write(1);
                    assertThat(accepted.read(new byte[1])).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void aPortThatIsInUseIsRefused() throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            assertThatThrownBy(() -> TcpListener.bind(listener.localAddress()))
                    .isExactlyInstanceOf(BindException.class)
                    .hasMessageStartingWith("Address already in use");
        }
    }

    @Test
    void anAddressThatIsNotOursIsRefused() throws Exception {
        InetAddress documentation = InetAddress.ofLiteral("192.0.2.1");
        assertThatThrownBy(() -> TcpListener.bind(new InetSocketAddress(documentation, 0)))
                .isExactlyInstanceOf(BindException.class)
                .hasMessageStartingWith("Cannot assign requested address");
        assertThatThrownBy(() -> TcpListener.bind(InetSocketAddress.createUnresolved("nowhere", 0)))
                .isExactlyInstanceOf(UnknownHostException.class)
                .hasMessage("nowhere");
    }

    @Test
    void nonsenseIsRefusedBeforeThereIsASocket() {
        for (int nonsense : new int[] {0, -1, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> TcpListener.bind(Pair.anyPort(), nonsense))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageEndingWith("backlog=" + nonsense);
            assertThatThrownBy(() -> TcpListener.builder().maxConnections(nonsense))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageEndingWith("connections=" + nonsense);
        }
    }

    @EveryCaller
    void theBacklogIsHonoured(Caller caller) throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort(), 1)) {
            List<TcpSocket> connected = new ArrayList<>();
            try {
                // The kernel lets one more wait than the backlog says.
                for (int i = 0; i < 2; i++) {
                    connected.add(TcpSocket.connect(listener.localAddress(), LONG));
                }
                assertThat(caller.failureOf(() -> TcpSocket.connect(listener.localAddress(), Duration.ofMillis(50))))
                        .isExactlyInstanceOf(SocketTimeoutException.class);
            } finally {
                connected.forEach(TcpSocket::close);
            }
        }
    }

    /** A log line takes descriptors, for the time zones say: a logger may well fail when there are none. */
    @EveryCaller
    void aLoggerThatThrowsEndsNoAcceptAndIsAskedAgain(Caller caller) throws Exception {
        AtomicInteger lines = new AtomicInteger();
        Consumer<String> logger = line -> {
            int n = line.startsWith("Heddle: accept waits on ") ? lines.incrementAndGet() : 0;
            if (n == 1) {
                throw new UncheckedIOException(new IOException("thrown by a test"));
            }
            if (n == 2) {
                throw new NoClassDefFoundError("thrown by a test");
            }
        };
        try (TcpListener listener = TcpListener.bind(Pair.anyPort());
                LogTap tap = LogTap.open(logger)) {
            assertThat(tap).isNotNull();
            Task<TcpSocket> accepting;
            try (FaultPlan plan = FaultPlan.failingAlways("accept4", Errno.EMFILE)) {
                accepting = caller.start(() -> listener.accept());
                Await.until("it has waited five times", () -> accepting.isDone() || plan.calls("accept4") > 6);
            }
            try (Socket client = connect(listener);
                    TcpSocket accepted = accepting.get()) {
                assertThat(accepted.remoteAddress()).isEqualTo(client.getLocalSocketAddress());
            }
            assertThat(lines).hasValue(3);
        }
    }

    /** Who serves at the limit of its descriptors starves again and again. */
    @EveryCaller
    void starvationIsLoggedOnceAndNotWithEveryConnection(Caller caller) throws Exception {
        AtomicInteger lines = new AtomicInteger();
        try (TcpListener listener = TcpListener.bind(Pair.anyPort());
                LogTap tap = LogTap.open(line -> {
                    if (line.startsWith("Heddle: accept waits on ")) {
                        lines.incrementAndGet();
                    }
                })) {
            assertThat(tap).isNotNull();
            for (int i = 0; i < 3; i++) {
                Task<TcpSocket> accepting;
                try (FaultPlan plan = FaultPlan.failingAlways("accept4", Errno.EMFILE)) {
                    accepting = caller.start(() -> listener.accept());
                    Await.until("it has waited twice", () -> accepting.isDone() || plan.calls("accept4") > 2);
                }
                try (Socket client = connect(listener);
                        TcpSocket accepted = accepting.get()) {
                    assertThat(accepted.remoteAddress()).isEqualTo(client.getLocalSocketAddress());
                }
            }
            assertThat(lines).hasValue(1);
        }
    }

    @Test
    void aListenerShowsItself() throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            assertThat(listener.localAddress().getPort()).isPositive();
            assertThat(listener.toString())
                    .contains(String.valueOf(listener.localAddress().getPort()))
                    .contains("open=true");
        }
    }
}
