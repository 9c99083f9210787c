package io.heddle.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.management.OperatingSystemMXBean;
import io.heddle.Heddle;
import java.io.Closeable;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One half of {@link MainJob}, a process of its own: an HTTP server and its clients, either on Heddle's sockets or
 * on the JDK's. Tells on its standard output, in lines of {@code word value}, how far it is and what it found.
 */
final class LoadRun {
    private static final long TICK_NANOS = 200_000_000;
    private static final int END_SECONDS_MAX = 30;
    private static final OperatingSystemMXBean PROCESS =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private enum Phase {
        WARMUP,
        MEASURED,
        OVER
    }

    /** Whose sockets, and threads. */
    private interface Network {
        Closeable serve(Plan plan) throws IOException;

        InetSocketAddress address();

        Wire connect() throws IOException;

        ThreadFactory threads();

        /** What there is to say about it, in words and values. */
        Map<String, String> describe();
    }

    private final Plan plan;
    private final Network network;
    private final byte[] request;
    private final List<Latencies> latencies = new ArrayList<>();
    private final LongAdder answers = new LongAdder();
    private final Map<String, LongAdder> errors = new ConcurrentHashMap<>();

    /** Each client counts down once: connected, or failed to. */
    private final CountDownLatch settled;

    private final CountDownLatch begin = new CountDownLatch(1);
    private final CountDownLatch ended;
    private volatile Phase phase = Phase.WARMUP;

    private LoadRun(Plan plan, Network network) {
        this.plan = plan;
        this.network = network;
        this.request = ("GET " + plan.path() + " HTTP/1.1\r\nHost: localhost\r\n\r\n").getBytes(ISO_8859_1);
        this.settled = new CountDownLatch(plan.connections());
        this.ended = new CountDownLatch(plan.connections());
    }

    /** Started by {@link MainJob}: whose sockets, then the plan. */
    public static void main(String[] args) throws Exception {
        endWithParent();
        Network network = args[0].equals("heddle") ? new OnHeddle() : new OnJdk();
        new LoadRun(Plan.parse(List.of(args).subList(1, args.length)), network).run();
        System.exit(0);
    }

    /** The parent holds the other end of standard input and writes nothing. */
    private static void endWithParent() {
        Thread watch = new Thread(
                () -> {
                    try {
                        System.in.transferTo(System.err);
                    } catch (IOException e) {
                        System.err.println("the parent is gone: " + e);
                    }
                    Runtime.getRuntime().halt(1);
                },
                "parent-watch");
        watch.setDaemon(true);
        watch.start();
    }

    private void run() throws IOException, InterruptedException {
        try (Closeable server = network.serve(plan)) {
            tell("server", network.address() + " " + server.getClass().getSimpleName());
            for (int i = 0; i < plan.connections(); i++) {
                Latencies own = new Latencies();
                latencies.add(own);
                network.threads().newThread(() -> drive(own)).start();
            }
            settled.await();
            begin.countDown();
            pass(Phase.WARMUP, plan.warmupSeconds());
            long cpuNanos = PROCESS.getProcessCpuTime();
            long nanos = pass(Phase.MEASURED, plan.seconds());
            cpuNanos = PROCESS.getProcessCpuTime() - cpuNanos;
            phase = Phase.OVER;
            if (!ended.await(END_SECONDS_MAX, TimeUnit.SECONDS)) {
                count("no answer within " + END_SECONDS_MAX + " s", ended.getCount());
            }
            report(nanos, cpuNanos);
        }
    }

    /** One client. */
    private void drive(Latencies own) {
        boolean isSettled = false;
        try (Wire wire = network.connect()) {
            isSettled = true;
            settled.countDown();
            begin.await();
            HttpExchange exchange = new HttpExchange(wire, request, Site.HELLO.getBytes(UTF_8));
            while (phase != Phase.OVER) {
                long sinceNanos = System.nanoTime();
                exchange.ask();
                answers.increment();
                if (phase == Phase.MEASURED) {
                    own.record(System.nanoTime() - sinceNanos);
                }
            }
        } catch (Throwable t) {
            // Whatever it is, it is one connection less, and the job must not end well.
            count(t.toString(), 1);
        } finally {
            if (!isSettled) {
                settled.countDown();
            }
            ended.countDown();
        }
    }

