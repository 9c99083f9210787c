package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.EventFd;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.Pipe2;
import io.heddle.internal.sys.Scratch;
import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.Task;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ref.WeakReference;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pipes, and descriptors of any kind. What waits is in {@link WaitingCallTest}. */
@Behaviour
@SuppressWarnings("try") // Closing is part of what is tested.
class PipeTest {
    private long pipesBefore;

    /** The ledger of NoLeaks has sockets only: the processes of other tests come and go by pipes. */
    private static long pipes() throws IOException {
        try (Stream<Path> numbers = Files.list(Path.of("/proc/self/fd"))) {
            return numbers.filter(PipeTest::isPipe).count();
        }
    }

    private static boolean isPipe(Path number) {
        try {
            return Files.readSymbolicLink(number).toString().startsWith("pipe:");
        } catch (IOException e) {
            // Closed meanwhile: the listing has a descriptor of its own.
            return false;
        }
    }

    @BeforeEach
    void countPipes() throws IOException {
        pipesBefore = pipes();
    }

    @AfterEach
    void noPipeIsLeft() throws Exception {
        Await.until("no pipe is left", () -> {
            if (pipes() > pipesBefore) {
                // One of them may be nobody's by now.
                System.gc();
            }
            return pipes() <= pipesBefore;
        });
    }

    @EveryCaller
    void bytesArriveInOrderAndThenTheEnd(Caller caller) throws Exception {
        int length = 5_000_000;
        try (Pipe pipe = Pipe.open()) {
            Task<Boolean> writing = caller.startRun(() -> {
                pipe.sink().write(Bytes.from(0, length));
                pipe.sink().close();
            });
            assertThat(caller.call(() -> Bytes.checkToEnd(pipe.source(), 0))).isEqualTo(length);
            assertThat(writing.get()).isTrue();
            assertThat(caller.call(() -> pipe.source().read())).isEqualTo(-1);
            assertThat(pipe.isOpen()).isFalse();
        }
    }

    @EveryCaller
    void theEndComesToWhoWaitsForIt(Caller caller) throws Exception {
        try (Pipe pipe = Pipe.open()) {
            Task<Integer> reading = caller.start(() -> pipe.source().read()).awaitWaiting();
            pipe.sink().close();
            assertThat(reading.get()).isEqualTo(-1);
        }
    }

    @EveryCaller
    void aWriteThatNobodyWillReadFailsAlsoWhileItWaits(Caller caller) throws Exception {
        try (Pipe pipe = Pipe.open()) {
            Task<Boolean> writing = caller.startRun(() -> pipe.sink().write(new byte[1_000_000]))
                    .awaitWaiting();
            pipe.source().close();
            assertThat(writing.failure()).isInstanceOf(SocketException.class).hasMessage("Broken pipe");
            assertThat(caller.failureOf(() -> pipe.sink().write(1))).hasMessage("Broken pipe");
        }
    }

    @EveryCaller
    void aWriteThatTimesOutSaysHowMuchTheKernelTook(Caller caller) throws Exception {
        try (Pipe pipe = Pipe.open().setWriteTimeout(Duration.ofMillis(1))) {
            SocketTimeoutException late =
                    (SocketTimeoutException) caller.failureOf(() -> pipe.sink().write(Bytes.from(0, 1_000_000)));
            assertThat(late.bytesTransferred).isEqualTo(pipe.source().available());
            pipe.sink().close();
            assertThat(Bytes.checkToEnd(pipe.source(), 0)).isEqualTo(late.bytesTransferred);
        }
    }

    @EveryCaller
    void closeEndsReaderAndWriter(Caller caller) throws Exception {
        try (Pipe empty = Pipe.open();
                Pipe full = Pipe.open()) {
            Task<Integer> reading = caller.start(() -> empty.source().read()).awaitWaiting();
            Task<Boolean> writing = caller.startRun(() -> full.sink().write(new byte[1_000_000]))
                    .awaitWaiting();
            empty.close();
            full.close();
            assertThat(reading.failure()).hasMessage("Socket closed");
            assertThat(writing.failure()).hasMessage("Socket closed");
            assertThatThrownBy(() -> empty.source().read()).hasMessage("Socket closed");
            assertThatThrownBy(() -> empty.source().available()).hasMessage("Socket closed");
            assertThatThrownBy(() -> empty.sink().write(1)).hasMessage("Socket closed");
        }
    }

