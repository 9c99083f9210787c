package io.heddle.internal.engine;

import io.heddle.internal.carrier.BlockingCalls;
import io.heddle.internal.carrier.Carriers;
import io.heddle.internal.carrier.FlightEvents;
import io.heddle.internal.carrier.HostedMaster;
import io.heddle.internal.epoll.EpollPoller;
import io.heddle.internal.jdk.KnownBugs;
import io.heddle.internal.jdk.VirtualThreads;
import io.heddle.internal.poller.Arming;
import io.heddle.internal.poller.Home;
import io.heddle.internal.poller.Homes;
import io.heddle.internal.poller.Poller;
import io.heddle.internal.poller.RunningHome;
import io.heddle.internal.sys.Fd;
import io.heddle.internal.sys.NativeAccess;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.ZoneId;
import java.time.zone.ZoneRules;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The composition root: reads the settings, probes the machine, and wires poller, scheduler and arming.
 * The only class that knows them all. One for the whole process.
 */
public final class Engine {
    /** The name of the poller's mechanism, for people. */
    public static final String NAME = "epoll";

    private static final int CPUS = Runtime.getRuntime().availableProcessors();
    private static final int TABLE_MAX = 1 << 16;
    private static final int TABLE_MIN = 1 << 10;
    private static final long BLOCKING_IDLE_NANOS = 30_000_000_000L;

    /** Finds the home of a waiter, whoever it is. */
    public static final Homes HOMES = new Homes() {
        @Override
        public Home current() {
            return home();
        }

        @Override
        public @Nullable RunningHome running() {
            return Carriers.currentHome();
        }
    };

    private static final ReentrantLock LOCK = new ReentrantLock();

    // Each is written once, under LOCK, by whoever needs it first; a failed start is tried again.
    private static volatile @Nullable Settings settings;
    private static volatile @Nullable Carriers shared;
    private static volatile @Nullable HostedMaster hostedMaster;
    private static volatile boolean reserved;

    private record Settings(
            Arming arming,
            @Nullable String hostedBecause,
            int carriers,
            Carriers.Limits limits,
            int blockingCallsMax,
            boolean dropInFailsIfStarved) {}

    private Engine() {}

    /**
     * Makes sure that Heddle can run here; every public entry calls it first.
     *
     * @throws UnsupportedOperationException on another system than Linux on x86-64 or aarch64
     * @throws IllegalStateException if native access is denied; the message names the flag
     * @throws IllegalArgumentException if a {@code -Dheddle.} setting has no such value
     */
    public static void ensure() {
        settings();
    }

    private static Settings settings() {
        Settings known = settings;
        if (known != null) {
            return known;
        }
        LOCK.lock();
        try {
            if (settings == null) {
                settings = read();
            }
            return Objects.requireNonNull(settings);
        } finally {
            LOCK.unlock();
        }
    }

    private static Settings read() {
        Settings read = new Settings(
                arming(),
                hostedBecause(),
                positive("heddle.carriers", CPUS),
                new Carriers.Limits(
                        positive("heddle.maxWorkers", 256), positive("heddle.rescueAfterMillis", 5) * 1_000_000L),
                positive("heddle.maxBlockingCalls", 256),
                isStarvedAcceptToFail());
        String missing = NativeAccess.missing();
        if (missing != null) {
            throw new UnsupportedOperationException(missing);
        }
        // Linking takes most of the start: what does not need it is done meanwhile.
        startDaemon("heddle-start", () -> claim(read.hostedBecause == null));
        NativeAccess.ensure();
        startDaemon("heddle-preload", Engine::preload);
        return read;
    }

    /** Starts a platform thread for what nobody waits for. */
    public static void startDaemon(String name, Runnable task) {
        Thread thread = new Thread(null, task, name, 0, false);
        thread.setDaemon(true);
        thread.start();
    }

    /** Counted down when the JDK's poller belongs to the JDK's scheduler for good. */
    private static final CountDownLatch CLAIMED = new CountDownLatch(1);

    private static void claim(boolean forCarriers) {
        try {
            if (forCarriers) {
                VirtualThreads.claimJdkPoller();
            }
        } finally {
            CLAIMED.countDown();
        }
    }

