package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.testing.Behaviour;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Reading and writing byte buffers and memory segments of every kind. */
@Behaviour
class TcpBufferTest {
    /** Room for seven bytes between position 3 and limit 10. */
    private static List<ByteBuffer> buffers() {
        return List.of(
                ByteBuffer.allocate(16).position(3).limit(10),
                ByteBuffer.allocate(20).slice(4, 16).position(3).limit(10),
                ByteBuffer.allocateDirect(16).position(3).limit(10),
                ByteBuffer.allocateDirect(20).slice(4, 16).position(3).limit(10),
                MemorySegment.ofArray(new byte[16]).asByteBuffer().position(3).limit(10),
                Arena.ofAuto().allocate(16).asByteBuffer().position(3).limit(10));
    }

    @EveryCaller
    void aReadFillsTheBufferBetweenPositionAndLimit(Caller caller) throws Exception {
        for (ByteBuffer dst : buffers()) {
            try (Pair pair = Pair.open()) {
                pair.deliver(Bytes.from(0, 9));

                assertThat(caller.call(() -> pair.local().read(dst))).isEqualTo(7);
                assertThat(dst.position()).isEqualTo(10);
                assertThat(dst.limit()).isEqualTo(10);
                byte[] read = new byte[7];
                dst.get(3, read);
                Bytes.check(read, 7, 0);
                assertThat(dst.get(2)).isZero();
                assertThat(pair.local().available()).isEqualTo(2);
            }
        }
    }

    @EveryCaller
    void aShortReadMovesThePositionByAsMuch(Caller caller) throws Exception {
        for (ByteBuffer dst : buffers()) {
            try (Pair pair = Pair.open()) {
                pair.deliver(Bytes.from(0, 2));

                assertThat(caller.call(() -> pair.local().read(dst))).isEqualTo(2);
                assertThat(dst.position()).isEqualTo(5);
            }
        }
    }

