package io.heddle.poll.net;

import java.io.IOException;
import java.net.SocketOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What all sockets of this package have. */
abstract class SocketEndpoint extends Endpoint {
    SocketEndpoint(Handle handle) {
        super(handle);
    }

    /**
     * Takes the error that is pending: the kernel tells it once. SO_ERROR in socket(7).
     *
     * @return null if there is none
     * @throws IOException if this is closed
     */
    public final @Nullable IOException takeError() throws IOException {
        return handle.takeError();
    }

    /**
     * Sets an option, see setsockopt(2).
     *
     * @param <T> the type of the value
     * @param name one of {@link #supportedOptions}
     * @param value its value
     * @throws UnsupportedOperationException if such a socket has no such option
     * @throws IllegalArgumentException if the option has no such value
     * @throws IOException if this is closed, or the kernel refuses
     */
    public final <T> void setOption(SocketOption<T> name, T value) throws IOException {
        handle.setOption(name, value);
    }

    /**
     * Asks for an option, see getsockopt(2).
     *
     * @param <T> the type of the value
     * @param name one of {@link #supportedOptions}
     * @return its value; null for an interface that nobody chose
     * @throws UnsupportedOperationException if such a socket has no such option
     * @throws IOException if this is closed, or the kernel refuses
     */
    public final <T> @Nullable T getOption(SocketOption<T> name) throws IOException {
        return handle.getOption(name);
    }

    /**
     * The options that there are.
     *
     * @return of {@link java.net.StandardSocketOptions} and {@link jdk.net.ExtendedSocketOptions}
     */
    public final Set<SocketOption<?>> supportedOptions() {
        return handle.supportedOptions();
    }
}