    private void count(String error, long times) {
        errors.computeIfAbsent(error, e -> new LongAdder()).add(times);
    }

    /** Lets the clients work for a time, or until none is left. Answers how long it was. */
    private long pass(Phase next, int seconds) throws InterruptedException {
        phase = next;
        long sinceNanos = System.nanoTime();
        long wantedNanos = TimeUnit.SECONDS.toNanos(seconds);
        long passedNanos = 0;
        long answersBefore = answers.sum();
        while (passedNanos < wantedNanos && ended.getCount() > 0) {
            ended.await(Math.min(TICK_NANOS, wantedNanos - passedNanos), TimeUnit.NANOSECONDS);
            passedNanos = System.nanoTime() - sinceNanos;
            tell(
                    "progress",
                    next.name().toLowerCase(Locale.ROOT) + " " + TimeUnit.NANOSECONDS.toMillis(passedNanos) + " "
                            + (answers.sum() - answersBefore));
        }
        return passedNanos;
    }

    private void report(long nanos, long cpuNanos) {
        Latencies all = new Latencies();
        if (ended.getCount() == 0) {
            latencies.forEach(all::add);
        }
        tell("requests", all.count());
        tell("nanos", nanos);
        tell("cpuNanos", cpuNanos);
        tell("p50Nanos", all.quantileNanos(0.50));
        tell("p99Nanos", all.quantileNanos(0.99));
        network.describe().forEach(LoadRun::tell);
        errors.forEach((error, times) -> tell("error", times.sum() + " " + error.replace('\n', ' ')));
        tell("end", "");
    }

    private static void tell(String word, Object value) {
        System.out.println(word + " " + value);
    }

    /** Heddle's sockets, on threads of Heddle. */
    private static final class OnHeddle implements Network {
        private final Heddle heddle = Heddle.shared();
        private InetSocketAddress address = new InetSocketAddress(0);

        @Override
        public Closeable serve(Plan plan) throws IOException {
            HttpServer server = HttpServer.start(0, Site.of(null), plan.readTimeout());
            address = server.address();
            return server;
        }

        @Override
        public InetSocketAddress address() {
            return address;
        }

        @Override
        public Wire connect() throws IOException {
            return Wire.heddle(address);
        }

        @Override
        public ThreadFactory threads() {
            return heddle.threadFactory();
        }

        @Override
        public Map<String, String> describe() {
            return Map.of(
                    "mode", heddle.mode().name().toLowerCase(Locale.ROOT),
                    "carriers", Integer.toString(heddle.carriers()),
                    "engine", detail("engine"),
                    "arming", detail("arming"),
                    "because", heddle.hostedBecause().orElse(""));
        }

        /** Engine and arming have no accessors: they are for people, who find them in this text. */
        private String detail(String name) {
            Matcher matcher = Pattern.compile(name + "=([^,\\]]*)").matcher(heddle.toString());
            return matcher.find() ? matcher.group(1) : "-";
        }
    }

    /** The JDK's sockets, on its virtual threads. */
    private static final class OnJdk implements Network {
        private InetSocketAddress address = new InetSocketAddress(0);

        @Override
        public Closeable serve(Plan plan) throws IOException {
            JdkHttpServer server = JdkHttpServer.start(0, Site.of(null), plan.readTimeout());
            address = server.address();
            return server;
        }

        @Override
        public InetSocketAddress address() {
            return address;
        }

        @Override
        public Wire connect() throws IOException {
            return Wire.jdk(address);
        }

        @Override
        public ThreadFactory threads() {
            return Thread.ofVirtual().factory();
        }

        @Override
        public Map<String, String> describe() {
            return Map.of(
                    "mode", "jdk",
                    "carriers", Integer.toString(Runtime.getRuntime().availableProcessors()),
                    "engine", "java.net",
                    "arming", "-",
                    "because", "");
        }
    }
}
