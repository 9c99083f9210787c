package io.heddle.internal.socket;

import static io.heddle.internal.readiness.Registration.INTERRUPTED;
import static io.heddle.internal.readiness.Registration.TIMED_OUT;
import static io.heddle.internal.readiness.Registration.WOKEN;

import io.heddle.internal.poller.Homes;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Errors;
import io.heddle.internal.sys.PollFds;
import io.heddle.internal.sys.PosixPoll;
import io.heddle.internal.sys.Socket;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A listening socket, TCP or Unix, with a blocking accept.
 *
 * @param <S> what it accepts
 */
public abstract class ListenSocket<S extends StreamSocket> extends Descriptor {
    private static final long BACKOFF_MIN_NANOS = 5_000_000;
    private static final long BACKOFF_MAX_NANOS = 1_000_000_000;
    private static final long WARN_NANOS_MIN = 10_000_000_000L;

    static {
        // Where classes are files in a directory, loading one takes a descriptor, and starve() has none to give.
        Errors.of("accept4", Errno.EMFILE, "");
        Starvation.descriptorReturned();
        Deadlines.toNanos(Duration.ZERO);
    }

    private final ReentrantLock acceptLock = new ReentrantLock();
    private final AtomicLong starved = new AtomicLong();

    /** Written by the acceptor before it closes, read by serve. */
    private volatile boolean broken;

    /** Whether a descriptor came back since the last accept4. Set by who closed it, cleared by the acceptor. */
    private final AtomicBoolean returned = new AtomicBoolean();

    // Under acceptLock.
    private long backoffNanos = BACKOFF_MIN_NANOS;
    private boolean failsIfStarved;

    /** The log has a line, and when: who serves at the limit starves, and is fed, with every connection. */
    private boolean warned;

    private long warnedNanos;

    ListenSocket(int fd, int family, Homes homes) {
        super(fd, family, homes);
    }

    /** accept4(2): the number of a connection, or the negated errno. Called by one thread at a time. */
    abstract int tryAccept();

    /** The connection that the last {@link #tryAccept} has answered. */
    abstract S accepted(int number);

    /** Where it listens, for people. */
    abstract String name();

    /** From now on a lack of descriptors or memory fails an accept, as in the JDK. Before the first accept. */
    public void failIfStarved() {
        failsIfStarved = true;
    }

    /** Waits for a connection; zero nanoseconds mean no timeout. */
    public S accept(long timeoutNanos) throws IOException {
        ensureListening();
        boolean timed = timeoutNanos != 0;
        long deadlineNanos = timed ? System.nanoTime() + timeoutNanos : 0;
        if (!lock(acceptLock, timed, deadlineNanos)) {
            throw timedOut();
        }
        try {
            begin();
            try {
                return implAccept(timed, deadlineNanos);
            } finally {
                Starvation.remove(this);
                end();
            }
        } finally {
            acceptLock.unlock();
        }
    }

    private S implAccept(boolean timed, long deadlineNanos) throws IOException {
        int outcome = WOKEN;
        for (; ; ) {
            ensureOpen();
            registration.reader.clear();
            if (returned.get()) {
                returned.set(false);
            }
            int n = isEmpty() ? -Errno.EAGAIN : tryAccept();
            if (n >= 0) {
                backoffNanos = BACKOFF_MIN_NANOS;
                return accepted(n);
            }
            switch (-n) {
                case Errno.EAGAIN -> {
                    if (outcome == TIMED_OUT) {
                        throw timedOut();
                    }
                    if (outcome == INTERRUPTED) {
                        throw closedByInterrupt();
                    }
                    outcome = tryAwait(registration.reader, timed, deadlineNanos);
                    if (outcome < 0) {
                        unwatched(-outcome, timed, deadlineNanos);
                    }
                }
                // No descriptors or memory: the connection stays queued in the kernel.
                case Errno.EMFILE, Errno.ENFILE, Errno.ENOBUFS, Errno.ENOMEM, Errno.EPERM ->
                    starve("accept4", -n, timed, deadlineNanos);
                default -> {
                    if (!Errno.isOfPeerBeforeAccept(-n)) {
                        throw unusable("accept4", -n);
                    }
                    outcome = WOKEN;
                }
            }
        }
    }

    /** Asked where accept4(2) might wait. Whoever shares the socket may still take what is there first. */
    private boolean isEmpty() {
        return mayBlock() && PosixPoll.look(fd, PollFds.IN) == 0;
    }

    private void unwatched(int errno, boolean timed, long deadlineNanos) throws IOException {
        if (errno != Errno.ENOMEM && errno != Errno.ENOSPC) {
            throw unusable("epoll_ctl", errno);
        }
        starve("epoll_ctl", errno, timed, deadlineNanos);
    }

    private static SocketTimeoutException timedOut() {
        return new SocketTimeoutException("Accept timed out");
    }

    /** The socket does not listen any more: it was killed from outside, see ss(8) -K. */
    private IOException unusable(String call, int errno) throws SocketException {
        ensureOpen();
        broken = true;
        close();
        return Errors.of(call, errno, "local=" + name());
    }

    /** A logger opens files itself, such as that of the time zones: what it throws now is no reason to stop serving. */
    private boolean warn(String call, int errno) {
        try {
            System.getLogger("io.heddle")
                    .log(
                            System.Logger.Level.WARNING,
                            "Heddle: accept waits on " + name() + ": "
                                    + Errors.of(call, errno, "").getMessage());
            return true;
        } catch (RuntimeException | Error e) {
            // Not lost: it is tried again at the next round.
            return false;
        }
    }

    /** Waits 5 ms, doubling up to 1 s; less if one of our descriptors is closed meanwhile. */
    private void starve(String call, int errno, boolean timed, long deadlineNanos) throws IOException {
        starved.incrementAndGet();
        if (failsIfStarved) {
            // A plain one, as the JDK's: a SocketException would be taken for the socket's end.
            throw new IOException(Errors.of(call, errno, "local=" + name()).getMessage());
        }
        if (Starvation.add(this)) {
            // Listed only now: a descriptor that came back just before has told nobody, so ask once more.
            return;
        }
        long nowNanos = System.nanoTime();
        if (!warned || nowNanos - warnedNanos > WARN_NANOS_MIN) {
            warned = warn(call, errno);
            warnedNanos = nowNanos;
        }
        long untilNanos = nowNanos + backoffNanos;
        backoffNanos = Math.min(backoffNanos * 2, BACKOFF_MAX_NANOS);
        boolean cut = timed && deadlineNanos - untilNanos < 0;
        int outcome = registration.pause(registration.reader, cut ? deadlineNanos : untilNanos, returned);
        if (outcome == INTERRUPTED) {
            throw closedByInterrupt();
        }
        if (outcome == TIMED_OUT && cut) {
            throw timedOut();
        }
    }

    /** Any thread: one of our descriptors was closed. */
    void descriptorReturned() {
        returned.set(true);
        registration.reader.wake();
    }

    /** Fails, with the text that {@code java.net} has for a call that comes after close. */
    public void ensureListening() throws SocketException {
        if (!isOpen()) {
            throw new SocketException("Socket is closed");
        }
    }

    /** Whether it closed itself, because the kernel refused it. */
    public boolean isBroken() {
        return broken;
    }

    /** How often accept found no descriptor or memory. */
    public long starvedCount() {
        return starved.get();
    }

    /** So that a port is free and a peer refused at once, although an accept may hold the number a little longer. */
    @Override
    void shutDown(boolean lingersZero) {
        Socket.shutdown(fd, Socket.SHUT_RD);
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + "[local=" + name() + ", " + super.toString() + "]";
    }
}
