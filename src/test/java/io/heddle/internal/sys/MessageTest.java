package io.heddle.internal.sys;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.NoLeaks;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link Message} and {@link MessageBatch}: that the kernel finds in them what we put there, and the reverse. */
@ExtendWith(NoLeaks.class)
class MessageTest {
    private static final int BIG = 150_000;

    private static ByteBuffer buffer(boolean direct, int capacity) {
        return direct ? ByteBuffer.allocateDirect(capacity) : ByteBuffer.allocate(capacity);
    }

    private static ByteBuffer of(boolean direct, String text) {
        return buffer(direct, text.length())
                .put(text.getBytes(StandardCharsets.US_ASCII))
                .flip();
    }

    private static String text(ByteBuffer buffer) {
        return StandardCharsets.US_ASCII.decode(buffer.flip()).toString();
    }

    private static int[] pair(int type) {
        int[] pair = new int[2];
        assertThat(Socket.pair(type, pair)).isZero();
        return pair;
    }

    private static void close(int... fds) {
        for (int fd : fds) {
            assertThat(Fd.close(fd)).isZero();
        }
    }

    @Test
    void theSizesAreThoseOfTheStructures() {
        assertThat(Message.HEADER_SIZE).isEqualTo(56);
        assertThat(MessageBatch.ENTRY).isEqualTo(64);
        assertThat(Message.controlSpace(4)).isEqualTo(24);
        assertThat(Message.controlSpace(12)).isEqualTo(32);
        assertThat(GroupRequest.SIZE).isEqualTo(264);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void buffersAreGatheredAndScattered(boolean direct) {
        int[] pair = pair(Socket.SOCK_STREAM);
        try (Message message = Message.take()) {
            ByteBuffer[] srcs = {of(direct, "ab"), of(!direct, ""), of(!direct, "cde"), of(direct, "f")};
            assertThat(message.send(pair[0], srcs, false)).isEqualTo(6);
            assertThat(srcs[0].position()).isZero();
            ByteBuffer[] dsts = {buffer(!direct, 1), buffer(direct, 4), buffer(!direct, 9)};
            assertThat(message.receive(pair[1], dsts, false, 0, null)).isEqualTo(6);
            Iovec.advance(dsts, 6);
            assertThat(text(dsts[0]) + "|" + text(dsts[1]) + "|" + text(dsts[2]))
                    .isEqualTo("a|bcde|f");
        }
        close(pair);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aDatagramLongerThanTheStageGoesWhole(boolean direct) {
        int[] pair = pair(Socket.SOCK_DGRAM);
        try (Message message = Message.take()) {
            ByteBuffer src = buffer(direct, BIG);
            for (int i = 0; i < BIG; i++) {
                src.put(i, (byte) (i % 251));
            }
            assertThat(message.send(pair[0], src, Socket.AF_UNIX)).isEqualTo(BIG);
            ByteBuffer dst = buffer(direct, BIG + 1);
            assertThat(message.receive(pair[1], dst, 0, Socket.AF_UNIX)).isEqualTo(BIG);
            assertThat(dst.limit(BIG)).isEqualTo(src);
        }
        close(pair);
    }

    /** It would be made, and zeroed, at each try: of that there is a limit, which no datagram reaches. */
    @ParameterizedTest
    @ValueSource(ints = {Socket.AF_INET, Socket.AF_UNIX})
    void roomForMoreThanThereCanBeCostsNothing(int family) {
        ByteBuffer large = ByteBuffer.allocate(50_000_000);
        int[] pair = pair(Socket.SOCK_DGRAM);
        BufferPoolMXBean direct = ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .findFirst()
                .orElseThrow();
        try (Message message = Message.take()) {
            assertThat(message.receive(pair[1], large, 0, family)).isEqualTo(-Errno.EAGAIN);
            long before = direct.getMemoryUsed();
            for (int i = 0; i < 100; i++) {
                assertThat(message.receive(pair[1], large, 0, family)).isEqualTo(-Errno.EAGAIN);
                assertThat(message.send(pair[0], large, family)).isEqualTo(-Errno.EMSGSIZE);
            }
            assertThat(direct.getMemoryUsed() - before).isLessThan(Message.UNIX_MAX);
            large.position(49_000_000);
            assertThat(Fd.write(pair[0], of(true, "datagram"))).isEqualTo(8);
            assertThat(message.receive(pair[1], large, 0, family)).isEqualTo(8);
            assertThat(large.get(49_000_001)).isEqualTo((byte) 'a');
        }
        close(pair);
    }

    @Test
    void aBatchSendsWhatComesBeforeADatagramThatIsTooLong() throws Exception {
        int fd = Kernel.udp();
        InetSocketAddress self = new InetSocketAddress(InetAddress.getLoopbackAddress(), 9);
        InetSocketAddress[] to = {self, self};
        ByteBuffer tooLong = ByteBuffer.allocate(65_536);
        try (MessageBatch batch = MessageBatch.take()) {
            ByteBuffer[] late = {of(false, "x"), tooLong};
            ByteBuffer[] early = {tooLong, of(false, "x")};
            assertThat(batch.send(fd, late, to, Socket.AF_INET)).isEqualTo(1);
            assertThat(batch.send(fd, early, to, Socket.AF_INET)).isEqualTo(-Errno.EMSGSIZE);
        }
        close(fd);
    }

    @Test
    void aStreamTakesOfHeapBuffersWhatTheStageHolds() {
        int[] pair = pair(Socket.SOCK_STREAM);
        try (Message message = Message.take()) {
            ByteBuffer[] srcs = {ByteBuffer.allocate(Stage.SIZE - 1), ByteBuffer.allocate(10), ByteBuffer.allocate(10)};
            assertThat(message.send(pair[0], srcs, false)).isEqualTo(Stage.SIZE);
        }
        close(pair);
    }

    @Test
    void aDatagramOfMoreBuffersThanOneCallTakesIsRefused() {
        int[] pair = pair(Socket.SOCK_DGRAM);
        ByteBuffer[] srcs = new ByteBuffer[Iovec.ENTRIES_MAX + 1];
        for (int i = 0; i < srcs.length; i++) {
            srcs[i] = of(true, "x");
        }
        try (Message message = Message.take()) {
            assertThat(message.send(pair[0], srcs, true)).isEqualTo(-Errno.EMSGSIZE);
            assertThat(message.send(pair[0], srcs, false)).isEqualTo(Iovec.ENTRIES_MAX);
        }
        close(pair);
    }

    @Test
    void aDatagramIsCutToTheRoomThereIs() {
        int[] pair = pair(Socket.SOCK_DGRAM);
        try (Message message = Message.take()) {
            assertThat(message.send(pair[0], of(false, "datagram"), Socket.AF_UNIX))
                    .isEqualTo(8);
            ByteBuffer dst = ByteBuffer.allocate(4);
            assertThat(message.receive(pair[1], dst, Socket.MSG_PEEK, Socket.AF_UNIX))
                    .isEqualTo(4);
            assertThat(message.unixName()).isEqualTo(UnixDomainSocketAddress.of(""));
            ByteBuffer all = ByteBuffer.allocate(9);
            assertThat(message.receive(pair[1], all, 0, Socket.AF_UNIX)).isEqualTo(8);
            assertThat(message.receive(pair[1], all, 0, Socket.AF_UNIX)).isEqualTo(-Errno.EAGAIN);
        }
        close(pair);
    }

    @Test
    void passedDescriptorsArriveCloseOnExecAndTheSurplusIsClosed() throws Exception {
        int[] pair = pair(Socket.SOCK_STREAM);
        int[] ends = new int[2];
        assertThat(Pipe2.open(ends)).isZero();
        int[] passed = new int[1];
        try (Message message = Message.take()) {
            message.setPassed(new int[] {ends[1], ends[0], ends[0]});
            assertThat(message.send(pair[0], of(false, "x"), Socket.AF_UNIX)).isEqualTo(1);
        }
        try (Message message = Message.take()) {
            ByteBuffer[] dst = {ByteBuffer.allocate(1)};
            assertThat(message.receive(pair[1], dst, false, 0, passed)).isEqualTo(1);
            assertThat(message.passedCount()).isEqualTo(1);
            assertThat(message.isControlTruncated()).isFalse();
        }
        assertThat(Fd.isCloseOnExec(passed[0])).isEqualTo(1);
        assertThat(Fd.write(passed[0], of(false, "through"))).isEqualTo(7);
        ByteBuffer read = ByteBuffer.allocate(10);
        assertThat(Fd.read(ends[0], read)).isEqualTo(7);
        close(pair[0], pair[1], ends[0], ends[1]);
        // The only writer that is left: the two others that came along are closed.
        close(passed);
    }

    @Test
    void aMessageFromThePoolRemembersNothing() {
        int[] pair = pair(Socket.SOCK_DGRAM);
        try (Message message = Message.take()) {
            assertThat(message.setName(UnixDomainSocketAddress.of("@nobody-has-this-name")))
                    .isZero();
            message.setPassed(new int[] {pair[0]});
            assertThat(message.send(pair[0], of(false, "x"), Socket.AF_UNIX)).isNegative();
        }
        try (Message message = Message.take()) {
            assertThat(message.send(pair[0], of(false, "x"), Socket.AF_UNIX)).isEqualTo(1);
            assertThat(message.receive(pair[1], ByteBuffer.allocate(1), 0, Socket.AF_UNIX))
                    .isEqualTo(1);
            assertThat(message.passedCount()).isZero();
        }
        close(pair);
    }

    @Test
    void anIpv6AddressIsNotWrittenOverTheEndOfAnIpv4One() throws Exception {
        InetSocketAddress v6 = new InetSocketAddress(InetAddress.ofLiteral("::1"), 7);
        try (Message message = Message.take()) {
            assertThat(message.setName(v6, Socket.AF_INET)).isEqualTo(-Errno.EAFNOSUPPORT);
            assertThat(message.setName(v6, Socket.AF_INET6)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBatchMovesManyDatagrams(boolean direct) {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        int receiver = Socket.open(Socket.AF_INET, Socket.SOCK_DGRAM);
        int sender = Socket.open(Socket.AF_INET, Socket.SOCK_DGRAM);
        assertThat(Socket.bind(receiver, any, Socket.AF_INET)).isZero();
        assertThat(Socket.bind(sender, any, Socket.AF_INET)).isZero();
        InetSocketAddress to = name(receiver);
        try (MessageBatch batch = MessageBatch.take()) {
            ByteBuffer[] srcs = {of(direct, "one"), of(!direct, ""), of(direct, "three")};
            assertThat(batch.send(sender, srcs, new InetSocketAddress[] {to, to, to}, Socket.AF_INET))
                    .isEqualTo(3);
            ByteBuffer[] dsts = {buffer(direct, 9), buffer(!direct, 9), buffer(direct, 4), buffer(direct, 9)};
            assertThat(batch.receive(receiver, dsts)).isEqualTo(3);
            assertThat(batch.length(0)).isEqualTo(3);
            assertThat(batch.length(1)).isZero();
            assertThat(batch.length(2)).isEqualTo(4);
            assertThat(batch.name(2)).isEqualTo(name(sender));
            assertThat(text(dsts[0].position(3))).isEqualTo("one");
            assertThat(text(dsts[2].position(4))).isEqualTo("thre");
            assertThat(batch.receive(receiver, dsts)).isEqualTo(-Errno.EAGAIN);
        }
        close(receiver, sender);
    }

    private static InetSocketAddress name(int fd) {
        InetSocketAddress[] name = new InetSocketAddress[1];
        assertThat(Socket.localAddress(fd, name)).isZero();
        return name[0];
    }
}
