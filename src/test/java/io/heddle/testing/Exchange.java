package io.heddle.testing;

import io.heddle.TcpSocket;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A client of a {@link Mirror}: one thread writes a stamped stream and ends it, another reads the answer, checking each
 * byte. What came of both is the outcome; a wrong byte is thrown.
 */
public final class Exchange {
    private static final int WRITE_MAX = 4 * 1024;
    private static final int READ_MAX = 8 * 1024;

    private final TcpSocket socket;
    private final Stamp stamp;
    private final long total;
    private final Task<Boolean> writing;
    private final Task<Boolean> reading;

    private final LongAdder sent = new LongAdder();
    private final LongAdder received = new LongAdder();
    private final LongAdder timeouts = new LongAdder();
    private volatile boolean ended;
    private volatile @Nullable IOException writeFailure;
    private volatile @Nullable IOException readFailure;

    private Exchange(Caller caller, TcpSocket socket, Stamp stamp, long total, Random choices) {
        this.socket = socket;
        this.stamp = stamp;
        this.total = total;
        long writeSeed = choices.nextLong();
        long readSeed = choices.nextLong();
        writing = caller.startRun(() -> writeAll(new Random(writeSeed)));
        reading = caller.startRun(() -> readAll(new Random(readSeed)));
    }

    /** Starts both threads. */
    public static Exchange start(Caller caller, TcpSocket socket, Stamp stamp, long total, Random choices) {
        return new Exchange(caller, socket, stamp, total, choices);
    }

    private void writeAll(Random choices) {
        byte[] buffer = new byte[WRITE_MAX];
        try {
            for (long place = 0; place < total; place = sent.sum()) {
                int n = (int) Math.min(total - place, 1 + choices.nextInt(buffer.length));
                stamp.fill(buffer, 0, n, place);
                try {
                    socket.write(buffer, 0, n);
                    sent.add(n);
                } catch (SocketTimeoutException e) {
                    timeouts.increment();
                    sent.add(e.bytesTransferred);
                }
            }
            socket.shutdownOutput();
        } catch (IOException e) {
            writeFailure = e;
        }
    }

    private void readAll(Random choices) {
        byte[] buffer = new byte[READ_MAX];
        try {
            for (; ; ) {
                int n;
                try {
                    n = socket.read(buffer, 0, 1 + choices.nextInt(buffer.length));
                } catch (SocketTimeoutException e) {
                    timeouts.increment();
                    continue;
                }
                if (n < 0) {
                    ended = true;
                    return;
                }
                stamp.answered().check(buffer, 0, n, received.sum());
                received.add(n);
            }
        } catch (IOException e) {
            readFailure = e;
        }
    }

    /** Waits for both threads; throws if one met a wrong byte. */
    public Exchange join() throws Exception {
        boolean wrote = writing.get();
        boolean read = reading.get();
        assert wrote && read;
        return this;
    }

    /** Fails unless every byte was sent and answered, and both ends were in order. */
    public Exchange joinWhole() throws Exception {
        join();
        if (writeFailure != null || readFailure != null || !ended || sent.sum() != total || received.sum() != total) {
            AssertionError failed = new AssertionError("not every byte came back: " + this);
            if (readFailure != null) {
                failed.addSuppressed(readFailure);
            }
            if (writeFailure != null) {
                failed.addSuppressed(writeFailure);
            }
            throw failed;
        }
        return this;
    }

    /** Whether its reader has come to the end of the stream. */
    public boolean ended() {
        return ended;
    }

    /** How many bytes its writes have taken. */
    public long sent() {
        return sent.sum();
    }

    /** How many right bytes it has read. */
    public long received() {
        return received.sum();
    }

    /** How many reads and writes have run into their timeout. */
    public long timeouts() {
        return timeouts.sum();
    }

    /** What ended its writes before all was sent, or null. */
    public @Nullable IOException writeFailure() {
        return writeFailure;
    }

    /** What ended its reads before the end of the stream, or null. */
    public @Nullable IOException readFailure() {
        return readFailure;
    }

    @Override
    public String toString() {
        return "Exchange[" + stamp + ", sent=" + sent + " of " + total + ", received=" + received + ", ended=" + ended
                + ", writeFailure=" + writeFailure + ", readFailure=" + readFailure + "]";
    }
}
