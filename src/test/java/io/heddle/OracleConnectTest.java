package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Acceptor;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.Connection;
import io.heddle.testing.EveryStack;
import io.heddle.testing.FullBacklog;
import io.heddle.testing.Pair;
import io.heddle.testing.Stack;
import io.heddle.testing.Task;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Connecting, binding, their errors and the addresses, on our sockets and the JDK's. */
@Behaviour
@SuppressWarnings("try") // Closing is part of what is tested.
class OracleConnectTest {
    /** For documentation, RFC 5737: no machine has it. */
    private static final InetAddress NOBODYS = InetAddress.ofLiteral("192.0.2.1");

    // Errors; each leaves nothing open

    @EveryStack
    void aPortWhereNobodyListensIsAConnectException(Stack stack, Caller caller) throws Exception {
        try (Socket reserved = new Socket()) {
            reserved.bind(Pair.anyPort());
            InetSocketAddress to = (InetSocketAddress) reserved.getLocalSocketAddress();
            for (int millis : new int[] {0, 600_000}) {
                assertThat(caller.failureOf(() -> stack.connect(to, millis)))
                        .isExactlyInstanceOf(ConnectException.class)
                        .hasMessage("Connection refused");
            }
        }
    }

    @EveryStack
    void aNetworkThatCannotBeReachedIsASocketException(Stack stack, Caller caller) throws Exception {
        InetSocketAddress broadcast = new InetSocketAddress(InetAddress.ofLiteral("255.255.255.255"), 9);
        for (int millis : new int[] {0, 600_000}) {
            assertThat(caller.failureOf(() -> stack.connect(broadcast, millis)))
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessageStartingWith("Network is unreachable");
        }
    }

    @EveryStack
    void anUnresolvedAddressIsAnUnknownHost(Stack stack, Caller caller) throws Exception {
        assertThat(caller.failureOf(() -> stack.connect(InetSocketAddress.createUnresolved("nowhere", 1), 0)))
                .isExactlyInstanceOf(UnknownHostException.class)
                .hasMessage("nowhere");
    }

    @EveryStack
    void anAddressThatIsInUseOrNotOursIsABindException(Stack stack, Caller caller) throws Exception {
        try (Acceptor acceptor = stack.listen()) {
            assertThat(caller.failureOf(() -> stack.listen(acceptor.localAddress(), 1)))
                    .isExactlyInstanceOf(BindException.class)
                    .hasMessageStartingWith("Address already in use");
            assertThat(caller.failureOf(() -> stack.listen(new InetSocketAddress(NOBODYS, 0), 1)))
                    .isExactlyInstanceOf(BindException.class)
                    .hasMessageStartingWith("Cannot assign requested address");
        }
    }

    @EveryStack
    void aTimeoutWhileNobodyAnswersLeavesNothingOpen(Stack stack, Caller caller) throws Exception {
        try (FullBacklog full = FullBacklog.open()) {
            for (int round = 0; round < 20; round++) {
                assertThat(caller.failureOf(() -> stack.connect(full.address(), 1)))
                        .isExactlyInstanceOf(SocketTimeoutException.class)
                        .satisfies(e -> assertConnectTimedOut(stack, e));
            }
        }
    }

    /** The JDK has no text for it if the time was over before it began to wait. */
    private static void assertConnectTimedOut(Stack stack, Throwable e) {
        if (stack != Stack.JDK || e.getMessage() != null) {
            assertThat(e).hasMessage("Connect timed out");
        }
    }

    /** The JDK takes its default of 50. */
    @EveryStack
    void aBacklogThatIsNotPositiveIsTheDefaultForTheJdkAndAnErrorForUs(Stack stack, Caller caller) throws Exception {
        for (int backlog : new int[] {0, -1}) {
            caller.run(() -> {
                if (stack.isJavaNet()) {
                    assertThatCode(() -> stack.listen(Pair.anyPort(), backlog).close())
                            .doesNotThrowAnyException();
                } else {
                    assertThatThrownBy(() -> stack.listen(Pair.anyPort(), backlog))
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessage("backlog must be positive: backlog=" + backlog);
                }
            });
        }
    }

