package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.Pair;
import io.heddle.testing.Stack;
import io.heddle.testing.Task;
import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same steps on {@link UdpSocket} and on {@link DatagramSocket}, with the same outcomes. */
@Behaviour
@SuppressWarnings("try") // Closing is part of what is tested.
class OracleDatagramTest {
    /** What both have. */
    private interface Datagrams extends Closeable {
        int receive(byte[] dst) throws IOException;

        void send(byte[] src, InetSocketAddress to) throws IOException;

        void connect(InetSocketAddress to) throws IOException;

        void disconnect() throws IOException;

        void timeout(int millis) throws IOException;

        InetSocketAddress localAddress();

        boolean isOpen();

        static Datagrams open(Stack stack) throws IOException {
            return stack == Stack.HEDDLE
                    ? new Ours(UdpSocket.bind(Pair.anyPort()))
                    : new Theirs(new DatagramSocket(Pair.anyPort()));
        }
    }

    private record Ours(UdpSocket socket) implements Datagrams {
        @Override
        public int receive(byte[] dst) throws IOException {
            return socket.receive(dst);
        }

        @Override
        public void send(byte[] src, InetSocketAddress to) throws IOException {
            assertThat(socket.sendTo(ByteBuffer.wrap(src), to)).isEqualTo(src.length);
        }

        @Override
        public void connect(InetSocketAddress to) throws IOException {
            assertThat(socket.connect(to)).isSameAs(socket);
        }

        @Override
        public void disconnect() throws IOException {
            assertThat(socket.disconnect()).isSameAs(socket);
        }

        @Override
        public void timeout(int millis) {
            assertThat(socket.setReadTimeout(Duration.ofMillis(millis))).isSameAs(socket);
        }

        @Override
        public InetSocketAddress localAddress() {
            return socket.localAddress();
        }

