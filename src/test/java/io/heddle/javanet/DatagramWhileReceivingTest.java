package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Caller;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who waits in receive holds up nobody. */
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DatagramWhileReceivingTest {
    private static Task<String> receiving(Caller caller, DatagramSocket socket, DatagramPacket packet)
            throws Exception {
        return caller.start(DatagramCalls.receive(socket, packet)).awaitWaiting();
    }

    @ParameterizedTest
    @EnumSource(Caller.class)
    void optionsCanBeSetAndRead(Caller caller) throws Exception {
        try (DatagramSocket socket = new HeddleDatagramSocket(Pair.anyPort())) {
            Task<String> receiving = receiving(caller, socket, new DatagramPacket(new byte[9], 9));
            socket.setSoTimeout(1);
            socket.setBroadcast(false);
            socket.setReceiveBufferSize(socket.getReceiveBufferSize());
            socket.setOption(StandardSocketOptions.SO_REUSEADDR, true);
            assertThat(socket.getSoTimeout()).isEqualTo(1);
            assertThat(socket.getBroadcast()).isFalse();
            assertThat(socket.getReuseAddress()).isTrue();
            socket.joinGroup(new InetSocketAddress(InetAddress.ofLiteral("239.1.2.3"), 0), DatagramCalls.loopback());
            socket.send(new DatagramPacket(new byte[] {5}, 1, socket.getLocalSocketAddress()));
            assertThat(receiving.get()).contains("data=[5]");
        }
    }

    @ParameterizedTest
    @EnumSource(Caller.class)
    void itCanBeConnectedAndDisconnected(Caller caller) throws Exception {
        try (DatagramSocket socket = new HeddleDatagramSocket(Pair.anyPort());
                DatagramSocket peer = new DatagramSocket(Pair.anyPort());
                DatagramSocket stranger = new DatagramSocket(Pair.anyPort())) {
            DatagramPacket five = new DatagramPacket(new byte[] {5}, 1, socket.getLocalSocketAddress());
            DatagramPacket six = new DatagramPacket(new byte[] {6}, 1, socket.getLocalSocketAddress());
            Task<String> receiving = receiving(caller, socket, new DatagramPacket(new byte[9], 9));
            socket.connect(peer.getLocalSocketAddress());
            stranger.send(five);
            peer.send(six);
            assertThat(receiving.get()).contains("data=[6]");

            receiving = receiving(caller, socket, new DatagramPacket(new byte[9], 9));
            socket.disconnect();
            stranger.send(five);
            assertThat(receiving.get()).contains("data=[5]");
        }
    }

    @ParameterizedTest
    @EnumSource(Caller.class)
    void thePacketIsNotLocked(Caller caller) throws Exception {
        try (DatagramSocket socket = new HeddleDatagramSocket(Pair.anyPort())) {
            DatagramPacket packet = new DatagramPacket(new byte[9], 9);
            Task<String> receiving = receiving(caller, socket, packet);
            assertThat(packet.getLength()).isEqualTo(9);
            // The receiver has taken what it was given.
            packet.setData(new byte[1]);
            socket.send(new DatagramPacket(new byte[] {5, 6}, 2, socket.getLocalSocketAddress()));
            assertThat(receiving.get()).contains("length=2").contains("data=[5, 6]");
        }
    }

    @Test
    void aSecondReceiverHasItsOwnDatagram() throws Exception {
        try (DatagramSocket socket = new HeddleDatagramSocket(Pair.anyPort())) {
            Task<String> first = receiving(Caller.HEDDLE_THREAD, socket, new DatagramPacket(new byte[9], 9));
            Task<String> second = Caller.HEDDLE_THREAD
                    .start(DatagramCalls.receive(socket, new DatagramPacket(new byte[9], 9)))
                    .awaitQueued();
            socket.send(new DatagramPacket(new byte[] {5}, 1, socket.getLocalSocketAddress()));
            assertThat(first.get()).contains("data=[5]");
            socket.send(new DatagramPacket(new byte[] {6}, 1, socket.getLocalSocketAddress()));
            assertThat(second.get()).contains("data=[6]");
        }
    }

    /** The delegate of DatagramSocket, which it would ask otherwise, holds its monitor. */
    @Test
    void noMethodOfDatagramSocketIsLeftToItsDelegate() {
        assertThat(Arrays.stream(DatagramSocket.class.getMethods())
                        .filter(method -> method.getDeclaringClass() == DatagramSocket.class)
                        .filter(method -> !Modifier.isStatic(method.getModifiers()))
                        // Which answers null for every DatagramSocket.
                        .filter(method -> !method.getName().equals("getChannel")))
                .hasSizeGreaterThan(30)
                .allSatisfy(method -> assertThat(overriding(method)).isEqualTo(HeddleDatagramSocket.class));
    }

    private static Class<?> overriding(Method method) throws NoSuchMethodException {
        return HeddleDatagramSocket.class
                .getMethod(method.getName(), method.getParameterTypes())
                .getDeclaringClass();
    }
}
