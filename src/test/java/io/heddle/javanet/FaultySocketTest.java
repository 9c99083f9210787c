package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Errors;
import io.heddle.testing.Caller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.NoLeaks;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each native call that makes a drop-in socket fails once, with each errno that its man page knows: the constructor
 * fails with the errno's exception, nothing is left open, and the next one goes well. What follows on the descriptor is
 * swept by {@code FaultSweepTest}.
 */
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FaultySocketTest {
    /** What is made. */
    enum Kind {
        SOCKET {
            @Override
            Closeable make(ServerSocket server) throws IOException {
                InetAddress here = server.getInetAddress();
                return new HeddleSocket(here, server.getLocalPort(), here, 0);
            }
        },
        SERVER {
            @Override
            Closeable make(ServerSocket server) throws IOException {
                return new HeddleServerSocket(0, 1, server.getInetAddress());
            }
        };

        abstract Closeable make(ServerSocket server) throws IOException;
    }

    static Stream<Arguments> faults() {
        IntStream sockets = IntStream.of(
                Errno.EACCES,
                Errno.EAFNOSUPPORT,
                Errno.EINVAL,
                Errno.EMFILE,
                Errno.ENFILE,
                Errno.ENOBUFS,
                Errno.ENOMEM);
        IntStream binds = IntStream.of(Errno.EACCES, Errno.EADDRINUSE, Errno.EADDRNOTAVAIL, Errno.EINVAL, Errno.ENOMEM);
        IntStream options = IntStream.of(Errno.EINVAL, Errno.ENOPROTOOPT, Errno.ENOMEM, Errno.ENOBUFS);
        IntStream listens = IntStream.of(Errno.EADDRINUSE, Errno.EOPNOTSUPP);
        IntStream names = IntStream.of(Errno.ENOBUFS, Errno.EINVAL);
        return Stream.of(
                        of("socket", sockets, Kind.values()),
                        of("bind", binds, Kind.values()),
                        of("setsockopt", options, Kind.values()),
                        of("listen", listens, Kind.SERVER),
                        of("getsockname", names, Kind.SERVER))
                .flatMap(all -> all);
    }

    private static Stream<Arguments> of(String function, IntStream errnos, Kind... kinds) {
        return errnos.boxed().flatMap(errno -> Stream.of(kinds).map(kind -> Arguments.of(function, errno, kind)));
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("faults")
    void theConstructorFailsAndNothingIsLeft(String function, int errno, Kind kind) throws Exception {
        String text = String.valueOf(Errors.of(function, errno, "").getMessage());
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            for (Caller caller : Caller.values()) {
                int calls = calls(function, kind, server);
                for (int k = 1; k <= calls; k++) {
                    try (FaultPlan plan = FaultPlan.failing(function, errno, k)) {
                        assertThat(caller.failureOf(() -> kind.make(server).close()))
                                .as("call " + k)
                                .isInstanceOf(IOException.class)
                                .hasMessageStartingWith(text);
                        assertThat(plan.wasMet()).isTrue();
                    }
                }
                caller.run(() -> kind.make(server).close());
            }
        }
    }

    private static int calls(String function, Kind kind, ServerSocket server) throws IOException {
        try (FaultPlan plan = FaultPlan.counting()) {
            kind.make(server).close();
            assertThat(plan.calls(function)).isPositive();
            return plan.calls(function);
        }
    }

    /** As java.net has it, an address that the kernel does not tell is the wildcard. */
    @ParameterizedTest
    @MethodSource("names")
    void anAddressThatIsNotToldIsNoFailure(int errno) throws Exception {
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                FaultPlan plan = FaultPlan.failingAlways("getsockname", errno);
                Socket socket = new HeddleSocket(server.getInetAddress(), server.getLocalPort())) {
            assertThat(socket.getLocalAddress().isAnyLocalAddress()).isTrue();
            assertThat(socket.getPort()).isEqualTo(server.getLocalPort());
            assertThat(plan.wasMet()).isTrue();
        }
    }

    @Test
    void anAddressThatWasAskedForTooEarlyIsAskedForAgain() throws Exception {
        List<Boolean> anywhere = new ArrayList<>();
        try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                Socket socket = new HeddleSocket()) {
            socket.bind(new InetSocketAddress(0));
            try (FaultPlan plan = FaultPlan.before(
                    "connect", 1, () -> anywhere.add(socket.getLocalAddress().isAnyLocalAddress()))) {
                socket.connect(server.getLocalSocketAddress());
                assertThat(plan.wasMet()).isTrue();
            }
            assertThat(anywhere).containsExactly(true);
            assertThat(socket.getLocalAddress()).isEqualTo(server.getInetAddress());
        }
    }

    static IntStream names() {
        return IntStream.of(Errno.ENOBUFS, Errno.EINVAL);
    }
}
