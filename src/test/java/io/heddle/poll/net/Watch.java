package io.heddle.poll.net;

import static io.heddle.poll.net.WouldBlock.WOULD_BLOCK;

import io.heddle.poll.Event;
import io.heddle.poll.Events;
import io.heddle.poll.Interest;
import io.heddle.poll.Poll;
import io.heddle.poll.Registry;
import io.heddle.poll.Selectors;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A poll, and what tests do with it. */
final class Watch implements AutoCloseable {
    static final Interest BOTH = Interest.READABLE.add(Interest.WRITABLE);

    private static final long PATIENCE_NANOS = 50_000_000_000L;

    final Poll poll;
    final Registry registry;
    private final Events events = Events.withCapacity(64);

    /** An operation that counts. */
    @FunctionalInterface
    interface Counting {
        long run() throws IOException;
    }

    /** An operation that answers an object, or null. */
    @FunctionalInterface
    interface Answering<T> {
        @Nullable
        T run() throws IOException;
    }

    /** Those that watch descriptors. */
    static Stream<Selectors> nativeSelectors() {
        return Stream.of(Selectors.EPOLL, Selectors.POLL, Selectors.KQUEUE)
                .filter(kind -> kind != Selectors.KQUEUE || kind.isAvailable());
    }

    /** These, and the one that watches channels. */
    static Stream<Selectors> selectors() {
        return Stream.concat(nativeSelectors(), Stream.of(Selectors.JDK));
    }

    /**
     * Whether an event that tells of an error has taken it. A libkqueue does so, as it has no other way to learn what
     * has failed; a kernel's own kqueue does not.
     */
    static boolean takesErrors(Selectors kind) {
        return kind == Selectors.KQUEUE;
    }

    Watch(Selectors kind) throws IOException {
        poll = Poll.open(kind);
        registry = poll.registry();
    }

    /** Waits for an event of that token which is like that. Others are dropped. */
    void until(long token, Predicate<Event> what) throws IOException {
        long startNanos = System.nanoTime();
        while (System.nanoTime() - startNanos < PATIENCE_NANOS) {
            poll.poll(events, Duration.ofSeconds(1));
            for (Event event : events) {
                if (event.token() == token && what.test(event)) {
                    return;
                }
            }
        }
        throw new AssertionError("no such event: token=" + token);
    }

    /** Waits for any event. */
    void any() throws IOException {
        if (poll.poll(events, Duration.ofNanos(PATIENCE_NANOS)) == 0) {
            throw new AssertionError("no event");
        }
    }

    /** How many events there are now. */
    int now() throws IOException {
        return poll.poll(events, Duration.ZERO);
    }

    /** Repeats an operation until it need not wait; between two tries there was an event. */
    long drive(long token, Counting operation) throws IOException {
        for (; ; ) {
            long n = operation.run();
            if (n != WOULD_BLOCK) {
                return n;
            }
            until(token, event -> true);
        }
    }

    /** The same for one that answers null instead. */
    <T> T obtain(long token, Answering<T> operation) throws IOException {
        for (; ; ) {
            T answer = operation.run();
            if (answer != null) {
                return answer;
            }
            until(token, event -> true);
        }
    }

    /** Waits for the end of a connect; fails as it does. */
    void connected(long token, StreamEndpoint stream) throws IOException {
        while (!stream.finishConnect()) {
            until(token, Event::isWritable);
        }
    }

    /** Two ends of a TCP connection, registered with tokens 1 and 2 for both directions. */
    TcpStream[] tcpPair() throws IOException {
        try (TcpListener listener = TcpListener.bind(new InetSocketAddress(loopback(), 0))) {
            registry.register(listener, 3, Interest.READABLE);
            TcpStream near = TcpStream.connect(listener.localAddress());
            registry.register(near, 1, BOTH);
            TcpStream far = obtain(3, listener::accept);
            registry.register(far, 2, BOTH);
            connected(1, near);
            return new TcpStream[] {near, far};
        }
    }

    static InetAddress loopback() {
        return InetAddress.getLoopbackAddress();
    }

    /** Reads until the buffer is full. */
    void fill(long token, ByteBuffer dst, StreamEndpoint from) throws IOException {
        while (dst.hasRemaining()) {
            if (drive(token, () -> from.read(dst)) < 0) {
                throw new AssertionError("the end came early: remaining=" + dst.remaining());
            }
        }
    }

    /** Reads so many bytes as text. */
    String text(long token, int bytes, StreamEndpoint from) throws IOException {
        ByteBuffer dst = ByteBuffer.allocate(bytes);
        fill(token, dst, from);
        return text(dst);
    }

    static String text(ByteBuffer filled) {
        return StandardCharsets.UTF_8.decode(filled.flip()).toString();
    }

    static ByteBuffer bytes(String text) {
        return StandardCharsets.UTF_8.encode(text);
    }

    /** An address by its digits. */
    static InetSocketAddress at(String host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), port);
    }

    static <T> T found(@Nullable T value) {
        return Objects.requireNonNull(value);
    }

    @Override
    public void close() {
        poll.close();
    }
}
