package io.heddle.poll;

import io.heddle.internal.sys.Errno;
import io.heddle.internal.sys.Kernel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;

/**
 * Readable while something was added and not taken: a counter of the kernel; or, for the selector that watches
 * channels, a datagram socket that sends to itself. Each is one descriptor.
 */
abstract class Counter implements AutoCloseable {
    final IoSource source;

    private Counter(IoSource source) {
        this.source = source;
    }

    static Counter open(Kind kind) throws IOException {
        return kind == Kind.JDK ? OfDatagrams.open() : new OfKernel(Kernel.eventFd());
    }

    /** Adds one. */
    abstract void add() throws IOException;

    /** Takes everything, and says so; answers how much it was. */
    abstract long take() throws IOException;

    @Override
    public abstract void close() throws IOException;

    private static final class OfKernel extends Counter {
        private final int fd;

        OfKernel(int fd) {
            super(FdSource.of(fd));
            this.fd = fd;
        }

        @Override
        void add() throws IOException {
            Kernel.add(fd, 1);
        }

        @Override
        long take() throws IOException {
            long sum = 0;
            long n = Kernel.readCount(fd);
            for (; n > 0; n = Kernel.readCount(fd)) {
                sum += n;
            }
            if (n != -Errno.EAGAIN) {
                throw new IOException("read: errno=" + -n);
            }
            source.wouldBlock(Interest.READABLE);
            return sum;
        }

        @Override
        public void close() throws IOException {
            Kernel.close(fd);
        }
    }

    private static final class OfDatagrams extends Counter {
        private static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

        private final DatagramChannel channel;

        private OfDatagrams(DatagramChannel channel) {
            super(ChannelSource.of(channel));
            this.channel = channel;
        }

        static Counter open() throws IOException {
            DatagramChannel channel = DatagramChannel.open();
            channel.bind(ANY).connect(channel.getLocalAddress()).configureBlocking(false);
            return new OfDatagrams(channel);
        }

        @Override
        void add() throws IOException {
            if (channel.write(ByteBuffer.allocate(1)) != 1) {
                throw new IOException("no room: " + channel);
            }
        }

        @Override
        long take() throws IOException {
            ByteBuffer one = ByteBuffer.allocate(1);
            long sum = 0;
            while (channel.read(one.clear()) > 0) {
                sum++;
            }
            source.wouldBlock(Interest.READABLE);
            return sum;
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