    private static void awaitClaimed() {
        boolean interrupted = false;
        while (CLAIMED.getCount() > 0) {
            try {
                CLAIMED.await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private static void preload() {
        NativeAccess.preload();
        // A log line has a date: its time zones are read from a file, once, and fail for good if that cannot be opened.
        ZoneRules rules = ZoneId.systemDefault().getRules();
        assert rules != null;
        if (canUse("jdk.jfr")) {
            FlightEvents.listen();
        }
        String bug = KnownBugs.of(Runtime.version());
        if (bug != null) {
            // Loading a logger costs as much as the whole start, and nobody needs this line at once.
            LockSupport.parkNanos(1_000_000_000);
            System.getLogger("io.heddle").log(System.Logger.Level.WARNING, bug);
        }
    }

    /** Whether a module that Heddle can do without is in this image and was resolved. */
    public static boolean canUse(String module) {
        Module found = ModuleLayer.boot().findModule(module).orElse(null);
        return found != null && Engine.class.getModule().canRead(found);
    }

    /** How descriptors are armed, as in {@code -Dheddle.arming=edge|oneshot}. */
    public static String armingName() {
        return settings().arming.name().toLowerCase(Locale.ROOT);
    }

    /** Null if virtual threads run on our carriers, else why they run on the JDK's. */
    public static @Nullable String hosted() {
        return settings().hostedBecause;
    }

    /** How many carriers a set gets if nobody says: {@code -Dheddle.carriers}, else one per CPU. */
    public static int defaultCarriers() {
        return settings().carriers;
    }

    /** Starts a set of carriers whose surviving threads go to {@link #shared}. */
    public static Carriers open(int count) throws IOException {
        LOCK.lock();
        try {
            awaitClaimed();
            return new Carriers(count, Engine::openPoller, settings().limits, Engine::shared);
        } finally {
            LOCK.unlock();
        }
    }

    /** The set that is never closed. */
    public static Carriers shared() {
        Carriers known = shared;
        if (known != null) {
            return known;
        }
        LOCK.lock();
        try {
            known = shared;
            if (known == null) {
                known = open(defaultCarriers());
                shared = known;
            }
            return known;
        } catch (IOException e) {
            throw new UncheckedIOException("Heddle cannot start its carriers: " + e.getMessage(), e);
        } finally {
            LOCK.unlock();
        }
    }

    private static Home home() {
        Home ours = hosted() == null ? Carriers.currentHome() : null;
        return ours != null ? ours : hostedMaster().homeOf(Thread.currentThread());
    }

    private static final class Blocking {
        static final BlockingCalls CALLS = new BlockingCalls(settings().blockingCallsMax, BLOCKING_IDLE_NANOS);
    }

    /** Runs what would block a carrier; after {@link #ensure}. */
    public static BlockingCalls blockingCalls() {
        return Blocking.CALLS;
    }

    /** How many timers are linked at the homes that live as long as the process; a moment's truth. */
    public static int timers() {
        Carriers ours = shared;
        HostedMaster master = hostedMaster;
        return (ours == null ? 0 : ours.timers()) + (master == null ? 0 : master.timers());
    }

    /** What polls for threads that no carrier runs, or null if no such thread has waited yet. */
    public static @Nullable HostedMaster hostedMasterIfStarted() {
        return hostedMaster;
    }

    private static HostedMaster hostedMaster() {
        HostedMaster known = hostedMaster;
        if (known != null) {
            return known;
        }
        LOCK.lock();
        try {
            known = hostedMaster;
            if (known == null) {
                known = new HostedMaster(
                        Engine::openPoller, () -> EpollPoller.open(Arming.ONESHOT), Integer.highestOneBit(CPUS));
                known.begin();
                hostedMaster = known;
            }
            return known;
        } catch (IOException e) {
            throw new UncheckedIOException("Heddle cannot start its hosted poller: " + e.getMessage(), e);
        } finally {
            LOCK.unlock();
        }
    }

    private static Poller openPoller() throws IOException {
        EpollPoller poller = EpollPoller.open(settings().arming);
        reserveDescriptors(poller.fd());
        return poller;
    }

    /** The largest table that the limit of descriptors allows, at most 65,536: half a megabyte. */
    private static void reserveDescriptors(int fd) {
        if (!reserved) {
            reserved = true;
            int numbers = TABLE_MAX;
            while (numbers >= TABLE_MIN && !Fd.reserve(fd, numbers)) {
                numbers /= 2;
            }
        }
    }

    // Settings

    private static Arming arming() {
        String name = System.getProperty("heddle.arming", "edge");
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "edge" -> Arming.EDGE;
            case "oneshot" -> Arming.ONESHOT;
            default -> throw new IllegalArgumentException("arming must be edge or oneshot: -Dheddle.arming=" + name);
        };
    }

    private static @Nullable String hostedBecause() {
        String name = System.getProperty("heddle.scheduler", "carriers");
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "carriers" -> VirtualThreads.missing();
            case "hosted" -> "asked for: -Dheddle.scheduler=hosted";
            default ->
                throw new IllegalArgumentException("scheduler must be carriers or hosted: -Dheddle.scheduler=" + name);
        };
    }

    private static boolean isStarvedAcceptToFail() {
        String name = System.getProperty("heddle.accept.emfile", "wait");
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "wait" -> false;
            case "throw" -> true;
            default ->
                throw new IllegalArgumentException(
                        "accept.emfile must be wait or throw: -Dheddle.accept.emfile=" + name);
        };
    }

    /**
     * Whether accept of a {@code java.net.ServerSocket} throws if it finds no descriptor, as in the JDK, and does not
     * wait for one: {@code -Dheddle.accept.emfile=wait|throw}.
     */
    public static boolean dropInFailsIfStarved() {
        return settings().dropInFailsIfStarved;
    }

    /** Whether to register with JMX: asked for, or a JMX agent was started with the process. */
    public static boolean isJmxAsked() {
        String asked = System.getProperty("heddle.jmx");
        if (asked != null) {
            return Boolean.parseBoolean(asked);
        }
        for (String name : System.getProperties().stringPropertyNames()) {
            if (name.startsWith("com.sun.management.jmxremote")) {
                return true;
            }
        }
        return false;
    }

    private static int positive(String property, int otherwise) {
        String text = System.getProperty(property);
        if (text == null) {
            return otherwise;
        }
        int value;
        try {
            value = Integer.parseInt(text.strip());
        } catch (NumberFormatException e) {
            value = 0;
        }
        if (value <= 0) {
            throw new IllegalArgumentException(property + " must be a positive number: -D" + property + "=" + text);
        }
        return value;
    }
}