        @Override
        public boolean isOpen() {
            return socket.isOpen();
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    private record Theirs(DatagramSocket socket) implements Datagrams {
        @Override
        public int receive(byte[] dst) throws IOException {
            DatagramPacket packet = new DatagramPacket(dst, dst.length);
            socket.receive(packet);
            return packet.getLength();
        }

        @Override
        public void send(byte[] src, InetSocketAddress to) throws IOException {
            socket.send(new DatagramPacket(src, src.length, to));
        }

        @Override
        public void connect(InetSocketAddress to) throws IOException {
            socket.connect(to);
        }

        @Override
        public void disconnect() {
            socket.disconnect();
        }

        @Override
        public void timeout(int millis) throws IOException {
            socket.setSoTimeout(millis);
        }

        @Override
        public InetSocketAddress localAddress() {
            return (InetSocketAddress) socket.getLocalSocketAddress();
        }

        @Override
        public boolean isOpen() {
            return !socket.isClosed();
        }

        @Override
        public void close() {
            socket.close();
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("io.heddle.testing.Stack#everyCallerWithoutDropIn")
    void emptyAndTooLongDatagrams(Stack stack, Caller caller) throws Exception {
        try (Datagrams socket = Datagrams.open(stack)) {
            socket.send(new byte[0], socket.localAddress());
            assertThat(caller.call(() -> socket.receive(new byte[9]))).isZero();
            socket.send(new byte[] {1, 2, 3}, socket.localAddress());
            byte[] two = new byte[2];
            assertThat(caller.call(() -> socket.receive(two))).isEqualTo(2);
            assertThat(two).containsExactly(1, 2);
            assertThat(caller.failureOf(() -> socket.send(new byte[65_508], socket.localAddress())))
                    .isInstanceOf(IOException.class)
                    .hasMessageStartingWith("Message too long");
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("io.heddle.testing.Stack#everyCallerWithoutDropIn")
    void afterAReceiveHasTimedOutTheSocketIsUsable(Stack stack, Caller caller) throws Exception {
        try (Datagrams socket = Datagrams.open(stack)) {
            for (int millis : new int[] {1, 10}) {
                socket.timeout(millis);
                assertThat(caller.failureOf(() -> socket.receive(new byte[1])))
                        .isExactlyInstanceOf(SocketTimeoutException.class)
                        .hasMessage("Receive timed out");
                socket.send(new byte[1], socket.localAddress());
                assertThat(caller.call(() -> socket.receive(new byte[9]))).isEqualTo(1);
            }
            socket.timeout(Integer.MAX_VALUE);
            Task<Integer> receiving = caller.start(() -> socket.receive(new byte[9]));
            receiving.awaitWaiting();
            socket.send(new byte[2], socket.localAddress());
            assertThat(receiving.get()).isEqualTo(2);
            assertThatThrownBy(() -> socket.timeout(-1)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("io.heddle.testing.Stack#everyVirtualCallerWithoutDropIn")
    void aReceiveThatIsInterruptedClosesTheSocketAndKeepsTheStatus(Stack stack, Caller caller) throws Exception {
        try (Datagrams socket = Datagrams.open(stack)) {
            Task<Integer> receiving =
                    caller.start(() -> socket.receive(new byte[1])).awaitWaiting();
            receiving.interrupt();
            assertThat(receiving.failure())
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Closed by interrupt");
            assertThat(receiving.endedInterrupted()).isTrue();
            assertThat(socket.isOpen()).isFalse();
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("io.heddle.testing.Stack#everyCallerWithoutDropIn")
    void aDatagramThatIsThereWinsOverTheInterrupt(Stack stack, Caller caller) throws Exception {
        try (Datagrams socket = Datagrams.open(stack)) {
            socket.send(new byte[3], socket.localAddress());
            Task<Integer> receiving = caller.start(() -> {
                Thread.currentThread().interrupt();
                return socket.receive(new byte[9]);
            });
            assertThat(receiving.get()).isEqualTo(3);
            assertThat(receiving.endedInterrupted()).isTrue();
            assertThat(socket.isOpen()).isTrue();
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("io.heddle.testing.Stack#everyCallerWithoutDropIn")
    void closeEndsAReceive(Stack stack, Caller caller) throws Exception {
        try (Datagrams socket = Datagrams.open(stack)) {
            Task<Integer> receiving =
                    caller.start(() -> socket.receive(new byte[1])).awaitWaiting();
            socket.close();
            assertThat(receiving.failure())
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Socket closed");
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("io.heddle.testing.Stack#everyCallerWithoutDropIn")
    void aPortWhereNobodyIsIsKnownToConnectedSocketsOnly(Stack stack, Caller caller) throws Exception {
        InetSocketAddress nobody;
        try (DatagramSocket gone = new DatagramSocket(Pair.anyPort())) {
            nobody = (InetSocketAddress) gone.getLocalSocketAddress();
        }
        try (Datagrams socket = Datagrams.open(stack)) {
            socket.timeout(10);
            socket.send(new byte[1], nobody);
            assertThat(caller.failureOf(() -> socket.receive(new byte[1]))).isInstanceOf(SocketTimeoutException.class);
            socket.connect(nobody);
            socket.send(new byte[1], nobody);
            assertThat(caller.failureOf(() -> socket.receive(new byte[1])))
                    .isInstanceOf(PortUnreachableException.class);
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("io.heddle.testing.Stack#everyCallerWithoutDropIn")
    void thePortIsTheSameAfterDisconnecting(Stack stack, Caller caller) throws Exception {
        try (Datagrams socket = Datagrams.open(stack);
                Datagrams peer = Datagrams.open(stack)) {
            int port = socket.localAddress().getPort();
            caller.run(() -> {
                socket.connect(peer.localAddress());
                socket.disconnect();
            });
            assertThat(socket.localAddress().getPort()).isEqualTo(port);
            peer.send(new byte[4], new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            assertThat(caller.call(() -> socket.receive(new byte[9]))).isEqualTo(4);
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("io.heddle.testing.Stack#everyCallerWithoutDropIn")
    void portZeroIsNobodys(Stack stack, Caller caller) throws Exception {
        try (Datagrams socket = Datagrams.open(stack)) {
            InetSocketAddress zero = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
            assertThat(caller.failureOf(() -> socket.send(new byte[1], zero)))
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessageStartingWith("Can't send to port 0");
            // The JDK closes a socket that it could not connect.
            assertThat(caller.failureOf(() -> socket.connect(zero))).isInstanceOf(IOException.class);
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("io.heddle.testing.Stack#everyCallerWithoutDropIn")
    void broadcastIsOn(Stack stack, Caller caller) throws Exception {
        try (Datagrams socket = Datagrams.open(stack)) {
            boolean on = socket instanceof Ours ours
                    ? ours.socket().getOption(StandardSocketOptions.SO_BROADCAST)
                    : ((Theirs) socket).socket().getBroadcast();
            assertThat(on).isTrue();
            caller.run(
                    () -> socket.send(new byte[1], new InetSocketAddress(InetAddress.ofLiteral("127.255.255.255"), 9)));
        }
    }
}
