package io.heddle.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Await;
import io.heddle.testing.ChildJvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What happens to a process: it is stopped, or has no descriptors, threads or memory left. */
@KernelChaos
class ProcessChaos {
    private static final int DESCRIPTORS = 110;
    private static final int CLIENTS = 120;
    private static final long WINDOW_NANOS = 3_000_000_000L;

    @RegisterExtension
    final Lab lab = new Lab();

    private static String ask(ChildJvm puppet, String order) throws IOException {
        String answer = puppet.ask(order, "= ");
        System.out.println(order + ": " + answer);
        return answer;
    }

    private static ChildJvm ready(ChildJvm puppet) throws IOException {
        assertThat(puppet.await("= ")).isEqualTo("ready");
        return puppet;
    }

    private static Socket connect(int port) throws IOException {
        Socket client = new Socket();
        client.setSoTimeout(50_000);
        client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return client;
    }

    private static void closeAll(List<Socket> clients) throws IOException {
        for (Socket client : clients) {
            client.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"heddle", "jdk"})
    void aStopAndAContinueAreNoticedByNobody(String who) throws Exception {
        ChildJvm server = ready(lab.puppetUnder(List.of()));
        String port = ask(server, "serve " + who).replace("port ", "");
        ChildJvm client = ready(lab.puppetUnder(List.of()));
        ask(client, "load " + who + " 127.0.0.1 " + port + " 20");
        for (int i = 0; i < 40; i++) {
            ChildJvm stopped = i % 2 == 0 ? server : client;
            lab.run("kill", "-STOP", String.valueOf(stopped.pid()));
            lab.run("kill", "-CONT", String.valueOf(stopped.pid()));
        }
        String books = ask(client, "unload");
        assertThat(books).matches("sent (\\d{4,}) received \\1 failed 0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"heddle", "jdk"})
    void withoutDescriptorsTheListenerWaitsAndServesAgain(String who) throws Exception {
        ChildJvm server = ready(lab.puppetUnder(List.of("prlimit", "--nofile=" + DESCRIPTORS)));
        int port = Integer.parseInt(ask(server, "serve " + who).replace("port ", ""));
        List<Socket> clients = new ArrayList<>();
        try {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(connect(port));
            }
            Await.until("there is no descriptor left", () -> server.descriptors() >= DESCRIPTORS);
            double share = cpuShare(server);
            System.out.printf("%s: CPU while starved: %.2f %%%n", who, share * 100);

            long startNanos = System.nanoTime();
            for (int i = 0; i < 40; i++) {
                clients.get(i).close();
            }
            for (int i = 40; i < CLIENTS; i++) {
                clients.get(i).getOutputStream().write(i);
                assertThat(clients.get(i).getInputStream().read()).isEqualTo(i);
            }
            System.out.printf("%s: all served again after %d ms%n", who, (System.nanoTime() - startNanos) / 1_000_000);
            if (who.equals("heddle")) {
                assertThat(share).isLessThan(0.02);
            }
        } finally {
            closeAll(clients);
        }
    }

    /** Of one CPU, over a window of time in which nothing happens. */
    private static double cpuShare(ChildJvm server) throws IOException {
        long cpuNanos = Long.parseLong(server.ask("cpu", "= "));
        long startNanos = System.nanoTime();
        for (long left = WINDOW_NANOS; left > 0; left = WINDOW_NANOS - (System.nanoTime() - startNanos)) {
            LockSupport.parkNanos(left);
        }
        long spentNanos = Long.parseLong(server.ask("cpu", "= ")) - cpuNanos;
        return (double) spentNanos / (System.nanoTime() - startNanos);
    }

    @Test
    void withoutThreadsForSparesTheCarriersGoOnWhenTheirTasksHaveEnded() throws Exception {
        Path group = lab.controlGroup("pids");
        ChildJvm server = ready(lab.puppetUnder(inGroup(group)));
        String port = ask(server, "serve heddle").replace("port ", "");
        ChildJvm client = ready(lab.puppetUnder(List.of()));
        ask(client, "connect heddle 127.0.0.1 " + port + " 5000");
        assertThat(ask(client, "echo heddle 1000")).isEqualTo("echoed 1000");
        limit(group, pids(group));

        assertThat(ask(server, "block 500")).isEqualTo("unblocked");
        assertThat(ask(client, "echo heddle 100000")).isEqualTo("echoed 100000");
        ask(client, "load heddle 127.0.0.1 " + port + " 50");
        assertThat(ask(server, "block 500")).isEqualTo("unblocked");
        assertThat(ask(client, "unload")).matches("sent (\\d{4,}) received \\1 failed 0");
        assertThat(server.isAlive()).isTrue();
    }

    @Test
    void withoutThreadsForTheHostedPollersTheyStartLater() throws Exception {
        Path group = lab.controlGroup("pids");
        // The virtual machine shall not need the one thread that is left.
        ChildJvm puppet = ready(lab.puppetUnder(
                inGroup(group),
                "-Dheddle.scheduler=hosted",
                "-XX:+UseSerialGC",
                "-XX:-UseDynamicNumberOfCompilerThreads"));
        assertThat(ask(puppet, "start")).isEqualTo("started HOSTED");
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            // One for the master. The JDK's scheduler has no thread yet, and gets none for the pollers.
            limit(group, pids(group) + 1);
            puppet.tell("read-here 127.0.0.1 " + server.getLocalPort());
            for (int i = 0; i < 2; i++) {
                System.out.println(puppet.await("SEVERE: Heddle: starting a hosted poller"));
            }
            try (Socket peer = server.accept()) {
                peer.getOutputStream().write(7);
                limit(group, pids(group) + 1000);
                assertThat(puppet.await("= ")).isEqualTo("read 7");
            }
        }
    }

