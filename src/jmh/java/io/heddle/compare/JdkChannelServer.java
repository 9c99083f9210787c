package io.heddle.compare;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/**
 * {@link Service} on a blocking {@code SocketChannel} and the JDK's virtual threads. The arguments of
 * {@link HeddleServer}. A channel knows no timeout: with one, reads go through its socket adaptor.
 */
public final class JdkChannelServer {
    private JdkChannelServer() {}

    /** Serves until the process is ended. */
    public static void main(String[] args) throws Exception {
        int port = Integer.parseInt(args[0]);
        int timeoutMillis = Integer.parseInt(args[1]);
        InetSocketAddress backend = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[2]));
        try (ServerSocketChannel listener = ServerSocketChannel.open()) {
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 4096);
            Thread.startVirtualThread(() -> accept(listener, timeoutMillis, backend))
                    .join();
        }
    }

    private static void accept(ServerSocketChannel listener, int timeoutMillis, InetSocketAddress backend) {
        try {
            while (true) {
                SocketChannel channel = listener.accept();
                Thread.startVirtualThread(() -> serve(channel, timeoutMillis, backend));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void serve(SocketChannel channel, int timeoutMillis, InetSocketAddress backend) {
        try (channel) {
            Service.serve(new ChannelWire(channel, timeoutMillis, backend));
        } catch (IOException e) {
            System.err.println("a connection ended: " + e);
        }
    }

    private static final class ChannelWire implements Wire {
        private final SocketChannel channel;
        private final InputStream timed;
        private final int timeoutMillis;
        private final InetSocketAddress backend;
        private ByteBuffer readBuffer = ByteBuffer.allocate(0);

        ChannelWire(SocketChannel channel, int timeoutMillis, InetSocketAddress backend) throws IOException {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            this.channel = channel;
            this.timeoutMillis = timeoutMillis;
            this.backend = backend;
            if (timeoutMillis == 0) {
                timed = null;
            } else {
                channel.socket().setSoTimeout(timeoutMillis);
                timed = channel.socket().getInputStream();
            }
        }

        @Override
        public int read(byte[] dst, int off, int len) throws IOException {
            if (timed != null) {
                return timed.read(dst, off, len);
            }
            if (readBuffer.array() != dst) {
                readBuffer = ByteBuffer.wrap(dst);
            }
            return channel.read(readBuffer.limit(off + len).position(off));
        }

        @Override
        public void write(byte[] src, int off, int len) throws IOException {
            ByteBuffer bytes = ByteBuffer.wrap(src, off, len);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        }

        @Override
        public Wire connectToBackend() throws IOException {
            return new ChannelWire(SocketChannel.open(backend), timeoutMillis, backend);
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
