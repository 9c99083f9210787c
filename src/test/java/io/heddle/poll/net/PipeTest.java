package io.heddle.poll.net;

import static io.heddle.poll.net.Watch.bytes;
import static io.heddle.poll.net.WouldBlock.WOULD_BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Fd;
import io.heddle.poll.Event;
import io.heddle.poll.Interest;
import io.heddle.poll.Selectors;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("try") // Closing is part of what is tested.
@Leakproof
class PipeTest {
    @EverySelector
    void bytesGoThroughAndEachEndIsReported(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind);
                Pipe pipe = Pipe.open()) {
            watch.registry.register(pipe.receiver(), 1, Interest.READABLE);
            watch.registry.register(pipe.sender(), 2, Interest.WRITABLE);
            for (int round = 0; round < 5; round++) {
                assertThat(pipe.receiver().read(ByteBuffer.allocate(1))).isEqualTo(WOULD_BLOCK);
                assertThat(pipe.receiver().read(new ByteBuffer[] {ByteBuffer.allocate(1)}))
                        .isEqualTo(WOULD_BLOCK);
                long sent = 0;
                for (long n = write(pipe, round); n != WOULD_BLOCK; n = write(pipe, round)) {
                    sent += n;
                }
                watch.until(1, Event::isReadable);
                long received = 0;
                for (long n = read(pipe, round); n != WOULD_BLOCK; n = read(pipe, round)) {
                    received += n;
                }
                assertThat(received).isEqualTo(sent);
                watch.until(2, Event::isWritable);
            }
        }
    }

    private static long write(Pipe pipe, int round) throws IOException {
        ByteBuffer src = round % 2 == 0 ? ByteBuffer.allocate(100_000) : ByteBuffer.allocateDirect(100_000);
        return round < 3 ? pipe.sender().write(src) : pipe.sender().write(new ByteBuffer[] {src, bytes("x")});
    }

    private static long read(Pipe pipe, int round) throws IOException {
        ByteBuffer dst = round % 2 == 0 ? ByteBuffer.allocate(100_000) : ByteBuffer.allocateDirect(100_000);
        return round < 3 ? pipe.receiver().read(dst) : pipe.receiver().read(new ByteBuffer[] {dst});
    }

    @EverySelector
    void whenTheSenderIsClosedTheRestIsReadAndThenTheEnd(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind);
                Pipe pipe = Pipe.open()) {
            watch.registry.register(pipe.receiver(), 1, Interest.READABLE);
            pipe.sender().write(bytes("rest"));
            pipe.sender().close();
            watch.until(1, kind == Selectors.JDK ? Event::isReadable : Event::isReadClosed);
            ByteBuffer dst = ByteBuffer.allocate(9);
            assertThat(pipe.receiver().read(dst)).isEqualTo(4);
            assertThat(Watch.text(dst)).isEqualTo("rest");
            assertThat(pipe.receiver().read(dst.clear())).isEqualTo(-1);
            assertThat(pipe.receiver().read(new ByteBuffer[] {dst})).isEqualTo(-1);
            assertThat(pipe.receiver().read(ByteBuffer.allocate(0))).isZero();
        }
    }

    @EverySelector
    void whenTheReceiverIsClosedThePipeIsBroken(Selectors kind) throws Exception {
        try (Watch watch = new Watch(kind);
                Pipe pipe = Pipe.open()) {
            watch.registry.register(pipe.sender(), 1, Interest.WRITABLE);
            pipe.receiver().close();
            watch.until(1, kind == Selectors.JDK ? Event::isWritable : Event::isWriteClosed);
            assertThatThrownBy(() -> pipe.sender().write(bytes("x")))
                    .isExactlyInstanceOf(IOException.class)
                    .hasMessage("Broken pipe");
            assertThatThrownBy(() -> pipe.sender().write(new ByteBuffer[] {bytes("x")}))
                    .hasMessage("Broken pipe");
            assertThat(pipe.sender().write(bytes(""))).isZero();
        }
    }

    @Test
    void severalBuffersGoInTheirOrder() throws Exception {
        try (Pipe pipe = Pipe.open()) {
            assertThat(pipe.sender().write(new ByteBuffer[] {bytes("one "), bytes("two "), bytes("three")}))
                    .isEqualTo(13);
            ByteBuffer[] dsts = {ByteBuffer.allocate(4), ByteBuffer.allocateDirect(2), ByteBuffer.allocate(20)};
            assertThat(pipe.receiver().read(dsts)).isEqualTo(13);
            assertThat(Watch.text(dsts[0]) + Watch.text(dsts[1]) + Watch.text(dsts[2]))
                    .isEqualTo("one two three");
            assertThatThrownBy(() -> pipe.receiver().read(ByteBuffer.allocate(1).asReadOnlyBuffer()))
                    .isInstanceOf(ReadOnlyBufferException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anEndIsGivenAwayAndTakenOver(boolean sender) throws Exception {
        try (Pipe pipe = Pipe.open()) {
            Endpoint end = sender ? pipe.sender() : pipe.receiver();
            if (sender) {
                pipe.sender().setBlocking(true);
            } else {
                pipe.receiver().setBlocking(true);
            }
            int fd = end.detachFd();
            assertThat(end.isOpen()).isFalse();
            assertThat(end.fd()).isEqualTo(-1);
            assertThat(Fd.isBlocking(fd)).isEqualTo(1);
            try (Endpoint again = sender ? Pipe.Sender.fromFd(fd) : Pipe.Receiver.fromFd(fd)) {
                assertThat(again.fd()).isEqualTo(fd);
                assertThat(Fd.isBlocking(fd)).isZero();
            }
            assertThatThrownBy(() -> Pipe.Sender.fromFd(fd))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("EBADF");
        }
    }

    @Test
    void theOutputOfAChildIsRead() throws Exception {
        try (Watch watch = new Watch(Selectors.EPOLL);
                Pipe pipe = Pipe.open()) {
            watch.registry.register(pipe.receiver(), 1, Interest.READABLE);
            pipe.sender().setBlocking(true);
            // The child opens it by its number in this process, as it is close-on-exec.
            String path = "/proc/" + ProcessHandle.current().pid() + "/fd/"
                    + pipe.sender().fd();
            Process child = new ProcessBuilder("sh", "-c", "echo hello > " + path).start();
            ByteBuffer dst = ByteBuffer.allocate(20);
            while (dst.position() < 6) {
                watch.drive(1, () -> pipe.receiver().read(dst));
            }
            assertThat(Watch.text(dst)).isEqualTo("hello\n");
            assertThat(child.waitFor()).isZero();
            pipe.sender().close();
            assertThat(watch.drive(1, () -> pipe.receiver().read(dst.clear()))).isEqualTo(-1);
        }
    }
}
