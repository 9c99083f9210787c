package io.heddle.poll.net;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A pipe whose ends never wait, see pipe(7). Each end is registered and closed by itself.
 *
 * <p>Heap buffers, and those over the memory of an arena, go by way of native memory, at most 64 KiB a call. Other
 * direct ones are used as they are.
 */
public final class Pipe implements Closeable {
    private final Receiver receiver;
    private final Sender sender;

    private Pipe(Receiver receiver, Sender sender) {
        this.receiver = receiver;
        this.sender = sender;
    }

    /**
     * Opens a pipe, non-blocking and close-on-exec, see pipe2(2).
     *
     * @return both ends
     * @throws IOException if the process has no descriptors left
     * @throws UnsupportedOperationException as {@link TcpListener#bind}
     */
    public static Pipe open() throws IOException {
        Handle[] ends = Handle.openPipe();
        return new Pipe(new Receiver(ends[0]), new Sender(ends[1]));
    }

    /**
     * The end that is read.
     *
     * @return always the same
     */
    public Receiver receiver() {
        return receiver;
    }

    /**
     * The end that is written.
     *
     * @return always the same
     */
    public Sender sender() {
        return sender;
    }

    /** Closes both ends. */
    @Override
    public void close() {
        sender.close();
        receiver.close();
    }

    @Override
    public String toString() {
        return "Pipe[" + receiver + ", " + sender + "]";
    }

    private static Handle adopt(int fd) throws IOException {
        return Handle.adopt(fd, Handle.Kind.PIPE);
    }

    /**
     * The end of a pipe that is read. Readable when there is something to read, or when all senders are closed: then
     * comes the end.
     */
    public static final class Receiver extends Endpoint {
        private Receiver(Handle handle) {
            super(handle);
        }

        /**
         * Takes over a descriptor that can be read, such as the standard output of a child, and makes it non-blocking
         * and close-on-exec. Whoever else has the same open file finds it non-blocking, too.
         *
         * @param fd its number, which this closes from now on
         * @return the end
         * @throws IOException if there is no such descriptor
         */
        public static Receiver fromFd(int fd) throws IOException {
            return new Receiver(adopt(fd));
        }

        /**
         * Reads what is there, see read(2).
         *
         * @param dst where the bytes go; its position moves on
         * @return how many they are, {@link WouldBlock#WOULD_BLOCK}, or -1 when all senders are closed; 0 only if the
         *     buffer has no room
         * @throws java.nio.ReadOnlyBufferException if the buffer cannot be written
         * @throws IOException if this is closed
         */
        public int read(ByteBuffer dst) throws IOException {
            return handle.read(dst, 0);
        }

        /**
         * Reads what is there into several buffers, in their order, see readv(2). Up to 64 of them.
         *
         * @param dsts where the bytes go; their positions move on
         * @return as {@link #read(ByteBuffer)}
         * @throws java.nio.ReadOnlyBufferException if a buffer cannot be written; nothing was read
         * @throws IOException if this is closed
         */
        public long read(ByteBuffer[] dsts) throws IOException {
            return handle.read(dsts);
        }

        /**
         * Makes reads wait, or not any more: for a descriptor that is to be handed to a program that expects it. All
         * who have the same open file see the change, O_NONBLOCK in fcntl(2).
         *
         * @param blocking whether they wait
         * @throws IOException if this is closed
         */
        public void setBlocking(boolean blocking) throws IOException {
            handle.setBlocking(blocking);
        }
    }

    /** The end of a pipe that is written. Writable when there is room, or when all receivers are closed. */
    public static final class Sender extends Endpoint {
        private Sender(Handle handle) {
            super(handle);
        }

        /**
         * Takes over a descriptor that can be written, such as the standard input of a child; see {@link
         * Receiver#fromFd}.
         *
         * @param fd its number, which this closes from now on
         * @return the end
         * @throws IOException if there is no such descriptor
         */
        public static Sender fromFd(int fd) throws IOException {
            return new Sender(adopt(fd));
        }

        /**
         * Writes what there is room for, see write(2). Up to 4 KiB are written as a whole or not at all.
         *
         * @param src the bytes; its position moves on
         * @return how many were taken, or {@link WouldBlock#WOULD_BLOCK}; 0 only if there are none
         * @throws IOException {@code Broken pipe} if all receivers are closed; or if this is closed
         */
        public int write(ByteBuffer src) throws IOException {
            return handle.write(src);
        }

        /**
         * Writes what there is room for of several buffers, in their order, see writev(2). Of up to 64.
         *
         * @param srcs the bytes; their positions move on
         * @return as {@link #write(ByteBuffer)}
         * @throws IOException as {@link #write(ByteBuffer)}
         */
        public long write(ByteBuffer[] srcs) throws IOException {
            return handle.write(srcs);
        }

        /**
         * Makes writes wait, or not any more; see {@link Receiver#setBlocking}.
         *
         * @param blocking whether they wait
         * @throws IOException if this is closed
         */
        public void setBlocking(boolean blocking) throws IOException {
            handle.setBlocking(blocking);
        }
    }
}
