package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Much data in both directions at the same time, compared by digest. */
@Behaviour
class TcpLargeTransferTest {
    private static final int MIB = 1024 * 1024;
    private static final long SEED = Long.getLong("heddle.seed", 42);

    @EveryCaller
    void sixtyFourMebibytesGoEachWayAtTheSameTime(Caller caller) throws Exception {
        exchange(caller, 64L * MIB);
    }

    @Test
    @Tag("stress")
    void aGibibyteGoesEachWayAtTheSameTime() throws Exception {
        exchange(Caller.HEDDLE_THREAD, 1024L * MIB);
    }

    @EveryCaller
    void oneWriteOfSixtyFourMebibytesArrivesWhole(Caller caller) throws Exception {
        byte[] all = new byte[64 * MIB];
        new Random(SEED).nextBytes(all);
        try (Pair pair = Pair.open()) {
            Task<Boolean> writing = caller.startRun(() -> {
                pair.local().write(all);
                pair.local().shutdownOutput();
            });
            MessageDigest received = MessageDigest.getInstance("SHA-256");
            byte[] buffer = new byte[256 * 1024];
            for (int n = pair.peer().getInputStream().read(buffer);
                    n >= 0;
                    n = pair.peer().getInputStream().read(buffer)) {
                received.update(buffer, 0, n);
            }
            assertThat(HexFormat.of().formatHex(received.digest()))
                    .as("seed=" + SEED)
                    .isEqualTo(HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(all)));
            assertThat(writing.get()).isTrue();
        }
    }

    private static void exchange(Caller caller, long bytes) throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            Task<TcpSocket> connecting = caller.start(() -> TcpSocket.connect(listener.localAddress()));
            try (TcpSocket one = listener.accept();
                    TcpSocket other = connecting.get()) {
                Task<Long> sentByOne = caller.start(() -> send(one, bytes, SEED));
                Task<Long> sentByOther = caller.start(() -> send(other, bytes, SEED + 1));
                Task<Long> receivedByOne = caller.start(() -> receive(one, bytes));
                Task<Long> receivedByOther = caller.start(() -> receive(other, bytes));

                assertThat(receivedByOther.get()).as("seed=" + SEED).isEqualTo(sentByOne.get());
                assertThat(receivedByOne.get()).as("seed=" + SEED).isEqualTo(sentByOther.get());
            }
        }
    }

    private static long send(TcpSocket socket, long bytes, long seed) throws IOException {
        CRC32C sum = new CRC32C();
        Random sizes = new Random(seed);
        byte[] chunk = new byte[MIB];
        sizes.nextBytes(chunk);
        for (long left = bytes; left > 0; ) {
            int length = (int) Math.min(left, 1 + sizes.nextInt(MIB));
            chunk[0]++;
            socket.write(chunk, 0, length);
            sum.update(chunk, 0, length);
            left -= length;
        }
        socket.shutdownOutput();
        return sum.getValue();
    }

    private static long receive(TcpSocket socket, long bytes) throws IOException {
        CRC32C sum = new CRC32C();
        byte[] buffer = new byte[200_000];
        long received = 0;
        for (int n = socket.read(buffer); n >= 0; n = socket.read(buffer)) {
            sum.update(buffer, 0, n);
            received += n;
        }
        assertThat(received).isEqualTo(bytes);
        return sum.getValue();
    }
}
