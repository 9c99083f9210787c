package io.heddle.poll.net;

import static io.heddle.poll.net.Watch.bytes;
import static io.heddle.poll.net.WouldBlock.WOULD_BLOCK;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Fd;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A pipe ends when all who could write it are closed: so nobody can keep a passed descriptor unnoticed. */
@SuppressWarnings("try") // Closing is what is tested.
@Leakproof
class PassedDescriptorsTest {
    private UnixStream near;
    private UnixStream far;
    private Pipe pipe;

    @BeforeEach
    void open() throws IOException {
        UnixStream[] pair = UnixStream.pair();
        near = pair[0];
        far = pair[1];
        pipe = Pipe.open();
    }

    @AfterEach
    void close() {
        near.close();
        far.close();
        pipe.close();
    }

    private void expectEnd() throws IOException {
        pipe.sender().close();
        assertThat(pipe.receiver().read(ByteBuffer.allocate(9))).isEqualTo(-1);
    }

    @Test
    void aPassedDescriptorIsAnotherNumberForTheSameThing() throws Exception {
        assertThat(near.write(bytes("x"), new int[] {pipe.sender().fd()})).isEqualTo(1);
        try (PassedDescriptors passed = PassedDescriptors.withCapacity(4)) {
            assertThat(far.read(ByteBuffer.allocate(9), passed)).isEqualTo(1);
            assertThat(passed.size()).isEqualTo(1);
            assertThat(passed.wereLost()).isFalse();
            int fd = passed.take();
            assertThat(Fd.isCloseOnExec(fd)).isEqualTo(1);
            try (Pipe.Sender sender = Pipe.Sender.fromFd(fd)) {
                pipe.sender().close();
                assertThat(sender.write(bytes("through"))).isEqualTo(7);
                assertThat(pipe.receiver().read(ByteBuffer.allocate(9))).isEqualTo(7);
                assertThat(pipe.receiver().read(ByteBuffer.allocate(9))).isEqualTo(WOULD_BLOCK);
            }
            assertThatThrownBy(passed::take).isInstanceOf(IllegalStateException.class);
        }
        expectEnd();
    }

    @Test
    void theSurplusIsClosed() throws Exception {
        int fd = pipe.sender().fd();
        assertThat(near.write(bytes("x"), new int[] {fd, fd, fd})).isEqualTo(1);
        try (PassedDescriptors passed = PassedDescriptors.withCapacity(1)) {
            assertThat(far.read(ByteBuffer.allocate(9), passed)).isEqualTo(1);
            assertThat(passed.size()).isEqualTo(1);
        }
        expectEnd();
    }

    @Test
    void whatNobodyTakesIsClosedAndTheRestKept() throws Exception {
        int fd = pipe.sender().fd();
        try (PassedDescriptors passed = PassedDescriptors.withCapacity(3)) {
            near.write(bytes("x"), new int[] {fd, fd});
            far.read(ByteBuffer.allocate(9), passed);
            assertThat(Fd.close(passed.take())).isZero();
            near.write(bytes("y"), new int[] {fd, fd, fd});
            far.read(ByteBuffer.allocate(9), passed);
            assertThat(passed.size()).isEqualTo(3);
            passed.close();
            assertThat(passed.size()).isZero();
            near.write(bytes("z"), new int[] {fd});
            far.read(ByteBuffer.allocate(9), passed);
            assertThat(passed.size()).isEqualTo(1);
        }
        expectEnd();
    }

    @Test
    void aReadThatIsNotPreparedClosesThem() throws Exception {
        int fd = pipe.sender().fd();
        near.write(bytes("a"), new int[] {fd});
        near.write(bytes("b"), new int[] {fd});
        near.write(bytes("c"), new int[] {fd});
        assertThat(far.peek(ByteBuffer.allocate(9))).isEqualTo(1);
        assertThat(far.read(ByteBuffer.allocate(1))).isEqualTo(1);
        assertThat(far.read(new ByteBuffer[] {ByteBuffer.allocate(1)})).isEqualTo(1);
        assertThat(far.read(ByteBuffer.allocate(1), PassedDescriptors.withCapacity(0)))
                .isEqualTo(1);
        expectEnd();
    }

    @Test
    void whatIsNeverReadIsClosedWithItsSocket() throws Exception {
        near.write(bytes("x"), new int[] {pipe.sender().fd()});
        near.close();
        far.close();
        expectEnd();
    }

    @Test
    void aReadEndsAtPassedDescriptorsWithBytesBehindThem() throws Exception {
        near.write(bytes("plain"));
        near.write(bytes("with"), new int[] {pipe.sender().fd()});
        near.write(bytes("behind"));
        try (PassedDescriptors passed = PassedDescriptors.withCapacity(4)) {
            ByteBuffer dst = ByteBuffer.allocate(100);
            assertThat(far.read(dst, passed)).isEqualTo(5 + 4);
            assertThat(passed.size()).isEqualTo(1);
            assertThat(far.read(dst, passed)).isEqualTo(6);
            assertThat(Watch.text(dst)).isEqualTo("plainwithbehind");
            assertThat(far.read(ByteBuffer.allocate(1), passed)).isEqualTo(WOULD_BLOCK);
            assertThat(far.read(ByteBuffer.allocate(0), passed)).isZero();
            near.close();
            assertThat(far.read(ByteBuffer.allocate(1), passed)).isEqualTo(-1);
        }
        expectEnd();
    }

    @Test
    void aMessageTakes253() throws Exception {
        int[] most = new int[253];
        Arrays.fill(most, pipe.sender().fd());
        assertThat(near.write(bytes("x"), most)).isEqualTo(1);
        try (PassedDescriptors passed = PassedDescriptors.withCapacity(300)) {
            assertThat(far.read(ByteBuffer.allocate(9), passed)).isEqualTo(1);
            assertThat(passed.size()).isEqualTo(253);
            assertThat(passed.wereLost()).isFalse();
        }
        assertThatThrownBy(() -> near.write(bytes("x"), new int[254]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("at most 253 descriptors go with one message: fds=254");
        expectEnd();
    }

    @Test
    void aByteHasToGoAlongAndTheNumbersHaveToBeOpen() {
        assertThatThrownBy(() -> near.write(bytes(""), new int[] {pipe.sender().fd()}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> near.write(bytes("x"), new int[] {-1}))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("EBADF");
        assertThatThrownBy(() -> PassedDescriptors.withCapacity(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aDatagramTakesThemToo() throws Exception {
        UnixDatagram[] pair = UnixDatagram.pair();
        int fd = pipe.sender().fd();
        try (UnixDatagram from = pair[0];
                UnixDatagram to = pair[1];
                PassedDescriptors passed = PassedDescriptors.withCapacity(1)) {
            assertThat(from.send(bytes(""), new int[] {fd, fd})).isZero();
            assertThat(to.receive(ByteBuffer.allocate(9), passed)).isZero();
            assertThat(passed.size()).isEqualTo(1);
            assertThat(from.send(bytes("datagram"), new int[] {fd})).isEqualTo(8);
            assertThat(to.receive(ByteBuffer.allocate(9))).isEqualTo(8);
            assertThat(to.receive(ByteBuffer.allocate(9), passed)).isEqualTo(WOULD_BLOCK);
        }
        expectEnd();
    }
}
