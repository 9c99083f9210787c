package io.heddle.poll.net;

import io.heddle.poll.Interest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.GatheringByteChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ScatteringByteChannel;
import java.nio.channels.SelectableChannel;
import org.jspecify.annotations.Nullable;

/** An end of a pipe as a channel. */
final class ChannelPipeEnd extends ChannelHandle {
    private final @Nullable ScatteringByteChannel reader;
    private final @Nullable GatheringByteChannel writer;

    private ChannelPipeEnd(SelectableChannel channel) throws IOException {
        super(Kind.PIPE, channel);
        reader = channel instanceof ScatteringByteChannel end ? end : null;
        writer = channel instanceof GatheringByteChannel end ? end : null;
    }

    /** The reader and the writer. */
    static Handle[] open() throws IOException {
        Pipe pipe = Pipe.open();
        Pipe.SinkChannel sink = pipe.sink();
        Handle reading = null;
        try {
            reading = new ChannelPipeEnd(pipe.source());
            return new Handle[] {reading, new ChannelPipeEnd(sink)};
        } catch (IOException e) {
            sink.close();
            if (reading != null) {
                reading.close();
            }
            throw e;
        }
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
    int read(ByteBuffer dst, int flags) throws IOException {
        requireRoomIn(dst);
        begin();
        try {
            return dst.hasRemaining() ? moved(reader().read(dst), Interest.READABLE) : 0;
        } finally {
            end();
        }
    }

    @Override
    long read(ByteBuffer[] dsts) throws IOException {
        for (ByteBuffer dst : dsts) {
            requireRoomIn(dst);
        }
        begin();
        try {
            return isEmpty(dsts) ? 0 : moved(reader().read(dsts), Interest.READABLE);
        } finally {
            end();
        }
    }

    @Override
    int write(ByteBuffer src) throws IOException {
        begin();
        try {
            return src.hasRemaining() ? moved(writer().write(src), Interest.WRITABLE) : 0;
        } finally {
            end();
        }
    }

    @Override
    long write(ByteBuffer[] srcs) throws IOException {
        begin();
        try {
            return isEmpty(srcs) ? 0 : moved(writer().write(srcs), Interest.WRITABLE);
        } finally {
            end();
        }
    }
}
