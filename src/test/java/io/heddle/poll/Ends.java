package io.heddle.poll;

import static org.assertj.core.api.Assertions.assertThat;

import io.heddle.internal.sys.Kernel;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;

/**
 * Two Unix sockets, connected with each other, as a kind of selector takes them: descriptors, or channels. The near one
 * is watched; what the far one writes is there at once.
 */
abstract class Ends implements AutoCloseable {
    /** The near end. */
    final IoSource source;

    private Ends(IoSource source) {
        this.source = source;
    }

    /** A second source for the near end. */
    abstract IoSource another();

    /** The near end, as errors name it. */
    abstract String name();

    static Ends open(Kind kind) throws IOException {
        return kind == Kind.JDK ? OfChannels.open() : OfDescriptors.open();
    }

    /** Writes at the far end. */
    abstract void write(int bytes) throws IOException;

    /** Reads at the near end. */
    abstract void read(int bytes) throws IOException;

    /** Reads all at the far end, which makes room for the near one. */
    abstract void drainFar() throws IOException;

    /** Closes the near end. */
    abstract void closeNear() throws IOException;

    /** Whether the far end has read everything, and there will be no more. */
    abstract boolean isEndAtFar() throws IOException;

    /** Reads all at the near end, and says so. */
    final void drain() throws IOException {
        drainNear();
        source.wouldBlock(Interest.READABLE);
    }

    /** Writes at the near end until there is no room, and says so. */
    final void fill() throws IOException {
        fillNear();
        source.wouldBlock(Interest.WRITABLE);
    }

    abstract void drainNear() throws IOException;

    abstract void fillNear() throws IOException;

    @Override
    public abstract void close() throws IOException;

    private static final class OfDescriptors extends Ends {
        private final int near;
        private final int far;
        private boolean nearClosed;

        private OfDescriptors(int near, int far) {
            super(FdSource.of(near));
            this.near = near;
            this.far = far;
        }

        static Ends open() throws IOException {
            int[] ends = Kernel.unixPair();
            return new OfDescriptors(ends[0], ends[1]);
        }

        @Override
        IoSource another() {
            return FdSource.of(near);
        }

        @Override
        String name() {
            return "fd=" + near;
        }

        @Override
        void write(int bytes) throws IOException {
            Kernel.write(far, bytes);
        }

        @Override
        void read(int bytes) {
            assertThat(Kernel.read(near, bytes)).isEqualTo(bytes);
        }

        @Override
        void drainFar() {
            assertThat(Kernel.drain(far)).isPositive();
        }

        @Override
        void drainNear() {
            Kernel.drain(near);
        }

        @Override
        void fillNear() throws IOException {
            Kernel.fill(near);
        }

        @Override
        boolean isEndAtFar() {
            return Kernel.read(far, 1) == 0;
        }

        @Override
        void closeNear() throws IOException {
            if (!nearClosed) {
                nearClosed = true;
                Kernel.close(near);
            }
        }

        @Override
        public void close() throws IOException {
            closeNear();
            Kernel.close(far);
        }
    }

    private static final class OfChannels extends Ends {
        private final SocketChannel near;
        private final SocketChannel far;

        private OfChannels(SocketChannel near, SocketChannel far) {
            super(ChannelSource.of(near));
            this.near = near;
            this.far = far;
        }

        static Ends open() throws IOException {
            try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
                UnixDomainSocketAddress name =
                        (UnixDomainSocketAddress) server.bind(null).getLocalAddress();
                try {
                    SocketChannel near = SocketChannel.open(name);
                    near.configureBlocking(false);
                    SocketChannel far = server.accept();
                    far.configureBlocking(false);
                    return new OfChannels(near, far);
                } finally {
                    Files.delete(name.getPath());
                }
            }
        }

        @Override
        IoSource another() {
            return ChannelSource.of(near);
        }

        @Override
        String name() {
            return "channel=" + near;
        }

        @Override
        void write(int bytes) throws IOException {
            assertThat(far.write(ByteBuffer.allocate(bytes))).isEqualTo(bytes);
        }

        @Override
        void read(int bytes) throws IOException {
            assertThat(near.read(ByteBuffer.allocate(bytes))).isEqualTo(bytes);
        }

        @Override
        void drainFar() throws IOException {
            assertThat(drain(far)).isPositive();
        }

        @Override
        void drainNear() throws IOException {
            drain(near);
        }

        private static long drain(SocketChannel from) throws IOException {
            ByteBuffer chunk = ByteBuffer.allocate(10_000);
            long total = 0;
            for (int n = from.read(chunk); n > 0; n = from.read(chunk.clear())) {
                total += n;
            }
            return total;
        }

        @Override
        void fillNear() throws IOException {
            ByteBuffer chunk = ByteBuffer.allocate(100_000);
            for (int n = near.write(chunk); n > 0; n = near.write(chunk.clear())) {}
        }

        @Override
        boolean isEndAtFar() throws IOException {
            return far.read(ByteBuffer.allocate(1)) < 0;
        }

        @Override
        void closeNear() throws IOException {
            near.close();
        }

        @Override
        public void close() throws IOException {
            near.close();
            far.close();
        }
    }
}
