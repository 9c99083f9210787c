package io.heddle.internal.javanet;

import io.heddle.internal.engine.Engine;
import io.heddle.internal.socket.Descriptor;
import io.heddle.internal.socket.Families;
import io.heddle.internal.socket.Leaks;
import io.heddle.internal.socket.SocketKind;
import io.heddle.internal.socket.SocketOptions;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.lang.ref.Cleaner;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import jdk.net.ExtendedSocketOptions;
import org.jspecify.annotations.Nullable;

/**
 * What the two kinds of socket share: when the descriptor comes and goes, and its options. {@link java.net.Socket} and
 * {@link java.net.ServerSocket} check most things before they ask us; texts and their order are those of the JDK's own
 * implementation, because programs match on them.
 *
 * @param <D> the descriptor
 */
abstract class DescriptorImpl<D extends Descriptor> extends SocketImpl {
    private final SocketKind kind;

    /** Held where the descriptor or its address changes; never while anything waits. */
    final ReentrantLock changing = new ReentrantLock();

    // Both null until create() or accept().
    private volatile @Nullable D descriptor;
    private volatile Cleaner.@Nullable Cleanable closer;

    DescriptorImpl(SocketKind kind) {
        this.kind = kind;
    }

    abstract D open() throws IOException;

    abstract int timeoutMillis();

    abstract void setTimeoutMillis(int millis);

    /** SO_BINDADDR. */
    abstract InetAddress localHost();

    @Override
    protected void create(boolean stream) throws IOException {
        if (!stream) {
            throw new IOException("Datagram socket creation not supported");
        }
        Engine.ensure();
        changing.lock();
        try {
            if (descriptor != null) {
                throw new IOException("Already created");
            }
            own(open());
        } finally {
            changing.unlock();
        }
    }

    /** Where there is no IPv6, or it is switched off, the kernel is not asked, as in the JDK. */
    static void ensureReached(InetAddress address) throws SocketException {
        if (address instanceof Inet6Address && !Families.hasIpv6()) {
            throw new SocketException("IPv6 protocol family unavailable");
        }
    }

    /** From now on it is ours to close. */
    final void own(D opened) {
        try {
            attach(opened, Leaks.register(this, opened::close));
        } catch (Throwable t) {
            // No memory, or no thread for the first cleaner: nobody else knows the descriptor.
            opened.close();
            throw t;
        }
    }

    final void attach(D attached, Cleaner.Cleanable closedBy) {
        closer = closedBy;
        descriptor = attached;
    }

    final @Nullable D known() {
        return descriptor;
    }

    /** What is open, for a call that does not wait. */
    final D opened() throws SocketException {
        D known = descriptor;
        if (known == null) {
            throw new SocketException("Socket not created");
        }
        known.ensureOpen();
        return known;
    }

    /** What a call has thrown that waited: {@code java.net} closes its own part too after an interrupt. */
    static IOException translated(SocketException e) {
        if (!Descriptor.isClosedByInterrupt(e)) {
            return e;
        }
        InterruptedIOException interrupted = new InterruptedIOException(e.getMessage());
        interrupted.initCause(e);
        return interrupted;
    }

    @Override
    public void close() {
        Cleaner.Cleanable known = closer;
        if (known != null) {
            known.clean();
        }
    }

    // Options

    @Override
    protected Set<SocketOption<?>> supportedOptions() {
        return SocketOptions.supported(kind);
    }

    @Override
    protected <T> void setOption(SocketOption<T> name, T value) throws IOException {
        ensureSupported(name);
        if (!name.type().isInstance(value)) {
            throw new IllegalArgumentException("Invalid value '" + value + "'");
        }
        D open = opened();
        if (name == ExtendedSocketOptions.SO_INCOMING_NAPI_ID) {
            throw new SocketException("Attempt to set read only option " + name);
        }
        try {
            open.setOption(name, value);
        } catch (IllegalArgumentException e) {
            throw refused(name, e);
        }
    }

    /** In the JDK the kernel refuses what we have not even asked it for. */
    static SocketException refused(SocketOption<?> name, IllegalArgumentException e) {
        if (name == StandardSocketOptions.IP_TOS) {
            throw new IllegalArgumentException("Invalid IP_TOS value", e);
        }
        if (name == StandardSocketOptions.IP_MULTICAST_TTL) {
            throw new IllegalArgumentException("Invalid TTL/hop value", e);
        }
        if (name == StandardSocketOptions.SO_RCVBUF || name == StandardSocketOptions.SO_SNDBUF) {
            throw new IllegalArgumentException("Invalid send/receive buffer size", e);
        }
        return new SocketException("Invalid argument: " + e.getMessage(), e);
    }

