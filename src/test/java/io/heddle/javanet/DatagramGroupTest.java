package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.heddle.testing.Caller;
import io.heddle.testing.NoLeaks;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Multicast, on the JDK's sockets and on ours. */
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DatagramGroupTest {
    private static final int LATE_MILLIS = 30_000;

    static Stream<Arguments> everyMaker() {
        return Stream.of(
                Arguments.of(Scene.Maker.JDK, Caller.JDK_VIRTUAL_THREAD),
                Arguments.of(Scene.Maker.JDK, Caller.PLATFORM_THREAD),
                Arguments.of(Scene.Maker.HEDDLE, Caller.HEDDLE_THREAD),
                Arguments.of(Scene.Maker.HEDDLE, Caller.JDK_VIRTUAL_THREAD),
                Arguments.of(Scene.Maker.HEDDLE, Caller.PLATFORM_THREAD));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("everyMaker")
    void aGroupIsHeardByWhoHasJoinedIt(Scene.Maker maker, Caller caller) throws Exception {
        assertHeard(
                maker,
                caller,
                InetAddress.ofLiteral("239.1.2.3"),
                DatagramCalls.loopback(),
                InetAddress.ofLiteral("127.0.0.1"));
    }

    /** Linux routes no IPv6 groups to the loopback interface; with no hops nothing leaves the machine. */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("everyMaker")
    void anIpv6GroupIsHeardByWhoHasJoinedIt(Scene.Maker maker, Caller caller) throws Exception {
        Optional<NetworkInterface> network = NetworkInterface.networkInterfaces()
                .filter(each -> each.inetAddresses().anyMatch(Inet6Address.class::isInstance))
                .filter(DatagramGroupTest::isMulticast)
                .findFirst();
        assumeThat(network).as("an interface with IPv6 multicast").isPresent();
        assertHeard(
                maker,
                caller,
                InetAddress.ofLiteral("ff02::1234:5678"),
                network.orElseThrow(),
                InetAddress.ofLiteral("::1"));
    }

    private static boolean isMulticast(NetworkInterface network) {
        try {
            return network.isUp() && network.supportsMulticast() && !network.isLoopback();
        } catch (SocketException e) {
            throw new AssertionError(e);
        }
    }

    private static void assertHeard(
            Scene.Maker maker, Caller caller, InetAddress group, NetworkInterface network, InetAddress here)
            throws Exception {
        try (DatagramSocket member = maker.datagrams();
                DatagramSocket sender = maker.datagrams()) {
            sender.setOption(StandardSocketOptions.IP_MULTICAST_IF, network);
            sender.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 0);
            assertThat(sender.getOption(StandardSocketOptions.IP_MULTICAST_IF)).isEqualTo(network);
            assertThat(sender.getOption(StandardSocketOptions.IP_MULTICAST_TTL)).isZero();
            assertThat(sender.getOption(StandardSocketOptions.IP_MULTICAST_LOOP))
                    .isTrue();
            InetSocketAddress all = new InetSocketAddress(group, member.getLocalPort());
            InetSocketAddress one = new InetSocketAddress(here, member.getLocalPort());
            member.setSoTimeout(LATE_MILLIS);

            // What is heard of each pair tells whether the first was: the second always is.
            assertThat(caller.call(() -> exchange(sender, member, 1, all, one))).isEqualTo(-1);
            member.joinGroup(all, network);
            assertThat(caller.call(() -> exchange(sender, member, 2, all, one))).isEqualTo(2);
            sender.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, false);
            // What leaves by the loopback interface comes back all the same.
            assertThat(caller.call(() -> exchange(sender, member, 3, all, one)))
                    .isEqualTo(network.isLoopback() ? 3 : -3);
            sender.setOption(StandardSocketOptions.IP_MULTICAST_LOOP, true);
            member.leaveGroup(all, network);
            assertThat(caller.call(() -> exchange(sender, member, 4, all, one))).isEqualTo(-4);
            member.joinGroup(all, network);
            assertThat(caller.call(() -> exchange(sender, member, 5, all, one))).isEqualTo(5);
        }
    }

    /** Answers the number if the group was reached, the negated one if not. */
    private static int exchange(
            DatagramSocket sender, DatagramSocket member, int number, InetSocketAddress all, InetSocketAddress one)
            throws Exception {
        sender.send(DatagramCalls.packet(all, number));
        sender.send(DatagramCalls.packet(one, -number));
        DatagramPacket received = new DatagramPacket(new byte[9], 9);
        member.receive(received);
        int first = received.getData()[0];
        if (first == number) {
            member.receive(received);
            assertThat((int) received.getData()[0]).isEqualTo(-number);
        }
        return first;
    }
}
