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

    /** The first of two steps is done; it cannot be undone. Guarded by LOCK. */
    private static boolean socketsInstalled;

    private HeddleSockets() {}

    /**
     * From now on {@code new Socket()} and {@code new ServerSocket()} are on Heddle, whoever calls them, and so are the
     * factories of {@code javax.net}, the sockets of {@code javax.net.ssl} and what is built on them. So call it first
     * thing in {@code main}, once; it cannot be undone, and calling it again does nothing.
     *
     * <p>Sockets that exist already stay what they are. An {@code SSLServerSocket} among them can accept nothing any
     * more: what it accepts into is made anew, and its {@code accept} fails with an IOException, "An instance of class
     * sun.nio.ch.NioSocketImpl cannot accept a connection with an instance of class ...". So does {@code accept} of
     * any other subclass of ServerSocket that calls {@code implAccept} with a {@code new Socket()}. Make it anew, too.
     *
     * <p>{@code new Socket(proxy)} for a SOCKS or HTTP proxy, sockets of datagrams, and channels, are those of the JDK
     * always.
     *
     * @throws SocketException if somebody else has installed a factory before, each time that this is called then
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
            if (!socketsInstalled) {
                Socket.setSocketImplFactory(StreamImpl::new);
                socketsInstalled = true;
            }
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
     * @return true if new sockets and new server sockets of {@code java.net} are on Heddle; false also if that could
     *     be done for one of the two only
     */
    public static boolean isDefault() {
        return installed;
    }
}
