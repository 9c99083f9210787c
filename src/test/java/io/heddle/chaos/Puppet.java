package io.heddle.chaos;

import io.heddle.Heddle;
import io.heddle.TcpListener;
import io.heddle.TcpSocket;
import io.heddle.testing.Bytes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.LongAdder;

/**
 * A program that does with sockets what it is told on its standard input, with those of Heddle or of the JDK, each on
 * virtual threads of its own kind. It answers each line by one that begins with {@code =}.
 */
final class Puppet {
    /** What is left is for the virtual machine itself, which ends without. */
    private static final long HOARD_MIN = 4L << 20;

    private final Map<String, Line> lines = new HashMap<>();
    private final List<Arena> hoard = new ArrayList<>();
    private final LongAdder sent = new LongAdder();
    private final LongAdder received = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private volatile boolean loading;
    private CountDownLatch loaded = new CountDownLatch(0);

    private Puppet() {}

    /** A connection, whosever it is. */
    private record Line(InputStream in, OutputStream out, Timeout timeout, AutoCloseable closer) {
        static Line open(boolean ours, InetSocketAddress to, int millis) throws IOException {
            return ours ? of(TcpSocket.connect(to, Duration.ofMillis(millis))) : ofJdk(to, millis);
        }

        private static Line ofJdk(InetSocketAddress to, int millis) throws IOException {
            Socket socket = new Socket();
            try {
                socket.connect(to, millis);
            } catch (IOException e) {
                socket.close();
                throw e;
            }
            return of(socket);
        }

        static Line of(TcpSocket socket) {
            return new Line(
                    socket.inputStream(),
                    socket.outputStream(),
                    t -> socket.setReadTimeout(Duration.ofMillis(t)),
                    socket);
        }

        static Line of(Socket socket) throws IOException {
            return new Line(socket.getInputStream(), socket.getOutputStream(), socket::setSoTimeout, socket);
        }
    }

    /** Sets the read timeout. */
    @FunctionalInterface
    private interface Timeout {
        void set(int millis) throws IOException;
    }

    /** One order. */
    @FunctionalInterface
    private interface Order {
        String obey() throws Exception;
    }

