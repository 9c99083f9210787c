package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.Heddle;
import io.heddle.Statistics;
import io.heddle.testing.Caller;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import io.heddle.testing.UdpQueue;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Clients ask, two threads on one socket answer, all at once. So few questions are on their way that the kernel has
 * room for all: each must be answered, once, with its own bytes, and the kernel must have dropped none.
 */
@ExtendWith(NoLeaks.class)
@Timeout(value = 120, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DatagramBooksTest {
    private static final int CLIENTS = 8;
    private static final int ROUNDS = 150;

    /** The least buffer of a Linux has room for as many from all clients. */
    private static final int WINDOW = 8;

    private static final int ANSWERERS = 2;
    private static final int BYTES_MAX = 300;
    private static final int HEADER = 12;

    /** What our pollers have reported. */
    private static long events() {
        Statistics statistics = Heddle.shared().statistics();
        return statistics.carriers().stream()
                        .mapToLong(Statistics.Carrier::events)
                        .sum()
                + statistics.hostedPollers().stream()
                        .mapToLong(Statistics.HostedPoller::events)
                        .sum();
    }

    @ParameterizedTest
    @EnumSource(Caller.class)
    void eachQuestionIsAnsweredOnce(Caller caller) throws Exception {
        long before = events();
        assertThat(booksOf(Scene.Maker.HEDDLE, caller)).isEqualTo((long) CLIENTS * ROUNDS * WINDOW);
        assertThat(events() - before).as("waits that our pollers have ended").isGreaterThan(ROUNDS);
    }

    @ParameterizedTest
    @EnumSource(names = "PLATFORM_THREAD")
    void onTheJdksSocketsOurPollersReportNothing(Caller caller) throws Exception {
        long before = events();
        assertThat(booksOf(Scene.Maker.JDK, caller)).isEqualTo((long) CLIENTS * ROUNDS * WINDOW);
        assertThat(events() - before).isZero();
    }

    /** Answers how many questions were answered, when all books have balanced. */
    private static long booksOf(Scene.Maker maker, Caller caller) throws Exception {
        long seed = Long.getLong("heddle.seed", System.nanoTime());
        System.out.println("DatagramBooksTest: caller=" + caller + ", -Dheddle.seed=" + seed);
        AtomicLong questions = new AtomicLong();
        long answers = 0;
        List<Task<Boolean>> answering = new ArrayList<>();
        try (Scene scene = new Scene(maker)) {
            DatagramSocket server = scene.open(maker.datagrams(Pair.anyPort()));
            for (int i = 0; i < ANSWERERS; i++) {
                answering.add(caller.startRun(() -> answer(server, questions)));
            }
            List<Task<Long>> asking = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int client = i;
                DatagramSocket socket = scene.open(maker.datagrams(Pair.anyPort()));
                socket.connect(server.getLocalSocketAddress());
                asking.add(caller.start(() -> ask(socket, client, new SplittableRandom(seed + client))));
            }
            for (Task<Long> each : asking) {
                answers += each.get();
            }
            assertThat(UdpQueue.of(server.getLocalPort())).isEqualTo(new UdpQueue(0, 0));
        }
        for (Task<Boolean> each : answering) {
            assertThat(each.get()).isTrue();
        }
        assertThat(questions).hasValue(answers);
        return answers;
    }

    /** Until the socket is closed. */
    private static void answer(DatagramSocket socket, AtomicLong questions) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[BYTES_MAX + 1], BYTES_MAX + 1);
        while (true) {
            try {
                socket.receive(packet);
            } catch (SocketException e) {
                assertThat(e).hasMessage("Socket closed");
                return;
            }
            questions.incrementAndGet();
            socket.send(packet);
        }
    }

    /** Answers how many answers there were. */
    private static long ask(DatagramSocket socket, int client, SplittableRandom random) throws IOException {
        socket.setSoTimeout(60_000);
        long answers = 0;
        DatagramPacket answer = new DatagramPacket(new byte[BYTES_MAX + 1], BYTES_MAX + 1);
        for (int round = 0; round < ROUNDS; round++) {
            byte[][] sent = new byte[WINDOW][];
            for (int i = 0; i < WINDOW; i++) {
                sent[i] = new byte[random.nextInt(HEADER, BYTES_MAX)];
                random.nextBytes(sent[i]);
                ByteBuffer.wrap(sent[i]).putInt(client).putInt(round).putInt(i);
                socket.send(new DatagramPacket(sent[i], sent[i].length));
            }
            BitSet open = new BitSet(WINDOW);
            open.set(0, WINDOW);
            while (!open.isEmpty()) {
                socket.receive(answer);
                ByteBuffer received = ByteBuffer.wrap(answer.getData(), answer.getOffset(), answer.getLength());
                int number = received.getInt(8);
                assertThat(open.get(number)).isTrue();
                assertThat(received).isEqualTo(ByteBuffer.wrap(sent[number]));
                open.clear(number);
                answers++;
            }
        }
        assertThat(UdpQueue.of(socket.getLocalPort())).isEqualTo(new UdpQueue(0, 0));
        return answers;
    }
}
