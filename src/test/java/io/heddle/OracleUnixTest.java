package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Caller;
import io.heddle.testing.Stack;
import io.heddle.testing.Task;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The same steps on Unix sockets and pipes of ours and of {@code java.nio}, with the same outcomes. */
@Behaviour
@SuppressWarnings("try") // Closing is part of what is tested.
class OracleUnixTest {
    @TempDir
    Path directory;

    /** Both ends of one connection, the first of the stack. */
    private record Ends(ByteChannel local, SocketChannel peer) implements Closeable {
        @Override
        public void close() throws IOException {
            local.close();
            peer.close();
        }
    }

    private Ends open(Stack stack) throws Exception {
        UnixDomainSocketAddress name = UnixDomainSocketAddress.of(directory.resolve("s"));
        if (stack == Stack.HEDDLE) {
            try (UnixListener listener = UnixListener.bind(name)) {
                SocketChannel peer = SocketChannel.open(name);
                return new Ends(listener.accept(), peer);
            }
        }
        try (ServerSocketChannel server =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(name)) {
            SocketChannel peer = SocketChannel.open(name);
            return new Ends(server.accept(), peer);
        } finally {
            Files.delete(name.getPath());
        }
    }

    private static int read(ByteChannel channel) throws IOException {
        return channel.read(ByteBuffer.allocate(9));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("io.heddle.testing.Stack#everyCallerWithoutDropIn")
    void theEndIsReadForEver(Stack stack, Caller caller) throws Exception {
        try (Ends ends = open(stack)) {
            assertThat(ends.peer().write(ByteBuffer.allocate(3))).isEqualTo(3);
            assertThat(caller.call(() -> read(ends.local()))).isEqualTo(3);
            Task<Integer> reading = caller.start(() -> read(ends.local())).awaitWaiting();
            ends.peer().close();
            assertThat(reading.get()).isEqualTo(-1);
            assertThat(caller.call(() -> read(ends.local()))).isEqualTo(-1);
            assertThat(caller.failureOf(() -> ends.local().write(ByteBuffer.allocate(1))))
                    .isInstanceOf(IOException.class)
                    .hasMessage("Broken pipe");
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("io.heddle.testing.Stack#everyCallerWithoutDropIn")
    void aPeerThatClosesWithBytesUnreadIsAReset(Stack stack, Caller caller) throws Exception {
        try (Ends ends = open(stack)) {
            caller.run(
                    () -> assertThat(ends.local().write(ByteBuffer.allocate(4))).isEqualTo(4));
            ends.peer().close();
            for (int i = 0; i < 3; i++) {
                assertThat(caller.failureOf(() -> read(ends.local())))
                        .isInstanceOf(IOException.class)
                        .hasMessage("Connection reset");
            }
        }
    }

    /** The type and the first words of what both throw. */
    private static void assertSame(Caller.Work ours, Caller.Work theirs) {
        Throwable expected = thrownBy(theirs);
        Throwable thrown = thrownBy(ours);
        assertThat(thrown).isExactlyInstanceOf(expected.getClass());
        assertThat(thrown).hasMessageStartingWith(expected.getMessage());
    }

    private static Throwable thrownBy(Caller.Work work) {
        try {
            work.run();
        } catch (Exception e) {
            return e;
        }
        throw new AssertionError("nothing was thrown");
    }

    @Test
    void failuresHaveTheSameTypesAndFirstWords() throws Exception {
        UnixDomainSocketAddress none = UnixDomainSocketAddress.of(directory.resolve("none"));
        UnixDomainSocketAddress noDirectory = UnixDomainSocketAddress.of(directory.resolve("none/s"));
        UnixDomainSocketAddress tooLong = UnixDomainSocketAddress.of(directory.resolve("x".repeat(108)));
        UnixDomainSocketAddress stale = UnixDomainSocketAddress.of(directory.resolve("stale"));
        UnixListener.builder().keepFile().bind(stale).close();
        for (UnixDomainSocketAddress to : List.of(none, noDirectory, tooLong, stale)) {
            assertSame(() -> UnixSocket.connect(to), () -> SocketChannel.open(to));
        }
        for (UnixDomainSocketAddress on : List.of(noDirectory, tooLong, stale)) {
            try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                assertSame(() -> UnixListener.bind(on), () -> server.bind(on));
            }
        }
        Files.delete(stale.getPath());
    }

    @Test
    void namesAreKnownToTheSameEnds() throws Exception {
        UnixDomainSocketAddress name = UnixDomainSocketAddress.of(directory.resolve("s"));
        try (UnixListener listener = UnixListener.bind(name);
                SocketChannel theirs = SocketChannel.open(name);
                UnixSocket accepted = listener.accept();
                UnixSocket ours = UnixSocket.connect(name);
                UnixSocket second = listener.accept()) {
            assertThat(ours.localAddress()).isEqualTo(theirs.getLocalAddress());
            assertThat(ours.remoteAddress()).isEqualTo(theirs.getRemoteAddress());
            assertThat(accepted.localAddress()).isEqualTo(name).isEqualTo(second.localAddress());
            assertThat(accepted.remoteAddress()).isEqualTo(theirs.getLocalAddress());
        }
    }

    // Pipes

    private record BothEnds(InputStream source, OutputStream sink, Closeable whole) implements Closeable {
        static BothEnds open(Stack stack) throws IOException {
            if (stack == Stack.HEDDLE) {
                Pipe pipe = Pipe.open();
                return new BothEnds(pipe.source(), pipe.sink(), pipe);
            }
            java.nio.channels.Pipe pipe = java.nio.channels.Pipe.open();
            return new BothEnds(Channels.newInputStream(pipe.source()), Channels.newOutputStream(pipe.sink()), () -> {
                pipe.source().close();
                pipe.sink().close();
            });
        }

        @Override
        public void close() throws IOException {
            whole.close();
        }
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("io.heddle.testing.Stack#everyCallerWithoutDropIn")
    void aPipeEndsAndBreaks(Stack stack, Caller caller) throws Exception {
        try (BothEnds ends = BothEnds.open(stack);
                BothEnds broken = BothEnds.open(stack)) {
            ends.sink().write(new byte[] {1, 2});
            Task<Integer> reading = caller.start(() -> {
                assertThat(ends.source().readNBytes(2)).containsExactly(1, 2);
                return ends.source().read();
            });
            Await.until(
                    "the reader waits or is about to", () -> reading.thread().isAlive());
            ends.sink().close();
            assertThat(reading.get()).isEqualTo(-1);
            broken.source().close();
            assertThat(caller.failureOf(() -> broken.sink().write(1)))
                    .isInstanceOf(IOException.class)
                    .hasMessage("Broken pipe");
        }
    }
}
