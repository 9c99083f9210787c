package io.heddle.javanet;

import io.heddle.internal.javanet.ListenImpl;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import org.jspecify.annotations.Nullable;

/**
 * A {@link ServerSocket} on Heddle. It does what the JDK's does, exception types and texts included; the README lists
 * what differs. Above all, {@link #accept} does not fail when the process has no descriptors or the kernel no memory
 * left. It waits, 5 ms at first and up to 1 s, and goes on when descriptors are back; connections stay queued in the
 * kernel meanwhile. {@code -Dheddle.accept.emfile=throw} makes it fail as the JDK's.
 *
 * {@snippet file="io/heddle/HeddleExamples.java" region="javanet"}
 */
public class HeddleServerSocket extends ServerSocket {
    private static final int BACKLOG_DEFAULT = 50;

    private final ListenImpl impl;

    /**
     * An unbound socket. Its first use throws what the other constructors do, where Heddle cannot run.
     *
     * @throws IOException never
     */
    public HeddleServerSocket() throws IOException {
        this(new ListenImpl());
    }

    private HeddleServerSocket(ListenImpl impl) {
        super(impl);
        this.impl = impl;
    }

    /**
     * Listens on all addresses of this machine, with a backlog of 50.
     *
     * @param port from 0 to 65535; 0 takes a free one
     * @throws IllegalArgumentException if the port is out of range
     * @throws IOException as {@link ServerSocket#bind}
     * @throws UnsupportedOperationException as {@link io.heddle.Heddle#shared}; so are IllegalStateException and
     *     IllegalArgumentException, which tell of this program's flags
     */
    public HeddleServerSocket(int port) throws IOException {
        this(port, BACKLOG_DEFAULT, null);
    }

    /**
     * Listens on all addresses of this machine.
     *
     * @param port from 0 to 65535; 0 takes a free one
     * @param backlog how many connections may wait to be accepted; 50 if it is not positive
     * @throws IllegalArgumentException if the port is out of range
     * @throws IOException as {@link ServerSocket#bind}
     * @throws UnsupportedOperationException as {@link io.heddle.Heddle#shared}; so are IllegalStateException and
     *     IllegalArgumentException, which tell of this program's flags
     */
    public HeddleServerSocket(int port, int backlog) throws IOException {
        this(port, backlog, null);
    }

    /**
     * Listens on an address.
     *
     * @param port from 0 to 65535; 0 takes a free one
     * @param backlog how many connections may wait to be accepted; 50 if it is not positive
     * @param address null for all of this machine
     * @throws IllegalArgumentException if the port is out of range
     * @throws IOException as {@link ServerSocket#bind}
     * @throws UnsupportedOperationException as {@link io.heddle.Heddle#shared}; so are IllegalStateException and
     *     IllegalArgumentException, which tell of this program's flags
     */
    @SuppressWarnings("this-escape") // As in java.net.ServerSocket.
    public HeddleServerSocket(int port, int backlog, @Nullable InetAddress address) throws IOException {
        this(new ListenImpl());
        if (port < 0 || port > 0xffff) {
            throw new IllegalArgumentException("Port value out of range: " + port);
        }
        try {
            bind(new InetSocketAddress(address, port), backlog);
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /**
     * Waits for a connection; see {@link ServerSocket#accept}.
     *
     * @return a {@link HeddleSocket}, to be closed by the caller
     * @throws java.net.SocketTimeoutException if there was none within {@link #setSoTimeout}
     * @throws SocketException if this is closed, before or during the call; or if the virtual thread is interrupted
     *     while it waits: this is closed then, and the interrupt status stays set
     * @throws IOException as {@link ServerSocket#accept}; if the kernel refuses this socket for good, it is closed
     */
    @Override
    public Socket accept() throws IOException {
        if (isClosed()) {
            throw new SocketException("Socket is closed");
        }
        if (!isBound()) {
            throw new SocketException("Socket is not bound yet");
        }
        HeddleSocket socket = new HeddleSocket();
        try {
            implAccept(socket);
        } catch (IOException e) {
            if (impl.isBroken()) {
                close();
            }
            throw e;
        }
        return socket;
    }
}
