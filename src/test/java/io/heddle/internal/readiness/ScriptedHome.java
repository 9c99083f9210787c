package io.heddle.internal.readiness;

import io.heddle.internal.poller.Arming;
import io.heddle.internal.poller.RunningHome;
import io.heddle.internal.timer.Timer;
import io.heddle.internal.timer.TimerWheel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** A home whose clock stands still until the test advances it. */
final class ScriptedHome implements RunningHome {
    final ScriptedPoller poller;
    final long startNanos = System.nanoTime();

    // Guarded by this monitor: a thread that waits for it is BLOCKED and is not taken for a parked one.
    private final TimerWheel timers = new TimerWheel(startNanos);
    private final List<Long> scheduled = new ArrayList<>();
    private int cancelled;
    private ScriptedPoller.Script onSchedule = () -> {};
    private boolean drops;

    private final AtomicInteger foreignWaits = new AtomicInteger();
    private final AtomicInteger movesIn = new AtomicInteger();
    private volatile int foreignWaitsMax = Integer.MAX_VALUE;
    private volatile ScriptedPoller.Script whenAsked = () -> {};

    ScriptedHome(Arming arming) {
        poller = new ScriptedPoller(arming);
    }

    @Override
    public ScriptedPoller poller() {
        return poller;
    }

    @Override
    public synchronized void schedule(Timer timer, long atNanos) {
        try {
            onSchedule.run();
        } catch (Exception e) {
            throw new AssertionError("the script failed", e);
        }
        scheduled.add(atNanos);
        if (drops || (timer.isLinked() && timer.atNanos() - atNanos <= 0)) {
            return;
        }
        timers.unlink(timer);
        timers.link(timer, atNanos);
    }

    @Override
    public synchronized void cancel(Timer timer) {
        cancelled++;
        timers.unlink(timer);
    }

    @Override
    public int foreignWaitsMax() {
        try {
            whenAsked.run();
        } catch (Exception e) {
            throw new AssertionError("the script failed", e);
        }
        return foreignWaitsMax;
    }

    @Override
    public void countForeignWait() {
        foreignWaits.getAndIncrement();
    }

    @Override
    public void countMoveIn() {
        movesIn.getAndIncrement();
    }

    // The script

    /** Without this it bears any number. */
    void bear(int foreignWaitsAtMost) {
        foreignWaitsMax = foreignWaitsAtMost;
    }

    /** Runs whenever a waiter asks how many it bears. */
    void whenAsked(ScriptedPoller.Script script) {
        whenAsked = script;
    }

    int foreignWaits() {
        return foreignWaits.get();
    }

    int movesIn() {
        return movesIn.get();
    }

    /** Runs at the beginning of each schedule(). */
    synchronized void onSchedule(ScriptedPoller.Script script) {
        onSchedule = script;
    }

    /** As the owner of a home that ends: timers go, the poller is closed, registrations are evicted. */
    void end(Registration registration) {
        close();
        registration.evict(this);
    }

    /** The first half of an end: whoever calls finds it closed, nobody has been told yet. */
    synchronized void close() {
        drops = true;
        int dropped = 0;
        while (timers.takeAny() != null) {
            dropped++;
        }
        assert timers.count() == 0 : dropped;
        poller.close();
    }

    /** Fires what is due at that time, by this home's clock; answers how many that were. */
    synchronized int advance(long nowNanos) {
        return timers.advance(nowNanos);
    }

    /** The times that were asked for, oldest first. */
    synchronized List<Long> scheduled() {
        return List.copyOf(scheduled);
    }

    synchronized int timers() {
        return timers.count();
    }

    synchronized int cancelled() {
        return cancelled;
    }

    @Override
    public String toString() {
        return "ScriptedHome[" + poller + "]";
    }
}
