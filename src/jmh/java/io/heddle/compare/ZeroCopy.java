package io.heddle.compare;

import io.heddle.TcpSocket;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

/*
 * Question: how many bytes does a second of CPU time move when they stay in the kernel, beside the same program that
 * copies them?
 *
 * Workload: a server in a process of its own, with two carriers, sends 16 MiB to each of its connections for each byte
 * that it is sent; this process asks again when it has all of them, and throws them away. FILE: from a file that is in
 * the page cache. PROXY: from a server in this process, which has them in memory. SEGMENT: from native memory.
 *
 * Ways: ZERO_COPY is sendFile, splice, and write(MemorySegment). COPYING reads into an array of 64 KiB and writes that.
 * Baseline: JDK is FileChannel.transferTo to a SocketChannel, and for the others SocketChannel with direct buffers,
 * which is copying for a proxy and none for memory; on virtual threads with a parallelism of two.
 * Not measured: connecting, small answers, a disk, a network card. On loopback the receiver copies once in every way.
 *
 * Run: mvn -q -B -ntp -Pcompare verify -Dcompare.main=ZeroCopy -Dcompare.args="5 4 4096"
 * (rounds, connections, MiB on all connections of a round)
 */
public final class ZeroCopy {
    private static final int MIB = 1024 * 1024;
    private static final int ANSWER_BYTES = 16 * MIB;
    private static final int CHUNK_BYTES = 64 * 1024;

    enum Subject {
        FILE,
        PROXY,
        SEGMENT
    }

    enum Way {
        ZERO_COPY,
        COPYING,
        JDK
    }

    private ZeroCopy() {}

    /** Rounds, connections and MiB; or a side, a subject, a way, and a file or the port of the backend: the server. */
    public static void main(String[] given) throws Exception {
        String[] args = given.length > 0 ? given : new String[] {"5", "4", "4096"};
        if (args[0].equals(Side.HEDDLE.name()) || args[0].equals(Side.JDK.name())) {
            serve(Subject.valueOf(args[1]), Way.valueOf(args[2]), args[3]);
            return;
        }
        int rounds = Integer.parseInt(args[0]);
        int connections = Integer.parseInt(args[1]);
        int answers = Math.max(1, Integer.parseInt(args[2]) / (ANSWER_BYTES / MIB) / connections);
        Path file = Files.createTempFile("heddle", ".content");
        try {
            Path written = Files.write(file, new byte[ANSWER_BYTES]);
            int backend = Side.HEDDLE.serve(ZeroCopy::answerFromMemory);
            Map<String, Map<Way, List<Double>>> rows = new LinkedHashMap<>();
            for (int round = 0; round < rounds; round++) {
                for (Subject subject : Subject.values()) {
                    for (Way way : Way.values()) {
                        measure(subject, way, subject == Subject.PROXY ? backend : written, connections, answers, rows);
                    }
                }
            }
            print(rows);
        } finally {
            Files.delete(file);
        }
        System.exit(0);
    }

    private static void measure(
            Subject subject,
            Way way,
            Object from,
            int connections,
            int answers,
            Map<String, Map<Way, List<Double>>> rows)
            throws IOException, InterruptedException {
        Process server = Turns.start(ZeroCopy.class, way == Way.JDK ? Side.JDK : Side.HEDDLE, subject, way, from);
        try {
            int port = Turns.port(server);
            load(port, connections, Math.max(1, answers / 4));
            long cpu = Turns.cpuMicros(server.pid());
            long start = System.nanoTime();
            load(port, connections, answers);
            double seconds = (System.nanoTime() - start) / 1e9;
            double used = (Turns.cpuMicros(server.pid()) - cpu) / 1e6;
            double mebibytes = (double) connections * answers * ANSWER_BYTES / MIB;
            put(rows, subject + ", MiB for a second of CPU", way, mebibytes / used);
            put(rows, subject + ", MiB/s", way, mebibytes / seconds);
        } finally {
            Commands.end(server);
        }
    }

    private static void put(Map<String, Map<Way, List<Double>>> rows, String name, Way way, double value) {
        rows.computeIfAbsent(name, key -> new LinkedHashMap<>())
                .computeIfAbsent(way, key -> new ArrayList<>())
                .add(value);
    }

    private static void print(Map<String, Map<Way, List<Double>>> rows) {
        System.out.printf(Locale.ROOT, "%n%-40s", "medians");
        for (Way way : Way.values()) {
            System.out.printf(Locale.ROOT, " %12s", way);
        }
        System.out.println();
        rows.forEach((name, row) -> {
            System.out.printf(Locale.ROOT, "%-40s", name);
            for (Way way : Way.values()) {
                double median = Statistics.of(row.getOrDefault(way, List.of()), Double::doubleValue)
                        .median();
                System.out.printf(Locale.ROOT, " %12s", Format.number(median));
            }
            System.out.println();
        });
    }

