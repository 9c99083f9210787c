package io.heddle.poll.net;

import io.heddle.poll.Interest;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ScatteringByteChannel;
import java.nio.channels.SelectableChannel;
import org.jspecify.annotations.Nullable;

/** A channel that bytes go through: an end of a pipe, or a stream, which has to be connected first. */
class ChannelBytes extends ChannelHandle {
    private final @Nullable ScatteringByteChannel reader;
    private final @Nullable GatheringByteChannel writer;

    ChannelBytes(Kind kind, SelectableChannel channel) throws IOException {
        super(kind, channel);
        reader = channel instanceof ScatteringByteChannel end ? end : null;
        writer = channel instanceof GatheringByteChannel end ? end : null;
    }

    /** The reader and the writer. */
    static Handle[] openPipe() throws IOException {
        Pipe pipe = Pipe.open();
        Pipe.SinkChannel sink = pipe.sink();
        Handle reading = null;
        try {
            reading = new ChannelBytes(Kind.PIPE, pipe.source());
            return new Handle[] {reading, new ChannelBytes(Kind.PIPE, sink)};
        } catch (IOException e) {
            sink.close();
            if (reading != null) {
                reading.close();
            }
            throw e;
        }
    }

    /** Whether there is another end; fails if there will be none. */
    boolean isConnected() throws IOException {
        return true;
    }

    private ScatteringByteChannel reader() {
        if (reader == null) {
            throw impossible("be read at the end of a pipe that is written");
        }
        return reader;
    }

    private GatheringByteChannel writer() {
        if (writer == null) {
            throw impossible("be written at the end of a pipe that is read");
        }
        return writer;
    }

    @Override
    final int read(ByteBuffer dst, int flags) throws IOException {
        requireRoomIn(dst);
        refusePeek(flags);
        begin();
        try {
            return dst.hasRemaining() ? moved(isConnected() ? reader().read(dst) : 0, Interest.READABLE) : 0;
        } finally {
            end();
        }
    }

    @Override
    final long read(ByteBuffer[] dsts) throws IOException {
        for (ByteBuffer dst : dsts) {
            requireRoomIn(dst);
        }
        begin();
        try {
            return isEmpty(dsts) ? 0 : moved(isConnected() ? reader().read(dsts) : 0, Interest.READABLE);
        } finally {
            end();
        }
    }

    @Override
    final int write(ByteBuffer src) throws IOException {
        begin();
        try {
            return src.hasRemaining() ? moved(isConnected() ? writer().write(src) : 0, Interest.WRITABLE) : 0;
        } catch (ClosedChannelException shut) {
            throw brokenPipe(shut);
        } finally {
            end();
        }
    }

    @Override
    final long write(ByteBuffer[] srcs) throws IOException {
        begin();
        try {
            return isEmpty(srcs) ? 0 : moved(isConnected() ? writer().write(srcs) : 0, Interest.WRITABLE);
        } catch (ClosedChannelException shut) {
            throw brokenPipe(shut);
        } finally {
            end();
        }
    }

    /** It is open as long as it is used, so only its output was shut down. */
    private static SocketException brokenPipe(ClosedChannelException shut) {
        SocketException broken = new SocketException("Broken pipe");
        broken.initCause(shut);
        return broken;
    }
}
