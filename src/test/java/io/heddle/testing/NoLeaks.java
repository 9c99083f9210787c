package io.heddle.testing;

import io.heddle.Heddle;
import io.heddle.TcpSocket;
import io.heddle.internal.engine.Engine;
import io.heddle.internal.readiness.Registrations;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails the test that leaves a descriptor, a thread or a watched registration behind, and names what it left. What
 * the whole process shares is started before the first test.
 */
public final class NoLeaks implements BeforeEachCallback, AfterEachCallback {
    /** How long threads may take to end and descriptors to close after the test's last call. */
    private static final long PATIENCE_NANOS = 20_000_000_000L;

    private static final ExtensionContext.Namespace OURS = ExtensionContext.Namespace.create(NoLeaks.class);
    private static final ReentrantLock WARM_UP = new ReentrantLock();
    private static boolean warm;

    /** Creates the extension; JUnit does. */
    public NoLeaks() {}

    @Override
    public void beforeEach(ExtensionContext context) throws Exception {
        warmUp();
        context.getStore(OURS).put(context.getUniqueId(), Snapshot.take());
    }

    @Override
    public void afterEach(ExtensionContext context) throws Exception {
        Throwable thrown = context.getExecutionException().orElse(null);
        if (thrown instanceof TimeoutException) {
            System.err.println(LiveThreads.dump());
        }
        Snapshot before = context.getStore(OURS).remove(context.getUniqueId(), Snapshot.class);
        if (thrown != null || before == null) {
            // A test that failed half-way has its own message; the next one starts from what is there then.
            return;
        }
        List<String> left = new ArrayList<>();
        boolean clean = Await.until("nothing is left behind", PATIENCE_NANOS, () -> {
            left.clear();
            left.addAll(Snapshot.take().beyond(before));
            return left.isEmpty();
        });
        if (!clean) {
            throw new AssertionError("left behind: " + left);
        }
    }

    /** Everything that lives for the process and starts when it is first needed: ours and the JDK's. */
    static void warmUp() throws Exception {
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
            InetAddress localHost = InetAddress.getLocalHost();
            assert localHost != null && heddle.carriers() > 0;
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

    /** What may not grow from the start of a test to its end. */
    record Snapshot(Set<String> descriptors, Set<Thread> threads, int foreignWorkers, int registrations) {
        static Snapshot take() throws Exception {
            Set<Thread> threads = new HashSet<>();
            int workers = 0;
            for (Thread thread : LiveThreads.all()) {
                if (thread.getName().startsWith("heddle-worker-")) {
                    workers++;
                } else if (isWatched(thread)) {
                    threads.add(thread);
                }
            }
            return new Snapshot(openDescriptors(), threads, workers - sharedWorkers(), Registrations.count());
        }

        /** Pollers, ours and the JDK's, serve the whole process; resolver threads come and go by themselves. */
        private static boolean isWatched(Thread thread) {
            String name = thread.getName();
            return thread.isVirtual()
                    ? !name.startsWith("heddle-hosted-poller-") && !name.startsWith("SubPoller-")
                    : !name.equals("heddle-resolver") && (name.startsWith("heddle-") || name.startsWith("caller-"));
        }

        /** The shared carriers raise workers and let them go as they need. */
        private static int sharedWorkers() {
            return Engine.hosted() == null ? Engine.shared().workers() : 0;
        }

        private static Set<String> openDescriptors() throws IOException {
            Set<String> open = new TreeSet<>();
            try (var numbers = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
                for (Path number : numbers) {
                    String target = target(number);
                    if (target.startsWith("socket:") || target.startsWith("anon_inode:")) {
                        // A recycled number has another inode.
                        open.add(number.getFileName() + "=" + target);
                    }
                }
            }
            return open;
        }

        private static String target(Path number) throws IOException {
            try {
                return Files.readSymbolicLink(number).toString();
            } catch (NoSuchFileException e) {
                return "closed meanwhile";
            }
        }

        List<String> beyond(Snapshot before) {
            List<String> left = new ArrayList<>();
            for (String descriptor : descriptors) {
                if (!before.descriptors.contains(descriptor)) {
                    left.add(descriptor);
                }
            }
            for (Thread thread : threads) {
                if (!before.threads.contains(thread)) {
                    left.add(LiveThreads.describe(thread));
                }
            }
            if (foreignWorkers > before.foreignWorkers) {
                left.add("workers=" + (foreignWorkers - before.foreignWorkers));
            }
            if (registrations > before.registrations) {
                left.add("registrations=" + (registrations - before.registrations));
            }
            return left;
        }
    }
}
