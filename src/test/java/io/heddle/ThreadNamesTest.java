package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Behaviour;
import io.heddle.testing.ChildJvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Behaviour
class ThreadNamesTest {
    @Test
    void aThreadDumpShowsWhoMadeAThreadAndWhatItServes(@TempDir Path directory) throws Exception {
        Path dump = directory.resolve("threads.txt");
        try (ChildJvm child = ChildJvm.start(ObservedProgram.class)) {
            String port = child.await("ready");
            jcmd(child.pid(), "Thread.dump_to_file", dump.toString());

            assertThat(Files.readString(dump))
                    .contains("\"heddle-serve-127.0.0.1:" + port + "\" virtual")
                    .contains("\"heddle\" virtual");
        }
    }

    @Test
    void anAddressOfSixteenBytesIsBracketed() throws Exception {
        CompletableFuture<String> name = new CompletableFuture<>();
        var local = new InetSocketAddress(InetAddress.ofLiteral("::1"), 0);
        TcpListener listener = TcpListener.bind(local);
        Thread serving = Heddle.shared().startVirtualThread(() -> serve(listener, name));
        try (TcpListener closing = listener;
                TcpSocket client = TcpSocket.connect(listener.localAddress())) {
            assertThat(name.get())
                    .isEqualTo("heddle-serve-[0:0:0:0:0:0:0:1]:"
                            + closing.localAddress().getPort());
            assertThat(client.isOpen()).isTrue();
        }
        serving.join();
    }

    private static void serve(TcpListener listener, CompletableFuture<String> name) {
        try {
            listener.serve(socket -> name.complete(Thread.currentThread().getName()));
        } catch (IOException e) {
            name.completeExceptionally(e);
        }
    }

    private static void jcmd(long pid, String... words) throws Exception {
        Path tool = Path.of(System.getProperty("java.home"), "bin", "jcmd");
        ProcessBuilder command = new ProcessBuilder(tool.toString(), String.valueOf(pid));
        command.command().addAll(List.of(words));
        Process process = command.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
    }
}
