package io.heddle.testing;

import io.heddle.testing.Chaos.Fault;
import io.heddle.testing.Chaos.Way;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.IntFunction;

/**
 * A bad network between a client and a server. It runs on sockets of the JDK and platform threads, and so shares
 * nothing with what it tests. Not on virtual threads: their poller may keep open, until its next event, what was
 * closed while it looked at it, see io.heddle.internal.poller.Poller#forget. Its choices follow from the
 * seed and the number of the connection, whatever the schedule.
 */
public final class ChaosProxy implements AutoCloseable {
    private static final int FILL_MILLIS = 300;

    private final ServerSocket server;
    private final InetSocketAddress target;
    private final IntFunction<Chaos> chaosOf;
    private final long seed;
    private final Thread acceptor;
    private final Set<Link> links = ConcurrentHashMap.newKeySet();
    private final Queue<Thread> pumps = new ConcurrentLinkedQueue<>();
    private final CountDownLatch resumed = new CountDownLatch(1);
    private final CountDownLatch closing = new CountDownLatch(1);
    private final Map<Way, LongAdder> taken = new EnumMap<>(Way.class);
    private final Map<Way, LongAdder> passed = new EnumMap<>(Way.class);

    private ChaosProxy(InetSocketAddress target, IntFunction<Chaos> chaosOf, long seed) throws IOException {
        this.target = target;
        this.chaosOf = chaosOf;
        this.seed = seed;
        for (Way way : Way.values()) {
            taken.put(way, new LongAdder());
            passed.put(way, new LongAdder());
        }
        server = new ServerSocket();
        server.bind(Pair.anyPort());
        acceptor = Thread.ofPlatform().daemon().name("chaos-proxy").start(this::accept);
    }

    /** Starts one before a server; each connection meets the same. */
    public static ChaosProxy to(InetSocketAddress target, Chaos chaos, long seed) throws IOException {
        return new ChaosProxy(target, connection -> chaos, seed);
    }

    /** Starts one before a server; connections, counted from zero, meet each their own. */
    public static ChaosProxy to(InetSocketAddress target, IntFunction<Chaos> chaosOf, long seed) throws IOException {
        return new ChaosProxy(target, chaosOf, seed);
    }

    /**
     * An address that swallows every attempt to connect: a listener whose queue is full, for which the kernel drops
     * what comes.
     */
    public static BlackHole blackHole() throws IOException {
        ServerSocket full = new ServerSocket();
        full.bind(Pair.anyPort(), 1);
        List<Socket> queued = new ArrayList<>();
        BlackHole hole = new BlackHole(full, queued);
        try {
            for (; ; ) {
                Socket socket = new Socket();
                queued.add(socket);
                socket.connect(hole.address(), FILL_MILLIS);
            }
        } catch (SocketTimeoutException e) {
            // It is full.
            return hole;
        }
    }

    /** See {@link ChaosProxy#blackHole}. */
    public record BlackHole(ServerSocket full, List<Socket> queued) implements AutoCloseable {
        /** Where nobody ever answers. */
        public InetSocketAddress address() {
            return (InetSocketAddress) full.getLocalSocketAddress();
        }

        @Override
        public void close() throws IOException {
            full.close();
            for (Socket socket : queued) {
                socket.close();
            }
        }
    }

    /** Where clients connect to. */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    /** Ends all stalls, for good. */
    public void resume() {
        resumed.countDown();
    }

    /** How many bytes it has read on their way to that side. */
    public long taken(Way to) {
        return sum(taken, to);
    }

    /** How many of them it has written; those of a write that failed are counted, too. */
    public long passed(Way to) {
        return sum(passed, to);
    }

    private static long sum(Map<Way, LongAdder> counts, Way way) {
        LongAdder count = counts.get(way);
        return count == null ? 0 : count.sum();
    }

    private static void add(Map<Way, LongAdder> counts, Way way, int n) {
        LongAdder count = counts.get(way);
        if (count != null) {
            count.add(n);
        }
    }

    private void accept() {
        try {
            for (int connection = 0; ; connection++) {
                Socket client = server.accept();
                Chaos chaos = chaosOf.apply(connection);
                Random choices = new Random(seed * 31 + connection);
                Link link = new Link(client, new Socket(), chaos);
                links.add(link);
                long first = choices.nextLong();
                long second = choices.nextLong();
                start(() -> link.begin(first, second));
            }
        } catch (IOException e) {
            if (closing.getCount() > 0) {
                throw new IllegalStateException("the proxy must be closed before its listener is", e);
            }
        }
    }

    private void start(Runnable pump) {
        pumps.add(Thread.ofPlatform().daemon().name("chaos-proxy-pump").start(pump));
    }

    /** Waits, but not beyond {@link #close}. */
    private void pause(long nanos) throws InterruptedException {
        if (nanos > 0 && closing.await(nanos, TimeUnit.NANOSECONDS)) {
            throw new InterruptedException("closed");
        }
    }

    /** Closes all connections, and returns when its threads have ended. */
    @Override
    public void close() throws IOException {
        closing.countDown();
        resumed.countDown();
        server.close();
        Await.end(acceptor);
        for (Thread pump = pumps.poll(); pump != null; pump = pumps.poll()) {
            links.forEach(Link::close);
            Await.end(pump);
        }
        links.forEach(Link::close);
    }

