package io.heddle.internal.carrier;

import io.heddle.internal.carrier.Inbox.Message;
import io.heddle.internal.poller.Home;
import io.heddle.internal.poller.Poller;
import io.heddle.internal.readiness.Registrations;
import io.heddle.internal.timer.Timer;
import io.heddle.internal.timer.TimerWheel;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The poller of threads that no carrier of ours runs: virtual threads of the JDK's scheduler and platform
 * threads. Itself a virtual thread of the JDK's scheduler, so that whom it wakes lands in a queue of the
 * same pool (a platform thread where that could not be started, which is as correct); only public API.
 */
final class HostedHome implements Home, Runnable {
    /*
     * It polls without waiting and yields, as long as there are reports; then it arms itself in the master
     * once and parks. Armed all the time, the master would wake for every event (measured: 1.6 times the
     * CPU per request of C epoll; see docs/adr).
     */
    private static final int REPORTS_MAX = 256;

    final int index;
    final Poller poller;
    private final HostedMaster master;
    private final Inbox inbox = new Inbox();
    private final SleepGate gate = new SleepGate();
    final Counters counters = new Counters();

    private final AtomicBoolean begun = new AtomicBoolean();

    /** Set by the thread itself, before it sleeps for the first time. */
    private @Nullable Thread thread;

    /** When the timers want it; written by this thread before it parks, read by the master. */
    private volatile long nextDelayedAtNanos;

    private volatile boolean hasNext;

    // This thread only.
    private final TimerWheel timers = new TimerWheel(System.nanoTime());

    HostedHome(HostedMaster master, int index, Poller poller) {
        this.master = master;
        this.index = index;
        this.poller = poller;
    }

    /** Starts it on a thread of that kind. Whoever cannot know whether that failed may try again. */
    void start(Thread.Builder threads) {
        Thread started = threads.name("heddle-hosted-poller-" + index).start(this);
        assert started.isDaemon();
    }

    @Override
    public Poller poller() {
        return poller;
    }

    @Override
    public void schedule(Timer timer, long atNanos) {
        if (Thread.currentThread() == thread) {
            link(timer, atNanos);
        } else {
            post(Message.schedule(timer, atNanos));
        }
    }

    @Override
    public void cancel(Timer timer) {
        if (Thread.currentThread() == thread) {
            timers.unlink(timer);
        } else {
            post(Message.cancel(timer));
        }
    }

    /** None: any carrier wakes its own threads cheaper than this. */
    @Override
    public int foreignWaitsMax() {
        return 0;
    }

    private void post(Message message) {
        boolean added = inbox.add(message);
        assert added : "a hosted home never closes";
        wake();
    }

    /** Any thread: there is something to look at. */
    void wake() {
        if (gate.claimWake()) {
            LockSupport.unpark(thread);
        }
    }

    @Override
    public void run() {
        if (!begun.compareAndSet(false, true)) {
            return;
        }
        thread = Thread.currentThread();
        for (; ; ) {
            try {
                if (look()) {
                    Thread.yield();
                } else {
                    rest();
                }
            } catch (Throwable t) {
                // It serves the whole process and goes on whatever happens.
                Reports.thrown("the hosted poller", t);
            }
        }
    }

    private boolean look() {
        boolean worked = drain();
        int fired = timers.advance(System.nanoTime());
        counters.add(Count.TIMERS, fired);
        counters.add(Count.POLLS, 1);
        int reports = poller.poll(0, REPORTS_MAX, Registrations.SINK);
        if (reports < 0) {
            throw new AssertionError("a poller of ours failed: errno=" + -reports);
        }
        counters.add(Count.EVENTS, reports);
        return worked || fired > 0 || reports > 0;
    }

    private void rest() {
        long nowNanos = System.nanoTime();
        long delay = timers.nextDelayNanos(nowNanos);
        nextDelayedAtNanos = nowNanos + delay;
        hasNext = delay != Long.MAX_VALUE;
        gate.announce();
        if (!inbox.isEmpty()) {
            gate.clear();
            return;
        }
        master.arm(this);
        counters.add(Count.PARKS, 1);
        while (gate.isAsleep()) {
            LockSupport.park(this);
        }
    }

    /** The master: nanoseconds until this home wants to be woken; Long.MAX_VALUE if it does not. */
    long wakeInNanos(long nowNanos) {
        return gate.isAsleep() && hasNext ? Math.max(nextDelayedAtNanos - nowNanos, 0) : Long.MAX_VALUE;
    }

    int timerCount() {
        return timers.count();
    }

    private boolean drain() {
        Message message = inbox.takeAll();
        boolean any = message != null;
        for (; message != null; message = message.next) {
            Timer timer = Objects.requireNonNull(message.timer);
            switch (message.kind) {
                case SCHEDULE -> link(timer, message.atNanos);
                case CANCEL -> timers.unlink(timer);
                case TASK -> throw new AssertionError("a hosted home runs no tasks");
            }
        }
        return any;
    }

    private void link(Timer timer, long atNanos) {
        if (timer.isDead() || (timer.isLinked() && timer.atNanos() - atNanos <= 0)) {
            return;
        }
        timers.unlink(timer);
        timers.link(timer, atNanos);
    }

    @Override
    public String toString() {
        return "HostedHome[" + index + ", " + gate + ", " + poller + "]";
    }
}
