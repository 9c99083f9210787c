package io.heddle.poll.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Errno;
import io.heddle.poll.Interest;
import io.heddle.poll.Selectors;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.Pair;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each step of opening something fails once: nothing is left open, and the error is told. */
@Leakproof
class SetUpFaultTest {
    private static final UnixDomainSocketAddress UNNAMED = UnixDomainSocketAddress.of("");

    @TempDir
    static Path directory;

    private static Path file() {
        return directory.resolve("socket");
    }

    /** What opens descriptors. */
    enum Opening {
        TCP_LISTENER {
            @Override
            Closeable[] open(InetSocketAddress server, UnixDomainSocketAddress unixServer) throws IOException {
                return one(TcpListener.builder()
                        .option(StandardSocketOptions.SO_RCVBUF, 20_000)
                        .bind(new InetSocketAddress(0)));
            }
        },
        TCP_STREAM {
            @Override
            Closeable[] open(InetSocketAddress server, UnixDomainSocketAddress unixServer) throws IOException {
                return one(TcpStream.builder()
                        .option(StandardSocketOptions.TCP_NODELAY, true)
                        .local(Pair.anyPort())
                        .connect(server));
            }
        },
        UDP {
            @Override
            Closeable[] open(InetSocketAddress server, UnixDomainSocketAddress unixServer) throws IOException {
                return one(UdpSocket.builder()
                        .option(StandardSocketOptions.SO_REUSEADDR, true)
                        .bind(new InetSocketAddress(0)));
            }
        },
        UNIX_LISTENER {
            @Override
            Closeable[] open(InetSocketAddress server, UnixDomainSocketAddress unixServer) throws IOException {
                return one(UnixListener.bind(UNNAMED));
            }
        },
        UNIX_LISTENER_WITH_A_FILE {
            @Override
            Closeable[] open(InetSocketAddress server, UnixDomainSocketAddress unixServer) throws IOException {
                return one(UnixListener.bind(UnixDomainSocketAddress.of(file())));
            }
        },
        UNIX_STREAM_WITH_A_FILE {
            @Override
            Closeable[] open(InetSocketAddress server, UnixDomainSocketAddress unixServer) throws IOException {
                return one(UnixStream.builder()
                        .local(UnixDomainSocketAddress.of(file()))
                        .connect(unixServer));
            }
        },
        UNIX_STREAM {
            @Override
            Closeable[] open(InetSocketAddress server, UnixDomainSocketAddress unixServer) throws IOException {
                return one(UnixStream.builder().local(UNNAMED).connect(unixServer));
            }
        },
        UNIX_PAIR {
            @Override
            Closeable[] open(InetSocketAddress server, UnixDomainSocketAddress unixServer) throws IOException {
                return UnixStream.pair();
            }
        },
        UNIX_DATAGRAM {
            @Override
            Closeable[] open(InetSocketAddress server, UnixDomainSocketAddress unixServer) throws IOException {
                return one(UnixDatagram.bind(UNNAMED));
            }
        },
        UNIX_DATAGRAM_PAIR {
            @Override
            Closeable[] open(InetSocketAddress server, UnixDomainSocketAddress unixServer) throws IOException {
                return UnixDatagram.pair();
            }
        },
        PIPE {
            @Override
            Closeable[] open(InetSocketAddress server, UnixDomainSocketAddress unixServer) throws IOException {
                return one(Pipe.open());
            }
        };

        abstract Closeable[] open(InetSocketAddress server, UnixDomainSocketAddress unixServer) throws IOException;

        static Closeable[] one(Closeable opened) {
            return new Closeable[] {opened};
        }
    }

    private static Set<String> descriptors() throws IOException {
        Set<String> open = new TreeSet<>();
        try (var numbers = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path number : numbers) {
                String target = target(number);
                if (target.startsWith("socket:") || target.startsWith("pipe:")) {
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

    @ParameterizedTest
    @EnumSource(Opening.class)
    void whatFailsHalfWayLeavesNothingOpen(Opening opening) throws Exception {
        try (TcpListener server = TcpListener.bind(Pair.anyPort());
                UnixListener unixServer = UnixListener.bind(UNNAMED)) {
            InetSocketAddress address = server.localAddress();
            UnixDomainSocketAddress unixAddress = unixServer.localAddress();
            close(opening.open(address, unixAddress));
            Files.deleteIfExists(file());
            FaultPlan counted = FaultPlan.counting();
            close(opening.open(address, unixAddress));
            counted.close();
            Files.deleteIfExists(file());
            Set<String> before = descriptors();
            int faults = 0;
            for (String function : counted.called()) {
                for (int k = 1; !function.equals("close") && k <= counted.calls(function); k++) {
                    try (FaultPlan plan = FaultPlan.failing(function, Errno.ENOMEM, k)) {
                        assertThatThrownBy(() -> close(opening.open(address, unixAddress)))
                                .as(function + " " + k)
                                .isInstanceOf(IOException.class)
                                .hasMessageContaining("ENOMEM");
                        assertThat(plan.wasMet()).isTrue();
                    }
                    assertThat(descriptors()).as(function + " " + k).isEqualTo(before);
                    assertThat(file()).as(function + " " + k).doesNotExist();
                    faults++;
                }
            }
            assertThat(faults).isPositive();
        }
    }

    @Test
    void whatCannotBeTakenOverStaysTheCallers() throws Exception {
        UnixStream[] pair = UnixStream.pair();
        int fd = pair[0].detachFd();
        for (int k = 1; k <= 3; k++) {
            failToTakeOver(fd, "getsockopt", k);
            failToTakeOver(fd, "fcntl", Math.min(k, 2));
        }
        try (UnixStream again = UnixStream.fromFd(fd);
                UnixStream peer = pair[1]) {
            assertThat(again.write(Watch.bytes("still there"))).isEqualTo(11);
            assertThat(peer.isOpen()).isTrue();
        }
    }

    private static void failToTakeOver(int fd, String function, int k) {
        try (FaultPlan plan = FaultPlan.failing(function, Errno.ENOMEM, k)) {
            assertThatThrownBy(() -> UnixStream.fromFd(fd)).hasMessageContaining("ENOMEM");
            assertThat(plan.wasMet()).isTrue();
        }
    }

    @Test
    void anAcceptThatFindsNoDescriptorsLeavesTheConnectionWaiting() throws Exception {
        try (Watch watch = new Watch(Selectors.EPOLL);
                TcpListener listener = TcpListener.bind(Pair.anyPort());
                TcpStream stream = TcpStream.connect(listener.localAddress())) {
            watch.registry.register(listener, 1, Interest.READABLE);
            watch.until(1, event -> event.isReadable());
            for (int errno : new int[] {Errno.EMFILE, Errno.ENFILE, Errno.ENOBUFS}) {
                try (FaultPlan plan = FaultPlan.failingAlways("accept4", errno)) {
                    assertThatThrownBy(listener::accept).isInstanceOf(IOException.class);
                    assertThat(plan.wasMet()).isTrue();
                }
            }
            // What was the peer's own fault is skipped.
            try (FaultPlan plan = FaultPlan.failing("accept4", Errno.ECONNABORTED, 1);
                    TcpStream accepted = Watch.found(listener.accept())) {
                assertThat(plan.wasMet()).isTrue();
                assertThat(accepted.remoteAddress()).isEqualTo(stream.localAddress());
            }
        }
    }

    private static void close(Closeable[] opened) throws IOException {
        for (Closeable each : opened) {
            each.close();
        }
    }
}
