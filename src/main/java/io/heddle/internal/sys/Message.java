package io.heddle.internal.sys;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * {@code struct msghdr} with what it points to: sendmsg(2) and recvmsg(2), for what recv and send cannot: an address,
 * several buffers, passed descriptors. Answers how many bytes were moved, or the negated errno. Taken for one call,
 * from a pool, and closed after it.
 *
 * <pre>
 *   struct msghdr                                                     struct cmsghdr
 *   0      8        16       24       32        40         48      56 0       8       12     16
 *   +------+--------+--------+--------+---------+----------+-------+  +-------+-------+------+-------------+
 *   | name | length |  iov   | entries| control |  length  | flags |  |length | level | type | descriptors |
 *   +------+--------+--------+--------+---------+----------+-------+  +-------+-------+------+-------------+
 * </pre>
 *
 * Musl has an int and padding where glibc has {@code size_t}: the same bytes on the little-endian machines we run on.
 *
 * <p>Direct buffers are used as they are. Heap buffers, and those over the memory of an arena, are copied by way of a
 * stage: the linker pins one array, or keeps one arena open, and here the kernel finds the buffers behind a pointer.
 */
public final class Message implements AutoCloseable {
    /** The most descriptors the kernel passes with one message: SCM_MAX_FD. */
    public static final int DESCRIPTORS_MAX = 253;

    /** The most bytes of a datagram by UDP: the kernel refuses more. */
    static final int UDP_MAX = 65_535;

    /** More than a datagram of a Unix socket can have, which the kernel keeps in one piece. */
    static final int UNIX_MAX = 8 * 1024 * 1024;

    private static final int MSG_CTRUNC = 0x8;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int SCM_RIGHTS = 1;

    static final int HEADER_SIZE = 56;
    static final int NAME_LENGTH = 8;
    static final int IOV = 16;
    static final int IOV_ENTRIES = 24;
    private static final int CONTROL = 32;
    private static final int CONTROL_LENGTH = 40;
    static final int FLAGS = 48;

    static final int CONTROL_HEADER = 16;
    private static final int CONTROL_LEVEL = 8;
    private static final int CONTROL_TYPE = 12;
    /** Room for all descriptors a message can have, and for credentials, which a socket may ask for. */
    private static final int CONTROL_SIZE = controlSpace(4 * DESCRIPTORS_MAX) + controlSpace(12);

    /*
     * 0          64                 192        1256       2280
     * +----------+------------------+----------+----------+
     * | msghdr   | sockaddr_storage | control  | iovec[]  |
     * +----------+------------------+----------+----------+
     */
    private static final int NAME_AT = 64;
    private static final int CONTROL_AT = NAME_AT + SockAddr.STORAGE_SIZE;
    private static final int IOVEC_AT = CONTROL_AT + CONTROL_SIZE;
    private static final int SIZE = IOVEC_AT + Iovec.ENTRIES_MAX * Iovec.ENTRY;

    private static final Pool<Message> POOL = new Pool<>(16, Message::new);

    private final ByteBuffer memory = NativeMemory.pooled(SIZE);
    private final ByteBuffer name = memory.slice(NAME_AT, SockAddr.STORAGE_SIZE).order(memory.order());
    private final Iovec iovec = new Iovec(memory, IOVEC_AT);
    private final long base = MemorySegment.ofBuffer(memory).address();
    private int nameSize;
    private int passedCount;

    private Message() {
        memory.putLong(0, base + NAME_AT).putLong(IOV, base + IOVEC_AT);
    }

    /** CMSG_SPACE, cmsg(3). */
    static int controlSpace(int bytes) {
        return CONTROL_HEADER + ((bytes + 7) & -8);
    }

    /** A message to nobody and with nothing in it. */
    public static Message take() {
        Message message = POOL.take();
        message.nameSize = 0;
        message.passedCount = 0;
        message.memory.putLong(CONTROL, 0).putLong(CONTROL_LENGTH, 0);
        return message;
    }

    /** Gives it back. The caller must not touch it again. */
    @Override
    public void close() {
        POOL.give(this);
    }

    /** Names the receiver, for a socket of the family; 0, or the negated errno where a socket cannot send there. */
    public int setName(InetSocketAddress to, int family) {
        nameSize = SockAddr.writeChecked(name, to, family);
        return Math.min(nameSize, 0);
    }

    /** Names the receiver; 0, or the negated errno where there is no such name. */
    public int setName(UnixDomainSocketAddress to) {
        nameSize = SockAddrUn.write(name, to);
        return Math.min(nameSize, 0);
    }

    /** Passes descriptors along, at most {@link #DESCRIPTORS_MAX}; the receiver gets duplicates. */
    public void setPassed(int[] fds) {
        assert fds.length <= DESCRIPTORS_MAX : "fds=" + fds.length;
        if (fds.length == 0) {
            return;
        }
        memory.putLong(CONTROL_AT, CONTROL_HEADER + 4L * fds.length);
        memory.putInt(CONTROL_AT + CONTROL_LEVEL, SockOpt.SOL_SOCKET).putInt(CONTROL_AT + CONTROL_TYPE, SCM_RIGHTS);
        for (int i = 0; i < fds.length; i++) {
            memory.putInt(CONTROL_AT + CONTROL_HEADER + 4 * i, fds[i]);
        }
        memory.putLong(CONTROL, base + CONTROL_AT).putLong(CONTROL_LENGTH, controlSpace(4 * fds.length));
    }

