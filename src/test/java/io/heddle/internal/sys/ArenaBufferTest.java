package io.heddle.internal.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Caller;
import io.heddle.testing.NoLeaks;
import io.heddle.testing.Task;
import java.lang.foreign.Arena;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Objects;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Buffers over the memory of an arena: no call gives the kernel memory that is freed, or another thread's. */
@ExtendWith(NoLeaks.class)
class ArenaBufferTest {
    /** Each way of the bytes of a buffer into and out of the kernel. */
    enum Way {
        ONE(false) {
            @Override
            int send(int fd, ByteBuffer src) {
                return Fd.write(fd, src);
            }

            @Override
            int receive(int fd, ByteBuffer dst) {
                return Fd.read(fd, dst);
            }
        },
        SEVERAL(false) {
            @Override
            int send(int fd, ByteBuffer src) {
                return Fd.write(fd, new ByteBuffer[] {src});
            }

            @Override
            int receive(int fd, ByteBuffer dst) {
                return Fd.read(fd, new ByteBuffer[] {dst});
            }
        },
        SOCKET(false) {
            @Override
            int send(int fd, ByteBuffer src) {
                return Socket.send(fd, src);
            }

            @Override
            int receive(int fd, ByteBuffer dst) {
                return Socket.receive(fd, dst, 0);
            }
        },
        MESSAGE(false) {
            @Override
            int send(int fd, ByteBuffer src) {
                try (Message message = Message.take()) {
                    return message.send(fd, new ByteBuffer[] {src}, false);
                }
            }

            @Override
            int receive(int fd, ByteBuffer dst) {
                try (Message message = Message.take()) {
                    return message.receive(fd, new ByteBuffer[] {dst}, false, 0, null);
                }
            }
        },
        BATCH(true) {
            @Override
            int send(int fd, ByteBuffer src) {
                try (MessageBatch batch = MessageBatch.take()) {
                    return batch.send(fd, new ByteBuffer[] {src}, null, Socket.AF_INET) == 1 ? src.remaining() : -1;
                }
            }

            @Override
            int receive(int fd, ByteBuffer dst) {
                try (MessageBatch batch = MessageBatch.take()) {
                    int n = batch.receive(fd, new ByteBuffer[] {dst});
                    return n == 1 ? batch.length(0) : n;
                }
            }
        };

        private final boolean udp;

        Way(boolean udp) {
            this.udp = udp;
        }

        abstract int send(int fd, ByteBuffer src);

        abstract int receive(int fd, ByteBuffer dst);

        /** Two sockets, of which each has the other as its peer. */
        int[] open() {
            int[] pair = new int[2];
            if (!udp) {
                assertThat(Socket.pair(Socket.SOCK_STREAM, pair)).isZero();
                return pair;
            }
            InetSocketAddress[][] names = new InetSocketAddress[2][1];
            for (int i = 0; i < 2; i++) {
                pair[i] = Socket.open(Socket.AF_INET, Socket.SOCK_DGRAM);
                InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
                assertThat(Socket.bind(pair[i], any, Socket.AF_INET)).isZero();
                assertThat(Socket.localAddress(pair[i], names[i])).isZero();
            }
            for (int i = 0; i < 2; i++) {
                InetSocketAddress other = Objects.requireNonNull(names[1 - i][0]);
                assertThat(Socket.connect(pair[i], other, Socket.AF_INET)).isZero();
            }
            return pair;
        }
    }

    private static void close(int[] pair) {
        assertThat(Fd.close(pair[0]) | Fd.close(pair[1])).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void bytesPassAsInAnyBuffer(Way way) throws Exception {
        int[] pair = way.open();
        try (Arena confined = Arena.ofConfined();
                Arena shared = Arena.ofShared()) {
            for (Arena arena : new Arena[] {confined, shared, Arena.ofAuto(), Arena.global()}) {
                ByteBuffer src = arena.allocate(9).asByteBuffer().position(2).put(3, (byte) 7);
                ByteBuffer dst = arena.allocate(20).asByteBuffer().position(5);

                assertThat(way.send(pair[0], src)).isEqualTo(7);
                assertThat(way.receive(pair[1], dst)).isEqualTo(7);
                assertThat(dst.get(6)).isEqualTo((byte) 7);
                assertThat(dst.position()).isEqualTo(5);
            }
        } finally {
            close(pair);
        }
    }

    @ParameterizedTest
    @EnumSource
    void memoryThatIsFreedIsRefusedAndNothingIsLost(Way way) throws Exception {
        int[] pair = way.open();
        try {
            ByteBuffer gone;
            try (Arena arena = Arena.ofShared()) {
                gone = arena.allocate(64).asByteBuffer();
            }
            assertThatThrownBy(() -> way.send(pair[0], gone)).isInstanceOf(IllegalStateException.class);
            assertThat(way.receive(pair[1], ByteBuffer.allocate(1))).isEqualTo(-Errno.EAGAIN);

            assertThat(way.send(pair[0], ByteBuffer.allocate(3))).isEqualTo(3);
            assertThatThrownBy(() -> way.receive(pair[1], gone)).isInstanceOf(IllegalStateException.class);
            assertThat(way.receive(pair[1], ByteBuffer.allocate(9))).isEqualTo(3);
        } finally {
            close(pair);
        }
    }

    @ParameterizedTest
    @EnumSource
    void memoryOfAnotherThreadIsRefusedAndNothingIsLost(Way way) throws Exception {
        int[] pair = way.open();
        try (Arena arena = Arena.ofConfined()) {
            ByteBuffer mine = arena.allocate(64).asByteBuffer();
            assertThat(way.send(pair[0], ByteBuffer.allocate(3))).isEqualTo(3);
            assertThat(Caller.PLATFORM_THREAD.failureOf(() -> way.send(pair[0], mine)))
                    .isInstanceOf(WrongThreadException.class);
            assertThat(Caller.PLATFORM_THREAD.failureOf(() -> way.receive(pair[1], mine)))
                    .isInstanceOf(WrongThreadException.class);
            assertThat(way.receive(pair[1], mine)).isEqualTo(3);
        } finally {
            close(pair);
        }
    }

    /** Whether the arena is closed before the call or within it: the bytes have no place. */
    @ParameterizedTest
    @EnumSource(names = {"ONE", "SEVERAL"})
    void memoryThatIsFreedDuringACallIsNotTouched(Way way) throws Exception {
        int[] pair = way.open();
        Arena arena = Arena.ofShared();
        try {
            assertThat(Fd.setBlocking(pair[1], true)).isZero();
            ByteBuffer dst = arena.allocate(64).asByteBuffer();
            Task<Integer> reading = Caller.PLATFORM_THREAD.start(() -> way.receive(pair[1], dst));
            arena.close();
            assertThat(way.send(pair[0], ByteBuffer.allocate(3))).isEqualTo(3);
            assertThat(reading.failure()).isInstanceOf(IllegalStateException.class);
        } finally {
            close(pair);
        }
    }
}
