package io.heddle.samples;

import io.heddle.Heddle;
import io.heddle.UdpSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.BitSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Questions and answers by datagram, as in DNS: each question has a number, its answer repeats it, and what is not
 * answered in time is reported lost. A late answer is one to a question that was reported lost, and changes nothing. In
 * the end the books of both sides must balance: sent = answered + lost; the server has answered no more than was sent,
 * and not less than has arrived.
 *
 * <p>Run: {@code mvn -q compile exec:exec -Dsample=UdpBooks -Dsample.args="100000"}: how many questions. A second
 * argument lets the server leave out one of so many answers.
 */
public final class UdpBooks {
    /** How many questions are on their way at once; the kernel moves so many datagrams with one call. */
    private static final int WINDOW = 64;

    private static final int QUESTION_BYTES = 32;
    private static final Duration PATIENCE = Duration.ofMillis(200);

    /** What became of the questions. */
    record Books(int sent, int answered, int lost, int late) {
        /** Whether they agree with those of the server, which has sent so many answers. */
        boolean balance(int serverAnswered) {
            return sent == answered + lost
                    && late <= lost
                    && answered + late <= serverAnswered
                    && serverAnswered <= sent;
        }
    }

    private UdpBooks() {}

    /** Asks, and leaves with status 1 if the books do not balance. */
    public static void main(String[] args) throws Exception {
        int questions = args.length > 0 ? Integer.parseInt(args[0]) : 100_000;
        int leaveOut = args.length > 1 ? Integer.parseInt(args[1]) : 0;
        InetSocketAddress loopback = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        Books books;
        int serverAnswered;
        try (ExecutorService threads = Heddle.shared().newVirtualThreadPerTaskExecutor()) {
            Future<Integer> answering;
            try (UdpSocket server = UdpSocket.bind(loopback);
                    UdpSocket client = UdpSocket.bind(loopback)) {
                answering = threads.submit(() -> answer(server, leaveOut));
                client.connect(server.localAddress()).setReadTimeout(PATIENCE);
                books = threads.submit(() -> ask(client, questions)).get();
            }
            serverAnswered = answering.get();
        }
        System.out.println("the server has answered " + serverAnswered);
        System.out.println(books.sent + " sent = " + books.answered + " answered + " + books.lost + " lost, of which "
                + books.late + " late");
        if (!books.balance(serverAnswered)) {
            System.exit(1);
        }
    }

    /** Answers until the socket is closed, as many at a time as have come. */
    private static int answer(UdpSocket socket, int leaveOut) throws IOException {
        ByteBuffer[] datagrams = buffers();
        @Nullable InetSocketAddress[] from = new InetSocketAddress[WINDOW];
        int questions = 0;
        int answers = 0;
        while (true) {
            int count;
            try {
                count = socket.receiveMany(datagrams, from);
            } catch (SocketException e) {
                if (!socket.isOpen()) {
                    return answers;
                }
                throw e;
            }
            for (int i = 0; i < count; i++) {
                datagrams[i].flip();
                questions++;
                InetSocketAddress asker = from[i];
                if (asker != null && (leaveOut == 0 || questions % leaveOut != 0)) {
                    answers += socket.sendTo(datagrams[i], asker) > 0 ? 1 : 0;
                }
                datagrams[i].clear();
            }
        }
    }

    private static Books ask(UdpSocket socket, int questions) throws IOException {
        ByteBuffer[] datagrams = buffers();
        ByteBuffer answer = ByteBuffer.allocateDirect(QUESTION_BYTES);
        int sent = 0;
        int answered = 0;
        int lost = 0;
        int late = 0;
        for (int first = 0; first < questions; first += WINDOW) {
            int count = Math.min(WINDOW, questions - first);
            for (int i = 0; i < count; i++) {
                datagrams[i].clear().putInt(0, first + i);
            }
            socket.sendMany(Arrays.copyOf(datagrams, count));
            sent += count;
            BitSet open = new BitSet(count);
            open.set(0, count);
            while (!open.isEmpty()) {
                try {
                    int length = socket.receive(answer.clear());
                    int number = answer.getInt(0) - first;
                    if (length == QUESTION_BYTES && number >= 0 && number < count && open.get(number)) {
                        open.clear(number);
                        answered++;
                    } else {
                        late++;
                    }
                } catch (SocketTimeoutException e) {
                    lost += open.cardinality();
                    break;
                }
            }
        }
        return new Books(sent, answered, lost, late);
    }

    private static ByteBuffer[] buffers() {
        ByteBuffer[] buffers = new ByteBuffer[WINDOW];
        Arrays.setAll(buffers, i -> ByteBuffer.allocateDirect(QUESTION_BYTES));
        return buffers;
    }
}
