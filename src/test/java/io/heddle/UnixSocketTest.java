package io.heddle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.Pipe2;
import io.heddle.testing.Await;
import io.heddle.testing.Behaviour;
import io.heddle.testing.Bytes;
import io.heddle.testing.Caller;
import io.heddle.testing.EveryCaller;
import io.heddle.testing.FaultPlan;
import io.heddle.testing.Ledger;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Unix streams; the other end is the JDK's where it knows what is asked. What waits is in {@link WaitingCallTest}. */
@Behaviour
@SuppressWarnings("try") // Closing is part of what is tested.
class UnixSocketTest {
    @TempDir
    Path directory;

    /** Ours, and one of the JDK that it is connected to. */
    private record Ends(UnixSocket ours, SocketChannel theirs) implements Closeable {
        @Override
        public void close() throws IOException {
            ours.close();
            theirs.close();
        }

        void deliver(byte... bytes) throws Exception {
            int before = ours.available();
            assertThat(theirs.write(ByteBuffer.wrap(bytes))).isEqualTo(bytes.length);
            Await.until("the bytes are there", () -> ours.available() == before + bytes.length);
        }
    }

    private Ends connected() throws Exception {
        UnixDomainSocketAddress name = UnixDomainSocketAddress.of(directory.resolve("jdk"));
        try (ServerSocketChannel server =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(name)) {
            UnixSocket ours = UnixSocket.connect(name);
            return new Ends(ours, server.accept());
        } finally {
            Files.delete(name.getPath());
        }
    }

    private Ends accepted() throws Exception {
        try (UnixListener listener = UnixListener.bind(UnixDomainSocketAddress.of(directory.resolve("ours")))) {
            SocketChannel theirs = SocketChannel.open(listener.localAddress());
            return new Ends(listener.accept(), theirs);
        }
    }

    @EveryCaller
    void bytesGoBothWaysInEveryKindOfMemory(Caller caller) throws Exception {
        for (Ends ends : new Ends[] {connected(), accepted()}) {
            try (ends;
                    Arena arena = Arena.ofShared()) {
                MemorySegment segment = arena.allocate(100).copyFrom(MemorySegment.ofArray(Bytes.from(200, 100)));
                caller.run(() -> {
                    ends.ours().write(Bytes.from(0, 100));
                    assertThat(ends.ours().write(ByteBuffer.wrap(Bytes.from(100, 100))))
                            .isEqualTo(100);
                    ends.ours().write(segment);
                    assertThat(ends.ours().write(new ByteBuffer[] {
                                ByteBuffer.wrap(Bytes.from(300, 50)), ByteBuffer.wrap(Bytes.from(350, 50))
                            }))
                            .isEqualTo(100);
                    ends.ours().outputStream().write(Bytes.from(400, 100));
                });
                ByteBuffer all = ByteBuffer.allocate(500);
                while (all.hasRemaining()) {
                    assertThat(ends.theirs().read(all)).isPositive();
                }
                Bytes.check(all.array(), 500, 0);

                ends.deliver(Bytes.from(0, 400));
                caller.run(() -> {
                    byte[] array = new byte[100];
                    ends.ours().readFully(array);
                    Bytes.check(array, 100, 0);
                    ByteBuffer direct = ByteBuffer.allocateDirect(100);
                    assertThat(ends.ours().read(direct)).isEqualTo(100);
                    Bytes.check(array(direct.flip()), 100, 100);
                    assertThat(ends.ours().read(segment)).isEqualTo(100);
                    Bytes.check(segment.toArray(ValueLayout.JAVA_BYTE), 100, 200);
                    Bytes.check(ends.ours().inputStream().readNBytes(100), 100, 300);
                });
            }
        }
    }

    private static byte[] array(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.get(bytes);
        return bytes;
    }

    @EveryCaller
    void aLargeTransferArrivesWhole(Caller caller) throws Exception {
        int length = 8_000_000;
        UnixSocket[] pair = UnixSocket.pair();
        try (UnixSocket ours = pair[0];
                UnixSocket peer = pair[1]) {
            Task<Boolean> writing = caller.startRun(() -> {
                ours.write(Bytes.from(0, length));
                ours.shutdownOutput();
            });
            assertThat(caller.call(() -> Bytes.checkToEnd(peer.inputStream(), 0)))
                    .isEqualTo(length);
            assertThat(writing.get()).isTrue();
        }
    }

    // End, reset, half close

