package io.heddle.internal.javanet;

import io.heddle.internal.engine.Engine;
import io.heddle.internal.socket.Resolver;
import io.heddle.internal.socket.SocketKind;
import io.heddle.internal.socket.TcpStreamSocket;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.Reference;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketImpl;
import java.net.UnknownHostException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** The implementation of a {@link Socket}. */
public class StreamImpl extends DescriptorImpl<TcpStreamSocket> {
    private static final long NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    /** Set when all is done, by connect or accept. */
    private volatile boolean connected;

    /** Of a socket that does not exist yet. */
    public StreamImpl() {
        super(SocketKind.TCP);
    }

    /**
     * A socket of {@code java.net} for what is connected already. Closing either closes both.
     *
     * @param owner closes it when it is forgotten, so it stays reachable while the view is
     */
    public static Socket view(TcpStreamSocket socket, Object owner) {
        try {
            View view = new View(socket, owner);
            view.connect(socket.remoteAddress());
            return view;
        } catch (IOException e) {
            throw new AssertionError("a view is made without the kernel", e);
        }
    }

    private static final class View extends Socket {
        private final TcpStreamSocket socket;

        View(TcpStreamSocket socket, Object owner) throws SocketException {
            super(new ViewImpl(socket, owner));
            this.socket = socket;
        }

        @Override
        public boolean isClosed() {
            return super.isClosed() || !socket.isOpen();
        }
    }

    private static final class ViewImpl extends StreamImpl {
        private final TcpStreamSocket viewed;
        private final Object owner;

        ViewImpl(TcpStreamSocket viewed, Object owner) {
            this.viewed = viewed;
            this.owner = owner;
        }

        @Override
        protected void create(boolean stream) {
            attach(viewed, viewed::close);
        }

        @Override
        protected void connect(SocketAddress remote, int timeoutMillis) {
            become(viewed.remoteAddress());
        }

        @Override
        public String toString() {
            return "ViewImpl[owner=" + owner + "]";
        }
    }

    @Override
    TcpStreamSocket open() throws IOException {
        return TcpStreamSocket.open(Engine.HOMES);
    }

    /** The socket, for a call on a connection. Whether it is still open, the call finds out. */
    private TcpStreamSocket connected() throws SocketException {
        TcpStreamSocket socket = known();
        if (socket == null || !connected) {
            if (socket != null) {
                socket.ensureOpen();
            }
            throw new SocketException("Not connected");
        }
        return socket;
    }

    final void become(InetSocketAddress remote) {
        address = remote.getAddress();
        port = remote.getPort();
        localport = Objects.requireNonNull(known()).localAddress().getPort();
        connected = true;
    }

    /** Any thread that accepts: takes a connection, in the place of what there was. */
    final void accepted(TcpStreamSocket socket) throws IOException {
        TcpStreamSocket before = known();
        if (before != null) {
            socket.setReadTimeoutNanos(before.readTimeoutNanos());
            close();
        }
        own(socket);
        become(socket.remoteAddress());
    }

    // Connect

    @Override
    protected void connect(String host, int remotePort) throws IOException {
        connect(new InetSocketAddress(host, remotePort), 0);
    }

    @Override
    protected void connect(InetAddress host, int remotePort) throws IOException {
        connect(new InetSocketAddress(host, remotePort), 0);
    }

    @Override
    protected void connect(SocketAddress remote, int timeoutMillis) throws IOException {
        if (!(remote instanceof InetSocketAddress target)) {
            throw new IllegalArgumentException("Unsupported address type");
        }
        long timeoutNanos = timeoutMillis * NANOS_PER_MILLI;
        try {
            become(Socks.connect(opened(), target, timeoutNanos));
        } catch (IOException e) {
            close();
            throw e;
        }
    }

