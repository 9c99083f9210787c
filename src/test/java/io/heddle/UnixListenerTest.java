package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Faults;
import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.EveryVirtualCaller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.Task;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names, files, permissions and backlog of Unix sockets, and serving them. */
@Behaviour
@SuppressWarnings("try") // Closing is part of what is tested.
class UnixListenerTest {
    @TempDir
    Path directory;

    private UnixDomainSocketAddress name(String file) {
        return UnixDomainSocketAddress.of(directory.resolve(file));
    }

    // Files

    @Test
    void theFileIsThereWhileTheListenerIs() throws Exception {
        UnixDomainSocketAddress name = name("s");
        for (int round = 0; round < 3; round++) {
            try (UnixListener listener = UnixListener.bind(name);
                    UnixSocket client = UnixSocket.connect(name);
                    UnixSocket accepted = listener.accept()) {
                assertThat(name.getPath()).exists();
                assertThat(listener.localAddress()).isEqualTo(name);
                assertThat(client.remoteAddress()).isEqualTo(name);
                assertThat(accepted.localAddress()).isEqualTo(name);
                assertThat(client.localAddress().getPath().toString()).isEmpty();
                assertThat(accepted.remoteAddress().getPath().toString()).isEmpty();
            }
            assertThat(name.getPath()).doesNotExist();
        }
    }

    @Test
    void theFileStaysIfItIsAskedToOrIsAnothersByNow() throws Exception {
        UnixDomainSocketAddress name = name("s");
        UnixListener.builder().keepFile().bind(name).close();
        assertThat(name.getPath()).exists();
        Files.delete(name.getPath());

        try (UnixListener first = UnixListener.bind(name)) {
            Files.delete(name.getPath());
            try (UnixListener second = UnixListener.bind(name)) {
                first.close();
                UnixSocket.connect(second.localAddress()).close();
            }
            assertThat(name.getPath()).doesNotExist();
        }
        try (UnixListener third = UnixListener.bind(name)) {
            Files.delete(name.getPath());
            assertThat(third.isOpen()).isTrue();
        }
    }

    @Test
    void aStaleFileIsNamedWithItsRemedy() throws Exception {
        UnixDomainSocketAddress name = name("stale");
        ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(name).close();
        assertThatThrownBy(() -> UnixListener.bind(name))
                .isExactlyInstanceOf(BindException.class)
                .hasMessageStartingWith("Address already in use")
                .hasMessageContaining("delete it")
                .hasMessageContaining(name.toString());
        assertThatThrownBy(() -> UnixDatagramSocket.bind(name)).isExactlyInstanceOf(BindException.class);
        assertThatThrownBy(() -> UnixSocket.connect(name))
                .isExactlyInstanceOf(ConnectException.class)
                .hasMessageStartingWith("Connection refused");
        assertThat(name.getPath()).exists();
        Files.delete(name.getPath());
        UnixListener.bind(name).close();
    }

    @Test
    void whatIsNotThereAndWhatIsOfAnotherKindSaysSo() throws Exception {
        assertThatThrownBy(() -> UnixSocket.connect(name("none")))
                .isExactlyInstanceOf(SocketException.class)
                .hasMessageStartingWith("No such file or directory");
        assertThatThrownBy(() -> UnixListener.bind(name("none/s")))
                .isExactlyInstanceOf(SocketException.class)
                .hasMessageStartingWith("No such file or directory");
        try (UnixDatagramSocket datagrams = UnixDatagramSocket.bind(name("datagrams"))) {
            assertThatThrownBy(() -> UnixSocket.connect(datagrams.localAddress()))
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessageStartingWith("Protocol wrong type for socket");
        }
    }

    @Test
    void aPathMayHave107Bytes() throws Exception {
        String most = "x".repeat(107 - (directory + "/").length());
        UnixDomainSocketAddress longest = name(most);
        try (UnixListener listener = UnixListener.bind(longest);
                SocketChannel client = SocketChannel.open(longest);
                UnixSocket accepted = listener.accept()) {
            assertThat(accepted.localAddress()).isEqualTo(longest);
            assertThat(listener.localAddress()).isEqualTo(longest);
            assertThat(client.isConnected()).isTrue();
        }
        UnixDomainSocketAddress longer = name(most + "x");
        for (Caller.Work call : List.<Caller.Work>of(
                () -> UnixListener.bind(longer),
                () -> UnixSocket.connect(longer),
                () -> UnixDatagramSocket.bind(longer),
                () -> UnixDatagramSocket.unbound().connect(longer).close())) {
            assertThatThrownBy(call::run)
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessageStartingWith("Unix domain path too long")
                    .hasMessageContaining("107");
        }
    }