    @EveryCaller
    void thePeersEndIsTheEndForEverEvenAfterClose(Caller caller) throws Exception {
        try (Ends ends = connected()) {
            ends.deliver((byte) 7);
            Task<Integer> reading = caller.start(() -> {
                assertThat(ends.ours().read(new byte[9])).isEqualTo(1);
                return ends.ours().read(new byte[9]);
            });
            reading.awaitWaiting();
            ends.theirs().shutdownOutput();
            assertThat(reading.get()).isEqualTo(-1);
            assertThat(caller.call(() -> ends.ours().read(new byte[9]))).isEqualTo(-1);
            assertThatThrownBy(() -> ends.ours().readFully(new byte[1])).isInstanceOf(EOFException.class);
            // The other direction lives on.
            caller.run(() -> ends.ours().write(new byte[] {5}));
            ByteBuffer one = ByteBuffer.allocate(1);
            assertThat(ends.theirs().read(one)).isEqualTo(1);
            ends.ours().close();
            assertThat(ends.ours().read(new byte[9])).isEqualTo(-1);
        }
    }

    @EveryCaller
    void shutdownOutputEndsTheStreamAndLeavesTheOtherDirection(Caller caller) throws Exception {
        try (Ends ends = accepted()) {
            ends.ours().shutdownOutput();
            assertThat(ends.theirs().read(ByteBuffer.allocate(1))).isEqualTo(-1);
            ends.deliver((byte) 1);
            assertThat(caller.call(() -> ends.ours().read(new byte[9]))).isEqualTo(1);
            assertThat(caller.failureOf(() -> ends.ours().write(new byte[1]))).hasMessage("Broken pipe");
            assertThatThrownBy(ends.ours()::shutdownOutput).hasMessage("Socket output is already shutdown");
        }
    }

    @EveryCaller
    void shutdownInputEndsAReadAndThePeersWritesFail(Caller caller) throws Exception {
        try (Ends ends = connected()) {
            Task<Integer> reading =
                    caller.start(() -> ends.ours().read(new byte[1])).awaitWaiting();
            ends.ours().shutdownInput();
            assertThat(reading.get()).isEqualTo(-1);
            assertThat(ends.ours().available()).isZero();
            assertThatThrownBy(() -> ends.theirs().write(ByteBuffer.allocate(1)))
                    .hasMessage("Broken pipe");
            assertThatThrownBy(ends.ours()::shutdownInput).hasMessage("Socket input is already shutdown");
        }
    }

    /** A close with bytes unread is a reset, and stays one. */
    @EveryCaller
    void aResetFailsEveryReadAfterTheBytesBeforeIt(Caller caller) throws Exception {
        try (Ends ends = connected()) {
            caller.run(() -> ends.ours().write(new byte[5]));
            ends.deliver((byte) 1, (byte) 2);
            ends.theirs().close();
            assertThat(caller.call(() -> ends.ours().read(new byte[9]))).isEqualTo(2);
            for (int i = 0; i < 3; i++) {
                assertThat(caller.failureOf(() -> ends.ours().read(new byte[9])))
                        .isExactlyInstanceOf(SocketException.class)
                        .hasMessage("Connection reset");
                assertThat(caller.failureOf(() -> ends.ours().read(ByteBuffer.allocate(1), new ArrayList<>())))
                        .hasMessage("Connection reset");
            }
            assertThat(caller.failureOf(() -> ends.ours().write(new byte[1]))).hasMessage("Broken pipe");
        }
    }

    @EveryCaller
    void aResetThatAWriteHasMetIsNoEndForReads(Caller caller) throws Exception {
        try (Ends ends = connected()) {
            try (FaultPlan plan = FaultPlan.failing("send", Errno.ECONNRESET, 1)) {
                assertThat(caller.failureOf(() -> ends.ours().write(new byte[1])))
                        .hasMessageStartingWith("Connection reset");
                assertThat(plan.wasMet()).isTrue();
            }
            ends.theirs().close();
            assertThat(caller.failureOf(() -> ends.ours().read(new byte[9]))).hasMessage("Connection reset");
        }
    }

    /** A writer that cannot go on does not hold up the end of the other direction. */
    @EveryCaller
    void anEndIsReadWhileAWriterWaits(Caller caller) throws Exception {
        try (Ends ends = connected()) {
            Task<Boolean> writing = caller.startRun(() -> ends.ours().write(new byte[5_000_000]))
                    .awaitWaiting();
            ends.theirs().shutdownOutput();
            assertThat(caller.call(() -> ends.ours().read(new byte[1]))).isEqualTo(-1);
            assertThat(writing.isDone()).isFalse();
            ends.ours().close();
            assertThat(writing.failure()).hasMessage("Socket closed");
        }
    }

