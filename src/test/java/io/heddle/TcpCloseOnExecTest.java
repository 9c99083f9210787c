package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Behaviour;
import io.heddle.testing.Pair;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** A program that the process starts keeps no port and no connection of ours open. */
@Behaviour
class TcpCloseOnExecTest {
    private static final int O_CLOEXEC = 0x80000;

    private static Set<Path> descriptors() throws IOException {
        Set<Path> open = new TreeSet<>();
        try (var numbers = Files.list(Path.of("/proc/self/fd"))) {
            for (Path number : numbers.toList()) {
                if (Files.isSymbolicLink(number)
                        && Files.readSymbolicLink(number).toString().startsWith("socket:")) {
                    open.add(number);
                }
            }
        }
        return open;
    }

    private static int flags(Path descriptor) throws IOException {
        Path info = Path.of("/proc/self/fdinfo").resolve(descriptor.getFileName());
        for (String line : Files.readAllLines(info)) {
            if (line.startsWith("flags:")) {
                return Integer.parseInt(line.substring(6).strip(), 8);
            }
        }
        throw new AssertionError("no flags: " + info);
    }

    @Test
    void everySocketIsClosedOnExec() throws Exception {
        Set<Path> before = descriptors();
        try (TcpListener listener = TcpListener.bind(Pair.anyPort());
                TcpSocket connected = TcpSocket.connect(listener.localAddress());
                TcpSocket accepted = listener.accept()) {
            assertThat(connected.isOpen() && accepted.isOpen()).isTrue();
            Set<Path> ours = descriptors();
            ours.removeAll(before);
            assertThat(ours).hasSize(3);
            for (Path descriptor : ours) {
                assertThat(flags(descriptor) & O_CLOEXEC).as("%s", descriptor).isEqualTo(O_CLOEXEC);
            }
        }
    }
}
