package io.heddle.internal.carrier;

import io.heddle.internal.poller.Poller;
import io.heddle.internal.poller.RunningHome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A set of carriers, the workers that serve them, and the monitor that keeps them served. */
public final class Carriers {
    /** Opens one poller for each carrier. */
    @FunctionalInterface
    public interface PollerFactory {
        /** Opens a poller, which the carrier will close. */
        Poller open() throws IOException;
    }

    /** What a user may set; see the README. */
    public record Limits(int workersMax, long rescueAfterNanos) {}

    /** What a thread is called if nobody gives it a name: one string for all. */
    public static final String THREAD_NAME = "heddle";

    private static final int CPUS = Runtime.getRuntime().availableProcessors();
    /** Rounds of the monitor before it raises a worker beyond twice the CPUs: tasks that compute need none. */
    private static final int PATIENT_ROUNDS = 20;

    private static final AtomicInteger WORKER_NUMBERS = new AtomicInteger();

    /** All that were started and did not end. */
    private static final List<Carriers> LIVE = new CopyOnWriteArrayList<>();

    private final Limits limits;
    private final Supplier<Carriers> successor;
    private final List<Carrier> carriers = new ArrayList<>();
    private final Monitor monitor;
    private final CountDownLatch ended;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicInteger workers = new AtomicInteger();
    private final AtomicBoolean threadsExhausted = new AtomicBoolean();

    /** Workers without a carrier, the last to come first. Who removes one decides about it. */
    private final ConcurrentLinkedDeque<Worker> spares = new ConcurrentLinkedDeque<>();

    /** Whether a carrier was woken to steal and has not left its sleep yet: one at a time. Written by any owner. */
    private volatile boolean searching;

    private volatile boolean closed;

    /** Who takes the threads that outlive this; written by the closer before any carrier ends. */
    private volatile @Nullable Carriers heir;

