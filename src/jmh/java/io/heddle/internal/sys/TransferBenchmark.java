package io.heddle.internal.sys;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Question: do bytes get into a Java array cheaper by a critical downcall that pins it, or by way of native memory?
 *
 * <p>Workload: one platform thread writes a message into a loopback connection and receives it at the other end, where
 * it lies ready. "heap" is what Heddle does. "copyCritical" receives into native memory by the same kind of call, and
 * copies; "copyPlain" does so by a downcall that changes the thread's state, as one must where a call may block.
 *
 * <p>Baseline: "channelHeap" is the JDK's own way into an array, SocketChannel with a heap buffer, which copies by way
 * of a direct buffer of the thread; "channelDirect" is the limit, a direct buffer that nobody copies.
 *
 * <p>Not measured: waiting. Nor what a critical call costs others: it holds back safepoints while the kernel copies,
 * which is why {@link Socket#TRANSFER_MAX} bounds it; a benchmark of one thread cannot see that. Writing the message
 * and the kernel's loopback are in each figure, the same for all: look at differences, not at ratios.
 *
 * <p>Run: {@code mvn -q -B -ntp -Pbench verify -Djmh.args="TransferBenchmark -prof gc"}
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@State(Scope.Benchmark)
public class TransferBenchmark {
    private static final Downcall PLAIN_RECV = Linking.plain("recv");
    private static final int MSG_DONTWAIT = 0x40;

    /** Room for a whole message even where the kernel caps it to its default, so that a write never waits. */
    private static final int SOCKET_BUFFER_BYTES = 1 << 20;

    private static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0);

    /** How long a message is. */
    @Param({"64", "1024", "16384", "131072"})
    public int bytes;

    private final ErrnoCell errno = new ErrnoCell();
    private final Scratch scratch = Scratch.own();
    private byte[] array;
    private MemorySegment memory;
    private ByteBuffer direct;
    private ByteBuffer heap;
    private ByteBuffer message;

    /** Where Heddle's calls receive, and who writes to it. */
    private int fd;

    private SocketChannel toFd;

    /** Where the JDK receives, and who writes to it. */
    private SocketChannel channel;

    private SocketChannel toChannel;

    /** Makes both connections. */
    @Setup(Level.Trial)
    public void connect() throws IOException {
        array = new byte[bytes];
        memory = Arena.ofAuto().allocate(bytes);
        direct = ByteBuffer.allocateDirect(bytes);
        heap = ByteBuffer.wrap(array);
        message = ByteBuffer.allocateDirect(bytes);

        int listener = ensure(Socket.open(Socket.AF_INET));
        ensure(Socket.setOption(listener, SockOpt.SOL_SOCKET, SockOpt.SO_RCVBUF, SOCKET_BUFFER_BYTES));
        ensure(Socket.bind(listener, ANY_PORT, Socket.AF_INET));
        ensure(Socket.listen(listener, 1));
        InetSocketAddress[] address = new InetSocketAddress[1];
        ensure(Socket.localAddress(listener, address));
        toFd = sender(address[0]);
        fd = ensure(Socket.accept(listener, address));
        ensure(Fd.close(listener));

        try (ServerSocketChannel theirs = ServerSocketChannel.open()) {
            theirs.setOption(StandardSocketOptions.SO_RCVBUF, SOCKET_BUFFER_BYTES);
            theirs.bind(ANY_PORT);
            toChannel = sender((InetSocketAddress) theirs.getLocalAddress());
            channel = theirs.accept();
            channel.configureBlocking(false);
        }
    }

    private static SocketChannel sender(InetSocketAddress remote) throws IOException {
        SocketChannel sender = SocketChannel.open();
        sender.setOption(StandardSocketOptions.SO_SNDBUF, SOCKET_BUFFER_BYTES);
        sender.setOption(StandardSocketOptions.TCP_NODELAY, true);
        sender.connect(remote);
        return sender;
    }

    /** Closes both connections. */
    @TearDown(Level.Trial)
    public void close() throws IOException {
        toFd.close();
        ensure(Fd.close(fd));
        toChannel.close();
        channel.close();
    }

    /** Heddle's way: the kernel copies into the array. */
    @Benchmark
    public byte[] heap() throws IOException {
        write(toFd);
        for (int n = 0; n < bytes; ) {
            n += received(Socket.receive(fd, errno, array, n, bytes - n));
        }
        return array;
    }

    /** The kernel copies into native memory, and we into the array. */
    @Benchmark
    public byte[] copyCritical() throws IOException {
        write(toFd);
        for (int n = 0; n < bytes; ) {
            int more = received(Socket.receive(fd, errno, memory, bytes - n));
            MemorySegment.copy(memory, JAVA_BYTE, 0, array, n, more);
            n += more;
        }
        return array;
    }

    /** The same by a call that is not critical. */
    @Benchmark
    public byte[] copyPlain() throws IOException {
        write(toFd);
        for (int n = 0; n < bytes; ) {
            // SAFETY: the kernel writes at most the bytes that the memory has, which this object keeps alive.
            int more = received(Linking.call(PLAIN_RECV, scratch, fd, memory.address(), bytes - n, MSG_DONTWAIT));
            MemorySegment.copy(memory, JAVA_BYTE, 0, array, n, more);
            n += more;
        }
        return array;
    }

    /** The JDK's way into an array. */
    @Benchmark
    public byte[] channelHeap() throws IOException {
        write(toChannel);
        read(heap);
        return array;
    }

    /** The JDK's way into native memory; the array stays as it was. */
    @Benchmark
    public ByteBuffer channelDirect() throws IOException {
        write(toChannel);
        read(direct);
        return direct;
    }

    private void write(SocketChannel to) throws IOException {
        message.clear();
        to.write(message);
    }

    private void read(ByteBuffer dst) throws IOException {
        dst.clear();
        while (dst.hasRemaining()) {
            if (channel.read(dst) < 0) {
                throw new EOFException("the connection must stay open: channel=" + channel);
            }
        }
    }

    private static int received(int result) throws IOException {
        if (result == -Errno.EAGAIN) {
            return 0;
        }
        if (result == 0) {
            throw new EOFException("the connection must stay open");
        }
        return ensure(result);
    }

    private static int ensure(int result) throws IOException {
        if (result < 0) {
            throw new IOException("a system call must succeed: errno=" + -result);
        }
        return result;
    }
}
