package io.heddle;

import io.heddle.internal.carrier.Carriers;
import io.heddle.internal.engine.Engine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A set of carriers, and the virtual threads that run on them.
 *
 * <p>A carrier is a platform thread that runs virtual threads and, between them, polls the kernel for their
 * sockets. A thread made here stays on the carriers, and so do all threads that it starts. On other threads
 * Heddle's sockets work the same, but they are not faster than the JDK's.
 *
 * {@snippet file="io/heddle/HeddleExamples.java" region="echo"}
 *
 * <h2>Modes</h2>
 *
 * <p>Carriers need {@code --add-opens java.base/java.lang=io.heddle} (or {@code =ALL-UNNAMED} where Heddle is on
 * the class path). Without it, or with {@code -Dheddle.scheduler=hosted}, Heddle runs hosted: the same calls with
 * the same results, on the JDK's scheduler. {@link #mode} and {@link #hostedBecause} tell.
 *
 * <h2>Concurrency</h2>
 *
 * <p>Every method may be called by any thread. All threads involved are daemons.
 */
public final class Heddle implements AutoCloseable {
    /** Those that {@link #open} made and nobody closed. */
    private static final List<Heddle> OPEN = new CopyOnWriteArrayList<>();

    /** Whether somebody has begun to register the MXBean. */
    private static final AtomicBoolean REGISTERING = new AtomicBoolean();

    /** Where virtual threads run. */
    public enum Mode {
        /** On carriers of Heddle, which poll for themselves. */
        CARRIERS,
        /** On the scheduler of the JDK, with a poller of Heddle beside it. */
        HOSTED
    }

    private enum State {
        OPEN,
        CLOSING,
        CLOSED
    }

    /** Null when hosted. */
    private final @Nullable Carriers carriers;

    private final boolean isShared;
    private final ThreadFactory makesThreads;
    /** Calls that are between having found this open and having started their thread. */
    private final AtomicInteger starting = new AtomicInteger();

    /** Made and not ended; one that is never started stays until close(). Empty for the shared one. */
    private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

    /** What closes the listeners built on this. */
    private final Set<Runnable> listeners = ConcurrentHashMap.newKeySet();

    private final ReentrantLock lock = new ReentrantLock();
    /** State moved on, or a thread ended while closing. */
    private final Condition changed = lock.newCondition();

    /** Written under lock; OPEN, then CLOSING, then CLOSED. */
    private volatile State state = State.OPEN;

    private Heddle(@Nullable Carriers carriers, boolean isShared) {
        this.carriers = carriers;
        this.isShared = isShared;
        this.makesThreads = carriers != null ? carriers.threads() : Heddle::newHostedThread;
        if (Engine.isJmxAsked() && REGISTERING.compareAndSet(false, true)) {
            // It takes longer than all the rest, and nobody waits for it.
            Engine.startDaemon("heddle-jmx", Heddle::registerMXBean);
        }
    }

    private static Thread newHostedThread(Runnable task) {
        return Thread.ofVirtual().name(Carriers.THREAD_NAME).unstarted(task);
    }

    private static final class Shared {
        static final Heddle INSTANCE = new Heddle(Engine.hosted() == null ? Engine.shared() : null, true);
    }

    /**
     * The Heddle of everybody, started by the first call. It has {@code -Dheddle.carriers} carriers, by default
     * one for each CPU, and is never closed.
     *
     * @return always the same
     * @throws UnsupportedOperationException on another system than Linux on x86-64 or aarch64
     * @throws IllegalStateException if native access is denied; the message names the flag to start java with
     * @throws IllegalArgumentException if a {@code -Dheddle.} setting has no such value
     * @throws UncheckedIOException if the process has no descriptors left; a later call tries again
     */
    public static Heddle shared() {
        Engine.ensure();
        if (Engine.hosted() == null) {
            Engine.shared();
        }
        return Shared.INSTANCE;
    }

