package io.heddle.internal.carrier;

import io.heddle.internal.poller.Home;
import io.heddle.internal.poller.Poller;
import io.heddle.internal.poller.Ready;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * The one platform thread that waits in the kernel for all parked {@link HostedHome}s: for their pollers
 * to have reports, and for their timers.
 */
public final class HostedMaster extends Thread {
    private static final long START_AGAIN_NANOS = 100_000_000;

    private final Poller poller;
    private final List<HostedHome> homes = new ArrayList<>();
    private final SleepGate gate = new SleepGate();

    // This thread only: how many homes have a thread, and of which kind the next will be.
    private int started;
    private Thread.Builder kind = Thread.ofVirtual();

    /** When the wait in the kernel will end by itself; written by this thread before it announces. */
    private volatile long sleepsUntilNanos;

    private volatile boolean sleepsForEver;

    /**
     * Opens the pollers; call {@link #begin} next.
     *
     * @param pollers opens pollers for descriptors
     * @param ownPoller opens a poller armed {@link io.heddle.internal.poller.Arming#ONESHOT}
     * @param count how many pollers share the work
     * @throws IOException if there are no descriptors left; nothing is left behind
     */
    public HostedMaster(Carriers.PollerFactory pollers, Carriers.PollerFactory ownPoller, int count)
            throws IOException {
        super(null, null, "heddle-hosted-master", 0, false);
        setDaemon(true);
        setContextClassLoader(ClassLoader.getSystemClassLoader());
        poller = ownPoller.open();
        try {
            for (int i = 0; i < count; i++) {
                HostedHome home = new HostedHome(this, i, pollers.open());
                homes.add(home);
                int result = poller.watch(home.poller.fd(), i, 0);
                if (result < 0) {
                    throw new IOException("a hosted poller cannot be watched: errno=" + -result);
                }
            }
        } catch (IOException e) {
            homes.forEach(home -> home.poller.close());
            poller.close();
            throw e;
        }
    }

    /**
     * Starts the thread.
     *
     * @throws IOException if no thread can be had; nothing is left behind
     */
    public void begin() throws IOException {
        try {
            start();
        } catch (OutOfMemoryError e) {
            homes.forEach(home -> home.poller.close());
            poller.close();
            throw new IOException("no thread for the hosted poller: raise 'ulimit -u' or the pids limit", e);
        }
    }

    /** The home of a thread; stable for the thread. */
    public Home homeOf(Thread waiter) {
        return homes.get((int) (waiter.threadId() % homes.size()));
    }

    /** How many pollers share the work. */
    public int count() {
        return homes.size();
    }

    /** What one of them has done since it began. */
    public long count(int index, Count what) {
        return homes.get(index).counters.get(what);
    }

    /** How many timers are linked; a moment's truth. */
    public int timers() {
        return homes.stream().mapToInt(HostedHome::timerCount).sum();
    }

    @Override
    public void run() {
        for (; ; ) {
            try {
                startMissing();
                awaitOne();
            } catch (Throwable t) {
                Reports.thrown("the hosted master", t);
            }
        }
    }

    /** From here, so that they belong to the JDK's scheduler whoever made the master. */
    private void startMissing() {
        while (started < homes.size() && hasStarted(homes.get(started), kind)) {
            started++;
        }
        if (started < homes.size()) {
            // The JDK's scheduler keeps the task of a start that failed, may run it all the same, and raises no worker
            // for the next task behind it. A platform thread starts or does not.
            kind = Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false);
        }
    }

    private static boolean hasStarted(HostedHome home, Thread.Builder threads) {
        try {
            home.start(threads);
            return true;
        } catch (OutOfMemoryError e) {
            Reports.thrown("starting a hosted poller (raise 'ulimit -u' or the container's pids limit)", e);
            return false;
        }
    }

    private void awaitOne() {
        long nowNanos = System.nanoTime();
        // Nobody else would start the missing ones, and whoever waits at one of them waits for that.
        long delay = Math.min(nextDelay(nowNanos), started < homes.size() ? START_AGAIN_NANOS : Long.MAX_VALUE);
        sleepsUntilNanos = nowNanos + delay;
        sleepsForEver = delay == Long.MAX_VALUE;
        gate.announce();
        // The second look: a home that parks with an earlier timer is seen here, or sees us asleep and rings.
        if (nextDelay(nowNanos) >= delay) {
            poll(delay);
        }
        gate.clear();
        long afterNanos = System.nanoTime();
        for (HostedHome home : homes) {
            if (home.wakeInNanos(afterNanos) == 0) {
                home.wake();
            }
        }
    }

    private void poll(long timeoutNanos) {
        int result = poller.poll(
                timeoutNanos,
                homes.size() + 1,
                (token, ready) -> homes.get((int) token).wake());
        if (result < 0) {
            LockSupport.parkNanos(1_000_000);
            throw new AssertionError("a poller of ours failed: errno=" + -result);
        }
    }

    private long nextDelay(long nowNanos) {
        long delay = Long.MAX_VALUE;
        for (HostedHome home : homes) {
            delay = Math.min(delay, home.wakeInNanos(nowNanos));
        }
        return delay;
    }

    /** A home that has announced that it parks: its poller is watched once, its timer is waited for. */
    void arm(HostedHome home) {
        int result = poller.rearm(home.poller.fd(), home.index, Ready.READABLE);
        if (result < 0) {
            throw new AssertionError("a hosted poller cannot be armed: errno=" + -result);
        }
        long nowNanos = System.nanoTime();
        long wanted = home.wakeInNanos(nowNanos);
        if (wanted != Long.MAX_VALUE
                && (sleepsForEver || nowNanos + wanted - sleepsUntilNanos < 0)
                && gate.claimWake()) {
            poller.wake();
        }
    }

    @Override
    public String toString() {
        return "HostedMaster[" + gate + ", " + homes + "]";
    }
}
