package io.heddle.javanet;

import io.heddle.internal.engine.Engine;
import io.heddle.internal.javanet.ListenImpl;
import io.heddle.internal.javanet.StreamImpl;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.locks.ReentrantLock;

/** Makes the sockets of Heddle those of the whole process. */
public final class HeddleSockets {
    private static final ReentrantLock LOCK = new ReentrantLock();
    private static volatile boolean installed;

    private HeddleSockets() {}

    /**
     * From now on {@code new Socket()} and {@code new ServerSocket()} are on Heddle, whoever calls them, and so are the
     * factories of {@code javax.net}, the sockets of {@code javax.net.ssl} and what is built on them. Sockets that
     * exist already stay what they are. So do {@code new Socket(proxy)} for a SOCKS or HTTP proxy, and channels.
     *
     * <p>A process can do it once. It cannot be undone; calling it again does nothing.
     *
     * @throws SocketException if somebody else has installed a factory before
     * @throws IOException never otherwise
     * @throws UnsupportedOperationException as {@link io.heddle.Heddle#shared}; so are IllegalStateException and
     *     IllegalArgumentException, which tell of this program's flags; nothing is installed then
     */
    @SuppressWarnings("deprecation") // The only way, and not for removal.
    public static void installAsDefault() throws IOException {
        LOCK.lock();
        try {
            if (installed) {
                return;
            }
            // Not on the first connection, where nobody expects it.
            Engine.ensure();
            Socket.setSocketImplFactory(StreamImpl::new);
            try {
                ServerSocket.setSocketFactory(ListenImpl::new);
            } catch (SocketException e) {
                throw new SocketException(
                        "the factory of ServerSocket must not be set yet; that of Socket is Heddle's now, so restart"
                                + " without one of them: " + e.getMessage(),
                        e);
            }
            installed = true;
        } finally {
            LOCK.unlock();
        }
    }

    /**
     * Tells whether {@link #installAsDefault} has done it.
     *
     * @return true if sockets of {@code java.net} are on Heddle
     */
    public static boolean isDefault() {
        return installed;
    }
}