    /**
     * Starts carriers of one's own. In {@link Mode#HOSTED} there are none to start: the threads are the JDK's, and
     * only {@link #close} is one's own.
     *
     * @param carriers how many, at least 1
     * @return to be closed by {@link #close}
     * @throws IllegalArgumentException if {@code carriers} is not positive
     * @throws UnsupportedOperationException on another system than Linux on x86-64 or aarch64
     * @throws IllegalStateException if native access is denied; the message names the flag to start java with
     * @throws UncheckedIOException if the process has no descriptors left; nothing is left behind
     */
    public static Heddle open(int carriers) {
        if (carriers <= 0) {
            throw new IllegalArgumentException("carriers must be positive: carriers=" + carriers);
        }
        Engine.ensure();
        try {
            Heddle heddle = new Heddle(Engine.hosted() == null ? Engine.open(carriers) : null, false);
            OPEN.add(heddle);
            return heddle;
        } catch (IOException e) {
            throw new UncheckedIOException("Heddle cannot start its carriers: " + e.getMessage(), e);
        }
    }

    /** The Heddle that made the calling thread, or on whose carriers it runs, else the shared one. */
    static Heddle current() {
        for (Heddle heddle : OPEN) {
            if (heddle.isCurrent()) {
                return heddle;
            }
        }
        return shared();
    }

    private boolean isCurrent() {
        return threads.contains(Thread.currentThread()) || (carriers != null && carriers.isCurrent());
    }

    /**
     * Tells where virtual threads run.
     *
     * @return the same for all Heddles of a process
     */
    public Mode mode() {
        return carriers != null ? Mode.CARRIERS : Mode.HOSTED;
    }

    /**
     * Tells why there are no carriers.
     *
     * @return a sentence for people, with the remedy; empty in {@link Mode#CARRIERS}
     */
    public Optional<String> hostedBecause() {
        return Optional.ofNullable(Engine.hosted());
    }

    /**
     * Tells how many carriers run these threads.
     *
     * @return at least 1; in {@link Mode#HOSTED} the parallelism of the JDK's scheduler
     */
    public int carriers() {
        return carriers != null
                ? carriers.count()
                : Integer.getInteger(
                        "jdk.virtualThreadScheduler.parallelism",
                        Runtime.getRuntime().availableProcessors());
    }

    /**
     * Tells what the carriers have done so far. Cheap, and disturbs none of them; may be called by any thread at any
     * time, also after {@link #close}.
     *
     * @return a moment's truth, which does not change
     */
    public Statistics statistics() {
        return Statistics.of(carriers);
    }

    /**
     * Registers the {@link HeddleMXBean} with the platform's MBean server, where it stays. Does nothing if one is there
     * already. Loading JMX takes a moment, and some memory.
     *
     * @throws UnsupportedOperationException if this Java runtime has no module {@code java.management}, or did not
     *     resolve it
     */
    public static void registerMXBean() {
        Engine.ensure();
        if (!Engine.canUse("java.management")) {
            throw new UnsupportedOperationException("JMX needs the module java.management: start java with"
                    + " --add-modules java.management, or add it to the image");
        }
        Management.register();
    }

    /**
     * Starts a virtual thread on the next carrier.
     *
     * @param task what it does
     * @return the running thread
     * @throws RejectedExecutionException if this Heddle is closed, or is closing
     */
    public Thread startVirtualThread(Runnable task) {
        // Counted before newThread() looks whether this is open, and close() looks for it after it has said so.
        starting.incrementAndGet();
        try {
            Thread thread = newThread(task);
            thread.start();
            return thread;
        } finally {
            if (starting.decrementAndGet() == 0 && state != State.OPEN) {
                signal();
            }
        }
    }

    /**
     * A factory of virtual threads on these carriers, one carrier after the other. A thread keeps its carrier (another
     * one runs it while its own cannot keep up), and
     * threads that it starts begin on the same. In a thread dump all of them are called {@code heddle}, as a name for
     * each would cost each its memory; {@link Thread#setName} gives another. After {@link #close} the factory throws
     * {@link RejectedExecutionException}, and a thread that it made before and that is started only then runs on the
     * {@link #shared} carriers.
     *
     * @return for use by any thread
     */
    public ThreadFactory threadFactory() {
        return this::newThread;
    }

