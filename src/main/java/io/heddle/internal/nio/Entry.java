package io.heddle.internal.nio;

import io.heddle.poll.spi.Readiness;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectableChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * One watched channel, what it is asked for next, and what it is to be reported for. Guarded by its selector's lock.
 */
final class Entry {
    private static final int READS = SelectionKey.OP_READ | SelectionKey.OP_ACCEPT;
    private static final int WRITES = SelectionKey.OP_WRITE | SelectionKey.OP_CONNECT;

    final long key;
    private final SelectableChannel channel;

    /** Set once, right after this was made. */
    @Nullable
    SelectionKey selectionKey;

    /** As registered: bits of {@link Readiness}. */
    private int interest;

    /** What is asked for now: the interest, less what was found since where that is the trigger. */
    private int armed;

    /** What was found and is not reported yet. */
    int ready;

    /** Whether it is among those to be reported. */
    boolean queued;

    /** Whether it is among those whose connect is looked for. */
    boolean listed;

    /** What the JDK was told last. */
    private int ops;

    Entry(SelectableChannel channel, long key) {
        this.channel = channel;
        this.key = key;
    }

    private boolean isEdge() {
        return (interest & (Readiness.ONESHOT | Readiness.LEVEL)) == 0;
    }

    void arm(int newInterest) {
        interest = newInterest;
        armed = newInterest & (Readiness.READABLE | Readiness.WRITABLE);
        ready = 0;
    }

    /** Arms again what would block, as far as it was asked for; false if that changes nothing. */
    boolean rearm(int wouldBlock) {
        int again = interest & wouldBlock & (Readiness.READABLE | Readiness.WRITABLE);
        if (!isEdge() || (armed & again) == again) {
            return false;
        }
        armed |= again;
        // If it was found again since, so it will be once more.
        ready &= ~again;
        return true;
    }

    /** Takes what the JDK has found; false if nobody has asked for it. */
    boolean take(int found) {
        int taken = armed & readiness(found);
        if ((interest & Readiness.ONESHOT) != 0 && taken != 0) {
            armed = 0;
        } else if (isEdge()) {
            armed &= ~taken;
        }
        ready |= taken;
        return taken != 0;
    }

    private static int readiness(int found) {
        return ((found & READS) != 0 ? Readiness.READABLE : 0) | ((found & WRITES) != 0 ? Readiness.WRITABLE : 0);
    }

    /**
     * What to ask the JDK for. It knows a socket that connects for that only, and one that is connected for the rest.
     */
    int wantedOps() {
        int writes = channel instanceof SocketChannel socket && socket.isConnectionPending()
                ? SelectionKey.OP_CONNECT
                : SelectionKey.OP_WRITE;
        int wanted = ((armed & Readiness.READABLE) != 0 ? READS : 0) | ((armed & Readiness.WRITABLE) != 0 ? writes : 0);
        ops = wanted & channel.validOps();
        return ops;
    }

    /** Tells the JDK what is asked for now. */
    void ask() {
        SelectionKey present = selectionKey;
        int before = ops;
        if (present != null && wantedOps() != before) {
            try {
                present.interestOps(ops);
            } catch (CancelledKeyException closed) {
                // Whoever closed the channel has ended the watch.
                ops = 0;
            }
        }
    }

    /** Whether the JDK looks for the end of a connect. */
    boolean isConnecting() {
        return (ops & SelectionKey.OP_CONNECT) != 0;
    }
}