    private static int bytesMax(int family) {
        return family == Socket.AF_UNIX ? UNIX_MAX : UDP_MAX;
    }

    /** sendmsg(2) of one buffer, whole: a datagram of a socket of that family. */
    public int send(int fd, ByteBuffer src, int family) {
        return src.remaining() > bytesMax(family) ? -Errno.EMSGSIZE : send(fd, new ByteBuffer[] {src}, true);
    }

    /**
     * sendmsg(2), without blocking and without SIGPIPE. Positions stay.
     *
     * @param whole false where less may be sent than there is, as on a stream
     */
    public int send(int fd, ByteBuffer[] srcs, boolean whole) {
        try (Scratch s = Scratch.take()) {
            if (!iovec.list(srcs, true, whole)) {
                return -Errno.EMSGSIZE;
            }
            memory.putInt(NAME_LENGTH, nameSize)
                    .putLong(IOV_ENTRIES, iovec.count())
                    .putInt(FLAGS, 0);
            // SAFETY: the kernel reads the header, and the name, the control message and the buffers of the lengths
            // it says. This object holds the first three and the stage; srcs is reachable until after the call.
            return Linking.call(Send.CALL, s, fd, base, Socket.MSG_DONTWAIT | Socket.MSG_NOSIGNAL);
        } finally {
            Reference.reachabilityFence(srcs);
            iovec.clear();
        }
    }

    /** recvmsg(2) into one buffer, which takes a datagram of a socket of that family as far as it has room. */
    public int receive(int fd, ByteBuffer dst, int flags, int family) {
        int bytesMax = bytesMax(family);
        ByteBuffer taking = dst.remaining() <= bytesMax ? dst : dst.slice(dst.position(), bytesMax);
        return receive(fd, new ByteBuffer[] {taking}, true, flags, null);
    }

    /**
     * recvmsg(2), without blocking. Positions stay.
     *
     * @param whole false where less may be read than there is room for, as of a stream
     * @param flags {@link Socket#MSG_PEEK}, or zero
     * @param passed takes descriptors that came along, close-on-exec; those beyond its length are closed. Null: the
     *     kernel drops them
     */
    public int receive(int fd, ByteBuffer[] dsts, boolean whole, int flags, int @Nullable [] passed) {
        try (Scratch s = Scratch.take()) {
            if (!iovec.list(dsts, false, whole)) {
                return -Errno.EMSGSIZE;
            }
            memory.putInt(NAME_LENGTH, SockAddr.STORAGE_SIZE)
                    .putLong(IOV_ENTRIES, iovec.count())
                    .putInt(FLAGS, 0);
            if (passed != null) {
                memory.putLong(CONTROL, base + CONTROL_AT).putLong(CONTROL_LENGTH, CONTROL_SIZE);
            }
            int all = flags | Socket.MSG_DONTWAIT | MSG_CMSG_CLOEXEC;
            // SAFETY: as in send; the kernel writes no more than the header says is there.
            int n = Linking.call(Recv.CALL, s, fd, base, all);
            if (n >= 0) {
                nameSize = memory.getInt(NAME_LENGTH);
                iovec.scatter(n);
                if (passed != null) {
                    passedCount = takePassed(passed);
                }
            }
            return n;
        } finally {
            Reference.reachabilityFence(dsts);
            iovec.clear();
        }
    }

    /** Walks the control messages, cmsg(3). */
    private int takePassed(int[] passed) {
        int end = (int) memory.getLong(CONTROL_LENGTH);
        int count = 0;
        for (int at = 0; at + CONTROL_HEADER <= end; ) {
            int length = (int) memory.getLong(CONTROL_AT + at);
            if (length < CONTROL_HEADER) {
                break;
            }
            boolean rights = memory.getInt(CONTROL_AT + at + CONTROL_LEVEL) == SockOpt.SOL_SOCKET
                    && memory.getInt(CONTROL_AT + at + CONTROL_TYPE) == SCM_RIGHTS;
            for (int i = at + CONTROL_HEADER; rights && i + 4 <= at + length; i += 4) {
                int fd = memory.getInt(CONTROL_AT + i);
                if (count < passed.length) {
                    passed[count++] = fd;
                } else {
                    Fd.close(fd);
                }
            }
            at += (length + 7) & -8;
        }
        return count;
    }

    /** How many descriptors have come. */
    public int passedCount() {
        return passedCount;
    }

    /** Whether the kernel dropped descriptors that came along, as this process can have no more. */
    public boolean isControlTruncated() {
        return (memory.getInt(FLAGS) & MSG_CTRUNC) != 0;
    }

    /** Who sent it; null if that is not an IP address. */
    public @Nullable InetSocketAddress inetName() {
        return nameSize == 0 ? null : SockAddr.read(name);
    }

    /** Who sent it; the empty path if that is nobody with a name. */
    public UnixDomainSocketAddress unixName() {
        return SockAddrUn.read(name, nameSize);
    }

    private static final class Send {
        static final Downcall CALL = Linking.plain("sendmsg");
    }

    private static final class Recv {
        static final Downcall CALL = Linking.plain("recvmsg");
    }
}
