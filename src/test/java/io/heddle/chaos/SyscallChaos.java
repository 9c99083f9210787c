package io.heddle.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Bytes;
import io.heddle.testing.ChildJvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** System calls of a server fail by strace(1): the real kernel entry, under the real library. */
@KernelChaos
class SyscallChaos {
    private static final int CLIENTS = 20;
    private static final int SIZE = 1000;

    /** strace counts the calls of each thread for itself: each carrier's fifth fails. */
    private static final int THREADS = 2;

    @RegisterExtension
    final Lab lab = new Lab();

    /** A server whose calls fail; clients of the JDK, one after the other. */
    private final class Trial implements AutoCloseable {
        private final ChildJvm server;
        private final int port;
        private final long descriptorsBefore;
        private int served;

        Trial(String inject) throws Exception {
            String call = inject.substring(0, inject.indexOf(':'));
            // -D: java is the child and strace its servant, so killing java ends both.
            server = lab.puppetUnder(
                    List.of(
                            "strace",
                            "-D",
                            "-f",
                            "-qq",
                            "-o",
                            "/dev/null",
                            "-e",
                            "trace=" + call,
                            "-e",
                            "signal=none",
                            "-e",
                            "inject=" + inject),
                    "-Dheddle.carriers=" + THREADS,
                    "-Dheddle.rescueAfterMillis=10000");
            assertThat(server.await("= ")).isEqualTo("ready");
            port = Integer.parseInt(server.ask("serve heddle", "= port "));
            descriptorsBefore = descriptors();
        }

        private long descriptors() throws IOException {
            return Long.parseLong(server.ask("descriptors", "= descriptors "));
        }

        /** Answers how many of the clients were served; every byte is checked. */
        int serve() throws IOException {
            for (int i = 0; i < CLIENTS; i++) {
                try (Socket client = new Socket()) {
                    client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 20_000);
                    client.setSoTimeout(20_000);
                    boolean whole = exchange(client, 0) && exchange(client, SIZE);
                    client.shutdownOutput();
                    served += whole && client.getInputStream().read() == -1 ? 1 : 0;
                } catch (java.net.SocketTimeoutException e) {
                    throw new AssertionError("a client was not served and not told: client=" + i, e);
                } catch (java.net.SocketException e) {
                    System.out.println("client " + i + ": " + e);
                }
            }
            return served;
        }

        /** Twice for each client, so that the server has to wait for the second. */
        private boolean exchange(Socket client, int place) throws IOException {
            client.getOutputStream().write(Bytes.from(place, SIZE));
            byte[] answer = client.getInputStream().readNBytes(SIZE);
            Bytes.check(answer, answer.length, place);
            return answer.length == SIZE;
        }

        /** It lives, serves on, and has let go of everything. */
        @Override
        public void close() throws IOException {
            assertThat(server.isAlive()).isTrue();
            assertThat(server.seen()).doesNotContain("serve ended");
            long left = descriptors();
            for (int i = 0; left > descriptorsBefore + 2 && i < 1000; i++) {
                left = descriptors();
            }
            // Two for what the first connection starts, the hosted poller's pair.
            assertThat(left).isLessThanOrEqualTo(descriptorsBefore + 2);
            server.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"EINTR", "ECONNABORTED", "EPROTO", "ENETDOWN", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM"})
    void acceptGoesOn(String errno) throws Exception {
        try (Trial trial = new Trial("accept4:error=" + errno + ":when=2+3")) {
            assertThat(trial.serve()).isEqualTo(CLIENTS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"recvfrom", "sendto", "epoll_wait", "epoll_pwait2"})
    void aSignalIsNoticedByNobody(String call) throws Exception {
        try (Trial trial = new Trial(call + ":error=EINTR:when=2+3")) {
            assertThat(trial.serve()).isEqualTo(CLIENTS);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "recvfrom:error=ENOMEM",
                "recvfrom:error=ENOBUFS",
                "recvfrom:error=ECONNRESET",
                "recvfrom:error=ETIMEDOUT",
                "sendto:error=ENOMEM",
                "sendto:error=ENOBUFS",
                "sendto:error=ECONNRESET",
                "sendto:error=EPIPE"
            })
    void oneFailureIsOneConnections(String inject) throws Exception {
        try (Trial trial = new Trial(inject + ":when=5")) {
            assertThat(trial.serve()).isBetween(CLIENTS - THREADS, CLIENTS - 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ENOMEM", "ENOSPC", "EPERM"})
    void aRefusalToWatchIsOneConnections(String errno) throws Exception {
        // The first of a thread are those of the pollers and of the listener.
        try (Trial trial = new Trial("epoll_ctl:error=" + errno + ":when=5")) {
            assertThat(trial.serve()).isBetween(CLIENTS - THREADS, CLIENTS - 1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll_wait", "epoll_ctl", "epoll_pwait2", "recvfrom", "sendto", "accept4"})
    void aSlowCallLosesNoWakeUp(String call) throws Exception {
        try (Trial trial = new Trial(call + ":delay_exit=3000")) {
            assertThat(trial.serve()).isEqualTo(CLIENTS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"epoll_create1:error=EMFILE:when=1..2", "eventfd2:error=EMFILE:when=1..2"})
    void aStartThatFailsSaysWhyAndIsTriedAgain(String inject) throws Exception {
        String call = inject.substring(0, inject.indexOf(':'));
        ChildJvm puppet = lab.puppetUnder(List.of(
                "strace", "-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e", "inject=" + inject));
        assertThat(puppet.await("= ")).isEqualTo("ready");
        String first = puppet.ask("serve heddle", "= ");
        System.out.println("first: " + first);
        assertThat(first).startsWith("failed ").contains("Too many open files");
        String again = first;
        for (int i = 0; i < 5 && again.startsWith("failed"); i++) {
            again = puppet.ask("serve heddle", "= ");
        }
        assertThat(again).startsWith("port ");
    }
}