    /**
     * Starts carriers.
     *
     * @param successor where threads go that outlive these carriers
     * @throws IOException if a poller cannot be opened; nothing is left behind
     */
    public Carriers(int count, PollerFactory pollers, Limits limits, Supplier<Carriers> successor) throws IOException {
        this.limits = limits;
        this.successor = successor;
        this.ended = new CountDownLatch(count);
        List<Worker> first = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                Worker worker = newWorker();
                Carrier carrier = new Carrier(this, i, pollers.open(), worker.number);
                worker.assign(carrier);
                carriers.add(carrier);
                first.add(worker);
            }
        } catch (IOException | RuntimeException | Error e) {
            carriers.forEach(carrier -> carrier.poller().close());
            throw e;
        }
        monitor = new Monitor(this, List.copyOf(carriers), limits.rescueAfterNanos);
        startAll(first);
        LIVE.add(this);
    }

    private void startAll(List<Worker> first) throws IOException {
        int started = 0;
        try {
            for (Worker worker : first) {
                worker.start();
                workers.incrementAndGet();
                started++;
            }
            monitor.start();
        } catch (OutOfMemoryError e) {
            // No thread can be had: pids.max, ulimit -u, memory. What runs ends, what does not is closed here.
            carriers.subList(0, started).forEach(Carrier::beginEnd);
            carriers.subList(started, carriers.size())
                    .forEach(carrier -> carrier.poller().close());
            closed = true;
            spares.forEach(LockSupport::unpark);
            throw new IOException(
                    "no thread for a carrier: raise 'ulimit -u' or the container's pids limit: started=" + started, e);
        }
    }

    /**
     * The carrier of the calling virtual thread, or null if none of ours runs it. Its own, also if it was stolen: there
     * it is woken, and its sockets shall be there, too.
     */
    public static @Nullable RunningHome currentHome() {
        return Carrier.homeOf(Thread.currentThread());
    }

    /** Whether the calling thread runs on one of these carriers. */
    public boolean isCurrent() {
        return currentHome() instanceof Carrier carrier && carriers.contains(carrier);
    }

    /** How many carriers there are. */
    public int count() {
        return carriers.size();
    }

    /** Makes virtual threads on one carrier after the other. */
    public ThreadFactory threads() {
        return task -> carriers.get(Math.floorMod(next.getAndIncrement(), carriers.size()))
                .threads()
                .newThread(task);
    }

    /** All sets that run. */
    public static List<Carriers> live() {
        return List.copyOf(LIVE);
    }

    /** What one carrier has done since it began. */
    public long count(int index, Count what) {
        return carriers.get(index).counters.get(what);
    }

    /** What all of them have done. */
    long count(Count what) {
        return carriers.stream()
                .mapToLong(carrier -> carrier.counters.get(what))
                .sum();
    }

    /** The number of one carrier in the process, for people. */
    public int number(int index) {
        return carriers.get(index).number;
    }

    /** How many tasks wait at one carrier; a moment's truth. */
    public int queued(int index) {
        return carriers.get(index).queued();
    }

    /** How often a carrier was taken from a worker that did not come back. */
    long rescues() {
        return count(Count.RESCUES);
    }

    /** How often a task was taken from the carrier that had it by another one. */
    long steals() {
        return count(Count.STEALS_IN);
    }

    /** How many timers are linked; a moment's truth. */
    public int timers() {
        return carriers.stream().mapToInt(Carrier::timerCount).sum();
    }

    /** How many platform threads serve or could serve. */
    public int workers() {
        return workers.get();
    }

    /** Whether a platform thread is one of them. */
    public boolean isWorker(Thread thread) {
        return thread instanceof Worker worker && worker.carriers == this;
    }

    /** How many of them have no carrier; a moment's truth. */
    public int spares() {
        return spares.size();
    }

    /**
     * Makes sure that there is somewhere to go for threads that outlive this. Here and not when a thread moves: to
     * start carriers takes locks and waits, as execute() must not.
     */
    public void prepareClose() {
        heir = successor.get();
    }

    /** Ends all carriers. Threads that still live go on with the successor's. */
    public void close() {
        if (heir == null) {
            prepareClose();
        }
        for (Carrier carrier : carriers) {
            carrier.beginEnd();
        }
        boolean interrupted = false;
        for (; ; ) {
            try {
                ended.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        closed = true;
        LIVE.remove(this);
        LockSupport.unpark(monitor);
        spares.forEach(LockSupport::unpark);
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Called when carriers of this set end, at any depth of the JDK's scheduler: only reads. */
    Carrier heirOf(int index) {
        Carriers taking = heir;
        assert taking != null : "carriers end after prepareClose()";
        assert taking != this : "carriers that are their own heir must be idle when they are closed: " + this;
        return taking.carriers.get(index % taking.carriers.size());
    }

    Monitor monitor() {
        return monitor;
    }

    boolean isClosed() {
        return closed;
    }

    void ended(Carrier carrier) {
        assert carriers.contains(carrier);
        ended.countDown();
    }

    // Stealing

    /** The owner of a loaded carrier: wakes one sibling that sleeps, unless one is on its way already. */
    void wakeThief(Carrier loaded) {
        if (searching) {
            return;
        }
        for (int i = 1; i < carriers.size(); i++) {
            Carrier sibling = after(loaded, i);
            if (sibling.isAsleep()) {
                searching = true;
                if (sibling.wakeIfAsleep()) {
                    return;
                }
                searching = false;
            }
        }
    }

    /** An owner that has slept, whoever woke it: it looks now, or has work of its own. */
    void thiefWoke() {
        if (searching) {
            searching = false;
        }
    }

    /** Another carrier than this one that has more than it can run, or null. */
    @Nullable
    Carrier loadedSibling(Carrier idle) {
        for (int i = 1; i < carriers.size(); i++) {
            Carrier sibling = after(idle, i);
            if (sibling.isLoaded()) {
                return sibling;
            }
        }
        return null;
    }

    private Carrier after(Carrier one, int distance) {
        return carriers.get((one.index + distance) % carriers.size());
    }

    // Workers

    private Worker newWorker() {
        int number = Math.floorMod(WORKER_NUMBERS.getAndIncrement(), Ownership.WORKER_MAX) + 1;
        return new Worker(this, number);
    }

    int roundsBeforeRescue() {
        return workers.get() < 2 * CPUS + carriers.size() ? 1 : PATIENT_ROUNDS;
    }

    /** A running worker without a carrier, or null if there are too many already. */
    @Nullable
    Worker takeSpare() {
        Worker spare = spares.poll();
        if (spare != null || workers.get() >= limits.workersMax) {
            return spare;
        }
        try {
            Worker fresh = newWorker();
            fresh.start();
            workers.incrementAndGet();
            return fresh;
        } catch (OutOfMemoryError e) {
            // pids.max, ulimit -u or memory: the carrier stays where it is until its task ends.
            if (threadsExhausted.compareAndSet(false, true)) {
                Reports.thrown("starting a spare worker (raise 'ulimit -u' or the container's pids limit)", e);
            }
            return null;
        }
    }

    void addSpare(Worker worker) {
        spares.push(worker);
        if (closed) {
            // close() has rung before it was there.
            LockSupport.unpark(worker);
        }
    }

    boolean removeSpare(Worker worker) {
        return spares.remove(worker);
    }

    void left(Worker worker) {
        assert !spares.contains(worker);
        workers.decrementAndGet();
    }

    /** For tests: whether all sleep and have nothing to do; stays so if nobody brings anything. */
    boolean isIdle() {
        return carriers.stream().allMatch(carrier -> carrier.isAsleep() && !carrier.hasBusiness());
    }

    /** For tests: takes a carrier from its worker in the middle of a task, however short; false if it is in none. */
    boolean rescueNow(int index) {
        Carrier carrier = carriers.get(index);
        long word = carrier.ownership.word();
        return Ownership.isInTask(word) && monitor.rescue(carrier, word);
    }

    @Override
    public String toString() {
        return "Carriers[workers=" + workers + ", spares=" + spares.size() + ", " + carriers + "]";
    }
}