    private static void load(int port, int connections, int answers) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < connections; i++) {
            threads.add(Side.HEDDLE.start(() -> ask(port, answers)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void ask(int port, int answers) {
        byte[] chunk = new byte[2 * CHUNK_BYTES];
        try (Side.Link link = Side.HEDDLE.connect(port)) {
            for (int i = 0; i < answers; i++) {
                link.out().write('?');
                for (int left = ANSWER_BYTES; left > 0; ) {
                    int n = link.in().read(chunk, 0, Math.min(left, chunk.length));
                    if (n < 0) {
                        throw new EOFException("an answer must be whole: left=" + left);
                    }
                    left -= n;
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void answerFromMemory(Side.Link link) throws IOException {
        byte[] chunk = new byte[2 * CHUNK_BYTES];
        while (link.in().read() >= 0) {
            for (int left = ANSWER_BYTES; left > 0; left -= chunk.length) {
                link.out().write(chunk);
            }
        }
    }

    // The server

    private static void serve(Subject subject, Way way, String from) throws IOException, InterruptedException {
        int port = way == Way.JDK
                ? serveByJdk(channel -> answerByJdk(subject, channel, from))
                : Side.HEDDLE.serve(link -> answer(subject, way == Way.COPYING, link, from));
        System.out.println(port);
        new CountDownLatch(1).await();
    }

    private static void answer(Subject subject, boolean copying, Side.Link link, String from) throws IOException {
        TcpSocket socket = (TcpSocket) link.socket();
        switch (subject) {
            case FILE -> answerFromFile(copying, link, socket, Path.of(from));
            case PROXY -> proxy(copying, socket, Integer.parseInt(from));
            case SEGMENT -> answerFromSegment(copying, link, socket);
        }
    }

    private static void answerFromFile(boolean copying, Side.Link link, TcpSocket socket, Path path)
            throws IOException {
        byte[] chunk = new byte[CHUNK_BYTES];
        try (FileChannel file = FileChannel.open(path)) {
            while (link.in().read() >= 0) {
                if (!copying) {
                    require(socket.sendFile(file, 0, ANSWER_BYTES) == ANSWER_BYTES);
                    continue;
                }
                for (int sent = 0; sent < ANSWER_BYTES; ) {
                    int n = file.read(ByteBuffer.wrap(chunk), sent);
                    require(n > 0);
                    socket.write(chunk, 0, n);
                    sent += n;
                }
            }
        }
    }

    private static void proxy(boolean copying, TcpSocket client, int backendPort) throws IOException {
        try (Side.Link link = Side.HEDDLE.connect(backendPort)) {
            TcpSocket backend = (TcpSocket) link.socket();
            Thread questions = Side.HEDDLE.start(() -> pass(copying, client, backend));
            pass(copying, backend, client);
            try {
                questions.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static void pass(boolean copying, TcpSocket from, TcpSocket to) {
        try {
            if (copying) {
                byte[] chunk = new byte[CHUNK_BYTES];
                for (int n = from.read(chunk); n >= 0; n = from.read(chunk)) {
                    to.write(chunk, 0, n);
                }
            } else {
                require(from.splice(to) >= 0);
            }
            to.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void answerFromSegment(boolean copying, Side.Link link, TcpSocket socket) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment memory = arena.allocate(ANSWER_BYTES);
            byte[] chunk = new byte[CHUNK_BYTES];
            while (link.in().read() >= 0) {
                if (!copying) {
                    socket.write(memory);
                    continue;
                }
                for (int sent = 0; sent < ANSWER_BYTES; sent += chunk.length) {
                    MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, sent, chunk, 0, chunk.length);
                    socket.write(chunk);
                }
            }
        }
    }

    private static void require(boolean holds) throws IOException {
        if (!holds) {
            throw new EOFException("all bytes must be moved");
        }
    }

    // The same on the JDK

    @FunctionalInterface
    private interface ChannelHandler {
        void handle(SocketChannel channel) throws IOException;
    }

    private static int serveByJdk(ChannelHandler handler) throws IOException {
        ServerSocketChannel listener = ServerSocketChannel.open();
        ServerSocketChannel bound = listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        Thread acceptor = Side.JDK.start(() -> {
            try {
                while (true) {
                    SocketChannel channel = bound.accept();
                    Thread thread = Side.JDK.start(() -> handle(handler, channel));
                    assert thread.isVirtual();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        assert acceptor.isVirtual();
        return bound.socket().getLocalPort();
    }

    private static void handle(ChannelHandler handler, SocketChannel channel) {
        try (channel) {
            handler.handle(channel);
        } catch (IOException e) {
            System.err.println("a connection failed: " + e);
        }
    }

    private static void answerByJdk(Subject subject, SocketChannel channel, String from) throws IOException {
        switch (subject) {
            case FILE -> {
                try (FileChannel file = FileChannel.open(Path.of(from))) {
                    while (channel.read(ByteBuffer.allocate(1)) > 0) {
                        for (long sent = 0; sent < ANSWER_BYTES; ) {
                            sent += file.transferTo(sent, ANSWER_BYTES - sent, channel);
                        }
                    }
                }
            }
            case PROXY -> {
                InetSocketAddress backend =
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(from));
                try (SocketChannel server = SocketChannel.open(backend)) {
                    Thread questions = Side.JDK.start(() -> passByJdk(channel, server));
                    passByJdk(server, channel);
                    try {
                        questions.join();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                }
            }
            case SEGMENT -> {
                ByteBuffer memory = ByteBuffer.allocateDirect(ANSWER_BYTES);
                while (channel.read(ByteBuffer.allocate(1)) > 0) {
                    for (memory.clear(); memory.hasRemaining(); ) {
                        require(channel.write(memory) > 0);
                    }
                }
            }
        }
    }

    private static void passByJdk(SocketChannel from, SocketChannel to) {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
        try {
            while (from.read(chunk.clear()) >= 0) {
                for (chunk.flip(); chunk.hasRemaining(); ) {
                    require(to.write(chunk) > 0);
                }
            }
            SocketChannel ended = to.shutdownOutput();
            assert ended == to;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
