package io.heddle.poll.net;

import io.heddle.internal.sys.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;

/** What TCP and Unix streams have in common. */
abstract class StreamEndpoint extends SocketEndpoint {
    StreamEndpoint(Handle handle) {
        super(handle);
    }

    /**
     * Whether the connect has succeeded. A connect is begun, the socket registered for {@code WRITABLE}, and this asked
     * after each of its events, until it says true or fails: an event alone proves neither.
     *
     * {@snippet file="io/heddle/poll/net/NetExamples.java" region="connect"}
     *
     * @return true if connected; false if the connect is still under way
     * @throws java.net.ConnectException if it was refused, or got no answer in the kernel's own time
     * @throws IOException if it failed otherwise, or this is closed. Once it has failed, it fails each time
     */
    public final boolean finishConnect() throws IOException {
        return handle.finishConnect();
    }

    /**
     * Reads what is there, at most 128 KiB, see recv(2). Heap and direct buffers are filled by the kernel itself. Only
     * {@code WOULD_BLOCK} says that there is no more for now.
     *
     * @param dst where the bytes go; its position moves on
     * @return how many they are, {@link WouldBlock#WOULD_BLOCK}, or -1 at the end of the stream; 0 only if the buffer
     *     has no room
     * @throws java.nio.ReadOnlyBufferException if the buffer cannot be written
     * @throws IOException if the connection was reset or is not there yet, or this is closed
     */
    public final int read(ByteBuffer dst) throws IOException {
        return handle.read(dst, 0);
    }

    /**
     * Reads what is there into several buffers, in their order, see recvmsg(2). Up to 64 of them; heap buffers are
     * filled by way of native memory, with at most 64 KiB together.
     *
     * @param dsts where the bytes go; their positions move on
     * @return as {@link #read(ByteBuffer)}
     * @throws java.nio.ReadOnlyBufferException if a buffer cannot be written; nothing was read
     * @throws IOException as {@link #read(ByteBuffer)}
     */
    public final long read(ByteBuffer[] dsts) throws IOException {
        return handle.read(dsts);
    }

    /**
     * Reads what is there and leaves it there, MSG_PEEK in recv(2).
     *
     * @param dst where the bytes go; its position stays
     * @return as {@link #read(ByteBuffer)}
     * @throws java.nio.ReadOnlyBufferException if the buffer cannot be written
     * @throws IOException as {@link #read(ByteBuffer)}
     */
    public final int peek(ByteBuffer dst) throws IOException {
        return handle.read(dst, Socket.MSG_PEEK);
    }

    /**
     * Writes what the kernel takes, at most 128 KiB, see send(2). Heap and direct buffers are read by the kernel
     * itself.
     *
     * @param src the bytes; its position moves on
     * @return how many were taken, or {@link WouldBlock#WOULD_BLOCK}; 0 only if there are none
     * @throws IOException if the peer is gone, the connection is not there yet, or this is closed
     */
    public final int write(ByteBuffer src) throws IOException {
        return handle.write(src);
    }

    /**
     * Writes what the kernel takes of several buffers, in their order, see sendmsg(2). Of up to 64; heap buffers go by
     * way of native memory, at most 64 KiB together.
     *
     * @param srcs the bytes; their positions move on
     * @return as {@link #write(ByteBuffer)}
     * @throws IOException as {@link #write(ByteBuffer)}
     */
    public final long write(ByteBuffer[] srcs) throws IOException {
        return handle.write(srcs);
    }

    /**
     * Reads no more, see shutdown(2). What is already there can still be read; then comes the end.
     *
     * @throws IOException if this is not connected, or closed
     */
    public final void shutdownInput() throws IOException {
        handle.shutdown(Socket.SHUT_RD);
    }

    /**
     * Writes no more, see shutdown(2): the peer reads what was written, and then the end.
     *
     * @throws IOException if this is not connected, or closed
     */
    public final void shutdownOutput() throws IOException {
        handle.shutdown(Socket.SHUT_WR);
    }
}
