package io.heddle.internal.sys;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.testing.NoLeaks;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@link SockAddrUn}: the bytes, and that the kernel takes them for what we mean. */
@ExtendWith(NoLeaks.class)
class SockAddrUnTest {
    private final ByteBuffer memory = ByteBuffer.allocate(SockAddr.STORAGE_SIZE).order(ByteOrder.nativeOrder());

    private static UnixDomainSocketAddress named(String name) {
        return UnixDomainSocketAddress.of(name);
    }

    @Test
    void aPathIsItsBytesAndANul() {
        fill();
        assertThat(SockAddrUn.write(memory, named("/a/b"))).isEqualTo(2 + 4 + 1);
        assertThat(memory.getShort(0)).isEqualTo((short) 1);
        assertThat(text(2, 5)).isEqualTo("/a/b\0");
        assertThat(memory.get(109)).isZero();
        assertThat(memory.get(110)).isEqualTo((byte) 0x55);
    }

    @Test
    void anAbstractNameIsANulAndItsBytes() {
        fill();
        assertThat(SockAddrUn.write(memory, named("@name"))).isEqualTo(2 + 1 + 4);
        assertThat(text(2, 5)).isEqualTo("\0name");
    }

    @Test
    void anUnnamedAddressIsItsFamily() {
        assertThat(SockAddrUn.write(memory, named(""))).isEqualTo(2);
        assertThat(SockAddrUn.read(memory, 2)).isEqualTo(named(""));
        assertThat(SockAddrUn.read(memory, 0)).isEqualTo(named(""));
    }

    @Test
    void aFileWhoseNameBeginsLikeAnAbstractOneIsNamedFromItsDirectory() {
        assertThat(SockAddrUn.write(memory, named("./@name"))).isEqualTo(2 + 7 + 1);
        assertThat(text(2, 8)).isEqualTo("./@name\0");
    }

    @Test
    void aFileWhoseNameBeginsLikeAnAbstractOneIsReadAsOne() {
        memory.put(2, new byte[] {'@', 'a', 0});
        assertThat(SockAddrUn.read(memory, 2 + 3)).isEqualTo(named("./@a"));
    }

    @Test
    void aNameOf107BytesFitsAndOneOf108DoesNot() {
        assertThat(SockAddrUn.write(memory, named("p".repeat(107)))).isEqualTo(110);
        assertThat(SockAddrUn.write(memory, named("p".repeat(108)))).isEqualTo(-Errno.ENAMETOOLONG);
        assertThat(SockAddrUn.write(memory, named("@" + "p".repeat(107)))).isEqualTo(110);
        assertThat(SockAddrUn.write(memory, named("@" + "p".repeat(108)))).isEqualTo(-Errno.ENAMETOOLONG);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/a/b", "relative", "@name", "@", "@a b", "@/com/example", "./@x", "@back\\x5cslash"})
    void whatIsWrittenIsRead(String name) {
        int size = SockAddrUn.write(memory, named(name));
        assertThat(SockAddrUn.read(memory, size)).isEqualTo(named(name));
    }

    @Test
    void aPathOf108BytesHasNoNulAndTheKernelCountsOneAllTheSame() {
        memory.putShort(0, (short) 1).put(2, "p".repeat(108).getBytes(StandardCharsets.US_ASCII));
        assertThat(SockAddrUn.read(memory, 110)).isEqualTo(named("p".repeat(108)));
        assertThat(SockAddrUn.read(memory, 111)).isEqualTo(named("p".repeat(108)));
    }

    @Test
    void aPathEndsAtItsFirstNul() {
        memory.put(2, new byte[] {'a', 0, 'b'});
        assertThat(SockAddrUn.read(memory, 5)).isEqualTo(named("a"));
    }

    @Test
    void aPathThatIsNoTextCountsAsNoName() {
        memory.put(2, new byte[] {'/', 'a', (byte) 0xc3, 0});
        assertThat(SockAddrUn.read(memory, 2 + 4)).isEqualTo(named(""));
    }

    @Test
    void aPeerWithSuchANameIsAccepted(@TempDir Path directory) throws Exception {
        byte[] name = (directory + "/a?").getBytes(StandardCharsets.US_ASCII);
        name[name.length - 1] = (byte) 0xc3;
        int listener = Socket.open(Socket.AF_UNIX);
        @Nullable UnixDomainSocketAddress[] address = new UnixDomainSocketAddress[1];
        assertThat(Socket.bind(listener, named(""))).isZero();
        assertThat(Socket.listen(listener, 1)).isZero();
        assertThat(Socket.localAddress(listener, address)).isZero();
        int peer = Kernel.unixFrom(name, Objects.requireNonNull(address[0]));
        int accepted = Socket.accept(listener, address);
        assertThat(address[0]).isEqualTo(named(""));
        assertThat(Socket.remoteAddress(accepted, address)).isZero();
        assertThat(address[0]).isEqualTo(named(""));
        assertThat(Fd.close(accepted) | Fd.close(peer) | Fd.close(listener)).isZero();
    }

    @Test
    void everyByteOfAnAbstractNameComesBack() {
        for (int b = 0; b < 256; b++) {
            memory.putShort(0, (short) 1).put(2, new byte[] {0, '/', '/', (byte) b, '/'});
            UnixDomainSocketAddress read = SockAddrUn.read(memory, 2 + 5);
            byte[] before = new byte[7];
            memory.get(0, before);
            assertThat(SockAddrUn.write(memory, read)).as(read.toString()).isEqualTo(2 + 5);
            byte[] after = new byte[7];
            memory.get(0, after);
            assertThat(after).as(read.toString()).isEqualTo(before);
        }
    }

    @Test
    void theKernelKnowsAFileByThatName(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("sock");
        assertThat(bound(named(file.toString()))).isEqualTo(named(file.toString()));
        assertThat(Files.exists(file)).isTrue();
    }

    @Test
    void theKernelKnowsAnAbstractNameByThatName() {
        UnixDomainSocketAddress name =
                named("@heddle-" + ProcessHandle.current().pid() + "\\x00\\xff");
        assertThat(bound(name)).isEqualTo(name);
    }

    @Test
    void theKernelChoosesANameForTheUnnamed() {
        assertThat(bound(named("")).getPath().toString()).matches("@[0-9a-f]{5}");
    }

    /** What the kernel says a socket is called that was bound to the address. */
    private static UnixDomainSocketAddress bound(UnixDomainSocketAddress address) {
        int fd = Socket.open(Socket.AF_UNIX, Socket.SOCK_STREAM);
        try {
            @Nullable UnixDomainSocketAddress[] name = new UnixDomainSocketAddress[1];
            assertThat(Socket.localAddress(fd, name)).isZero();
            assertThat(name[0]).isEqualTo(named(""));
            assertThat(Socket.bind(fd, address)).isZero();
            assertThat(Socket.localAddress(fd, name)).isZero();
            return Objects.requireNonNull(name[0]);
        } finally {
            assertThat(Fd.close(fd)).isZero();
        }
    }

    private void fill() {
        for (int i = 0; i < memory.capacity(); i++) {
            memory.put(i, (byte) 0x55);
        }
    }

    private String text(int from, int length) {
        byte[] bytes = new byte[length];
        memory.get(from, bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
