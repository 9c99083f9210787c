package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Errno;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.Task;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Unix datagrams, which the JDK has not. What waits is in {@link WaitingCallTest}. */
@Behaviour
@SuppressWarnings("try") // Closing is part of what is tested.
class UnixDatagramSocketTest {
    @TempDir
    Path directory;

    private static String text(UnixDomainSocketAddress address) {
        return address.getPath().toString();
    }

    @EveryCaller
    void datagramsKeepTheirBoundsAndNames(Caller caller) throws Exception {
        try (UnixDatagramSocket receiver =
                        UnixDatagramSocket.bind(UnixDomainSocketAddress.of(directory.resolve("receiver")));
                UnixDatagramSocket named = UnixDatagramSocket.bind(WaitingCall.anyName());
                UnixDatagramSocket unnamed = UnixDatagramSocket.unbound()) {
            for (int length : new int[] {0, 1, 4096, 100_000}) {
                byte[] bytes = new byte[length];
                ThreadLocalRandom.current().nextBytes(bytes);
                caller.run(() -> {
                    named.sendTo(bytes, receiver.localAddress());
                    unnamed.sendTo(ByteBuffer.wrap(bytes), receiver.localAddress());
                });
                for (UnixDatagramSocket sender : List.of(named, unnamed)) {
                    ByteBuffer dst = ByteBuffer.allocate(200_000);
                    assertThat(caller.call(() -> receiver.receiveFrom(dst))).isEqualTo(sender.localAddress());
                    assertThat(dst.flip()).isEqualTo(ByteBuffer.wrap(bytes));
                }
            }
            assertThat(text(unnamed.localAddress())).isEmpty();
            assertThat(receiver.localAddress().getPath()).exists();
            receiver.close();
            assertThat(receiver.localAddress().getPath()).doesNotExist();
            assertThat(caller.failureOf(() -> named.sendTo(new byte[1], receiver.localAddress())))
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessageStartingWith("No such file or directory");
        }
    }

    @EveryCaller
    void aConnectedSocketHearsItsPeerOnly(Caller caller) throws Exception {
        try (UnixDatagramSocket ours = UnixDatagramSocket.bind(WaitingCall.anyName());
                UnixDatagramSocket peer = UnixDatagramSocket.bind(WaitingCall.anyName());
                UnixDatagramSocket stranger = UnixDatagramSocket.bind(WaitingCall.anyName())) {
            assertThat(ours.remoteAddress()).isNull();
            assertThat(caller.failureOf(() -> ours.send(new byte[1])))
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("connect first");
            ours.connect(peer.localAddress());
            assertThat(ours.remoteAddress()).isEqualTo(peer.localAddress());
            assertThat(caller.failureOf(() -> stranger.sendTo(new byte[1], ours.localAddress())))
                    .isInstanceOf(SocketException.class);
            peer.sendTo(new byte[2], ours.localAddress());
            assertThat(caller.call(() -> ours.receive(new byte[9]))).isEqualTo(2);
            caller.run(() -> ours.send(new byte[3]));
            assertThat(peer.receive(new byte[9])).isEqualTo(3);
            peer.close();
            assertThat(caller.failureOf(() -> ours.send(new byte[1]))).isInstanceOf(ConnectException.class);
            assertThat(ours.isOpen()).isTrue();
        }
    }

    /** None is lost: who sends waits for who receives, connected or not. */
    @EveryCaller
    void everyDatagramArrivesInOrder(Caller caller) throws Exception {
        int count = 1000;
        for (boolean connected : new boolean[] {true, false}) {
            try (UnixDatagramSocket receiver = UnixDatagramSocket.bind(WaitingCall.anyName());
                    UnixDatagramSocket sender = UnixDatagramSocket.unbound()) {
                if (connected) {
                    sender.connect(receiver.localAddress());
                }
                Task<Boolean> sending = caller.startRun(() -> {
                    for (int i = 0; i < count; i++) {
                        ByteBuffer src = ByteBuffer.allocate(4).putInt(0, i);
                        int n = connected ? sender.send(src) : sender.sendTo(src, receiver.localAddress());
                        assertThat(n).isEqualTo(4);
                    }
                });
                caller.run(() -> {
                    ByteBuffer dst = ByteBuffer.allocate(9);
                    for (int i = 0; i < count; i++) {
                        assertThat(receiver.receive(dst.clear())).isEqualTo(4);
                        assertThat(dst.getInt(0)).isEqualTo(i);
                    }
                });
                assertThat(sending.get()).isTrue();
            }
        }
    }

    @Test
    void whatIsTooLongForOneDatagramSaysSo() throws Exception {
        UnixDatagramSocket[] pair = UnixDatagramSocket.pair();
        try (UnixDatagramSocket ours = pair[0];
                UnixDatagramSocket peer = pair[1]) {
            ours.setOption(StandardSocketOptions.SO_SNDBUF, 65_536);
            assertThatThrownBy(() -> ours.send(new byte[1_000_000]))
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessageStartingWith("Message too long");
            assertThat(text(java.util.Objects.requireNonNull(ours.remoteAddress())))
                    .isEmpty();
            peer.send(new byte[3]);
            byte[] two = new byte[2];
            assertThat(ours.receive(two)).isEqualTo(2);
        }
    }

    @EveryCaller
    void aFailedBindLeavesNothingOpen(Caller caller) throws Exception {
        for (String function : new String[] {"socket", "bind"}) {
            try (FaultPlan plan = FaultPlan.failing(function, Errno.ENOMEM, 1)) {
                assertThat(caller.failureOf(() ->
                                UnixDatagramSocket.bind(WaitingCall.anyName()).close()))
                        .isInstanceOf(SocketException.class);
                assertThat(plan.wasMet()).isTrue();
            }
        }
    }

    @Test
    void everyCallOnAClosedSocketSaysSo() throws Exception {
        UnixDatagramSocket ours = UnixDatagramSocket.bind(WaitingCall.anyName());
        UnixDomainSocketAddress local = ours.localAddress();
        ours.close();
        ours.close();
        assertThat(ours.localAddress()).isEqualTo(local);
        assertThat(ours.toString()).contains("open=false");
        for (Caller.Work call : List.<Caller.Work>of(
                () -> ours.receive(new byte[1]),
                () -> ours.receiveFrom(ByteBuffer.allocate(1)),
                () -> ours.send(new byte[1]),
                () -> ours.sendTo(new byte[1], local),
                () -> ours.connect(local),
                () -> ours.getOption(StandardSocketOptions.SO_RCVBUF))) {
            assertThatThrownBy(call::run)
                    .isExactlyInstanceOf(SocketException.class)
                    .message()
                    .isIn("Socket closed", "Socket is closed");
        }
    }
}