    @EveryCaller
    void closeEndsReaderAndWriterAndThePeerSeesTheEndAtOnce(Caller caller) throws Exception {
        try (Ends ends = connected()) {
            Task<Integer> reading =
                    caller.start(() -> ends.ours().read(new byte[1])).awaitWaiting();
            Task<Boolean> writing = caller.startRun(() -> ends.ours().write(new byte[5_000_000]))
                    .awaitWaiting();
            ends.ours().close();
            assertThat(reading.failure()).hasMessage("Socket closed");
            assertThat(writing.failure()).hasMessage("Socket closed");
            ByteBuffer all = ByteBuffer.allocate(5_000_000);
            int n = 0;
            while (n >= 0) {
                n = ends.theirs().read(all);
            }
            assertThat(all.position()).isPositive().isLessThan(5_000_000);
        }
    }

    // Descriptors

    private static int[] openPipe() {
        int[] ends = new int[2];
        assertThat(Pipe2.open(ends)).isZero();
        return ends;
    }

    @EveryCaller
    void aPassedDescriptorIsTheSameOpenFile(Caller caller) throws Exception {
        UnixSocket[] pair = UnixSocket.pair();
        int[] ends = openPipe();
        try (UnixSocket ours = pair[0];
                UnixSocket peer = pair[1];
                Descriptor writable = Descriptor.of(ends[1])) {
            caller.run(() -> ours.write(ByteBuffer.wrap(new byte[] {1, 2}), List.of(writable, writable)));
            List<Descriptor> received = new ArrayList<>();
            ByteBuffer dst = ByteBuffer.allocate(9);
            assertThat(caller.call(() -> peer.read(dst, received))).isEqualTo(2);
            assertThat(dst.flip()).isEqualTo(ByteBuffer.wrap(new byte[] {1, 2}));
            assertThat(received).hasSize(2);
            for (Descriptor each : received) {
                assertThat(Fd.isCloseOnExec(each.number())).isEqualTo(1);
                caller.run(() -> assertThat(each.write(ByteBuffer.allocate(3))).isEqualTo(3));
                each.close();
            }
            assertThat(Fd.read(ends[0], ByteBuffer.allocate(9))).isEqualTo(6);
        } finally {
            assertThat(Fd.close(ends[0]) + Fd.close(ends[1])).isZero();
        }
    }

    /** A short read does not mean that all is read: the kernel stops at a passed descriptor, and makes no new edge. */
    @EveryCaller
    void whatLiesBehindAPassedDescriptorIsReadWithoutAnotherEvent(Caller caller) throws Exception {
        UnixSocket[] pair = UnixSocket.pair();
        int[] ends = openPipe();
        try (UnixSocket ours = pair[0];
                UnixSocket peer = pair[1];
                Descriptor passed = Descriptor.of(ends[0])) {
            AtomicInteger reads = new AtomicInteger();
            Task<Integer> reading = caller.start(() -> {
                int sum = 0;
                for (int i = 0; i < 4; i++) {
                    sum = sum * 10 + peer.read(new byte[9]);
                    reads.incrementAndGet();
                }
                return sum;
            });
            for (int i = 1; i <= 2; i++) {
                int read = i;
                reading.awaitWaiting();
                ours.write(new byte[i]);
                Await.until("that is read", () -> reads.get() == read);
            }
            reading.awaitWaiting();
            // All of it comes with what may be one edge only.
            ours.write(ByteBuffer.allocate(3), List.of(passed));
            ours.write(ByteBuffer.allocate(4), List.of(passed));
            assertThat(reading.get()).isEqualTo(1234);
        } finally {
            assertThat(Fd.close(ends[0]) + Fd.close(ends[1])).isZero();
        }
    }

