package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.ChildJvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * A process that has no descriptors left. The listener waits, without spinning and without giving up; the connections
 * stay in the kernel's queue and are served when descriptors are back.
 */
@Behaviour
class StarvationTest {
    private static final int DESCRIPTORS = 110;
    private static final int CLIENTS = 120;

    private static final int LOOKS = 3;

    private static Socket connect(int port) throws IOException {
        Socket client = new Socket();
        client.setSoTimeout(50_000);
        client.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        return client;
    }

    @Test
    void acceptGoesOnWhenDescriptorsAreBack() throws Exception {
        List<Socket> clients = new ArrayList<>();
        try (ChildJvm child = ChildJvm.startWithDescriptors(DESCRIPTORS, StarvedProgram.class)) {
            int echo = Integer.parseInt(child.await("echo "));
            int beside = Integer.parseInt(child.await("beside "));
            for (int i = 0; i < CLIENTS; i++) {
                Socket client = connect(echo);
                client.getOutputStream().write(i);
                clients.add(client);
            }
            assertThat(child.await("WARNING: Heddle: accept waits")).contains("Too many open files");
            Await.until("there is no descriptor left", () -> child.descriptors() >= DESCRIPTORS);

            String outcome = "connected true";
            for (int i = 0; i < LOOKS && outcome.equals("connected true"); i++) {
                // The last descriptor that was counted may have been a class file's, which is closed again.
                clients.add(connect(beside));
                child.tell("accept");
                outcome = child.await("accept ");
            }
            assertThat(outcome).isEqualTo("Accept timed out");
            child.tell("alive");
            assertThat(child.await("alive ")).isEqualTo("true true");

            // What an end takes to be understood must not be loaded now: the first has no descriptor for a class file.
            assertThat(clients.get(0).getInputStream().read()).isZero();
            clients.get(0).close();
            assertThat(child.ask("ended", "ended ")).isEqualTo("end of stream");
            Await.until("there is no descriptor left again", () -> child.descriptors() >= DESCRIPTORS);
            clients.get(1).setSoLinger(true, 0);
            clients.get(1).close();
            assertThat(child.ask("ended", "ended ")).isEqualTo("java.net.SocketException: Connection reset");

            for (int i = 0; i < CLIENTS / 3; i++) {
                clients.get(i).close();
            }
            for (int i = CLIENTS / 3; i < CLIENTS; i++) {
                assertThat(clients.get(i).getInputStream().read()).isEqualTo(i);
            }
            child.tell("accept");
            assertThat(child.await("accept ")).isEqualTo("connected true");
        } finally {
            for (Socket client : clients) {
                client.close();
            }
        }
    }
}