    @EveryCaller
    void aReadIntoAFullBufferAnswersZeroAtOnce(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            caller.run(() -> {
                assertThat(pair.local().read(ByteBuffer.allocate(0))).isZero();
                assertThat(pair.local().read(ByteBuffer.allocateDirect(4).position(4)))
                        .isZero();
                assertThat(pair.local().read(MemorySegment.ofArray(new byte[0])))
                        .isZero();
            });
        }
    }

    @EveryCaller
    void aReadAtTheEndLeavesTheBufferAlone(Caller caller) throws Exception {
        for (ByteBuffer dst : buffers()) {
            try (Pair pair = Pair.open()) {
                pair.peer().shutdownOutput();

                assertThat(caller.call(() -> pair.local().read(dst))).isEqualTo(-1);
                assertThat(dst.position()).isEqualTo(3);
            }
        }
    }

    @Test
    void aReadOnlyBufferCannotBeReadInto() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.deliver((byte) 1);
            for (ByteBuffer dst : buffers()) {
                assertThatThrownBy(() -> pair.local().read(dst.asReadOnlyBuffer()))
                        .isInstanceOf(ReadOnlyBufferException.class);
            }
            assertThatThrownBy(() ->
                            pair.local().read(MemorySegment.ofArray(new byte[1]).asReadOnly()))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(pair.local().available()).isEqualTo(1);
        }
    }

    @EveryCaller
    void aWriteSendsTheBufferBetweenPositionAndLimit(Caller caller) throws Exception {
        for (ByteBuffer writable : buffers()) {
            writable.put(3, Bytes.from(0, 7));
            for (ByteBuffer src : List.of(writable, writable.asReadOnlyBuffer())) {
                try (Pair pair = Pair.open()) {
                    assertThat(caller.call(() -> pair.local().write(src))).isEqualTo(7);
                    assertThat(src.position()).isEqualTo(10);
                    pair.local().shutdownOutput();
                    assertThat(pair.peer().getInputStream().readAllBytes()).containsExactly(Bytes.from(0, 7));
                }
            }
        }
    }

    @EveryCaller
    void segmentsOnTheHeapAndOutsideAreReadInto(Caller caller) throws Exception {
        try (Arena arena = Arena.ofShared()) {
            for (MemorySegment dst : List.of(
                    MemorySegment.ofArray(new byte[8]),
                    MemorySegment.ofArray(new byte[12]).asSlice(2, 8),
                    MemorySegment.ofArray(new int[2]),
                    arena.allocate(8),
                    arena.allocate(12).asSlice(2, 8))) {
                try (Pair pair = Pair.open()) {
                    pair.deliver(Bytes.from(0, 9));

                    assertThat(caller.call(() -> pair.local().read(dst))).isEqualTo(8);
                    Bytes.check(dst.toArray(ValueLayout.JAVA_BYTE), 8, 0);
                    assertThat(pair.local().available()).isEqualTo(1);
                }
            }
        }
    }

    @EveryCaller
    void segmentsOnTheHeapAndOutsideAreWritten(Caller caller) throws Exception {
        try (Arena arena = Arena.ofShared()) {
            for (MemorySegment src : List.of(
                    MemorySegment.ofArray(new byte[8]),
                    MemorySegment.ofArray(new byte[12]).asSlice(2, 8),
                    MemorySegment.ofArray(new short[4]),
                    arena.allocate(8),
                    arena.allocate(12).asSlice(2, 8))) {
                src.copyFrom(MemorySegment.ofArray(Bytes.from(0, 8)));
                try (Pair pair = Pair.open()) {
                    caller.run(() -> pair.local().write(src));
                    if (src.isNative()) {
                        caller.run(() -> pair.local().write(src.asReadOnly()));
                    }
                    pair.local().shutdownOutput();

                    InputStream in = pair.peer().getInputStream();
                    assertThat(in.readNBytes(8)).containsExactly(Bytes.from(0, 8));
                    assertThat(in.readAllBytes()).containsExactly(src.isNative() ? Bytes.from(0, 8) : new byte[0]);
                }
            }
        }
    }

    @EveryCaller
    void aSegmentOfManyMegabytesIsWrittenAndReadWhole(Caller caller) throws Exception {
        int size = 5_000_000;
        try (Arena arena = Arena.ofShared();
                Pair pair = Pair.open()) {
            MemorySegment all = arena.allocate(size).copyFrom(MemorySegment.ofArray(Bytes.from(0, size)));
            Task<Boolean> writing = caller.startRun(() -> {
                pair.local().write(all);
                pair.local().shutdownOutput();
            });
            assertThat(Bytes.checkToEnd(pair.peer().getInputStream(), 0)).isEqualTo(size);
            assertThat(writing.get()).isTrue();

            Task<Boolean> answering = Caller.PLATFORM_THREAD.startRun(
                    () -> pair.peer().getOutputStream().write(Bytes.from(0, size)));
            MemorySegment dst = arena.allocate(size);
            caller.run(() -> {
                for (long filled = 0; filled < size; ) {
                    filled += pair.local().read(dst.asSlice(filled));
                }
            });
            assertThat(dst.mismatch(all)).isEqualTo(-1);
            assertThat(answering.get()).isTrue();
        }
    }

    @Test
    void memoryThatIsNotTheCallersIsRefusedAndTheSocketStaysUsable() throws Exception {
        try (Pair pair = Pair.open()) {
            pair.deliver((byte) 1);
            MemorySegment gone;
            try (Arena arena = Arena.ofShared()) {
                gone = arena.allocate(8);
            }
            assertThatThrownBy(() -> pair.local().read(gone)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> pair.local().write(gone)).isInstanceOf(IllegalStateException.class);
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment mine = arena.allocate(8);
                assertThat(Caller.PLATFORM_THREAD.failureOf(() -> pair.local().read(mine)))
                        .isInstanceOf(WrongThreadException.class);
            }
            MemorySegment readOnly = MemorySegment.ofArray(new byte[1]).asReadOnly();
            assertThatThrownBy(() -> pair.local().write(readOnly)).isInstanceOf(IllegalArgumentException.class);

            assertThat(pair.local().read(new byte[2])).isEqualTo(1);
            pair.local().write(new byte[] {2});
            assertThat(pair.peer().getInputStream().read()).isEqualTo(2);
        }
    }

    @EveryCaller
    void aGatheringWriteSendsAllBuffersInOrder(Caller caller) throws Exception {
        try (Pair pair = Pair.open()) {
            ByteBuffer[] srcs = {
                ByteBuffer.allocate(0),
                ByteBuffer.wrap(Bytes.from(0, 3)),
                ByteBuffer.allocateDirect(70_000).put(Bytes.from(3, 70_000)).flip(),
                ByteBuffer.allocate(5).position(5),
                ByteBuffer.wrap(Bytes.from(70_003, 200_000)).asReadOnlyBuffer(),
                ByteBuffer.wrap(Bytes.from(270_003 - 2, 4), 2, 1).slice()
            };
            Task<Long> writing = caller.start(() -> pair.local().write(srcs));
            Bytes.check(pair.peer().getInputStream().readNBytes(270_004), 270_004, 0);

            assertThat(writing.get()).isEqualTo(270_004);
            assertThat(srcs).allMatch(src -> !src.hasRemaining());
            assertThat(caller.call(() -> pair.local().write(new ByteBuffer[0]))).isZero();
        }
    }
}
