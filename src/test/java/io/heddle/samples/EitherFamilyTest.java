package io.heddle.samples;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.TcpListener;
import io.heddle.TcpSocket;
import io.heddle.UnixListener;
import io.heddle.UnixSocket;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.Pair;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A program outside of {@code io.heddle} that holds sockets of both families as one type. */
@ExtendWith(NoLeaks.class)
class EitherFamilyTest {
    @Test
    void bothAreOneType(@TempDir Path directory) throws Exception {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("socket"));
        try (TcpListener tcp = TcpListener.bind(Pair.anyPort());
                UnixListener unix = UnixListener.bind(address);
                TcpSocket first = TcpSocket.connect(tcp.localAddress());
                UnixSocket second = UnixSocket.connect(address);
                TcpSocket firstPeer = tcp.accept();
                UnixSocket secondPeer = unix.accept()) {
            firstPeer.write(new byte[] {1});
            secondPeer.write(new byte[] {2});
            int sum = 0;
            for (var either : List.of(first, second)) {
                assertThat(either.isOpen()).isTrue();
                sum += either.inputStream().read();
            }
            assertThat(sum).isEqualTo(3);
        }
    }
}