    /** The same with a name, which many threads may share. */
    Thread newThread(Runnable task, String name) {
        Thread thread = newThread(task);
        thread.setName(name);
        return thread;
    }

    private Thread newThread(Runnable task) {
        Objects.requireNonNull(task);
        if (state != State.OPEN) {
            throw new RejectedExecutionException("Heddle is closed: " + this);
        }
        if (isShared) {
            // Never closed, so nobody will ever wait for it.
            return makesThreads.newThread(task);
        }
        Thread thread = makesThreads.newThread(() -> run(task));
        threads.add(thread);
        if (state != State.OPEN) {
            threads.remove(thread);
            throw new RejectedExecutionException("Heddle is closed: " + this);
        }
        return thread;
    }

    private void run(Runnable task) {
        try {
            task.run();
        } finally {
            threads.remove(Thread.currentThread());
            if (state != State.OPEN) {
                signal();
            }
        }
    }

    private void signal() {
        lock.lock();
        try {
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * An executor that starts a virtual thread on these carriers for each task.
     *
     * @return to be closed by its user; closing this Heddle waits for its threads, too
     */
    public ExecutorService newVirtualThreadPerTaskExecutor() {
        return Executors.newThreadPerTaskExecutor(threadFactory());
    }

    /**
     * Does work that would block a carrier: a native call, reading a file, a driver of a database that has its own
     * sockets. A virtual thread parks while a platform thread {@code heddle-blocking-N} does it, and the other
     * threads of its carrier run on. A platform thread does it itself, since it holds up nobody.
     *
     * {@snippet file="io/heddle/HeddleExamples.java" region="blocking"}
     *
     * <p>It is as if the caller did the work itself, but for thread locals and scoped values, which are not the
     * caller's. What the work writes the caller sees.
     *
     * <h4>Blocking</h4>
     *
     * Returns when the work has ended and never before. If the calling thread is interrupted, the thread that does the
     * work is interrupted; what comes of it is up to the work, which may throw {@link InterruptedException} or, as
     * most native calls, not notice. An interrupt that the work leaves pending, or that comes too late for it, is
     * pending in the caller on return.
     *
     * <p>At most {@code -Dheddle.maxBlockingCalls} calls are done at once in the process; others wait in the order
     * of their coming. So work must not wait for other work that comes after it: for that a thread is needed and not
     * a call. {@link #close} waits for its threads, and thereby for their calls.
     *
     * @param call the work
     * @param <T> what it answers
     * @param <X> what it throws
     * @return its answer
     * @throws X as the work does, the same object
     * @throws OutOfMemoryError if no thread can be had; the work has not begun
     * @throws UnsupportedOperationException on another system than Linux on x86-64 or aarch64
     * @throws IllegalStateException if native access is denied; the message names the flag to start java with
     * @throws IllegalArgumentException if a {@code -Dheddle.} setting has no such value
     */
    public static <T extends @Nullable Object, X extends Throwable> T callBlocking(BlockingCall<T, X> call) throws X {
        Objects.requireNonNull(call);
        Engine.ensure();
        if (!Thread.currentThread().isVirtual()) {
            return call.call();
        }
        Outcome<T, X> outcome = new Outcome<>(call);
        Engine.blockingCalls().run(outcome);
        return outcome.get();
    }

    /** Written by the thread that does the work, then read by the caller. */
    private static final class Outcome<T extends @Nullable Object, X extends Throwable> implements Runnable {
        private final BlockingCall<T, X> call;
        private @Nullable T answer;
        private @Nullable Throwable thrown;

        Outcome(BlockingCall<T, X> call) {
            this.call = call;
        }

        @Override
        public void run() {
            try {
                answer = call.call();
            } catch (Throwable t) {
                // Everything goes to the caller.
                thrown = t;
            }
        }

        @SuppressWarnings({"unchecked", "NullAway"
        }) // It throws X or what is unchecked; its answer is null if T may be.
        T get() throws X {
            if (thrown != null) {
                throw (X) thrown;
            }
            return answer;
        }
    }

    /** Something that closes a listener; run when this is closed. */
    void add(Runnable closeListener) {
        if (isShared) {
            return;
        }
        listeners.add(closeListener);
        if (state != State.OPEN) {
            closeListener.run();
        }
    }

    boolean isOpen() {
        return state == State.OPEN;
    }

    void remove(Runnable closeListener) {
        listeners.remove(closeListener);
    }

    /**
     * Ends these carriers in order, as {@link ExecutorService#close} does: no more threads are made, listeners
     * built {@linkplain TcpListener.Builder#on on} this Heddle are closed, and the call waits for all threads that
     * this Heddle made. Threads that those started by themselves may live on; they move to the {@link #shared}
     * carriers.
     *
     * <h4>Blocking</h4>
     *
     * Waits for the threads. If the caller is interrupted meanwhile, all of them are interrupted, and the wait goes
     * on; the caller's interrupt status is set on return. A second caller waits, too; closing again does nothing.
     *
     * @throws UnsupportedOperationException if this is the {@link #shared} one
     * @throws IllegalStateException if called by one of its own threads, which would wait for itself
     * @throws UncheckedIOException if the shared carriers are needed and cannot be started, for lack of descriptors or
     *     threads; this stays open
     */
    @Override
    public void close() {
        if (isShared) {
            throw new UnsupportedOperationException("the shared Heddle is never closed");
        }
        Thread me = Thread.currentThread();
        if (isCurrent()) {
            throw new IllegalStateException("a Heddle cannot be closed by one of its own threads: thread=" + me);
        }
        if (carriers != null) {
            carriers.prepareClose();
        }
        boolean mine = beginClose();
        boolean interrupted = false;
        if (mine) {
            listeners.forEach(Runnable::run);
            interrupted = awaitThreads();
            if (carriers != null) {
                carriers.close();
            }
            OPEN.remove(this);
            finishClose();
        } else {
            interrupted = awaitClosed();
        }
        if (interrupted) {
            me.interrupt();
        }
    }

    private boolean beginClose() {
        lock.lock();
        try {
            boolean first = state == State.OPEN;
            if (first) {
                state = State.CLOSING;
            }
            return first;
        } finally {
            lock.unlock();
        }
    }

    private void finishClose() {
        lock.lock();
        try {
            state = State.CLOSED;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for all threads that were started. Answers whether the caller was interrupted. */
    private boolean awaitThreads() {
        boolean interrupted = false;
        lock.lock();
        try {
            while (starting.get() > 0 || hasStartedThreads()) {
                try {
                    changed.await();
                } catch (InterruptedException e) {
                    interrupted = true;
                    threads.forEach(Thread::interrupt);
                }
            }
        } finally {
            lock.unlock();
        }
        return interrupted;
    }

    private boolean hasStartedThreads() {
        for (Thread thread : threads) {
            if (thread.getState() != Thread.State.NEW) {
                return true;
            }
        }
        return false;
    }

    private boolean awaitClosed() {
        boolean interrupted = false;
        lock.lock();
        try {
            while (state != State.CLOSED) {
                try {
                    changed.await();
                } catch (InterruptedException e) {
                    interrupted = true;
                    threads.forEach(Thread::interrupt);
                }
            }
        } finally {
            lock.unlock();
        }
        return interrupted;
    }

    static System.Logger log() {
        return System.getLogger("io.heddle");
    }

    @Override
    public String toString() {
        return "Heddle[mode=" + mode().name().toLowerCase(Locale.ROOT) + ", carriers=" + carriers() + ", engine="
                + Engine.NAME + ", arming=" + Engine.armingName() + ", state="
                + state.name().toLowerCase(Locale.ROOT) + (isShared ? ", shared" : ", threads=" + threads.size())
                + "]";
    }
}
