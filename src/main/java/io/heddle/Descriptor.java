package io.heddle;

import io.heddle.internal.engine.Engine;
import io.heddle.internal.socket.Deadlines;
import io.heddle.internal.socket.Leaks;
import io.heddle.internal.socket.PlainDescriptor;
import java.io.Closeable;
import java.io.IOException;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * A descriptor of any kind that the kernel can wait for: a terminal or a pipe, an eventfd, timerfd, signalfd or inotify
 * that native code has opened, a process, one that another process has passed. Threads wait for it, read and write it
 * as they do a {@link TcpSocket}, with the same rules for timeouts, interrupts and close.
 *
 * {@snippet file="io/heddle/HeddleExamples.java" region="descriptor"}
 *
 * <p>Regular files, directories and some devices are always ready; the kernel does not wait for them, and neither does
 * this: a {@link java.net.SocketException}, "Operation not permitted", says so. {@link Heddle#callBlocking} reads them.
 *
 * <h2>Blocking mode</h2>
 *
 * <p>Whether read(2) blocks belongs to the open file, which others may share, so it is left as it is. Reads and
 * writes here wait first, until the kernel says that they would not block. If someone else takes what there was in
 * between, and the file is in blocking mode, the call blocks its carrier until there is more.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Every method may be called by any thread, virtual or platform. One reader, or waiter for reading, and one writer
 * make progress at the same time; further ones wait for those. A descriptor that nobody can reach any more is closed.
 */
public final class Descriptor implements Closeable {
    final PlainDescriptor descriptor;
    private final Cleaner.Cleanable cleanable;

    Descriptor(PlainDescriptor descriptor) {
        this.descriptor = descriptor;
        try {
            this.cleanable = Leaks.register(this, descriptor::close);
        } catch (Throwable t) {
            // As in TcpSocket.
            descriptor.close();
            throw t;
        }
    }

    /**
     * Makes a descriptor of one's own for what is open under a number, see dup(2). The number itself is not taken over:
     * whoever opened it closes it, before or after.
     *
     * @param number such as 0 for the standard input
     * @return close-on-exec; to be closed by the caller
     * @throws IOException if nothing is open under that number, or the process has no descriptors left
     * @throws UnsupportedOperationException as {@link Heddle#shared}; so are IllegalStateException and
     *     IllegalArgumentException, which tell of this program's flags
     */
    public static Descriptor of(int number) throws IOException {
        Engine.ensure();
        return new Descriptor(PlainDescriptor.duplicate(Engine.HOMES, number));
    }

    /**
     * Makes a descriptor for a process, which is readable when the process has ended; see pidfd_open(2). The kernel
     * must be of version 5.3 or later.
     *
     * @param process such as a child; one that has ended already gives a descriptor that is readable, too
     * @return close-on-exec; to be closed by the caller. Its {@link #number} is for poll(2) and the like, and not for
     *     pidfd_send_signal(2), as a process that has ended has none
     * @throws IOException if the kernel has no such descriptors, or this process has none left
     */
    public static Descriptor ofProcess(ProcessHandle process) throws IOException {
        Engine.ensure();
        return new Descriptor(PlainDescriptor.ofProcess(Engine.HOMES, process));
    }

    /**
     * Waits until a read would not block: there are bytes, an event, the end, or an error.
     *
     * <h4>Blocking</h4>
     *
     * Parks a virtual thread; a platform thread waits as a whole.
     *
     * @throws java.net.SocketException if it cannot be waited for; if it is closed, before or during the call; or if
     *     the virtual thread is interrupted while it waits: it is closed then, and the interrupt status stays set
     * @throws IOException if the kernel refuses to watch it for lack of memory
     */
    public void awaitReadable() throws IOException {
        awaitReadable(Duration.ZERO);
    }

    /**
     * Waits until a read would not block, but not longer than a timeout. See {@link #awaitReadable()}.
     *
     * @param timeout how long; zero waits for ever
     * @throws IllegalArgumentException if the timeout is negative
     * @throws java.net.SocketTimeoutException if it is not ready in time; it stays usable
     * @throws IOException as {@link #awaitReadable()}
     */
    public void awaitReadable(Duration timeout) throws IOException {
        try {
            descriptor.awaitReadable(Deadlines.toNanos(timeout));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Waits until a write would not block: there is room, nobody reads any more, or an error. See
     * {@link #awaitReadable()}.
     *
     * @throws IOException as {@link #awaitReadable()}
     */
    public void awaitWritable() throws IOException {
        awaitWritable(Duration.ZERO);
    }

    /**
     * Waits until a write would not block, but not longer than a timeout. See {@link #awaitReadable()}.
     *
     * @param timeout how long; zero waits for ever
     * @throws IllegalArgumentException if the timeout is negative
     * @throws java.net.SocketTimeoutException if it is not ready in time; it stays usable
     * @throws IOException as {@link #awaitReadable()}
     */
    public void awaitWritable(Duration timeout) throws IOException {
        try {
            descriptor.awaitWritable(Deadlines.toNanos(timeout));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Waits until there is something to read, and reads it; see read(2).
     *
     * @param dst where the bytes go; its position moves on
     * @return how many bytes were read, or -1 at the end; 0 only if the buffer has no room
     * @throws java.nio.ReadOnlyBufferException if the buffer cannot be written
     * @throws java.net.SocketTimeoutException if the read timeout passes first; it stays usable
     * @throws IOException as {@link #awaitReadable()}, and if the kernel refuses
     */
    public int read(ByteBuffer dst) throws IOException {
        try {
            return descriptor.read(dst);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Writes all bytes, waiting for room, 4096 bytes with each write(2).
     *
     * @param src the bytes; its position moves to its limit
     * @return how many those were
     * @throws java.net.SocketTimeoutException if the write timeout passes first; the position is after what was taken
     * @throws IOException as {@link #awaitReadable()}, and if the kernel refuses, such as when nobody reads any more
     */
    public int write(ByteBuffer src) throws IOException {
        try {
            return descriptor.write(src);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Bounds every later read.
     *
     * @param timeout how long a read may take; {@link Duration#ZERO}, the default, for ever
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public Descriptor setReadTimeout(Duration timeout) {
        descriptor.setReadTimeoutNanos(Deadlines.toNanos(timeout));
        return this;
    }

    /**
     * Bounds every later write.
     *
     * @param timeout how long a write may take; {@link Duration#ZERO}, the default, for ever
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public Descriptor setWriteTimeout(Duration timeout) {
        descriptor.setWriteTimeoutNanos(Deadlines.toNanos(timeout));
        return this;
    }

    /**
     * The number of this descriptor, for native code. It is somebody else's after {@link #close}.
     *
     * @return not negative
     */
    public int number() {
        return descriptor.number();
    }

    /**
     * Tells whether this was not closed.
     *
     * @return false after {@link #close}, or after an interrupt closed it
     */
    public boolean isOpen() {
        return descriptor.isOpen();
    }

    /** Closes this descriptor; calls in progress fail. Does not wait; closing again does nothing. */
    @Override
    public void close() {
        cleanable.clean();
    }

    @Override
    public String toString() {
        return "Descriptor[number=" + number() + ", open=" + isOpen() + "]";
    }
}
