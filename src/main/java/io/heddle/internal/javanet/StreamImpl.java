package io.heddle.internal.javanet;

import io.heddle.internal.engine.Engine;
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
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The implementation of a {@link Socket}. */
public class StreamImpl extends DescriptorImpl<TcpStreamSocket> {
    private static final long NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    /**
     * What {@code java.net} asks for; its fields for it are not used, as it clears them before an accept, which may
     * fail. Written by bind, and when all is done by connect or accept; under changing.
     */
    private volatile Ends ends = new Ends(false, null, 0, 0);

    /** The address of the peer, null also if a proxy was left to find it. */
    private record Ends(boolean connected, @Nullable InetAddress address, int port, int localPort) {}

    /** Whose it is. Null where that is not known, as a factory is not told. */
    private volatile @Nullable Socket user;

    /** Of a socket that does not exist yet. */
    public StreamImpl() {
        super(SocketKind.TCP);
    }

    /** Called once, before anybody else knows either: {@code java.net} does not say when one is closed unused. */
    public void belongsTo(Socket socket) {
        user = socket;
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

    /** What was done to the other of the two, {@code java.net} has not noted: so this asks below. */
    private static final class View extends Socket {
        private final TcpStreamSocket viewed;

        View(TcpStreamSocket viewed, Object owner) throws SocketException {
            super(new ViewImpl(viewed, owner));
            this.viewed = viewed;
        }

        @Override
        public boolean isClosed() {
            return super.isClosed() || !viewed.isOpen();
        }

        @Override
        public boolean isInputShutdown() {
            return super.isInputShutdown() || viewed.isInputShut();
        }

        @Override
        public boolean isOutputShutdown() {
            return super.isOutputShutdown() || viewed.isOutputShut();
        }

        @Override
        public InputStream getInputStream() throws IOException {
            refuseIf(isClosed(), "Socket is closed");
            refuseIf(isInputShutdown(), "Socket input is shutdown");
            return super.getInputStream();
        }

        @Override
        public OutputStream getOutputStream() throws IOException {
            refuseIf(isClosed(), "Socket is closed");
            refuseIf(isOutputShutdown(), "Socket output is shutdown");
            return super.getOutputStream();
        }

        @Override
        public void shutdownInput() throws IOException {
            refuseIf(isClosed(), "Socket is closed");
            refuseIf(isInputShutdown(), "Socket input is already shutdown");
            super.shutdownInput();
        }

        @Override
        public void shutdownOutput() throws IOException {
            refuseIf(isClosed(), "Socket is closed");
            refuseIf(isOutputShutdown(), "Socket output is already shutdown");
            super.shutdownOutput();
        }

        private static void refuseIf(boolean refused, String text) throws SocketException {
            if (refused) {
                throw new SocketException(text);
            }
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
        void accepted(TcpStreamSocket socket) throws IOException {
            socket.close();
            throw new IOException("a view of a TcpSocket cannot take another connection: owner=" + owner);
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
        if (socket == null || !ends.connected) {
            if (socket != null) {
                socket.ensureOpen();
            }
            throw new SocketException("Not connected");
        }
        return socket;
    }

    final void become(InetSocketAddress remote) {
        changing.lock();
        try {
            int localPort = Objects.requireNonNull(known()).localAddress().getPort();
            ends = new Ends(true, remote.getAddress(), remote.getPort(), localPort);
        } finally {
            changing.unlock();
        }
    }

    @Override
    @SuppressWarnings("NullAway") // Null as in java.net, which is not annotated.
    protected InetAddress getInetAddress() {
        return ends.address;
    }

    @Override
    protected int getPort() {
        return ends.port;
    }

    @Override
    protected int getLocalPort() {
        return ends.localPort;
    }

    /** Any thread that accepts: takes a connection, in the place of what there was. */
    void accepted(TcpStreamSocket socket) throws IOException {
        changing.lock();
        try {
            TcpStreamSocket before = known();
            if (isClosedByUser() || (before != null && !before.isOpen())) {
                socket.close();
                throw new SocketException("Socket is closed");
            }
            if (before != null) {
                socket.setReadTimeoutNanos(before.readTimeoutNanos());
                close();
            }
            own(socket);
            become(socket.remoteAddress());
        } finally {
            changing.unlock();
        }
        // Who closes marks first and closes then: so either they close this connection, or they have marked by now.
        if (isClosedByUser()) {
            close();
            throw new SocketException("Socket is closed");
        }
    }

    private boolean isClosedByUser() {
        Socket known = user;
        return known != null && known.isClosed();
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
        TcpStreamSocket socket = opened();
        Deadline deadline = Deadline.after(timeoutMillis * NANOS_PER_MILLI);
        // What a selector throws leaves the socket as it was, as in the JDK.
        Route route = Route.to(target);
        try {
            become(route.connect(socket, deadline));
        } catch (Throwable t) {
            close();
            throw t;
        }
    }

    @Override
    protected void bind(InetAddress host, int localPort) throws IOException {
        changing.lock();
        try {
            TcpStreamSocket socket = opened();
            if (ends.localPort != 0) {
                throw new SocketException("Already bound");
            }
            ensureReached(host);
            socket.bind(new InetSocketAddress(host, localPort));
            ends = new Ends(false, null, 0, socket.localAddress().getPort());
        } finally {
            changing.unlock();
        }
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