    @Override
    protected <T> T getOption(SocketOption<T> name) throws IOException {
        ensureSupported(name);
        return opened().getOption(name);
    }

    private void ensureSupported(SocketOption<?> name) {
        if (!SocketOptions.isSupported(kind, name)) {
            throw new UnsupportedOperationException("'" + name + "' not supported");
        }
    }

    @Override
    public void setOption(int name, Object value) throws SocketException {
        D open = opened();
        try {
            switch (name) {
                case SO_TIMEOUT -> {
                    int millis = intValue(value, "SO_TIMEOUT");
                    if (millis < 0) {
                        throw new IllegalArgumentException("timeout < 0");
                    }
                    setTimeoutMillis(millis);
                }
                // False, or the seconds.
                case SO_LINGER ->
                    open.setOption(
                            StandardSocketOptions.SO_LINGER,
                            Boolean.FALSE.equals(value) ? -1 : intValue(value, "SO_LINGER"));
                case IP_TOS -> open.setOption(StandardSocketOptions.IP_TOS, intValue(value, "IP_TOS"));
                case SO_SNDBUF -> open.setOption(StandardSocketOptions.SO_SNDBUF, positive(value, "SO_SNDBUF"));
                case SO_RCVBUF -> open.setOption(StandardSocketOptions.SO_RCVBUF, positive(value, "SO_RCVBUF"));
                case TCP_NODELAY ->
                    open.setOption(StandardSocketOptions.TCP_NODELAY, booleanValue(value, "TCP_NODELAY"));
                case SO_KEEPALIVE ->
                    open.setOption(StandardSocketOptions.SO_KEEPALIVE, booleanValue(value, "SO_KEEPALIVE"));
                case SO_REUSEADDR ->
                    open.setOption(StandardSocketOptions.SO_REUSEADDR, booleanValue(value, "SO_REUSEADDR"));
                case SO_REUSEPORT ->
                    open.setOption(StandardSocketOptions.SO_REUSEPORT, booleanValue(value, "SO_REUSEPORT"));
                case SO_OOBINLINE -> setUrgentInline(booleanValue(value, "SO_OOBINLINE"));
                default -> throw new SocketException("Unknown option " + name);
            }
        } catch (SocketException e) {
            throw e;
        } catch (IOException | IllegalArgumentException | UnsupportedOperationException e) {
            throw new SocketException(e.getMessage(), e);
        }
    }

    @Override
    public Object getOption(int name) throws SocketException {
        D open = opened();
        try {
            return switch (name) {
                case SO_TIMEOUT -> timeoutMillis();
                case SO_BINDADDR -> localHost();
                case SO_LINGER -> {
                    int seconds = open.getOption(StandardSocketOptions.SO_LINGER);
                    yield seconds < 0 ? (Object) false : seconds;
                }
                case IP_TOS -> open.getOption(StandardSocketOptions.IP_TOS);
                case SO_SNDBUF -> open.getOption(StandardSocketOptions.SO_SNDBUF);
                case SO_RCVBUF -> open.getOption(StandardSocketOptions.SO_RCVBUF);
                case TCP_NODELAY -> open.getOption(StandardSocketOptions.TCP_NODELAY);
                case SO_KEEPALIVE -> open.getOption(StandardSocketOptions.SO_KEEPALIVE);
                case SO_REUSEADDR -> open.getOption(StandardSocketOptions.SO_REUSEADDR);
                case SO_REUSEPORT -> open.getOption(StandardSocketOptions.SO_REUSEPORT);
                case SO_OOBINLINE -> isUrgentInline();
                default -> throw new SocketException("Unknown option " + name);
            };
        } catch (SocketException e) {
            throw e;
        } catch (IOException | UnsupportedOperationException e) {
            throw new SocketException(e.getMessage(), e);
        }
    }

    abstract boolean isUrgentInline() throws IOException;

    abstract void setUrgentInline(boolean on) throws IOException;

    private static int intValue(Object value, String name) throws SocketException {
        if (value instanceof Integer number) {
            return number;
        }
        throw new SocketException("Bad value for " + name);
    }

    private static int positive(Object value, String name) throws SocketException {
        int number = intValue(value, name);
        if (number <= 0) {
            throw new SocketException(name + " <= 0");
        }
        return number;
    }

    private static boolean booleanValue(Object value, String name) throws SocketException {
        if (value instanceof Boolean on) {
            return on;
        }
        throw new SocketException("Bad value for " + name);
    }
}