    @Test
    void thePermissionsAreThereBeforeAnybodyCanConnect() throws Exception {
        UnixDomainSocketAddress name = name("private");
        try (UnixListener listener = UnixListener.builder()
                .permissions(PosixFilePermissions.fromString("rw-------"))
                .bind(name)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(name.getPath())))
                    .isEqualTo("rw-------");
            assertThat(listener.isOpen()).isTrue();
        }
        // Between bind and listen, when the permissions are set, a connect is refused.
        List<String> refused = new ArrayList<>();
        Faults.plan((function, first) -> {
            if (function.equals("listen")) {
                try {
                    refused.add(PosixFilePermissions.toString(Files.getPosixFilePermissions(name.getPath())));
                } catch (IOException e) {
                    refused.add(e.toString());
                }
            }
            return Faults.NONE;
        });
        try (UnixListener listener = UnixListener.builder()
                .permissions(PosixFilePermissions.fromString("r--------"))
                .bind(name)) {
            assertThat(listener.isOpen()).isTrue();
        } finally {
            Faults.plan(null);
        }
        assertThat(refused).containsExactly("r--------");
    }

    @Test
    void noPermissionSaysWhatItTakes() throws Exception {
        // Root may do everything: the kernel's answer is made here.
        try (UnixListener listener = UnixListener.bind(name("s"))) {
            try (FaultPlan plan = FaultPlan.failing("connect", Errno.EACCES, 1)) {
                assertThatThrownBy(() -> UnixSocket.connect(listener.localAddress()))
                        .isExactlyInstanceOf(BindException.class)
                        .hasMessageStartingWith("Permission denied")
                        .hasMessageContaining("write permission");
                assertThat(plan.wasMet()).isTrue();
            }
        }
    }

    @Test
    void abstractNamesHaveNoFile() throws Exception {
        UnixDomainSocketAddress name = WaitingCall.anyName();
        try (UnixListener listener = UnixListener.bind(name);
                UnixSocket client = UnixSocket.connect(name);
                UnixSocket accepted = listener.accept()) {
            assertThat(name.getPath()).doesNotExist();
            assertThat(listener.localAddress()).isEqualTo(name);
            assertThat(client.remoteAddress()).isEqualTo(name);
            assertThat(accepted.localAddress()).isEqualTo(name);
            assertThatThrownBy(() -> UnixListener.bind(name)).isExactlyInstanceOf(BindException.class);
        }
        UnixListener.bind(name).close();
        assertThatThrownBy(() -> UnixSocket.connect(name)).isExactlyInstanceOf(ConnectException.class);
        try (UnixListener any = UnixListener.bind(UnixDomainSocketAddress.of(""))) {
            assertThat(any.localAddress().toString()).startsWith("@");
            UnixSocket.connect(any.localAddress()).close();
        }
    }

    // Backlog

    private static List<UnixSocket> fill(UnixListener listener) throws Exception {
        List<UnixSocket> queued = new ArrayList<>();
        boolean[] full = new boolean[1];
        Await.until("the backlog is full", () -> {
            try {
                queued.add(UnixSocket.connect(listener.localAddress(), Duration.ofNanos(1)));
            } catch (SocketTimeoutException e) {
                assertThat(e).hasMessage("Connect timed out");
                full[0] = true;
            }
            return full[0];
        });
        return queued;
    }

    private static void close(List<UnixSocket> sockets) {
        sockets.forEach(UnixSocket::close);
    }

    @EveryCaller
    void aConnectWaitsForRoomInTheBacklog(Caller caller) throws Exception {
        try (UnixListener listener = UnixListener.bind(WaitingCall.anyName(), 1)) {
            List<UnixSocket> queued = fill(listener);
            for (Duration timeout : List.of(Duration.ZERO, Duration.ofMinutes(10), Duration.ofSeconds(Long.MAX_VALUE))) {
                Task<UnixSocket> connecting = caller.start(() -> UnixSocket.connect(listener.localAddress(), timeout))
                        .awaitWaiting();
                listener.accept().close();
                queued.add(connecting.get());
            }
            long startNanos = System.nanoTime();
            assertThat(caller.failureOf(() -> UnixSocket.connect(listener.localAddress(), Duration.ofMillis(20))))
                    .isExactlyInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Connect timed out");
            assertThat(System.nanoTime() - startNanos).isGreaterThanOrEqualTo(20_000_000);
            close(queued);
        }
    }

    @EveryCaller
    void aConnectThatWaitsIsRefusedWhenTheListenerGoes(Caller caller) throws Exception {
        try (UnixListener listener = UnixListener.bind(WaitingCall.anyName(), 1)) {
            List<UnixSocket> queued = fill(listener);
            Task<UnixSocket> connecting =
                    caller.start(() -> UnixSocket.connect(listener.localAddress())).awaitWaiting();
            listener.close();
            assertThat(connecting.failure()).isExactlyInstanceOf(ConnectException.class);
            // Nobody will accept these.
            for (UnixSocket each : queued) {
                assertThatThrownBy(() -> each.read(new byte[1])).hasMessage("Connection reset");
            }
            close(queued);
        }
    }

    @EveryVirtualCaller
    void aConnectThatWaitsIsInterrupted(Caller caller) throws Exception {
        try (UnixListener listener = UnixListener.bind(WaitingCall.anyName(), 1)) {
            List<UnixSocket> queued = fill(listener);
            Task<UnixSocket> connecting =
                    caller.start(() -> UnixSocket.connect(listener.localAddress())).awaitWaiting();
            connecting.interrupt();
            assertThat(connecting.failure())
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Closed by interrupt");
            assertThat(connecting.endedInterrupted()).isTrue();
            close(queued);
        }
    }

    // Accept and serve

    @EveryCaller
    void serveEndsWithTheListenerAndHandlersLiveOn(Caller caller) throws Exception {
        AtomicInteger handled = new AtomicInteger();
        try (UnixListener listener = UnixListener.builder().maxConnections(2).bind(name("serve"))) {
            Task<Boolean> serving = caller.startRun(() -> listener.serve(socket -> {
                handled.incrementAndGet();
                byte[] buffer = new byte[9];
                for (int n = socket.read(buffer); n >= 0; n = socket.read(buffer)) {
                    socket.write(buffer, 0, n);
                }
                throw new IOException("ends this connection and nothing else");
            }));
            for (int i = 0; i < 5; i++) {
                try (UnixSocket client = UnixSocket.connect(listener.localAddress())) {
                    client.write(new byte[] {1, 2});
                    client.readFully(new byte[2]);
                    assertThat(Thread.getAllStackTraces()).isNotEmpty();
                }
            }
            try (UnixSocket last = UnixSocket.connect(listener.localAddress())) {
                last.write(new byte[1]);
                last.readFully(new byte[1]);
                assertThat(listener.toString()).contains("open=true");
                listener.close();
                assertThat(serving.get()).isTrue();
                last.write(new byte[1]);
                last.readFully(new byte[1]);
                assertThat(listener.close(Duration.ZERO)).isFalse();
                assertThat(last.read(new byte[1])).isEqualTo(-1);
            }
            assertThat(handled).hasValue(6);
            assertThatThrownBy(() -> listener.serve(socket -> {})).hasMessage("Socket is closed");
        }
    }

    @EveryCaller
    void acceptGoesOnWhenDescriptorsAreBack(Caller caller) throws Exception {
        try (UnixListener listener = UnixListener.bind(WaitingCall.anyName());
                UnixSocket client = UnixSocket.connect(listener.localAddress())) {
            for (int errno : new int[] {Errno.EMFILE, Errno.ENOBUFS, Errno.ECONNABORTED, Errno.EINTR}) {
                try (FaultPlan plan = FaultPlan.failing("accept4", errno, 1);
                        UnixSocket accepted = caller.call(() -> listener.accept());
                        UnixSocket next = UnixSocket.connect(listener.localAddress())) {
                    assertThat(plan.wasMet()).isTrue();
                    assertThat(accepted.isOpen() && next.isOpen() && client.isOpen())
                            .isTrue();
                }
            }
        }
    }

    @EveryCaller
    void aFailedBindLeavesNothingOpenAndNoFile(Caller caller) throws Exception {
        UnixDomainSocketAddress name = name("failed");
        for (String function : new String[] {"socket", "bind", "listen", "setsockopt"}) {
            try (FaultPlan plan = FaultPlan.failing(function, Errno.ENOMEM, 1)) {
                assertThat(caller.failureOf(() -> UnixListener.builder()
                                .option(StandardSocketOptions.SO_RCVBUF, 65_536)
                                .bind(name)
                                .close()))
                        .isInstanceOf(SocketException.class);
                assertThat(plan.wasMet()).isTrue();
            }
            assertThat(name.getPath()).doesNotExist();
        }
    }

    @EveryCaller
    void aFailedConnectLeavesNothingOpen(Caller caller) throws Exception {
        try (UnixListener listener = UnixListener.bind(WaitingCall.anyName())) {
            for (String function : new String[] {"socket", "connect"}) {
                try (FaultPlan plan = FaultPlan.failing(function, Errno.ENOMEM, 1)) {
                    assertThat(caller.failureOf(
                                    () -> UnixSocket.connect(listener.localAddress()).close()))
                            .isInstanceOf(SocketException.class);
                    assertThat(plan.wasMet()).isTrue();
                }
            }
            try (FaultPlan plan = FaultPlan.failing("connect", Errno.EINTR, 1)) {
                caller.call(() -> UnixSocket.connect(listener.localAddress())).close();
                assertThat(plan.calls("connect")).isEqualTo(2);
            }
        }
    }
}