    /** Obeys until there are no more orders. */
    public static void main(String[] args) throws Exception {
        // What is loaded late takes descriptors and memory when there are none.
        System.getLogger("io.heddle").log(System.Logger.Level.DEBUG, "cpuNanos=" + cpuNanos());
        Puppet puppet = new Puppet();
        System.out.println("= ready");
        try (BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                System.out.println("= " + puppet.obey(line.split(" ")));
            }
        }
    }

    private String obey(String[] words) {
        long startNanos = System.nanoTime();
        try {
            return switch (words[0]) {
                case "serve" -> serve(words[1].equals("heddle"));
                case "connect" -> {
                    InetSocketAddress to = address(words[2], words[3]);
                    int millis = Integer.parseInt(words[4]);
                    boolean ours = words[1].equals("heddle");
                    Line line = on(ours, () -> Line.open(ours, to, millis));
                    lines.put(words[1], line);
                    yield "connected";
                }
                case "write" ->
                    on(words[1], line -> {
                        line.out.write(Bytes.from(0, Integer.parseInt(words[2])));
                        return "wrote";
                    });
                case "read" ->
                    on(words[1], line -> {
                        line.timeout.set(Integer.parseInt(words[3]));
                        byte[] bytes = new byte[Integer.parseInt(words[2])];
                        int n = line.in.read(bytes);
                        return n < 0 ? "end" : "read " + n;
                    });
                case "start" -> start();
                case "read-here" -> readHere(address(words[1], words[2]));
                case "echo" -> on(words[1], line -> echo(line, Integer.parseInt(words[2])));
                case "load" -> load(words[1].equals("heddle"), address(words[2], words[3]), Integer.parseInt(words[4]));
                case "unload" -> unload();
                case "descriptors" -> "descriptors " + descriptors();
                case "cpu" -> String.valueOf(cpuNanos());
                case "block" -> block(Integer.parseInt(words[1]));
                case "hoard" -> hoard();
                case "release" -> {
                    hoard.forEach(Arena::close);
                    hoard.clear();
                    yield "released";
                }
                default -> throw new IllegalArgumentException("no such order: " + words[0]);
            };
        } catch (Throwable t) {
            long millis = (System.nanoTime() - startNanos) / 1_000_000;
            return "failed " + t.getClass().getName() + ": " + t.getMessage() + " [afterMillis=" + millis + "]";
        }
    }

    private static InetSocketAddress address(String host, String port) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), Integer.parseInt(port));
    }

    private static <T> T on(boolean ours, Callable<T> work) throws Exception {
        FutureTask<T> task = new FutureTask<>(work);
        start(ours, task);
        try {
            return task.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Exception cause) {
                throw cause;
            }
            throw e.getCause() instanceof Error error ? error : new AssertionError(e);
        }
    }

    private String on(String who, Use use) throws Exception {
        Line line = lines.get(who);
        if (line == null) {
            throw new IllegalStateException("not connected: " + who);
        }
        return Puppet.<String>on(who.equals("heddle"), () -> use.with(line));
    }

    /** What is done with a connection. */
    @FunctionalInterface
    private interface Use {
        String with(Line line) throws Exception;
    }

    private static void start(boolean ours, Runnable task) {
        Thread thread = ours ? Heddle.shared().startVirtualThread(task) : Thread.startVirtualThread(task);
        assert thread.isVirtual();
    }

    /** Starts what Heddle needs before its first wait, and waits until the threads that did so have ended. */
    private static String start() throws InterruptedException {
        String mode = "started " + Heddle.shared().mode();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("heddle-start") || thread.getName().equals("heddle-preload")) {
                thread.join();
            }
        }
        return mode;
    }

    /** Reads one byte on this platform thread. */
    private static String readHere(InetSocketAddress from) throws IOException {
        try (TcpSocket socket = TcpSocket.connect(from)) {
            return "read " + socket.inputStream().read();
        }
    }

    private static String echo(Line line, int length) throws Exception {
        byte[] bytes = Bytes.from(0, length);
        Thread writer = Thread.currentThread();
        FutureTask<Boolean> writing = new FutureTask<>(() -> {
            line.out.write(bytes);
            return writer.isAlive();
        });
        Thread thread = Thread.ofVirtual().unstarted(writing);
        thread.start();
        byte[] answer = line.in.readNBytes(length);
        Bytes.check(answer, answer.length, 0);
        return answer.length == length && writing.get() ? "echoed " + length : "ended after " + answer.length;
    }

    // Serve

    private static String serve(boolean ours) throws IOException {
        InetSocketAddress any = new InetSocketAddress(InetAddress.ofLiteral("0.0.0.0"), 0);
        if (ours) {
            TcpListener listener = TcpListener.builder()
                    .backlog(1000)
                    .option(StandardSocketOptions.SO_REUSEADDR, true)
                    .bind(any);
            start(
                    true,
                    () -> report(() -> {
                        listener.serve(socket -> echoAll(Line.of(socket)));
                        return "returned";
                    }));
            return "port " + listener.localAddress().getPort();
        }
        ServerSocket listener = new ServerSocket();
        listener.bind(any, 1000);
        start(
                false,
                () -> report(() -> {
                    for (; ; ) {
                        Socket socket = accept(listener);
                        Thread handler = Thread.startVirtualThread(() -> {
                            try (socket) {
                                echoAll(Line.of(socket));
                            } catch (IOException e) {
                                System.out.println("handler " + e);
                            }
                        });
                        assert handler.isVirtual();
                    }
                }));
        return "port " + listener.getLocalPort();
    }

    /** As servers on the JDK do that survive a lack of descriptors: they try again. */
    private static Socket accept(ServerSocket listener) throws IOException {
        for (; ; ) {
            try {
                return listener.accept();
            } catch (IOException e) {
                if (!String.valueOf(e.getMessage()).contains("Too many open files")) {
                    throw e;
                }
            }
        }
    }

    private static void report(Order serving) {
        String outcome;
        try {
            outcome = serving.obey();
        } catch (Exception e) {
            outcome = e.toString();
        }
        System.out.println("serve ended: " + outcome);
    }

    private static void echoAll(Line line) throws IOException {
        byte[] buffer = new byte[16 * 1024];
        for (int n = line.in.read(buffer); n >= 0; n = line.in.read(buffer)) {
            line.out.write(buffer, 0, n);
        }
    }

    // Load

    private String load(boolean ours, InetSocketAddress to, int clients) {
        loading = true;
        loaded = new CountDownLatch(clients);
        for (int i = 0; i < clients; i++) {
            start(ours, () -> {
                try {
                    client(ours, to);
                } finally {
                    loaded.countDown();
                }
            });
        }
        return "loading";
    }

    private void client(boolean ours, InetSocketAddress to) {
        byte[] bytes = Bytes.from(0, 1000);
        while (loading) {
            try {
                Line line = Line.open(ours, to, 60_000);
                try (AutoCloseable closer = line.closer) {
                    assert closer != null;
                    line.timeout.set(60_000);
                    for (int i = 0; i < 100 && loading; i++) {
                        line.out.write(bytes);
                        sent.add(bytes.length);
                        byte[] answer = line.in.readNBytes(bytes.length);
                        Bytes.check(answer, answer.length, 0);
                        received.add(answer.length);
                    }
                }
            } catch (Exception | AssertionError e) {
                failed.increment();
                System.out.println("client failed: " + e);
            }
        }
    }

    private String unload() throws InterruptedException {
        loading = false;
        loaded.await();
        return "sent " + sent.sumThenReset() + " received " + received.sumThenReset() + " failed "
                + failed.sumThenReset();
    }

    // The process

    private static long descriptors() throws IOException {
        try (var fds = Files.list(Path.of("/proc/self/fd"))) {
            return fds.count();
        }
    }

    /** Tasks compute for so long, twice as many as there are carriers. */
    private static String block(int millis) throws InterruptedException {
        int tasks = 2 * Runtime.getRuntime().availableProcessors();
        CountDownLatch ended = new CountDownLatch(tasks);
        for (int i = 0; i < tasks; i++) {
            long untilNanos = System.nanoTime() + millis * 1_000_000L;
            start(true, () -> {
                while (untilNanos - System.nanoTime() > 0) {
                    Thread.onSpinWait();
                }
                ended.countDown();
            });
        }
        ended.await();
        return "unblocked";
    }

    /** Takes the native memory there is, in ever smaller pieces. */
    private String hoard() {
        long taken = 0;
        for (long size = 64L << 20; size >= HOARD_MIN; size /= 2) {
            for (; ; ) {
                Arena arena = Arena.ofShared();
                try {
                    taken += arena.allocate(size).byteSize();
                    hoard.add(arena);
                } catch (OutOfMemoryError e) {
                    arena.close();
                    break;
                }
            }
        }
        return "hoarded " + taken;
    }

    private static long cpuNanos() {
        return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class)
                .getProcessCpuTime();
    }
}
