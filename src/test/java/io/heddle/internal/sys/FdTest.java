package io.heddle.internal.sys;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.NoLeaks;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Fd}, {@link Pipe2} and {@link Ucred} on the real kernel. */
@ExtendWith(NoLeaks.class)
class FdTest {
    private final int[] ends = new int[2];

    @BeforeEach
    void open() {
        assertThat(Pipe2.open(ends)).isZero();
    }

    @AfterEach
    void close() {
        assertThat(Fd.close(ends[0])).isZero();
        assertThat(Fd.close(ends[1])).isZero();
    }

    private static ByteBuffer buffer(boolean direct, int capacity) {
        return direct ? ByteBuffer.allocateDirect(capacity) : ByteBuffer.allocate(capacity);
    }

    @Test
    void aPipeIsNonBlockingAndCloseOnExec() {
        for (int end : ends) {
            assertThat(Fd.isBlocking(end)).isZero();
            assertThat(Fd.isCloseOnExec(end)).isEqualTo(1);
        }
        assertThat(Fd.read(ends[0], ByteBuffer.allocate(1))).isEqualTo(-Errno.EAGAIN);
    }

    @Test
    void blockingIsSwitchedForAllWhoHaveTheFile() {
        int other = Fd.duplicate(ends[0]);
        assertThat(Fd.isCloseOnExec(other)).isEqualTo(1);
        assertThat(Fd.setBlocking(ends[0], true)).isZero();
        assertThat(Fd.setBlocking(ends[0], true)).isZero();
        assertThat(Fd.isBlocking(other)).isEqualTo(1);
        assertThat(Fd.setBlocking(other, false)).isZero();
        assertThat(Fd.isBlocking(ends[0])).isZero();
        assertThat(Fd.close(other)).isZero();
        assertThat(Fd.isBlocking(other)).isEqualTo(-Errno.EBADF);
        assertThat(Fd.setBlocking(other, true)).isEqualTo(-Errno.EBADF);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void bytesAreTakenFromThePositionOnAndThePositionStays(boolean direct) {
        ByteBuffer src = buffer(direct, 6).put("xabcdx".getBytes(StandardCharsets.US_ASCII));
        assertThat(Fd.write(ends[1], src.position(1).limit(5))).isEqualTo(4);
        assertThat(src.position()).isEqualTo(1);
        assertThat(Fd.readable(ends[0])).isEqualTo(4);
        ByteBuffer dst = buffer(direct, 9).position(2);
        assertThat(Fd.read(ends[0], dst)).isEqualTo(4);
        assertThat(dst.position()).isEqualTo(2);
        assertThat(dst.slice(2, 4)).isEqualTo(src);
    }

    @Test
    void buffersAreWrittenAndReadInOrder() {
        ByteBuffer[] srcs = {
            ByteBuffer.allocate(3), ByteBuffer.allocateDirect(2).put(0, (byte) 7)
        };
        assertThat(Fd.write(ends[1], srcs)).isEqualTo(5);
        ByteBuffer[] dsts = {ByteBuffer.allocateDirect(2), ByteBuffer.allocate(9)};
        assertThat(Fd.read(ends[0], dsts)).isEqualTo(5);
        assertThat(dsts[1].get(1)).isEqualTo((byte) 7);
    }

    @Test
    void aReadOnlyHeapBufferIsWritten() {
        assertThat(Fd.write(ends[1], ByteBuffer.wrap(new byte[5]).asReadOnlyBuffer()))
                .isEqualTo(5);
        int[] pair = new int[2];
        assertThat(Socket.pair(Socket.SOCK_STREAM, pair)).isZero();
        assertThat(Socket.send(
                        pair[0], ByteBuffer.wrap(new byte[] {1, 2, 3}, 1, 2).asReadOnlyBuffer()))
                .isEqualTo(2);
        ByteBuffer dst = ByteBuffer.allocate(5);
        assertThat(Socket.receive(pair[1], dst, Socket.MSG_PEEK)).isEqualTo(2);
        assertThat(Socket.receive(pair[1], dst, 0)).isEqualTo(2);
        assertThat(dst.get(0)).isEqualTo((byte) 2);
        assertThat(Socket.receive(pair[1], dst, 0)).isEqualTo(-Errno.EAGAIN);
        assertThat(Fd.close(pair[0]) | Fd.close(pair[1])).isZero();
    }

    @Test
    void theOtherEndOfAPairIsThisProcess() {
        int[] pair = new int[2];
        assertThat(Socket.pair(Socket.SOCK_STREAM, pair)).isZero();
        @Nullable Ucred[] peer = new Ucred[1];
        assertThat(Ucred.ofPeer(pair[0], peer)).isZero();
        assertThat(Objects.requireNonNull(peer[0]).pid())
                .isEqualTo((int) ProcessHandle.current().pid());
        assertThat(Ucred.ofPeer(ends[0], peer)).isEqualTo(-Errno.ENOTSOCK);
        assertThat(Fd.close(pair[0]) | Fd.close(pair[1])).isZero();
    }
}
