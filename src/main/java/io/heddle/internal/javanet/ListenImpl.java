package io.heddle.internal.javanet;

import io.heddle.internal.engine.Engine;
import io.heddle.internal.socket.SocketKind;
import io.heddle.internal.socket.TcpListenSocket;
import io.heddle.internal.socket.TcpStreamSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** The implementation of a {@link java.net.ServerSocket}. */
public final class ListenImpl extends DescriptorImpl<TcpListenSocket> {
    private static final int BACKLOG_DEFAULT = 50;

    private volatile int timeoutMillis;

    /** Of a socket that does not exist yet. */
    public ListenImpl() {
        super(SocketKind.TCP_LISTENER);
    }

    @Override
    TcpListenSocket open() throws IOException {
        TcpListenSocket socket = TcpListenSocket.open(Engine.HOMES);
        if (Engine.dropInFailsIfStarved()) {
            socket.failIfStarved();
        }
        return socket;
    }

    @Override
    protected void bind(InetAddress host, int localPort) throws IOException {
        changing.lock();
        try {
            TcpListenSocket socket = opened();
            if (localport != 0) {
                throw new SocketException("Already bound");
            }
            ensureReached(host);
            socket.bind(new InetSocketAddress(host, localPort));
            address = host;
            localport = socket.localAddress().getPort();
        } finally {
            changing.unlock();
        }
    }

    /** Whether it closed itself, because the kernel refused it: {@code java.net} has not noted that. */
    public boolean isBroken() {
        TcpListenSocket socket = known();
        return socket != null && socket.isBroken();
    }

    @Override
    protected void listen(int backlog) throws IOException {
        bound().listen(backlog < 1 ? BACKLOG_DEFAULT : backlog);
    }

    private TcpListenSocket bound() throws SocketException {
        TcpListenSocket socket = opened();
        if (localport == 0) {
            throw new SocketException("Not bound");
        }
        return socket;
    }

    @Override
    protected void accept(SocketImpl into) throws IOException {
        if (!(into instanceof StreamImpl target)) {
            throw new IOException("a socket of Heddle can be accepted only: into=" + into.getClass());
        }
        TcpStreamSocket socket;
        try {
            socket = bound().accept(TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
        } catch (SocketException e) {
            throw translated(e);
        } finally {
            Reference.reachabilityFence(this);
        }
        target.accepted(socket);
    }

    @Override
    int timeoutMillis() {
        return timeoutMillis;
    }

    @Override
    void setTimeoutMillis(int millis) {
        timeoutMillis = millis;
    }

    @Override
    InetAddress localHost() {
        return Objects.requireNonNull(known()).localAddress().getAddress();
    }

    // A java.net.ServerSocket calls none of these.

    @Override
    protected void connect(String host, int remotePort) throws IOException {
        throw notConnected();
    }

    @Override
    protected void connect(InetAddress host, int remotePort) throws IOException {
        throw notConnected();
    }

    @Override
    protected void connect(SocketAddress remote, int timeout) throws IOException {
        throw notConnected();
    }

    @Override
    protected InputStream getInputStream() throws IOException {
        throw notConnected();
    }

    @Override
    protected OutputStream getOutputStream() throws IOException {
        throw notConnected();
    }

    @Override
    protected int available() throws IOException {
        throw notConnected();
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        throw notConnected();
    }

    @Override
    boolean isUrgentInline() throws IOException {
        throw notConnected();
    }

    @Override
    void setUrgentInline(boolean on) throws IOException {
        throw notConnected();
    }

    private static SocketException notConnected() {
        return new SocketException("Not connected");
    }
}