    // Addresses

    @EveryStack
    void bothEndsKnowBothAddresses(Stack stack, Caller caller) throws Exception {
        try (Acceptor acceptor = stack.listen();
                Connection connected = caller.call(() -> stack.connect(acceptor.localAddress(), 0));
                Connection accepted = caller.call(() -> acceptor.accept(0))) {
            assertThat(connected.remoteAddress()).isEqualTo(acceptor.localAddress());
            assertThat(accepted.localAddress()).isEqualTo(acceptor.localAddress());
            assertThat(accepted.remoteAddress()).isEqualTo(connected.localAddress());
        }
    }

    @EveryStack
    void theWildcardAsATargetIsThisMachine(Stack stack, Caller caller) throws Exception {
        for (String wildcard : List.of("0.0.0.0", "::")) {
            try (Acceptor acceptor = stack.listen(new InetSocketAddress(0), 1)) {
                var to = new InetSocketAddress(
                        InetAddress.ofLiteral(wildcard), acceptor.localAddress().getPort());
                try (Connection connected = caller.call(() -> stack.connect(to, 0));
                        Connection accepted = acceptor.accept(0)) {
                    assertThat(connected.remoteAddress().getAddress()).isEqualTo(InetAddress.getLocalHost());
                    assertThat(accepted.remoteAddress()).isEqualTo(connected.localAddress());
                }
            }
        }
    }

