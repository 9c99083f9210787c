package io.heddle;

import io.heddle.internal.engine.Engine;
import io.heddle.internal.socket.Deadlines;
import io.heddle.internal.socket.Leaks;
import io.heddle.internal.socket.PlainDescriptor;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.ref.Cleaner;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;

/**
 * A pipe: what is written to its sink is read from its source, by other threads of this process; see pipe(7). The
 * kernel holds 64 KiB in between.
 *
 * <p>Timeouts, interrupts and close follow the rules of {@link TcpSocket}. An interrupt closes the end at which a
 * virtual thread waits. Closing the sink ends the stream; closing the source makes writes fail.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Every method, and both streams, may be used by any thread, virtual or platform. One reader and one writer make
 * progress at the same time; further ones wait for those. A pipe that nobody can reach any more, by itself or by one
 * of its streams, is closed.
 */
public final class Pipe implements Closeable {
    private final PlainDescriptor source;
    private final PlainDescriptor sink;
    private final InputStream input;
    private final OutputStream output;
    private final Cleaner.Cleanable cleanable;

    private Pipe(PlainDescriptor source, PlainDescriptor sink) {
        this.source = source;
        this.sink = sink;
        this.input = new SocketInput(new Source());
        this.output = new SocketOutput(new Sink());
        try {
            // Must not refer to this, which would keep it reachable.
            this.cleanable = Leaks.register(this, () -> PlainDescriptor.closePipe(source, sink));
        } catch (Throwable t) {
            // As in TcpSocket.
            PlainDescriptor.closePipe(source, sink);
            throw t;
        }
    }

    /**
     * Opens a pipe. Does not block.
     *
     * @return to be closed by the caller
     * @throws IOException if the process has no descriptors left; nothing is left open
     * @throws UnsupportedOperationException as {@link Heddle#shared}; so are IllegalStateException and
     *     IllegalArgumentException, which tell of this program's flags
     */
    public static Pipe open() throws IOException {
        Engine.ensure();
        PlainDescriptor[] ends = PlainDescriptor.pipe(Engine.HOMES);
        return new Pipe(ends[0], ends[1]);
    }

    /**
     * The end that is read. A read waits for at least one byte, and answers -1 when the sink is closed and all is read.
     *
     * @return always the same; closing it closes this end
     */
    public InputStream source() {
        return input;
    }

    /**
     * The end that is written. A write returns when the kernel has all bytes.
     *
     * @return always the same; closing it closes this end, and with it ends the stream
     */
    public OutputStream sink() {
        return output;
    }

    private final class Source implements SocketInput.Source {
        @Override
        public int read(byte[] dst, int off, int len) throws IOException {
            Objects.checkFromIndexSize(off, len, dst.length);
            try {
                return source.read(ByteBuffer.wrap(dst, off, len));
            } finally {
                Reference.reachabilityFence(Pipe.this);
            }
        }

        @Override
        public int available() throws IOException {
            try {
                return source.available();
            } finally {
                Reference.reachabilityFence(Pipe.this);
            }
        }

        @Override
        public void close() {
            source.close();
        }
    }

    private final class Sink implements SocketOutput.Sink {
        @Override
        public void write(byte[] src, int off, int len) throws IOException {
            Objects.checkFromIndexSize(off, len, src.length);
            try {
                int written = sink.write(ByteBuffer.wrap(src, off, len));
                assert written == len : "written=" + written;
            } finally {
                Reference.reachabilityFence(Pipe.this);
            }
        }

        @Override
        public void close() {
            sink.close();
        }
    }

    /**
     * Bounds every later read; one that takes longer throws a {@link java.net.SocketTimeoutException}, and the pipe
     * stays usable.
     *
     * @param timeout how long a read may take; {@link Duration#ZERO}, the default, for ever
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public Pipe setReadTimeout(Duration timeout) {
        source.setReadTimeoutNanos(Deadlines.toNanos(timeout));
        return this;
    }

    /**
     * Bounds every later write; one that takes longer throws a {@link java.net.SocketTimeoutException}, whose
     * {@code bytesTransferred} says how many bytes the kernel took.
     *
     * @param timeout how long a write may take; {@link Duration#ZERO}, the default, for ever
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public Pipe setWriteTimeout(Duration timeout) {
        sink.setWriteTimeoutNanos(Deadlines.toNanos(timeout));
        return this;
    }

    /**
     * Tells whether neither end was closed.
     *
     * @return false after {@link #close}, after one of the streams was closed, or after an interrupt closed an end
     */
    public boolean isOpen() {
        return source.isOpen() && sink.isOpen();
    }

    /** Closes both ends; calls in progress fail. Does not wait; closing again does nothing. */
    @Override
    public void close() {
        cleanable.clean();
    }

    @Override
    public String toString() {
        return "Pipe[open=" + isOpen() + "]";
    }
}