    @Test
    void boundsAreCheckedAndNothingIsNothing() throws Exception {
        try (Pipe pipe = Pipe.open()) {
            assertThat(pipe.source().read(new byte[0])).isZero();
            pipe.sink().write(new byte[0]);
            assertThatThrownBy(() -> pipe.source().read(new byte[1], 1, 1))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> pipe.sink().write(new byte[1], 0, 2))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> pipe.setReadTimeout(Duration.ofNanos(-1)))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aPipeThatIsReachedByOneOfItsStreamsOnlyStaysOpen() throws Exception {
        Pipe pipe = Pipe.open();
        InputStream source = pipe.source();
        pipe.sink().write(7);
        WeakReference<Object> garbage = new WeakReference<>(new Object());
        pipe = null;
        Await.until("there was a collection", () -> {
            System.gc();
            return garbage.get() == null;
        });
        assertThat(source.read()).isEqualTo(7);
    }

    @EveryCaller
    void aFailedOpenLeavesNothingOpen(Caller caller) throws Exception {
        try (FaultPlan plan = FaultPlan.failing("pipe2", Errno.EMFILE, 1)) {
            assertThat(caller.failureOf(() -> Pipe.open().close()))
                    .isInstanceOf(SocketException.class)
                    .hasMessageStartingWith("Too many open files");
            assertThat(plan.wasMet()).isTrue();
        }
        try (FaultPlan plan = FaultPlan.failing("read", Errno.EINTR, 1);
                Pipe pipe = Pipe.open()) {
            pipe.sink().write(1);
            assertThat(caller.call(() -> pipe.source().read())).isEqualTo(1);
            assertThat(plan.wasMet()).isTrue();
        }
    }

    // Descriptors

    @EveryCaller
    void anEventIsWaitedForAndStaysUntilItIsRead(Caller caller) throws Exception {
        int event = EventFd.open();
        try (Descriptor descriptor = Descriptor.of(event)) {
            assertThat(descriptor.number()).isNotEqualTo(event);
            assertThat(Fd.isCloseOnExec(descriptor.number())).isEqualTo(1);
            Task<Boolean> waiting =
                    caller.startRun(() -> descriptor.awaitReadable()).awaitWaiting();
            EventFd.signal(event);
            assertThat(waiting.get()).isTrue();
            caller.run(() -> {
                // Readable is a state and no event.
                descriptor.awaitReadable(Duration.ofNanos(1));
                descriptor.awaitReadable();
                descriptor.awaitWritable();
            });
            assertThat(EventFd.reset(Scratch.own(), event)).isZero();
            assertThat(caller.failureOf(() -> descriptor.awaitReadable(Duration.ofMillis(1))))
                    .isExactlyInstanceOf(SocketTimeoutException.class);
        } finally {
            assertThat(Fd.close(event)).isZero();
        }
    }

    /** Its other end is closed first, and a reader that is between two steps may ask the kernel then. */
    @EveryCaller
    void closingBothEndsIsNeverTheEndOfTheStream(Caller caller) throws Exception {
        AtomicReference<Thread> reader = new AtomicReference<>();
        AtomicInteger reads = new AtomicInteger();
        try (Pipe pipe = Pipe.open();
                FaultPlan plan = FaultPlan.before("read", 0, () -> {
                    // Doorbells are read, too, by others.
                    if (Thread.currentThread() == reader.get()) {
                        reads.incrementAndGet();
                        pipe.close();
                    }
                })) {
            assertThat(caller.failureOf(() -> {
                        reader.set(Thread.currentThread());
                        assertThat(pipe.source().read()).isNegative();
                    }))
                    .hasMessage("Socket closed");
            assertThat(reads).hasValue(1);
        }
    }

