package io.heddle.javanet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Errno;
import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What one thread does to a socket at the very moment at which another accepts into it, binds or connects it. */
@ExtendWith(NoLeaks.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClosedUnderAcceptTest {
    private static final int MILLIS = 100;

    /** The descriptor exists: the timeout is an option of it. */
    private static <S extends Socket> S used(S socket) throws IOException {
        socket.setSoTimeout(MILLIS);
        return socket;
    }

    @ParameterizedTest
    @EnumSource
    void aSocketThatIsClosedWhileTheAcceptWaitsTakesNoConnection(Caller caller) throws Exception {
        closeWhileTheAcceptWaits(caller, used(new HeddleSocket()), new AcceptingInto());
    }

    @ParameterizedTest
    @EnumSource
    void theSameOfASocketThatHasNoDescriptorYet(Caller caller) throws Exception {
        closeWhileTheAcceptWaits(caller, new HeddleSocket(), new AcceptingInto());
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK_VIRTUAL_THREAD", "PLATFORM_THREAD"})
    void theJdksTakesNoneEither(Caller caller) throws Exception {
        closeWhileTheAcceptWaits(caller, used(new Socket()), new AcceptingIntoOfTheJdk());
    }

    private static void closeWhileTheAcceptWaits(Caller caller, Socket into, ServerSocket server) throws Exception {
        try (into;
                server) {
            server.bind(Pair.anyPort());
            Task<Boolean> accepting =
                    caller.startRun(() -> ((Into) server).accept(into)).awaitWaiting();
            into.close();
            assertThat(into.isClosed()).isTrue();
            try (Socket peer = new Socket(server.getInetAddress(), server.getLocalPort())) {
                assertThat(accepting.failure())
                        .isExactlyInstanceOf(SocketException.class)
                        .hasMessage("Socket is closed");
                assertThat(peer.getInputStream().read()).isEqualTo(-1);
            }
        }
    }

    /** The address is asked for when all is checked and the connection is the socket's own. */
    @ParameterizedTest(name = "used before: {0}")
    @ValueSource(booleans = {true, false})
    void aSocketThatIsClosedWhenTheConnectionIsThereClosesIt(boolean usedBefore) throws Exception {
        try (Socket into = usedBefore ? used(new HeddleSocket()) : new HeddleSocket();
                AcceptingInto server = new AcceptingInto()) {
            server.bind(Pair.anyPort());
            try (Socket peer = new Socket(server.getInetAddress(), server.getLocalPort());
                    FaultPlan plan = FaultPlan.before("getsockname", 1, () -> close(into))) {
                assertThatThrownBy(() -> server.accept(into))
                        .isExactlyInstanceOf(SocketException.class)
                        .hasMessage("Socket is closed");
                assertThat(plan.wasMet()).isTrue();
                assertThat(peer.getInputStream().read()).isEqualTo(-1);
            }
            assertThat(into.isClosed()).isTrue();
        }
    }

    private static void close(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The kernel has bound it, and before that is noted it is connected. */
    @Test
    void aConnectThatIsOverBeforeTheBindIsNotForgotten() throws Exception {
        List<Task<Boolean>> connecting = new ArrayList<>();
        try (ServerSocket server = new ServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Socket socket = used(new HeddleSocket())) {
            try (FaultPlan plan = FaultPlan.before("getsockname", 1, () -> connecting.add(connect(socket, server)))) {
                socket.bind(Pair.anyPort());
                assertThat(plan.wasMet()).isTrue();
            }
            assertThat(connecting.getFirst().get()).isTrue();
            assertThat(socket.getPort()).isEqualTo(server.getLocalPort());
            try (Socket accepted = server.accept()) {
                assertThat(accepted.getPort()).isEqualTo(socket.getLocalPort());
                accepted.getOutputStream().write(4);
                assertThat(socket.getInputStream().read()).isEqualTo(4);
            }
        }
    }

    /** Returns when it has connected, or waits for who binds. */
    private static Task<Boolean> connect(Socket socket, ServerSocket server) {
        Task<Boolean> task = Caller.PLATFORM_THREAD.startRun(() -> socket.connect(server.getLocalSocketAddress()));
        try {
            Await.until("it has connected or is queued", () -> task.isDone() || isQueued(task.thread()));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
        return task;
    }

    private static boolean isQueued(Thread thread) {
        return thread.getState() == Thread.State.WAITING
                && Arrays.stream(thread.getStackTrace())
                        .anyMatch(frame -> frame.getClassName().endsWith("ReentrantLock"));
    }

    @Test
    void aServerThatTheKernelRefusesIsClosed() throws Exception {
        try (ServerSocket server = new HeddleServerSocket(0, 5, InetAddress.getLoopbackAddress());
                Socket peer = new Socket()) {
            peer.connect(new InetSocketAddress(server.getInetAddress(), server.getLocalPort()));
            try (FaultPlan plan = FaultPlan.failing("accept4", Errno.EINVAL, 1)) {
                assertThatThrownBy(server::accept)
                        .isInstanceOf(SocketException.class)
                        .hasMessageStartingWith("Invalid argument");
                assertThat(plan.wasMet()).isTrue();
            }
            assertThat(server.isClosed()).isTrue();
            assertThatThrownBy(server::accept).hasMessage("Socket is closed");
        }
    }
}
