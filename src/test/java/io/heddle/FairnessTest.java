package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.carrier.Carriers;
import io.heddle.internal.engine.Engine;
import io.heddle.internal.epoll.EpollPoller;
import io.heddle.internal.poller.Arming;
import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import io.heddle.testing.TcpState;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Who waits for whom on one carrier, counted in turns of the others and not by a clock. A carrier polls at the end of
 * the first task that ends 50 µs after the last poll: so what the kernel has then comes behind those who wait already,
 * and before any of them comes a second time.
 */
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FairnessTest {
    private static final int BUSY = 4;

    /** Longer than a carrier runs tasks without a look at its poller. */
    private static final long TURN_NANOS = 60_000;

    /** The turn that runs, and one of each. */
    private static final int TURNS_MAX = BUSY + 1;

    /** If all others starve, the busy ones end nevertheless, and the count tells. */
    private static final int TURNS_GIVE_UP = 100_000;

    private static final int ROUNDS = 100;

    /** What {@link TcpListener#serve} accepts before it lets others run. */
    private static final int ACCEPTS_PER_TURN = 32;

    private static final int FLOOD = 20 * ACCEPTS_PER_TURN;

    /** How often the first connection is sent something while the flood is accepted. */
    private static final int SENDS = 9;

    private static final Pattern CONNECTIONS = Pattern.compile("connections=(\\d+)");

    @Test
    void connectionsThatAlwaysHaveDataHoldUpAnotherForATurnOfEachAtMost() throws Exception {
        try (Busy busy = new Busy();
                // Not one that connects: it would wait for that on the thread of this test, at another poller.
                Pair quiet = Pair.accepted()) {
            BlockingQueue<Integer> woken = new LinkedBlockingQueue<>();
            Task<Boolean> reader = busy.start(() -> {
                byte[] one = new byte[1];
                while (quiet.local().read(one) > 0) {
                    woken.add(busy.turns.get());
                }
            });
            List<Integer> waits = new ArrayList<>();
            for (int i = 0; i < ROUNDS; i++) {
                quiet.peer().getOutputStream().write(1);
                Await.until("the byte is there", () -> quiet.local().available() > 0 || !woken.isEmpty());
                int arrived = busy.turns.get();
                waits.add(woken.take() - arrived);
            }
            quiet.peer().shutdownOutput();
            assertThat(reader.get()).isTrue();
            busy.end();

            assertThat(waits).allMatch(turns -> turns <= TURNS_MAX);
        }
    }

    @Test
    void connectionsThatAlwaysHaveDataHoldUpAnAcceptForATurnOfEachAtMost() throws Exception {
        try (Busy busy = new Busy();
                TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            BlockingQueue<Integer> woken = new LinkedBlockingQueue<>();
            Task<Boolean> acceptor = busy.start(() -> {
                for (int i = 0; i < ROUNDS; i++) {
                    try (TcpSocket accepted = listener.accept()) {
                        assertThat(accepted.isOpen()).isTrue();
                        woken.add(busy.turns.get());
                    }
                }
            });
            InetSocketAddress server = listener.localAddress();
            List<Integer> waits = new ArrayList<>();
            for (int i = 0; i < ROUNDS; i++) {
                try (Socket client = new Socket(server.getAddress(), server.getPort())) {
                    InetSocketAddress mine = (InetSocketAddress) client.getLocalSocketAddress();
                    Await.until(
                            "it can be accepted",
                            () -> !woken.isEmpty() || TcpState.of(server, mine) == TcpState.ESTABLISHED);
                    int arrived = busy.turns.get();
                    waits.add(woken.take() - arrived);
                }
            }
            assertThat(acceptor.get()).isTrue();
            busy.end();

            assertThat(waits).allMatch(turns -> turns <= TURNS_MAX);
        }
    }

    /** The listener has a connection to accept at each moment, and never waits. */
    @Test
    @SuppressWarnings("try") // The listener is closed before its thread is joined.
    void aFloodOfConnectionsHoldsUpThoseThatAreServedForSomeAcceptsAtMost() throws Exception {
        try (Heddle heddle = Heddle.open(1);
                TcpListener listener =
                        TcpListener.builder().on(heddle).backlog(FLOOD).bind(Pair.anyPort());
                Flood flood = new Flood(listener)) {
            Task<Boolean> serving = Task.on(heddle.threadFactory()::newThread, () -> listener.serve(flood::handle));
            flood.handled.await();
            listener.close();
            assertThat(serving.get()).isTrue();

            assertThat(flood.behind).hasSize(FLOOD).allMatch(accepts -> accepts <= 2 * ACCEPTS_PER_TURN);
            // Not each: the system may take the CPU from the reader at any moment, and a spare goes on with the others.
            assertThat(flood.waits().get(SENDS / 2)).isLessThanOrEqualTo(2 * ACCEPTS_PER_TURN);
        }
    }

    /**
     * A carrier, and on it threads with connections in which there is something to read at each moment. It is never
     * rescued: a thread that the system does not let run must not fall behind the others.
     */
    private static final class Busy implements AutoCloseable {
        final AtomicInteger turns = new AtomicInteger();
        private final AtomicBoolean stop = new AtomicBoolean();
        private final Carriers carriers = new Carriers(
                1, () -> EpollPoller.open(Arming.EDGE), new Carriers.Limits(1, Long.MAX_VALUE / 4), Engine::shared);
        private final List<Pair> pairs = new ArrayList<>();
        private final List<Task<Boolean>> tasks = new ArrayList<>();

        Busy() throws Exception {
            for (int i = 0; i < BUSY; i++) {
                Pair pair = Pair.accepted();
                pair.deliver((byte) 1);
                pairs.add(pair);
                tasks.add(start(() -> read(pair)));
            }
        }

        Task<Boolean> start(Caller.Work work) {
            return Task.on(carriers.threads()::newThread, work);
        }

        private void read(Pair pair) throws IOException {
            byte[] one = new byte[1];
            while (!stop.get() && turns.get() < TURNS_GIVE_UP) {
                pair.peer().getOutputStream().write(1);
                assertThat(pair.local().read(one)).isEqualTo(1);
                compute(TURN_NANOS);
                turns.incrementAndGet();
                Thread.yield();
            }
        }

        private static void compute(long nanos) {
            long end = System.nanoTime() + nanos;
            while (System.nanoTime() - end < 0) {
                Thread.onSpinWait();
            }
        }

        /** None of them has failed. */
        void end() throws Exception {
            stop.set(true);
            for (Task<Boolean> task : tasks) {
                assertThat(task.get()).isTrue();
            }
        }

        @Override
        public void close() throws IOException {
            stop.set(true);
            tasks.forEach(task -> Await.end(task.thread()));
            for (Pair pair : pairs) {
                pair.close();
            }
            carriers.close();
        }
    }

    /** Connections that wait to be accepted, and those who serve them. */
    private static final class Flood implements AutoCloseable {
        private final TcpListener listener;
        private final List<Socket> clients = new ArrayList<>();
        private final AtomicInteger begun = new AtomicInteger();

        /** The connection of the first client. */
        private final AtomicReference<@Nullable TcpSocket> first = new AtomicReference<>();

        /** How many had been accepted each time the first client had sent again, and each time that was read. */
        private final List<Integer> sentAt = new CopyOnWriteArrayList<>();

        private final List<Integer> readAt = new CopyOnWriteArrayList<>();

        /** For each connection, how many that were accepted were not served yet when it was. */
        final Queue<Integer> behind = new ConcurrentLinkedQueue<>();

        final CountDownLatch handled = new CountDownLatch(FLOOD);

        Flood(TcpListener listener) throws IOException {
            this.listener = listener;
            for (int i = 0; i < FLOOD; i++) {
                Socket client = new Socket();
                clients.add(client);
                client.connect(listener.localAddress());
                client.getOutputStream().write(1);
            }
        }

        void handle(TcpSocket socket) throws IOException {
            int number = begun.incrementAndGet();
            int accepted = accepted();
            behind.add(accepted - begun.get());
            byte[] one = new byte[1];
            socket.readFully(one);
            if (socket.remoteAddress().getPort() == clients.getFirst().getLocalPort()) {
                first.set(socket);
                for (int i = 0; i < SENDS; i++) {
                    socket.readFully(one);
                    readAt.add(accepted());
                }
            } else if (number % (2 * ACCEPTS_PER_TURN) == 0 && number <= SENDS * 2 * ACCEPTS_PER_TURN) {
                sendAgain();
            }
            handled.countDown();
            assertThat(socket.read(one)).as("the client closes").isEqualTo(-1);
        }

        private void sendAgain() throws IOException {
            TcpSocket served = Objects.requireNonNull(first.get(), "the first to come is served first");
            clients.getFirst().getOutputStream().write(1);
            while (served.available() == 0 && readAt.size() <= sentAt.size()) {
                Thread.onSpinWait();
            }
            sentAt.add(accepted());
        }

        /** How many were accepted between the sends and the reads, the fewest first. */
        List<Integer> waits() {
            return IntStream.range(0, SENDS)
                    .map(i -> readAt.get(i) - sentAt.get(i))
                    .sorted()
                    .boxed()
                    .toList();
        }

        /** None of them ends before the listener is closed. */
        private int accepted() {
            Matcher count = CONNECTIONS.matcher(listener.toString());
            assertThat(count.find()).isTrue();
            return Integer.parseInt(count.group(1));
        }

        @Override
        public void close() throws IOException {
            for (Socket client : clients) {
                client.close();
            }
        }
    }
}