    /**
     * Who writes to it. A write that meets a reset takes it away from who reads, for whom the stream then ends as if in
     * order: the JDK's sockets do not tell each other.
     */
    private static final class Writer {
        private final Socket to;
        private boolean failed;

        Writer(Socket to) {
            this.to = to;
        }

        synchronized void write(byte[] bytes, int n) throws IOException {
            boolean written = false;
            try {
                to.getOutputStream().write(bytes, 0, n);
                written = true;
            } finally {
                failed |= !written;
            }
        }

        /**
         * Asked at the end of the stream. On a connection that was reset a write ends without waiting. On one that was
         * half closed it may wait for the peer to read, and so may the half close.
         */
        synchronized boolean hasFailed() {
            return failed;
        }
    }

    /** One connection: the client's socket, the server's, and a thread for each way. */
    private final class Link {
        private final Socket client;
        private final Socket upstream;
        private final Writer toClient;
        private final Writer toServer;
        private final Chaos chaos;

        Link(Socket client, Socket upstream, Chaos chaos) {
            this.client = client;
            this.upstream = upstream;
            toClient = new Writer(client);
            toServer = new Writer(upstream);
            this.chaos = chaos;
        }

        void begin(long seedToServer, long seedToClient) {
            try {
                upstream.setTcpNoDelay(true);
                client.setTcpNoDelay(true);
                upstream.connect(target);
            } catch (IOException e) {
                // As an unreachable server looks from the client's side.
                reset();
                return;
            }
            start(() -> pump(client, upstream, Way.SERVER, new Random(seedToServer)));
            pump(upstream, client, Way.CLIENT, new Random(seedToClient));
        }

        private void pump(Socket from, Socket to, Way way, Random choices) {
            try {
                pass(from, to, way, choices);
            } catch (SocketException e) {
                // One side is gone without an end: neither does the other side get one.
                reset();
            } catch (IOException e) {
                throw new AssertionError("a socket fails by SocketException only", e);
            } catch (InterruptedException e) {
                close();
            }
        }

        private void pass(Socket from, Socket to, Way way, Random choices) throws IOException, InterruptedException {
            byte[] buffer = new byte[chaos.sliceMax()];
            Fault fault = way == chaos.towards() ? chaos.fault() : Fault.NONE;
            // A way on which nothing goes wrong has no such place.
            long left = fault == Fault.NONE ? Long.MAX_VALUE : chaos.after();
            boolean happened = false;
            Writer back = way == Way.CLIENT ? toServer : toClient;
            Writer on = way == Way.CLIENT ? toClient : toServer;
            for (; ; ) {
                if (left == 0 && !happened) {
                    happened = true;
                    if (endsHere(fault, to)) {
                        return;
                    }
                }
                int slice = chaos.slice(choices);
                int n = from.getInputStream().read(buffer, 0, happened ? slice : (int) Math.min(slice, left));
                if (n < 0) {
                    if (back.hasFailed()) {
                        throw new SocketException("the end is a reset that a write has met");
                    }
                    if (!to.isOutputShutdown()) {
                        to.shutdownOutput();
                    }
                    closeAfterBothEnds();
                    return;
                }
                add(taken, way, n);
                pause(chaos.pauseNanos(n, choices));
                if (happened && (fault == Fault.BLACK_HOLE || fault == Fault.HALF_CLOSE)) {
                    continue;
                }
                if (happened && fault == Fault.GARBAGE) {
                    buffer[choices.nextInt(n)] ^= (byte) (1 << choices.nextInt(8));
                }
                // Before, or who has got them could look before they are counted.
                add(passed, way, n);
                on.write(buffer, n);
                left -= n;
            }
        }

        /** Lets it happen; answers whether nothing passes on this way afterwards. */
        private boolean endsHere(Fault fault, Socket to) throws IOException, InterruptedException {
            switch (fault) {
                case STALL -> resumed.await();
                case HALF_CLOSE -> to.shutdownOutput();
                case CLOSE -> close();
                case RESET -> reset();
                case NONE, BLACK_HOLE, GARBAGE -> {
                    return false;
                }
            }
            return fault == Fault.CLOSE || fault == Fault.RESET;
        }

        private void closeAfterBothEnds() {
            if (client.isOutputShutdown() && upstream.isOutputShutdown() && chaos.fault() != Fault.HALF_CLOSE) {
                close();
            }
        }

        private void reset() {
            try {
                if (!client.isClosed()) {
                    client.setSoLinger(true, 0);
                }
                if (!upstream.isClosed()) {
                    upstream.setSoLinger(true, 0);
                }
            } catch (SocketException e) {
                // Closed between the question and the call, by the other way.
                assert client.isClosed() || upstream.isClosed() : e;
            }
            close();
        }

        private void close() {
            try {
                client.close();
                upstream.close();
            } catch (IOException e) {
                throw new AssertionError("close(2) of a socket does not fail", e);
            } finally {
                links.remove(this);
            }
        }
    }
}