    @EveryStack
    void afterCloseThePeersAddressIsKnownAndTheLocalOneIsTheWildcard(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open();
                Acceptor acceptor = stack.listen()) {
            InetSocketAddress remote = ends.local().remoteAddress();
            InetSocketAddress local = ends.local().localAddress();
            InetSocketAddress listening = acceptor.localAddress();
            caller.run(() -> {
                ends.local().close();
                acceptor.close();
            });
            assertThat(ends.local().remoteAddress()).isEqualTo(remote);
            assertThat(ends.local().localAddress())
                    .isEqualTo(new InetSocketAddress((InetAddress) null, local.getPort()));
            assertThat(acceptor.localAddress()).isEqualTo(listening);
        }
        try (Stack.Ends unasked = stack.open()) {
            int port = unasked.peer().getPort();
            caller.run(unasked.local()::close);
            assertThat(unasked.local().localAddress().getPort()).isEqualTo(stack.isJavaNet() ? port : 0);
        }
    }

    // Options

    @EveryStack
    void theOptionsOfAFreshSocketHaveTheSameValues(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open();
                Stack.Ends jdks = Stack.JDK.open();
                Acceptor acceptor = stack.listen();
                Acceptor jdksAcceptor = Stack.JDK.listen()) {
            caller.run(() -> {
                assertThat(ends.local().supportedOptions())
                        .isEqualTo(jdks.local().supportedOptions());
                for (var name : ends.local().supportedOptions()) {
                    assertThat((Object) ends.local().get(name))
                            .as(name.name())
                            .isEqualTo(jdks.local().get(name));
                }
                assertThat(acceptor.supportedOptions()).isEqualTo(jdksAcceptor.supportedOptions());
                for (var name : acceptor.supportedOptions()) {
                    assertThat((Object) acceptor.get(name)).as(name.name()).isEqualTo(jdksAcceptor.get(name));
                }
            });
        }
    }

    @EveryStack
    void anOptionThatIsNoneIsUnsupported(Stack stack, Caller caller) throws Exception {
        try (Stack.Ends ends = stack.open();
                Acceptor acceptor = stack.listen()) {
            caller.run(() -> {
                assertThatThrownBy(() -> ends.local().get(StandardSocketOptions.SO_BROADCAST))
                        .isInstanceOf(UnsupportedOperationException.class);
                assertThatThrownBy(() -> ends.local().set(StandardSocketOptions.IP_MULTICAST_TTL, 1))
                        .isInstanceOf(UnsupportedOperationException.class);
                assertThatThrownBy(() -> acceptor.get(StandardSocketOptions.TCP_NODELAY))
                        .isInstanceOf(UnsupportedOperationException.class);
            });
        }
    }

    // Connections that come and go

    /**
     * A poller that says "writable" too early makes a connect return on a socket that has no peer. A thousand
     * connects in little time, to a listener that takes them, refuses them or is being closed.
     */
    @EveryStack
    void aConnectThatReturnsIsConnectedAlsoWhileTheListenerGoes(Stack stack, Caller caller) throws Exception {
        int rounds = 10;
        int connectors = 100;
        for (int round = 0; round < rounds; round++) {
            Acceptor acceptor = stack.listen(Pair.anyPort(), 8);
            InetSocketAddress to = acceptor.localAddress();
            Task<Boolean> accepting = caller.startRun(() -> acceptAll(acceptor));
            List<Task<Boolean>> connecting = new ArrayList<>();
            for (int i = 0; i < connectors; i++) {
                connecting.add(caller.startRun(() -> connectAndCheck(stack, to)));
                if (i == connectors / 2) {
                    acceptor.close();
                }
            }
            for (Task<Boolean> task : connecting) {
                assertThat(task.get()).isTrue();
            }
            assertThat(accepting.failure().getMessage()).isIn("Socket closed", "Socket is closed");
        }
    }

    private static void acceptAll(Acceptor acceptor) throws IOException {
        for (; ; ) {
            acceptor.accept(0).close();
        }
    }

    private static void connectAndCheck(Stack stack, InetSocketAddress to) throws IOException {
        try (Connection connected = stack.connect(to, 50)) {
            assertThat(connected.localAddress().getPort()).isPositive();
            // A listener that closes with a full backlog forgets whom it has not answered yet, and tells nobody: they
            // are connected to nobody until they send something.
            connected.write(new byte[1]);
            connected.readTimeout(600_000);
            assertThat(connected.read(new byte[1])).isEqualTo(-1);
        } catch (SocketTimeoutException e) {
            assertConnectTimedOut(stack, e);
        } catch (SocketException e) {
            // Refused, or taken into the backlog of a listener that was closed.
            assertThat(e.getMessage())
                    .isIn("Connection refused", "Connection reset", "Connection reset by peer", "Broken pipe");
        }
    }

    /** The JDK relies on its process launcher for this, so only ours is asked. */
    @Test
    void everyDescriptorOfOursIsClosedOnExec() throws Exception {
        Set<String> before = descriptors();
        try (TcpListener listener = TcpListener.bind(Pair.anyPort());
                TcpSocket connected = TcpSocket.connect(listener.localAddress());
                TcpSocket accepted = listener.accept()) {
            Set<String> ours = descriptors();
            ours.removeAll(before);
            assertThat(ours).hasSize(3);
            for (String number : ours) {
                String flags = Files.readAllLines(Path.of("/proc/self/fdinfo", number)).stream()
                        .filter(line -> line.startsWith("flags:"))
                        .findFirst()
                        .orElseThrow();
                assertThat(Integer.parseInt(flags.substring("flags:".length()).trim(), 8) & CLOSE_ON_EXEC)
                        .as(flags)
                        .isNotZero();
            }
            assertThat(accepted.remoteAddress()).isEqualTo(connected.localAddress());
        }
    }

    private static final int CLOSE_ON_EXEC = 0x80000;

    private static Set<String> descriptors() throws IOException {
        Set<String> sockets = new HashSet<>();
        try (var numbers = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path number : numbers) {
                // The directory's own descriptor is in it too, and gone now.
                if (Files.exists(number, LinkOption.NOFOLLOW_LINKS)
                        && Files.readSymbolicLink(number).toString().startsWith("socket:")) {
                    sockets.add(number.getFileName().toString());
                }
            }
        }
        return sockets;
    }
}
