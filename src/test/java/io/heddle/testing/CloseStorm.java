package io.heddle.testing;

import io.heddle.Heddle;
import io.heddle.TcpListener;
import io.heddle.TcpSocket;
import java.io.IOException;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Rounds of one connection each: a reader and a writer wait on it, a platform thread closes it. Both waiters leave by
 * "Socket closed", and the peer reads what the kernel had of the writer's bytes, each of them right, and then the end.
 * Several such rounds go on at a time and hand each other their descriptor numbers, so that a call on a number that
 * belongs to another by now reads or ends what it must not.
 */
public final class CloseStorm {
    private static final int AT_A_TIME = 4;
    private static final int BUFFER = 4096;

    /** More than the kernel takes. */
    private static final int LENGTH = 1 << 20;

    private CloseStorm() {}

    /** Runs so many rounds. */
    public static void run(int rounds) throws Exception {
        AtomicInteger left = new AtomicInteger(rounds);
        List<Task<Boolean>> closers = new ArrayList<>();
        for (int i = 0; i < AT_A_TIME; i++) {
            closers.add(Caller.PLATFORM_THREAD.startRun(() -> rounds(left)));
        }
        for (Task<Boolean> closer : closers) {
            closer.get();
        }
    }

    private static void rounds(AtomicInteger left) throws Exception {
        try (TcpListener listener = TcpListener.builder()
                .option(StandardSocketOptions.SO_RCVBUF, BUFFER)
                .bind(Pair.anyPort())) {
            while (left.getAndDecrement() > 0) {
                round(listener);
            }
        }
    }

    private static void round(TcpListener listener) throws Exception {
        // The bytes begin at the port of the one that was connected: those of another one are wrong.
        try (TcpSocket socket = TcpSocket.builder()
                        .option(StandardSocketOptions.SO_SNDBUF, BUFFER)
                        .connect(listener.localAddress(), Duration.ofMinutes(1));
                TcpSocket peer = listener.accept()) {
            Task<Boolean> reader = start(() -> {
                int n = socket.read(new byte[1]);
                throw new AssertionError("read from nobody: n=" + n);
            });
            byte[] bytes = Bytes.from(socket.localAddress().getPort(), LENGTH);
            Task<Boolean> writer = start(() -> {
                socket.write(bytes);
                throw new AssertionError("the kernel took all");
            });
            reader.awaitWaiting();
            writer.awaitWaiting();
            close(socket);
            expectClosed(reader);
            expectClosed(writer);
            Bytes.checkToEnd(peer.inputStream(), peer.remoteAddress().getPort());
        }
    }

    @SuppressWarnings("try") // Closing is what is tested.
    private static void close(TcpSocket socket) throws IOException {
        socket.close();
    }

    private static Task<Boolean> start(Caller.Work work) {
        return Task.on(Heddle.shared().threadFactory()::newThread, work);
    }

    private static void expectClosed(Task<Boolean> waiter) throws Exception {
        Throwable thrown = waiter.failure();
        if (!(thrown instanceof SocketException) || !"Socket closed".equals(thrown.getMessage())) {
            throw new AssertionError("a waiter left by something else", thrown);
        }
    }
}
