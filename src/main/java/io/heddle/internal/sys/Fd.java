package io.heddle.internal.sys;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * What every descriptor can do: open(2), read(2), write(2), readv(2), writev(2), close(2), fcntl(2), ioctl(2). Answers
 * the result, or the negated errno.
 *
 * <p>Reads and writes are plain calls, which block where the descriptor does: that it does not is a flag which any
 * process can change that has it. So a heap buffer is not pinned for them but copied through native memory, at most
 * {@link Stage#SIZE} bytes a call, and so is the memory of an arena, which may be closed meanwhile. Any other direct
 * buffer is used as it is. Positions stay.
 */
public final class Fd {
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int F_GETFD = 1;
    private static final int F_SETFD = 2;
    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int F_SETPIPE_SZ = 1031;
    private static final int FD_CLOEXEC = 1;
    private static final int O_WRONLY = 1;
    private static final int O_CLOEXEC = 0x80000;
    private static final int O_NONBLOCK = 0x800;
    private static final long FIONREAD = 0x541B;

    private static final Pool<Iovec> VECTORS = new Pool<>(8, Iovec::new);

    private Fd() {}

    /** close(2). On Linux the number is free again whatever the answer is, EINTR included: never repeat it. */
    public static int close(int fd) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: no memory is passed but errno, which `s` keeps alive.
            return Linking.call(Close.CALL, s, fd);
        }
    }

    /** read(2) into a buffer from its position on; zero is the end. */
    public static int read(int fd, ByteBuffer dst) {
        int len = dst.remaining();
        long address = Stage.addressOf(dst);
        if (address != 0) {
            return call(Read.CALL, fd, dst, address, len);
        }
        try (Stage stage = Stage.take(0)) {
            stage.ensureTakes(dst);
            int n = call(Read.CALL, fd, stage, stage.address, Math.min(len, Stage.SIZE));
            if (n > 0) {
                stage.unload(0, dst, n);
            }
            return n;
        }
    }

    /** write(2) from a buffer. */
    public static int write(int fd, ByteBuffer src) {
        int len = src.remaining();
        long address = Stage.addressOf(src);
        if (address != 0) {
            return call(Write.CALL, fd, src, address, len);
        }
        try (Stage stage = Stage.take(0)) {
            int most = Math.min(len, Stage.SIZE);
            stage.load(0, src, most);
            return call(Write.CALL, fd, stage, stage.address, most);
        }
    }

    private static int call(Downcall call, int fd, Object owner, long address, int len) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: the kernel touches at most `len` bytes of memory whose owner is reachable until after the call.
            return Linking.call(call, s, fd, address, len);
        } finally {
            Reference.reachabilityFence(owner);
        }
    }

    /** readv(2) into buffers. */
    public static int read(int fd, ByteBuffer[] dsts) {
        return vectored(ReadV.CALL, fd, dsts, false);
    }

    /** writev(2) from buffers. */
    public static int write(int fd, ByteBuffer[] srcs) {
        return vectored(WriteV.CALL, fd, srcs, true);
    }

    private static int vectored(Downcall call, int fd, ByteBuffer[] buffers, boolean out) {
        Iovec iovec = VECTORS.take();
        try {
            boolean listed = iovec.list(buffers, out, false);
            assert listed;
            int n = call(call, fd, buffers, iovec.address(), iovec.count());
            if (!out && n > 0) {
                iovec.scatter(n);
            }
            return n;
        } finally {
            iovec.clear();
            VECTORS.give(iovec);
        }
    }

    /** fcntl(F_DUPFD_CLOEXEC): another number for the same open file, close-on-exec. */
    public static int duplicate(int fd) {
        return control(fd, F_DUPFD_CLOEXEC, 0);
    }

    /** fcntl(F_SETFL): whether calls block that could. It is the open file's, so all who have it see the change. */
    public static int setBlocking(int fd, boolean blocking) {
        int flags = control(fd, F_GETFL, 0);
        if (flags < 0 || ((flags & O_NONBLOCK) == 0) == blocking) {
            return Math.min(flags, 0);
        }
        return control(fd, F_SETFL, flags ^ O_NONBLOCK);
    }

    /** fcntl(F_GETFL): 1 if calls block that could, 0 if not. */
    public static int isBlocking(int fd) {
        int flags = control(fd, F_GETFL, 0);
        return flags < 0 ? flags : (flags & O_NONBLOCK) == 0 ? 1 : 0;
    }

    /** fcntl(F_SETFD, FD_CLOEXEC): programs that this process starts do not get it. */
    public static int setCloseOnExec(int fd) {
        return control(fd, F_SETFD, FD_CLOEXEC);
    }

    /** fcntl(F_GETFD): 1 if it is close-on-exec, 0 if not. */
    public static int isCloseOnExec(int fd) {
        return control(fd, F_GETFD, 0);
    }

    /** fcntl(F_SETPIPE_SZ): how much a pipe holds; answers what it holds from now on. */
    public static int setPipeSize(int fd, int bytes) {
        return control(fd, F_SETPIPE_SZ, bytes);
    }

    /** open(2) of /dev/null, for writing. */
    public static int openNull() {
        try (Scratch s = Scratch.take()) {
            s.memory().put(0, "/dev/null\0".getBytes(StandardCharsets.US_ASCII));
            // SAFETY: the kernel reads a string that ends within the 128 bytes of the address.
            return Linking.call(Open.CALL, s, s.address(), O_WRONLY | O_CLOEXEC);
        }
    }

    private static int control(int fd, int command, int argument) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: no memory is passed but errno, which `s` keeps alive.
            return Linking.call(Fcntl.CALL, s, fd, command, argument);
        }
    }

    /** ioctl(FIONREAD): how many bytes can be read without waiting. */
    public static int readable(int fd) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: FIONREAD writes one int, `value` has 16 bytes.
            int r = Linking.call(Ioctl.CALL, s, fd, FIONREAD, s.value());
            return r < 0 ? r : s.intValue();
        }
    }

    /**
     * Makes the kernel size the descriptor table once for {@code numbers} descriptors, by a duplicate of
     * {@code fd} far up that is closed at once. Otherwise each doubling stalls one unlucky {@code socket()}
     * or {@code accept4()} for milliseconds. Answers false where the limit of descriptors is lower.
     */
    public static boolean reserve(int fd, int numbers) {
        try (Scratch s = Scratch.take()) {
            // SAFETY: no memory is passed but errno, which `s` keeps alive.
            int dup = Linking.call(Fcntl.CALL, s, fd, F_DUPFD_CLOEXEC, numbers - 1);
            return dup >= 0 && close(dup) == 0;
        }
    }

    static void load() {
        Objects.requireNonNull(Close.CALL);
        // A protocol that asks available() first would not come to its end, where all descriptors are its own.
        Objects.requireNonNull(Ioctl.CALL);
    }

    private static final class Read {
        static final Downcall CALL = Linking.plain("read");
    }

    private static final class Write {
        static final Downcall CALL = Linking.plain("write");
    }

    private static final class ReadV {
        static final Downcall CALL = Linking.plain("readv");
    }

    private static final class WriteV {
        static final Downcall CALL = Linking.plain("writev");
    }

    private static final class Open {
        static final Downcall CALL = Linking.plain("open");
    }

    private static final class Close {
        static final Downcall CALL = Linking.plain("close");
    }

    private static final class Fcntl {
        static final Downcall CALL = Linking.plain("fcntl");
    }

    private static final class Ioctl {
        static final Downcall CALL = Linking.plain("ioctl");
    }
}
