package io.heddle.testing;

import io.heddle.Heddle;
import io.heddle.TcpSocket;
import io.heddle.poll.Poll;
import io.heddle.poll.Selectors;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails the test that leaves something of the {@link Ledger} behind, and names what it left. What the whole process
 * shares is started before the first test.
 */
public final class NoLeaks implements BeforeEachCallback, AfterEachCallback {
    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(NoLeaks.class);
    private static final ReentrantLock WARM_UP = new ReentrantLock();
    private static boolean warm;

    /** Creates the extension; JUnit does. */
    public NoLeaks() {}

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        warmUp();
        context.getStore(OURS).put(context.getUniqueId(), Ledger.take());
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        Throwable thrown = context.getExecutionException().orElse(null);
        if (thrown instanceof TimeoutException) {
            System.err.println(LiveThreads.dump());
        }
        Ledger before = context.getStore(OURS).remove(context.getUniqueId(), Ledger.class);
        if (thrown != null || before == null) {
            // A test that failed half-way has its own message; the next one starts from what is there then.
            return;
        }
        List<String> left = Ledger.leftSince(before);
        if (!left.isEmpty()) {
            throw new AssertionError("left behind: " + left);
        }
    }

    /** Everything that lives for the process and starts when it is first needed: ours and the JDK's. */
    public static void warmUp() throws Exception {
        WARM_UP.lock();
        try {
            if (warm) {
                return;
            }
            Heddle heddle = Heddle.shared();
            for (Caller caller : Caller.values()) {
                caller.run(NoLeaks::exchange);
            }
            Caller.JDK_VIRTUAL_THREAD.run(NoLeaks::exchangeByJdk);
            if (Selectors.KQUEUE.isAvailable()) {
                Poll.open(Selectors.KQUEUE).close();
            }
            InetAddress localHost = InetAddress.getLocalHost();
            assert localHost != null && heddle.carriers() > 0;
            if (Selectors.KQUEUE.isAvailable()) {
                // A libkqueue has descriptors of its own, from its first queue on.
                Poll.open(Selectors.KQUEUE).close();
            }
            warm = true;
        } finally {
            WARM_UP.unlock();
        }
    }

    private static void exchange() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                TcpSocket local = TcpSocket.connect("localhost", server.getLocalPort(), Duration.ofMinutes(1))) {
            local.setReadTimeout(Duration.ofMillis(1));
            int n = local.read(new byte[1]);
            throw new AssertionError("read from nobody: n=" + n);
        } catch (SocketTimeoutException e) {
            assert "Read timed out".equals(e.getMessage());
        }
    }

    private static void exchangeByJdk() throws IOException {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Socket socket = new Socket(server.getInetAddress(), server.getLocalPort())) {
            socket.setSoTimeout(1);
            int n = socket.getInputStream().read();
            throw new AssertionError("read from nobody: n=" + n);
        } catch (SocketTimeoutException e) {
            assert "Read timed out".equals(e.getMessage());
        }
    }
}