    private static List<String> inGroup(Path group) {
        return List.of("bash", "-c", "echo $$ > " + group.resolve("cgroup.procs") + "; exec \"$@\"", "java");
    }

    private static int pids(Path group) throws IOException {
        return Integer.parseInt(Files.readString(group.resolve("pids.current")).strip());
    }

    private static void limit(Path group, int pidsMax) throws IOException {
        System.out.println("$ echo " + pidsMax + " > " + group.resolve("pids.max"));
        Files.writeString(group.resolve("pids.max"), String.valueOf(pidsMax));
    }

    @Test
    void withoutNativeMemoryItFailsCleanlyOrServesAndServesAfterwards() throws Exception {
        ChildJvm server = ready(lab.puppetUnder(
                List.of("bash", "-c", "ulimit -v 6000000; exec \"$@\"", "java"),
                "-Xmx64m",
                "-XX:ReservedCodeCacheSize=32m",
                "-XX:CompressedClassSpaceSize=64m"));
        int port = Integer.parseInt(ask(server, "serve heddle").replace("port ", ""));
        try (Socket before = connect(port)) {
            before.getOutputStream().write(7);
            assertThat(before.getInputStream().read()).isEqualTo(7);
            assertThat(ask(server, "hoard")).startsWith("hoarded ");
            List<Socket> clients = new ArrayList<>();
            int served = 0;
            for (int i = 0; i < 50; i++) {
                clients.add(connect(port));
                clients.get(i).getOutputStream().write(i);
            }
            for (int i = 0; i < 50; i++) {
                int answer = answer(clients.get(i));
                assertThat(answer).isIn(i, -1);
                served += answer == i ? 1 : 0;
            }
            System.out.println("served without native memory: " + served + " of 50");
            closeAll(clients);
            assertThat(ask(server, "release")).isEqualTo("released");
            before.getOutputStream().write(8);
            assertThat(before.getInputStream().read()).isEqualTo(8);
        }
        try (Socket after = connect(port)) {
            after.getOutputStream().write(9);
            assertThat(after.getInputStream().read()).isEqualTo(9);
        }
        assertThat(server.isAlive()).isTrue();
    }

    /** A byte, or -1 if the connection was closed or reset. */
    private static int answer(Socket client) throws IOException {
        try {
            return client.getInputStream().read();
        } catch (java.net.SocketTimeoutException e) {
            throw new AssertionError("neither served nor told", e);
        } catch (java.net.SocketException e) {
            System.out.println("client: " + e);
            return -1;
        }
    }
}
