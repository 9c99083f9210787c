package io.heddle.testing;

import io.heddle.TcpListener;
import io.heddle.TcpSocket;
import io.heddle.javanet.HeddleServerSocket;
import io.heddle.javanet.HeddleSocket;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.Arguments;

/** Whose sockets: ours, or as the oracle those of the JDK, which show that a test asks for the right thing. */
public enum Stack {
    /** Ours. */
    HEDDLE {
        @Override
        public Connection connect(InetSocketAddress to, int millis) throws IOException {
            return Connection.of(TcpSocket.connect(to, Duration.ofMillis(millis)));
        }

        @Override
        public Acceptor listen(InetSocketAddress on, int backlog) throws IOException {
            return new Acceptor.Ours(TcpListener.bind(on, backlog));
        }
    },
    /** {@link Socket} and {@link ServerSocket}. */
    JDK {
        @Override
        public Connection connect(InetSocketAddress to, int millis) throws IOException {
            // A connect that fails closes the socket.
            Socket socket = new Socket();
            socket.connect(to, millis);
            return Connection.of(socket);
        }

        @Override
        public Acceptor listen(InetSocketAddress on, int backlog) throws IOException {
            return new Acceptor.Theirs(new ServerSocket(on.getPort(), backlog, on.getAddress()));
        }
    },
    /** Ours in the shape of the JDK's. */
    DROP_IN {
        @Override
        public Connection connect(InetSocketAddress to, int millis) throws IOException {
            Socket socket = new HeddleSocket();
            socket.connect(to, millis);
            return Connection.of(socket);
        }

        @Override
        public Acceptor listen(InetSocketAddress on, int backlog) throws IOException {
            return new Acceptor.Theirs(new HeddleServerSocket(on.getPort(), backlog, on.getAddress()));
        }
    };

    private static final int BACKLOG = 50;
    private static final int NARROW = 16 * 1024;

    /** The least time that a timeout takes: the JDK's may be early by a part of a millisecond on platform threads. */
    public long leastNanos(int millis) {
        return TimeUnit.MILLISECONDS.toNanos(this == JDK ? millis - 1 : millis);
    }

    /** Whether its types are those of {@code java.net}. */
    public boolean isJavaNet() {
        return this != HEDDLE;
    }

    /** Connects within that time; zero leaves it to the kernel. */
    public abstract Connection connect(InetSocketAddress to, int millis) throws IOException;

    /** Listens. */
    public abstract Acceptor listen(InetSocketAddress on, int backlog) throws IOException;

    /** Listens on a free port of the loopback interface. */
    public Acceptor listen() throws IOException {
        return listen(Pair.anyPort(), BACKLOG);
    }

    /** A connection, and its other end as a socket of the JDK. */
    public Ends open() throws IOException {
        return open(0);
    }

    /** The same with small buffers on the way to the other end, which are soon full. */
    public Ends narrow() throws IOException {
        return open(NARROW);
    }

    private Ends open(int buffer) throws IOException {
        try (ServerSocket server = new ServerSocket()) {
            if (buffer != 0) {
                server.setReceiveBufferSize(buffer);
            }
            server.bind(Pair.anyPort(), 1);
            Connection local = connect((InetSocketAddress) server.getLocalSocketAddress(), 0);
            if (buffer != 0) {
                local.set(StandardSocketOptions.SO_SNDBUF, buffer);
            }
            return new Ends(local, server.accept());
        }
    }

    /** The same, but this end was accepted. */
    public Ends accepted() throws IOException {
        try (Acceptor acceptor = listen()) {
            Socket peer = new Socket(
                    InetAddress.getLoopbackAddress(), acceptor.localAddress().getPort());
            return new Ends(acceptor.accept(0), peer);
        }
    }

    /**
     * Ours, in both shapes, on each kind of thread; the JDK's on the two that it knows. One mode is enough for the
     * second shape: it does not know them.
     */
    static Stream<Arguments> everyCaller() {
        boolean first = System.getProperty("heddle.scheduler", "carriers").equals("carriers")
                && System.getProperty("heddle.arming", "edge").equals("edge");
        if (!first) {
            return everyCallerWithoutDropIn();
        }
        return Stream.concat(
                Stream.of(Caller.values()).map(caller -> Arguments.of(DROP_IN, caller)), everyCallerWithoutDropIn());
    }

    /** The same where there is nothing to drop in. */
    static Stream<Arguments> everyCallerWithoutDropIn() {
        return Stream.of(
                Arguments.of(HEDDLE, Caller.HEDDLE_THREAD),
                Arguments.of(HEDDLE, Caller.JDK_VIRTUAL_THREAD),
                Arguments.of(HEDDLE, Caller.PLATFORM_THREAD),
                Arguments.of(JDK, Caller.JDK_VIRTUAL_THREAD),
                Arguments.of(JDK, Caller.PLATFORM_THREAD));
    }

    /** The same without platform threads. */
    static Stream<Arguments> everyVirtualCaller() {
        return everyCaller().filter(Stack::isOfVirtualThread);
    }

    static Stream<Arguments> everyVirtualCallerWithoutDropIn() {
        return everyCallerWithoutDropIn().filter(Stack::isOfVirtualThread);
    }

    private static boolean isOfVirtualThread(Arguments arguments) {
        return ((Caller) arguments.get()[1]).isVirtual();
    }

    /** A connection of either stack and the other end. */
    public record Ends(Connection local, Socket peer) implements AutoCloseable {
        /** The peer sends these bytes, and they have arrived when this returns. */
        public void deliver(byte... bytes) throws Exception {
            int before = local.available();
            peer.getOutputStream().write(bytes);
            Await.until("the bytes are there", () -> local.available() == before + bytes.length);
        }

        /** The peer ends its stream, and the end has arrived when this returns. */
        public void end() throws Exception {
            InetSocketAddress here = local.localAddress();
            peer.shutdownOutput();
            TcpState.await(here, local.remoteAddress(), TcpState.CLOSE_WAIT);
        }

        /** The peer resets the connection, and the reset has arrived when this returns. */
        public void reset() throws Exception {
            InetSocketAddress here = local.localAddress();
            InetSocketAddress there = local.remoteAddress();
            peer.setSoLinger(true, 0);
            peer.close();
            TcpState.await(here, there, TcpState.CLOSED);
        }

        @Override
        public void close() throws IOException {
            local.close();
            peer.close();
        }
    }
}
