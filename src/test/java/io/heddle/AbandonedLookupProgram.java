package io.heddle;

import io.heddle.javanet.HeddleSocket;
import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.HeldResolver;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.Closeable;
import java.nio.channels.ServerSocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Connects by name while no lookup is answered, with more callers than the resolver has threads. */
final class AbandonedLookupProgram {
    /** As many as there are threads. */
    private static final int HANGING = 16;

    private AbandonedLookupProgram() {}

    /** Prints what came of the callers, by kind. */
    public static void main(String[] args) throws Exception {
        try (ServerSocketChannel server = ServerSocketChannel.open().bind(Pair.anyPort())) {
            int port = server.socket().getLocalPort();
            HeldResolver.hold();

            Set<String> interrupted = new TreeSet<>();
            for (Task<Closeable> task : startHanging(port)) {
                task.interrupt();
                interrupted.add(task.failure() + ", interrupted=" + task.endedInterrupted());
            }
            System.out.println("interrupted: " + interrupted);

            // All threads hang: who comes now stands in the queue, and who gives up is forgotten there.
            Task<TcpSocket> platform =
                    Caller.PLATFORM_THREAD.start(() -> TcpSocket.connect("platform", port, Duration.ZERO));
            platform.awaitParked().interrupt();
            Set<String> timedOut = new TreeSet<>();
            for (Caller caller : Caller.values()) {
                timedOut.add(caller.failureOf(() -> TcpSocket.connect("late", port, Duration.ofMillis(20)))
                        .toString());
            }
            System.out.println("timed out: " + timedOut);
            List<Task<TcpSocket>> patient = new ArrayList<>(List.of(platform));
            for (Caller caller : Caller.values()) {
                patient.add(caller.start(() -> TcpSocket.connect("patient " + caller, port, Duration.ofMinutes(1))));
            }
            System.out.println("hanging: " + HeldResolver.hanging() + " of "
                    + HeldResolver.asked().size());

            HeldResolver.release();
            for (Task<TcpSocket> task : patient) {
                try (TcpSocket socket = task.get();
                        var accepted = server.accept()) {
                    System.out.println("connected: " + socket.remoteAddress().equals(accepted.getLocalAddress())
                            + ", interrupted=" + task.endedInterrupted());
                }
            }
            server.configureBlocking(false);
            System.out.println("nobody else connected: " + (server.accept() == null));
            Await.until("every lookup has returned", () -> HeldResolver.hanging() == 0);
            System.out.println("asked: " + new TreeSet<>(HeldResolver.asked()));
        }
    }

    /** In the shape of java.net, too. */
    private static List<Task<Closeable>> startHanging(int port) throws Exception {
        List<Task<Closeable>> hanging = new ArrayList<>();
        for (int i = 0; i < HANGING; i++) {
            Caller caller = i % 2 == 0 ? Caller.HEDDLE_THREAD : Caller.JDK_VIRTUAL_THREAD;
            String host = "hanging " + i;
            boolean dropIn = i % 4 < 2;
            hanging.add(caller.start(
                    () -> dropIn ? new HeddleSocket(host, port) : TcpSocket.connect(host, port, Duration.ZERO)));
        }
        Await.until("all threads hang", () -> HeldResolver.hanging() == HANGING);
        return hanging;
    }
}