    @EveryCaller
    void descriptorsThatNobodyTakesAreClosed(Caller caller) throws Exception {
        UnixSocket[] pair = UnixSocket.pair();
        UnixSocket[] passed = UnixSocket.pair();
        try (UnixSocket ours = pair[0];
                UnixSocket peer = pair[1];
                UnixSocket left = passed[0];
                UnixSocket right = passed[1]) {
            List<Descriptor> many = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                many.add(left.descriptor());
            }
            Set<String> before = Ledger.openDescriptors();
            caller.run(() -> ours.write(ByteBuffer.allocate(1), many));
            List<Descriptor> received = new ArrayList<>();
            assertThat(caller.call(() -> peer.read(ByteBuffer.allocate(1), received, 3)))
                    .isEqualTo(1);
            assertThat(received).hasSize(3);
            for (Descriptor each : received) {
                each.close();
            }
            caller.run(() -> ours.write(ByteBuffer.allocate(1), many));
            assertThat(caller.call(() -> peer.read(new byte[1]))).isEqualTo(1);
            assertThat(Ledger.openDescriptors()).isEqualTo(before);
            for (Descriptor each : many) {
                each.close();
            }
            assertThat(right.isOpen()).isTrue();
        }
    }

    @Test
    void descriptorsThatTheListRefusesAreClosed() throws Exception {
        UnixSocket[] pair = UnixSocket.pair();
        try (UnixSocket ours = pair[0];
                UnixSocket peer = pair[1];
                Descriptor passed = ours.descriptor()) {
            Set<String> before = Ledger.openDescriptors();
            ours.write(ByteBuffer.allocate(1), List.of(passed, passed));
            assertThatThrownBy(() -> peer.read(ByteBuffer.allocate(1), List.of()))
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThat(Ledger.openDescriptors()).isEqualTo(before);
        }
    }

    @Test
    void whatCannotBePassedIsRefused() throws Exception {
        UnixSocket[] pair = UnixSocket.pair();
        int[] ends = openPipe();
        try (UnixSocket ours = pair[0];
                UnixSocket peer = pair[1];
                Descriptor passed = Descriptor.of(ends[0])) {
            assertThatThrownBy(() -> ours.write(ByteBuffer.allocate(0), List.of(passed)))
                    .isInstanceOf(IllegalArgumentException.class);
            List<Descriptor> tooMany = Collections.nCopies(254, passed);
            assertThatThrownBy(() -> ours.write(ByteBuffer.allocate(1), tooMany))
                    .isInstanceOf(IllegalArgumentException.class);
            ours.write(ByteBuffer.allocate(1), Collections.nCopies(253, passed));
            List<Descriptor> received = new ArrayList<>();
            assertThat(peer.read(ByteBuffer.allocate(1), received)).isEqualTo(1);
            assertThat(received).hasSize(253);
            for (Descriptor each : received) {
                each.close();
            }
            passed.close();
            assertThatThrownBy(() -> ours.write(ByteBuffer.allocate(1), List.of(passed)))
                    .isExactlyInstanceOf(SocketException.class)
                    .hasMessage("Socket closed");
            assertThat(peer.available()).isZero();
        } finally {
            assertThat(Fd.close(ends[0]) + Fd.close(ends[1])).isZero();
        }
    }

    @EveryCaller
    void aWriteWithDescriptorsThatIsCutPassesThemOnce(Caller caller) throws Exception {
        int length = 3_000_000;
        UnixSocket[] pair = UnixSocket.pair();
        int[] ends = openPipe();
        try (UnixSocket ours = pair[0];
                UnixSocket peer = pair[1];
                Descriptor passed = Descriptor.of(ends[0])) {
            Task<Boolean> writing = caller.startRun(() -> {
                ours.write(ByteBuffer.wrap(Bytes.from(0, length)), List.of(passed));
                ours.shutdownOutput();
            });
            List<Descriptor> received = new ArrayList<>();
            ByteBuffer all = ByteBuffer.allocate(length);
            caller.run(() -> {
                while (all.hasRemaining()) {
                    assertThat(peer.read(all, received)).isPositive();
                }
                assertThat(peer.read(ByteBuffer.allocate(1), received)).isEqualTo(-1);
            });
            assertThat(writing.get()).isTrue();
            Bytes.check(all.array(), length, 0);
            assertThat(received).hasSize(1);
            received.get(0).close();
        } finally {
            assertThat(Fd.close(ends[0]) + Fd.close(ends[1])).isZero();
        }
    }

    @EveryCaller
    void aRefusalOfDescriptorsDoesNotEndTheConnection(Caller caller) throws Exception {
        int[] ends = new int[2];
        assertThat(Pipe2.open(ends)).isZero();
        UnixSocket[] pair = UnixSocket.pair();
        try (UnixSocket ours = pair[0];
                UnixSocket theirs = pair[1];
                Descriptor passed = Descriptor.of(ends[0])) {
            try (FaultPlan plan = FaultPlan.failing("sendmsg", Errno.ETOOMANYREFS, 1)) {
                assertThat(caller.failureOf(() -> ours.write(ByteBuffer.allocate(1), List.of(passed))))
                        .isExactlyInstanceOf(SocketException.class)
                        .hasMessageStartingWith("Too many descriptors are on their way");
                assertThat(plan.wasMet()).isTrue();
            }
            theirs.write(ByteBuffer.allocate(3));
            theirs.close();
            assertThat(caller.<Integer>call(() -> ours.read(new byte[9]))).isEqualTo(3);
            assertThat(caller.<Integer>call(() -> ours.read(new byte[9]))).isEqualTo(-1);
        } finally {
            assertThat(Fd.close(ends[0]) | Fd.close(ends[1])).isZero();
        }
    }

    // Sockets that are passed

    /** Passes it, closes the original, and takes what arrives. */
    private static Descriptor pass(Descriptor passed) throws Exception {
        UnixSocket[] pair = UnixSocket.pair();
        try (UnixSocket from = pair[0];
                UnixSocket to = pair[1];
                passed) {
            from.write(ByteBuffer.allocate(1), List.of(passed));
            List<Descriptor> received = new ArrayList<>();
            assertThat(to.read(ByteBuffer.allocate(1), received)).isEqualTo(1);
            return received.get(0);
        }
    }

    @EveryCaller
    void aConnectionThatWasPassedGoesOnWhenTheOriginalIsClosed(Caller caller) throws Exception {
        try (Pair pair = Pair.open();
                Descriptor passed = pass(pair.local().descriptor())) {
            pair.local().close();
            TcpSocket taken = TcpSocket.of(passed);
            passed.close();
            try (taken) {
                assertThat(taken.remoteAddress()).isEqualTo(pair.peer().getLocalSocketAddress());
                Task<Integer> reading =
                        caller.start(() -> taken.read(new byte[9])).awaitWaiting();
                pair.peer().getOutputStream().write(1);
                assertThat(reading.get()).isEqualTo(1);
                caller.run(() -> taken.write(new byte[] {2}));
                assertThat(pair.peer().getInputStream().read()).isEqualTo(2);
            }
            assertThat(pair.peer().getInputStream().read()).isEqualTo(-1);
        }
        try (Ends ends = accepted();
                Descriptor passed = pass(ends.ours().descriptor())) {
            ends.ours().close();
            try (UnixSocket taken = UnixSocket.of(passed)) {
                Task<Integer> reading =
                        caller.start(() -> taken.read(new byte[9])).awaitWaiting();
                assertThat(ends.theirs().write(ByteBuffer.allocate(3))).isEqualTo(3);
                assertThat(reading.get()).isEqualTo(3);
            }
        }
    }

    @EveryCaller
    void aListenerThatWasPassedGoesOnWhenTheOriginalIsClosed(Caller caller) throws Exception {
        try (TcpListener original = TcpListener.bind(Pair.anyPort());
                Descriptor passed = pass(original.descriptor())) {
            original.close();
            try (TcpListener taken = TcpListener.of(passed);
                    Socket client = new Socket()) {
                assertThat(taken.localAddress()).isEqualTo(original.localAddress());
                Task<TcpSocket> accepting = caller.start(() -> taken.accept()).awaitWaiting();
                client.connect(taken.localAddress());
                accepting.get().close();
            }
        }
        UnixDomainSocketAddress name = UnixDomainSocketAddress.of(directory.resolve("passed"));
        try (UnixListener original = UnixListener.bind(name);
                Descriptor passed = pass(original.descriptor())) {
            original.close();
            try (UnixListener taken = UnixListener.of(passed)) {
                assertThat(taken.localAddress()).isEqualTo(name);
                Task<UnixSocket> accepting = caller.start(() -> taken.accept()).awaitWaiting();
                UnixSocket.connect(name).close();
                accepting.get().close();
            }
        }
    }

    @Test
    void whatIsNotTheKindOfSocketIsNotTakenOver() throws Exception {
        UnixSocket[] pair = UnixSocket.pair();
        try (UnixSocket peer = pair[1];
                Descriptor unix = pair[0].descriptor();
                Descriptor input = Descriptor.of(0);
                TcpListener listener = TcpListener.bind(Pair.anyPort());
                Descriptor listening = listener.descriptor()) {
            for (Caller.Work call : List.<Caller.Work>of(
                    () -> TcpSocket.of(unix),
                    () -> TcpListener.of(unix),
                    () -> UnixListener.of(unix),
                    () -> UnixSocket.of(listening),
                    () -> TcpSocket.of(listening),
                    () -> UnixListener.of(listening),
                    () -> TcpSocket.of(input))) {
                assertThatThrownBy(call::run)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageStartingWith("the descriptor must be a ");
            }
            pair[0].close();
            peer.close();
        }
    }

    // The rest

    @Test
    void theKernelTellsWhoIsThere() throws Exception {
        UnixSocket[] pair = UnixSocket.pair();
        try (UnixSocket ours = pair[0];
                UnixSocket peer = pair[1]) {
            PeerCredentials credentials = ours.peerCredentials();
            assertThat(credentials.pid()).isEqualTo(ProcessHandle.current().pid());
            assertThat(credentials).isEqualTo(peer.peerCredentials());
            assertThat(credentials.uid()).isEqualTo(((Number) Files.getAttribute(directory, "unix:uid")).longValue());
            assertThat(credentials.gid()).isEqualTo(((Number) Files.getAttribute(directory, "unix:gid")).longValue());
        }
    }

    @Test
    void theOptionsAreThoseOfTheJdkThatMeanSomething() throws Exception {
        UnixSocket[] pair = UnixSocket.pair();
        try (UnixSocket ours = pair[0];
                UnixSocket peer = pair[1]) {
            assertThat(UnixSocket.supportedOptions())
                    .containsExactlyInAnyOrder(StandardSocketOptions.SO_RCVBUF, StandardSocketOptions.SO_SNDBUF);
            ours.setOption(StandardSocketOptions.SO_SNDBUF, 65_536);
            assertThat(ours.getOption(StandardSocketOptions.SO_SNDBUF)).isEqualTo(65_536);
            assertThatThrownBy(() -> peer.setOption(StandardSocketOptions.TCP_NODELAY, true))
                    .isInstanceOf(UnsupportedOperationException.class);
        }
    }

    @Test
    void everyCallOnAClosedSocketSaysSo() throws Exception {
        UnixSocket[] pair = UnixSocket.pair();
        try (UnixSocket peer = pair[1]) {
            UnixSocket ours = pair[0];
            ours.close();
            ours.close();
            assertThat(ours.isOpen()).isFalse();
            assertThat(peer.read(new byte[1])).isEqualTo(-1);
            for (Caller.Work call : List.<Caller.Work>of(
                    () -> ours.read(new byte[1]),
                    () -> ours.read(ByteBuffer.allocate(1), new ArrayList<>()),
                    () -> ours.available(),
                    () -> ours.write(new byte[1]),
                    () -> ours.write(ByteBuffer.allocate(1), List.of()),
                    () -> ours.shutdownInput(),
                    () -> ours.shutdownOutput(),
                    () -> ours.peerCredentials(),
                    () -> ours.getOption(StandardSocketOptions.SO_SNDBUF))) {
                assertThatThrownBy(call::run)
                        .isExactlyInstanceOf(SocketException.class)
                        .message()
                        .isIn("Socket closed", "Socket is closed");
            }
        }
    }

    /** It was waited on, so a poller knows it; that must not keep it. */
    @EveryCaller
    void aSocketThatNobodyCanReachIsClosed(Caller caller) throws Exception {
        try (UnixSocket peer = caller.call(UnixSocketTest::leakOneOfPair)) {
            peer.setReadTimeout(Duration.ofMillis(20));
            Await.until("the leaked socket is closed", () -> {
                System.gc();
                try {
                    return peer.read(new byte[1]) == -1;
                } catch (SocketTimeoutException e) {
                    return false;
                }
            });
        }
    }

    private static UnixSocket leakOneOfPair() throws IOException {
        UnixSocket[] pair = UnixSocket.pair();
        pair[0].setReadTimeout(Duration.ofMillis(1));
        try {
            int n = pair[0].read(new byte[1]);
            throw new AssertionError("read from nobody: n=" + n);
        } catch (SocketTimeoutException e) {
            return pair[1];
        }
    }

    @EveryCaller
    void aFailedPairLeavesNothingOpen(Caller caller) throws Exception {
        try (FaultPlan plan = FaultPlan.failing("socketpair", Errno.EMFILE, 1)) {
            assertThat(caller.failureOf(() -> UnixSocket.pair()[0].close()))
                    .isInstanceOf(SocketException.class)
                    .hasMessageStartingWith("Too many open files");
            assertThat(plan.wasMet()).isTrue();
        }
    }
}
