package io.heddle.internal.socket;

import static io.heddle.internal.readiness.Registration.INTERRUPTED;
import static io.heddle.internal.readiness.Registration.TIMED_OUT;
import static io.heddle.internal.readiness.Registration.WOKEN;

import io.heddle.internal.poller.DescriptorLife;
import io.heddle.internal.poller.Homes;
import io.heddle.internal.readiness.Readiness;
import io.heddle.internal.readiness.Registration;
import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Errors;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.SockOpt;
import io.heddle.internal.sys.Socket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One open descriptor of the kernel and how long it lives. Every call on it is between {@link #begin} and
 * {@link #end}; closing marks it, wakes who waits, and the last one out closes the number.
 */
public abstract class Descriptor {
    /** An {@link Attempt} would block, and the kernel does not report when it would not. */
    static final int UNREPORTED = Integer.MIN_VALUE;

    private static final String CLOSED_BY_INTERRUPT = "Closed by interrupt";
    private static final long BACKOFF_MIN_NANOS = 1_000_000;
    private static final long BACKOFF_MAX_NANOS = 50_000_000;
    private static final AtomicBoolean NEVER = new AtomicBoolean();

    final int fd;
    final int family;
    final Registration registration;
    private final DescriptorLife life = new DescriptorLife();

    /** Set by the setter of SO_LINGER, read by the closer: close sends a reset instead of the end. */
    private volatile boolean lingersZero;

    /** Others have the same open file, and close leaves it to them. Set by whoever shares it, read by the closer. */
    private volatile boolean shared;

    Descriptor(int fd, int family, Homes homes) {
        this.fd = fd;
        this.family = family;
        this.registration = new Registration(fd, homes);
    }

    final void begin() throws SocketException {
        if (!life.acquire()) {
            throw closed();
        }
    }

    /** As {@link #begin}, with the text that {@code java.net} has for a call that comes after close. */
    final void enter() throws SocketException {
        if (!life.acquire()) {
            throw new SocketException("Socket is closed");
        }
    }

    final void end() {
        if (life.release()) {
            registration.discard();
            int result = Fd.close(fd);
            // EIO and EINTR leave the number closed all the same; EBADF means that somebody else closed it.
            assert result != -Errno.EBADF : "closed twice: fd=" + fd;
            Starvation.descriptorReturned();
        }
    }

    public final boolean isOpen() {
        return life.isOpen();
    }

    /** Fails, with the text that {@code java.net} has for a socket that was closed during a call. */
    public final void ensureOpen() throws SocketException {
        if (!life.isOpen()) {
            throw closed();
        }
    }

    /**
     * Ends every call in progress, soon; the last of them, or this, closes the number. Idempotent. Waits only where
     * SO_LINGER is positive, as close(2) does.
     */
    public final void close() {
        if (life.beginClose()) {
            try {
                if (!shared) {
                    shutDown(lingersZero);
                }
            } finally {
                registration.halt();
                end();
            }
        }
    }

    /** Closes both as one: what a call on one of them meets is its own close, and never that of the other. */
    static void closeBoth(Descriptor first, Descriptor second) {
        boolean held = first.life.acquire();
        try {
            first.close();
            second.close();
        } finally {
            if (held) {
                first.end();
            }
        }
    }

    /** Called once, with the number still valid: lets the peer know now and not when the last user leaves. */
    abstract void shutDown(boolean lingersZero);

    static SocketException closed() {
        return new SocketException("Socket closed");
    }

    /** A virtual thread was interrupted while it waited: as in the JDK, its socket is gone. */
    final SocketException closedByInterrupt() {
        close();
        return new SocketException(CLOSED_BY_INTERRUPT);
    }

    /** Whether that is what a call has thrown: {@code java.net} has no type of its own for it. */
    public static boolean isClosedByInterrupt(SocketException e) {
        return CLOSED_BY_INTERRUPT.equals(e.getMessage());
    }

    /**
     * Takes the lock of one direction; false if the deadline passes first. An interrupt does not end the
     * wait: as in the JDK it counts only for who waits on the socket itself.
     */
    static boolean lock(ReentrantLock lock, boolean timed, long deadlineNanos) {
        if (lock.tryLock()) {
            return true;
        }
        if (!timed) {
            lock.lock();
            return true;
        }
        boolean interrupted = false;
        try {
            for (; ; ) {
                try {
                    return lock.tryLock(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Waits as {@link Registration#await}; a refusal becomes an exception. */
    final int await(Readiness direction, boolean timed, long deadlineNanos) throws IOException {
        int outcome = tryAwait(direction, timed, deadlineNanos);
        if (outcome < 0) {
            throw unwatched(-outcome);
        }
        return outcome;
    }

    /** The kernel refuses to watch this. */
    IOException unwatched(int errno) {
        return Errors.of("epoll_ctl", errno, "fd=" + fd);
    }

    /** Waits as {@link Registration#await}. */
    final int tryAwait(Readiness direction, boolean timed, long deadlineNanos) throws SocketException {
        try {
            return registration.await(direction, timed, deadlineNanos);
        } catch (UncheckedIOException e) {
            // The hosted poller starts with its first waiter, and could not.
            throw new SocketException(e.getMessage(), e);
        }
    }

    /** One try of a blocking call. */
    @FunctionalInterface
    interface Attempt {
        /**
         * Does not wait. Answers the result or a negated errno: EINTR to be called again at once; EAGAIN to be called
         * again when the descriptor is ready, {@link #UNREPORTED} after a while.
         */
        int tryNow() throws IOException;
    }

    /**
     * A blocking call of any kind: one at a time in its direction, tried until it need not wait. StreamSocket has the
     * same written out, where it may cost nothing.
     *
     * @param timeoutNanos zero for none
     * @param late what to say when the time is over
     * @return what the last try answered
     */
    final int call(Readiness direction, ReentrantLock lock, long timeoutNanos, String late, Attempt attempt)
            throws IOException {
        boolean timed = timeoutNanos != 0;
        long deadlineNanos = timed ? System.nanoTime() + timeoutNanos : 0;
        if (!lock(lock, timed, deadlineNanos)) {
            throw new SocketTimeoutException(late);
        }
        try {
            begin();
            try {
                return tryUntilDone(direction, timed, deadlineNanos, late, attempt);
            } finally {
                end();
            }
        } finally {
            lock.unlock();
        }
    }

    private int tryUntilDone(Readiness direction, boolean timed, long deadlineNanos, String late, Attempt attempt)
            throws IOException {
        int outcome = WOKEN;
        long backoffNanos = BACKOFF_MIN_NANOS;
        for (; ; ) {
            ensureOpen();
            direction.clear();
            int result = attempt.tryNow();
            if (result == -Errno.EINTR) {
                continue;
            }
            if (result != -Errno.EAGAIN && result != UNREPORTED) {
                if (result < 0) {
                    // close() ends both directions first: what came of that is no error of its own.
                    ensureOpen();
                }
                return result;
            }
            // What is there by now wins over the deadline and over the interrupt.
            if (outcome == TIMED_OUT) {
                throw new SocketTimeoutException(late);
            }
            if (outcome == INTERRUPTED) {
                throw closedByInterrupt();
            }
            if (result == UNREPORTED) {
                outcome = backOff(direction, backoffNanos, timed, deadlineNanos);
                backoffNanos = Math.min(backoffNanos * 2, BACKOFF_MAX_NANOS);
            } else {
                outcome = await(direction, timed, deadlineNanos);
            }
        }
    }

    private int backOff(Readiness direction, long nanos, boolean timed, long deadlineNanos) {
        long untilNanos = System.nanoTime() + nanos;
        boolean cut = timed && deadlineNanos - untilNanos < 0;
        int outcome = registration.pause(direction, cut ? deadlineNanos : untilNanos, NEVER);
        return outcome == TIMED_OUT && !cut ? WOKEN : outcome;
    }

    /** Another descriptor for the same open file. */
    public final PlainDescriptor duplicate(Homes homes) throws IOException {
        enter();
        try {
            PlainDescriptor duplicate = PlainDescriptor.duplicate(homes, fd);
            share();
            return duplicate;
        } finally {
            end();
        }
    }

    final void share() {
        shared = true;
    }

    /**
     * Whether calls may block that are not told otherwise: each who shares an open file can make it so. Asked right
     * before each such call, as nobody can be kept from doing it in between. Asks nothing of what was never shared.
     */
    final boolean mayBlock() {
        if (!shared) {
            return false;
        }
        if (!life.acquire()) {
            return true;
        }
        try {
            return Fd.isBlocking(fd) != 0;
        } finally {
            end();
        }
    }

    /** What this is. */
    abstract SocketKind kind();

    /** Sets an option. */
    public final <T> void setOption(SocketOption<T> name, T value) throws IOException {
        SocketOptions.Option option = SocketOptions.find(name, kind());
        enter();
        try {
            option.set(fd, family, value);
            if (option == SocketOptions.LINGER) {
                lingersZero = (Integer) value == 0;
            }
        } finally {
            end();
        }
    }

    /** Sets what a builder has collected. */
    final void setOptions(Map<SocketOption<?>, Object> options) throws IOException {
        for (Map.Entry<SocketOption<?>, Object> option : options.entrySet()) {
            setUnchecked(option.getKey(), option.getValue());
        }
    }

    @SuppressWarnings("unchecked") // The builder has checked the value against the option's type.
    private <T> void setUnchecked(SocketOption<T> name, Object value) throws IOException {
        setOption(name, (T) value);
    }

    /** Asks for an option. */
    @SuppressWarnings("NullAway") // Null for an interface that nobody chose, as in java.net, whose T is not annotated.
    public final <T> T getOption(SocketOption<T> name) throws IOException {
        SocketOptions.Option option = SocketOptions.find(name, kind());
        enter();
        try {
            return name.type().cast(option.get(fd, family));
        } finally {
            end();
        }
    }

    /** Asks the kernel; null if closed. */
    final @Nullable InetSocketAddress askLocalAddress() {
        if (!life.acquire()) {
            return null;
        }
        try {
            InetSocketAddress[] name = new InetSocketAddress[1];
            return Socket.localAddress(fd, name) < 0 ? null : name[0];
        } finally {
            end();
        }
    }

    /** The same of a Unix socket: the empty path if it has no name. */
    final @Nullable UnixDomainSocketAddress askLocalName() {
        if (!life.acquire()) {
            return null;
        }
        try {
            UnixDomainSocketAddress[] name = new UnixDomainSocketAddress[1];
            return Socket.localAddress(fd, name) < 0 ? null : name[0];
        } finally {
            end();
        }
    }

    /** Lets IPv4 in: only the wildcard can be both, a concrete IPv6 address is not reached by IPv4. */
    final void makeDualStack(String context) throws IOException {
        if (family == Socket.AF_INET6) {
            check("setsockopt", Socket.setOption(fd, SockOpt.IPPROTO_IPV6, SockOpt.IPV6_V6ONLY, 0), context);
        }
    }

    static int check(String call, int result, String context) throws IOException {
        if (result < 0) {
            throw Errors.of(call, -result, context);
        }
        return result;
    }

    @Override
    public String toString() {
        return life + ", " + registration;
    }
}
