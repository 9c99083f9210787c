package io.heddle;

import io.heddle.internal.engine.Engine;
import io.heddle.internal.socket.Leaks;
import io.heddle.internal.socket.StreamSocket;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.nio.channels.ByteChannel;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A connected socket, of whatever family: all that {@link TcpSocket} and {@link UnixSocket} have in common, for who
 * holds either. May be used by any thread; one reads and one writes at a time, others wait for their turn.
 */
public abstract sealed class Connection implements ByteChannel, SocketInput.Source, SocketOutput.Sink
        permits TcpSocket, UnixSocket {
    private final StreamSocket socket;
    private final Cleaner.Cleanable cleanable;

    // Made for whoever asks first; two at once may get two, which differ in nothing.
    private @Nullable InputStream input;
    private @Nullable OutputStream output;

    Connection(StreamSocket socket) {
        this.socket = socket;
        try {
            // A method reference to the inner socket: one to this would keep this reachable.
            this.cleanable = Leaks.register(this, socket::close);
        } catch (Throwable t) {
            // No memory, or no thread for the first cleaner: nobody else knows the descriptor.
            socket.close();
            throw t;
        }
    }

    /**
     * Reads into an array; see {@link #read(byte[], int, int)}.
     *
     * @param dst where the bytes go
     * @return how many bytes were read, or -1 at the end of the stream; 0 only for an empty array
     * @throws SocketTimeoutException if the read timeout passes first; the socket stays usable
     * @throws IOException as {@link #read(byte[], int, int)}
     */
    public int read(byte[] dst) throws IOException {
        return read(dst, 0, dst.length);
    }

    /**
     * Reads at least one byte, waiting for it if there is none; see recv(2).
     *
     * <h4>Blocking</h4>
     *
     * Parks a virtual thread until there are bytes, the end of the stream, or an error; a platform thread waits as
     * a whole. The read timeout bounds the wait, including that for an earlier reader.
     *
     * @param dst where the bytes go
     * @param off index of the first byte
     * @param len how many bytes at most; one call reads no more than 128 KiB
     * @return how many bytes were read, or -1 at the end of the stream, from then on and even after {@link #close}; 0
     *     only if {@code len} is 0
     * @throws IndexOutOfBoundsException if there are no such bytes in the array
     * @throws SocketTimeoutException if the read timeout passes first; the socket stays usable and no byte is lost
     * @throws java.net.SocketException if the connection was reset; if the socket is closed, before or during the
     *     call; or if the virtual thread is interrupted while it waits
     * @throws IOException if the kernel reports another error
     */
    @Override
    public int read(byte[] dst, int off, int len) throws IOException {
        Objects.checkFromIndexSize(off, len, dst.length);
        try {
            return socket.read(dst, off, len);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Reads at least one byte into a buffer, between its position and limit; see {@link #read(byte[], int, int)}.
     *
     * @param dst where the bytes go; its position moves on
     * @return how many bytes were read, or -1 at the end of the stream; 0 only if the buffer has no room
     * @throws ReadOnlyBufferException if the buffer cannot be written
     * @throws SocketTimeoutException if the read timeout passes first; the socket stays usable
     * @throws IOException as {@link #read(byte[], int, int)}
     */
    @Override
    public int read(ByteBuffer dst) throws IOException {
        try {
            return socket.read(dst);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Reads at least one byte into a segment, heap or native; see {@link #read(byte[], int, int)}. The kernel writes
     * into the segment itself, without a copy in between.
     *
     * @param dst where the bytes go, from its start
     * @return how many bytes were read, at most 128 KiB; -1 at the end of the stream; 0 only for an empty segment
     * @throws IllegalArgumentException if the segment is read-only
     * @throws SocketTimeoutException if the read timeout passes first; the socket stays usable
     * @throws IOException as {@link #read(byte[], int, int)}
     */
    public int read(MemorySegment dst) throws IOException {
        if (dst.isReadOnly()) {
            throw new IllegalArgumentException("the segment must be writable: dst=" + dst);
        }
        try {
            return socket.read(dst);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Reads until the array is full.
     *
     * @param dst where the bytes go
     * @throws EOFException if the stream ends before; how many bytes came is in its message
     * @throws SocketTimeoutException if the read timeout passes between two bytes; the bytes so far are in the
     *     array, and {@code bytesTransferred} counts them
     * @throws IOException as {@link #read(byte[], int, int)}
     */
    public void readFully(byte[] dst) throws IOException {
        try {
            socket.readFully(dst);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Tells how many bytes can be read without waiting. Does not block.
     *
     * @return 0 also at the end of the stream
     * @throws java.net.SocketException if the socket is closed
     * @throws IOException if the kernel refuses
     */
    @Override
    public int available() throws IOException {
        try {
            return socket.available();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Writes an array; see {@link #write(byte[], int, int)}.
     *
     * @param src the bytes
     * @throws SocketTimeoutException if the write timeout passes first
     * @throws IOException as {@link #write(byte[], int, int)}
     */
    public void write(byte[] src) throws IOException {
        write(src, 0, src.length);
    }

    /**
     * Writes all bytes; returns when the kernel has them, see send(2).
     *
     * <h4>Blocking</h4>
     *
     * Parks a virtual thread while the kernel has no room; a platform thread waits as a whole. The write timeout
     * bounds the whole call, including the wait for an earlier writer.
     *
     * @param src the bytes
     * @param off index of the first
     * @param len how many
     * @throws IndexOutOfBoundsException if there are no such bytes in the array
     * @throws SocketTimeoutException if the write timeout passes first; {@code bytesTransferred} says how many
     *     bytes the kernel took. The socket stays open, but the peer may have half a message
     * @throws java.net.SocketException if the peer is gone; if the socket is closed, before or during the call; or
     *     if the virtual thread is interrupted while it waits
     * @throws IOException if the kernel reports another error
     */
    @Override
    public void write(byte[] src, int off, int len) throws IOException {
        Objects.checkFromIndexSize(off, len, src.length);
        try {
            socket.write(src, off, len);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Writes all bytes of a buffer, between its position and limit; see {@link #write(byte[], int, int)}.
     *
     * @param src the bytes; its position moves to its limit
     * @return how many those were
     * @throws SocketTimeoutException if the write timeout passes first; the position is after what the kernel took
     * @throws IOException as {@link #write(byte[], int, int)}; the position stays, whatever has left already
     */
    @Override
    public int write(ByteBuffer src) throws IOException {
        try {
            return socket.write(src);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Writes a whole segment, heap or native; see {@link #write(byte[], int, int)}. The kernel reads from the segment
     * itself, without a copy in between. A mapped file should be in memory, see {@link MemorySegment#load}: a page that
     * is missing is read from the disk within the call, which holds back the whole virtual machine if it is about to
     * stop for a garbage collection. {@link TcpSocket#sendFile} does not.
     *
     * @param src the bytes
     * @throws IllegalArgumentException if it is a read-only view of a heap array
     * @throws SocketTimeoutException if the write timeout passes first
     * @throws IOException as {@link #write(byte[], int, int)}
     */
    public void write(MemorySegment src) throws IOException {
        if (src.isReadOnly() && !src.isNative()) {
            throw new IllegalArgumentException("a heap segment must be writable: src=" + src);
        }
        try {
            socket.write(src);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Writes all bytes of several buffers, in order and as one write: no other writer's bytes come between.
     *
     * @param srcs the bytes; their positions move to their limits
     * @return how many those were
     * @throws SocketTimeoutException if the write timeout passes first; the positions tell nothing then
     * @throws IOException as {@link #write(byte[], int, int)}
     */
    public long write(ByteBuffer[] srcs) throws IOException {
        try {
            return socket.write(srcs);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * The socket as an input stream: {@link #read(byte[], int, int)} and {@link #available}.
     *
     * @return the same each time, unless two threads are the first to ask; closing it closes the socket
     */
    public InputStream inputStream() {
        InputStream known = input;
        if (known == null) {
            known = new SocketInput(this);
            input = known;
        }
        return known;
    }

    /**
     * The socket as an output stream: {@link #write(byte[], int, int)}. It has no buffer of its own.
     *
     * @return the same each time, unless two threads are the first to ask; closing it closes the socket
     */
    public OutputStream outputStream() {
        OutputStream known = output;
        if (known == null) {
            known = new SocketOutput(this);
            output = known;
        }
        return known;
    }

    /**
     * Ends reading on this side: a blocked read, and every later one, answers -1. On a Unix socket writes of the peer
     * fail from now on. Does not block.
     *
     * @throws java.net.SocketException if it was called before, or the socket is closed
     * @throws IOException if the kernel refuses
     */
    public void shutdownInput() throws IOException {
        try {
            socket.shutdownInput();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Ends writing: the peer reads the end of the stream after what was written. Reading goes on. Does not block.
     *
     * @throws java.net.SocketException if it was called before, or the socket is closed
     * @throws IOException if the kernel refuses
     */
    public void shutdownOutput() throws IOException {
        try {
            socket.shutdownOutput();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Asks for an option. Does not block.
     *
     * @param <T> the type of the value
     * @param name one of those that {@code supportedOptions} tells
     * @return its value
     * @throws UnsupportedOperationException if a socket has no such option
     * @throws java.net.SocketException if the socket is closed
     * @throws IOException if the kernel refuses
     */
    public <T> T getOption(SocketOption<T> name) throws IOException {
        try {
            return socket.getOption(name);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * A descriptor of one's own for the same open socket, such as to pass it to another process by
     * {@link UnixSocket#write(ByteBuffer, List)}. From now on {@link #close} leaves the connection to those who share
     * it: the peer reads the end when the last of them is closed. Does not block.
     *
     * @return to be closed by the caller
     * @throws java.net.SocketException if the socket is closed
     * @throws IOException if the process has no descriptors left
     */
    public Descriptor descriptor() throws IOException {
        try {
            return new Descriptor(socket.duplicate(Engine.HOMES));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Tells whether this was not closed. Says nothing about the peer.
     *
     * @return false after {@link #close}, or after an interrupt closed it
     */
    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    /**
     * Closes the socket. The peer reads the end of the stream at once, or a reset if there were bytes that nobody read;
     * calls in progress fail. Does not wait; closing again does nothing. TCP has SO_LINGER: if it is 0 the peer reads a
     * reset; if it is positive this, or the last call in progress, waits as close(2) does for what is unsent.
     */
    @Override
    public void close() {
        cleanable.clean();
    }
}