    @EveryCaller
    void aProcessIsWaitedFor(Caller caller) throws Exception {
        Process child = new ProcessBuilder("cat").start();
        try (Descriptor process = Descriptor.ofProcess(child.toHandle())) {
            Task<Boolean> waiting =
                    caller.startRun(() -> process.awaitReadable()).awaitWaiting();
            child.getOutputStream().close();
            assertThat(waiting.get()).isTrue();
            assertThat(child.waitFor()).isZero();
            ProcessHandle gone = child.toHandle();
            // Its number is free as soon as the JDK has asked how it ended.
            assertThat(gone.isAlive()).isFalse();
            try (Descriptor ended = Descriptor.ofProcess(gone)) {
                caller.run(() -> ended.awaitReadable());
                caller.run(() -> ended.awaitReadable());
            }
        } finally {
            child.destroyForcibly();
            child.getInputStream().close();
            child.getErrorStream().close();
        }
    }

    @EveryCaller
    void aRegularFileIsRefused(Caller caller) throws Exception {
        Path file = Files.createTempFile("heddle", "");
        try (var opened = new java.io.RandomAccessFile(file.toFile(), "rw")) {
            int number = numberOf(file);
            try (Descriptor descriptor = Descriptor.of(number)) {
                for (Caller.Work call : List.<Caller.Work>of(
                        () -> descriptor.awaitReadable(),
                        () -> descriptor.awaitWritable(),
                        () -> descriptor.read(ByteBuffer.allocate(1)),
                        () -> descriptor.write(ByteBuffer.allocate(1)))) {
                    assertThat(caller.failureOf(call))
                            .isExactlyInstanceOf(SocketException.class)
                            .hasMessageStartingWith("Operation not permitted")
                            .hasMessageContaining("regular files")
                            .hasMessageContaining("callBlocking");
                }
                assertThat(opened.length()).isZero();
            }
        } finally {
            Files.delete(file);
        }
    }

    private static int numberOf(Path file) throws IOException {
        try (Stream<Path> numbers = Files.list(Path.of("/proc/self/fd"))) {
            return numbers.filter(number -> {
                        try {
                            return Files.readSymbolicLink(number).equals(file);
                        } catch (IOException e) {
                            return false;
                        }
                    })
                    .mapToInt(number -> Integer.parseInt(number.getFileName().toString()))
                    .findFirst()
                    .orElseThrow();
        }
    }

    /** The standard input of most programs: nobody may make it non-blocking, as others share it. */
    @EveryCaller
    void aPipeInBlockingModeIsReadAndWrittenWithoutBlocking(Caller caller) throws Exception {
        int[] ends = new int[2];
        assertThat(Pipe2.open(ends)).isZero();
        assertThat(Fd.setBlocking(ends[0], true) + Fd.setBlocking(ends[1], true))
                .isZero();
        try (Descriptor source = Descriptor.of(ends[0]);
                Descriptor sink = Descriptor.of(ends[1])) {
            int length = 1_000_000;
            Task<Boolean> writing = caller.startRun(() -> assertThat(sink.write(ByteBuffer.wrap(Bytes.from(0, length))))
                    .isEqualTo(length));
            writing.awaitWaiting();
            ByteBuffer all = ByteBuffer.allocate(length);
            caller.run(() -> {
                while (all.hasRemaining()) {
                    assertThat(source.read(all)).isPositive();
                }
            });
            assertThat(writing.get()).isTrue();
            Bytes.check(all.array(), length, 0);
            Task<Integer> reading =
                    caller.start(() -> source.read(ByteBuffer.allocate(1))).awaitWaiting();
            sink.close();
            assertThat(Fd.close(ends[1])).isZero();
            assertThat(reading.get()).isEqualTo(-1);
        } finally {
            assertThat(Fd.close(ends[0])).isZero();
        }
    }

    @Test
    void whatIsNotOpenIsNoDescriptor() {
        assertThatThrownBy(() -> Descriptor.of(1 << 20)).isInstanceOf(SocketException.class);
        assertThatThrownBy(() -> Descriptor.of(-1)).isInstanceOf(SocketException.class);
    }
}
