package io.heddle.poll.net;

import io.heddle.internal.socket.SocketOptions;
import java.net.SocketOption;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What has to be said of a socket before it is bound or connected.
 *
 * @param <B> the builder itself
 */
abstract class SocketBuilder<B> {
    final Map<SocketOption<?>, Object> options = new LinkedHashMap<>();
    private final Handle.Kind kind;

    SocketBuilder(Handle.Kind kind) {
        this.kind = kind;
    }

    abstract B self();

    /**
     * Sets an option before bind(2) and connect(2).
     *
     * @param <T> the type of the value
     * @param name an option that the socket has
     * @param value its value
     * @return this
     * @throws UnsupportedOperationException if such a socket has no such option
     * @throws IllegalArgumentException if the option has no such value
     */
    public final <T> B option(SocketOption<T> name, T value) {
        SocketOptions.check(name, value, kind.options);
        options.put(name, value);
        return self();
    }

    /** The backlog that listen(2) is asked for by default; the kernel cuts it to net.core.somaxconn. */
    static final int BACKLOG_DEFAULT = 4096;

    static int positive(int backlog) {
        if (backlog <= 0) {
            throw new IllegalArgumentException("backlog must be positive: backlog=" + backlog);
        }
        return backlog;
    }
}