    /** Connects without a proxy; answers the address that it has connected to. */
    static InetSocketAddress connectDirectly(TcpStreamSocket socket, InetSocketAddress target, long timeoutNanos)
            throws IOException {
        if (target.isUnresolved()) {
            throw new UnknownHostException(target.getHostName());
        }
        InetSocketAddress found = target;
        long left = timeoutNanos;
        if (target.getAddress().isAnyLocalAddress()) {
            long deadlineNanos = System.nanoTime() + timeoutNanos;
            found = new InetSocketAddress(Resolver.localHost(timeoutNanos), target.getPort());
            // At least one nanosecond: zero would wait for ever.
            left = timeoutNanos == 0 ? 0 : Math.max(deadlineNanos - System.nanoTime(), 1);
        }
        socket.connect(found, left);
        return found;
    }

    @Override
    protected void bind(InetAddress host, int localPort) throws IOException {
        TcpStreamSocket socket = opened();
        if (localport != 0) {
            throw new SocketException("Already bound");
        }
        socket.bind(new InetSocketAddress(host, localPort));
        address = host;
        localport = socket.localAddress().getPort();
    }

    @Override
    protected void listen(int backlog) throws IOException {
        throw new IOException("a socket of a connection cannot listen");
    }

    @Override
    protected void accept(SocketImpl into) throws IOException {
        throw new IOException("a socket of a connection cannot accept");
    }

    // Streams

    private int read(byte[] dst, int off, int len) throws IOException {
        Objects.checkFromIndexSize(off, len, dst.length);
        if (len == 0) {
            return 0;
        }
        try {
            return connected().read(dst, off, len);
        } catch (SocketException e) {
            throw translated(e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private void write(byte[] src, int off, int len) throws IOException {
        Objects.checkFromIndexSize(off, len, src.length);
        if (len == 0) {
            return;
        }
        try {
            connected().write(src, off, len);
        } catch (SocketException e) {
            throw translated(e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    protected InputStream getInputStream() {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                byte[] one = new byte[1];
                return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] dst, int off, int len) throws IOException {
                return StreamImpl.this.read(dst, off, len);
            }

            @Override
            public int available() throws IOException {
                return StreamImpl.this.available();
            }

            @Override
            public void close() throws IOException {
                StreamImpl.this.close();
            }
        };
    }

    @Override
    protected OutputStream getOutputStream() {
        return new OutputStream() {
            @Override
            public void write(int one) throws IOException {
                write(new byte[] {(byte) one}, 0, 1);
            }

            @Override
            public void write(byte[] src, int off, int len) throws IOException {
                StreamImpl.this.write(src, off, len);
            }

            @Override
            public void close() throws IOException {
                StreamImpl.this.close();
            }
        };
    }

    @Override
    protected int available() throws IOException {
        return connected().available();
    }

    @Override
    protected void shutdownInput() throws IOException {
        // Socket refuses a second one. Of two at once neither is wrong: TLS does that when it is closed.
        connected().shutInput();
    }

    @Override
    protected void shutdownOutput() throws IOException {
        connected().shutOutput();
    }

    @Override
    protected boolean supportsUrgentData() {
        return true;
    }

    @Override
    protected void sendUrgentData(int data) throws IOException {
        connected().sendUrgent(data);
    }

    // Options

    @Override
    int timeoutMillis() {
        TcpStreamSocket socket = known();
        // That of a view may be any.
        long millis = socket == null ? 0 : Math.ceilDiv(socket.readTimeoutNanos(), NANOS_PER_MILLI);
        return (int) Math.min(millis, Integer.MAX_VALUE);
    }

    @Override
    void setTimeoutMillis(int millis) {
        Objects.requireNonNull(known()).setReadTimeoutNanos(millis * NANOS_PER_MILLI);
    }

    @Override
    InetAddress localHost() {
        return Objects.requireNonNull(known()).localAddress().getAddress();
    }

    @Override
    boolean isUrgentInline() throws IOException {
        return opened().isUrgentInline();
    }

    @Override
    void setUrgentInline(boolean on) throws IOException {
        opened().setUrgentInline(on);
    }
}
