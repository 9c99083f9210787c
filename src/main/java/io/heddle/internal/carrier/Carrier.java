package io.heddle.internal.carrier;

import io.heddle.internal.carrier.Inbox.Message;
import io.heddle.internal.carrier.Ownership.Claim;
import io.heddle.internal.jdk.VirtualThreads;
import io.heddle.internal.poller.Poller;
import io.heddle.internal.poller.RunningHome;
import io.heddle.internal.readiness.Registrations;
import io.heddle.internal.timer.Timer;
import io.heddle.internal.timer.TimerWheel;
import java.util.ArrayDeque;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A place where virtual threads run and where their descriptors are watched: run queue, poller, timers.
 * Served by one {@link Worker} at a time, which runs tasks and polls when there are none.
 *
 * <p><b>Threading.</b> {@link #execute}, {@link #schedule} and {@link #cancel} may be called by any thread;
 * they never wait, never throw and take no lock, since the JDK calls them in places where a parked or
 * failed caller loses a virtual thread for ever. Everything else belongs to the present owner.
 *
 * <p><b>Compared with the JDK.</b> Its carriers share one queue and wait for a poller on another thread.
 * Here the thread that finds a descriptor ready is the one that then runs who waited for it.
 */
final class Carrier implements RunningHome {
    /*
     * Implementation notes.
     *
     * Hand-overs to the owner: a caller that runs on the owner itself claims the ownership word for the
     * few instructions of a push (see Ownership). Every other caller adds a message to the inbox and rings
     * if the owner sleeps (see SleepGate). So the ring, the backlog and the wheel have one writer.
     *
     * The hard method is serve(): between leaveTask() answering false and its return it must not touch
     * anything of this carrier, because another worker is serving it already.
     *
     * Stealing: a carrier is loaded if a task has waited in its ring for some turns, or if the ring is full.
     * Then it wakes one sibling that sleeps; that, or one about to sleep, takes half of the ring. So a burst
     * that is served at once stays at home. A stolen thread runs here once: whoever wakes it next brings
     * it to its own carrier. Nobody's progress needs a thief: the owner, or whoever takes over from it, runs
     * what is not stolen. So loaded and searching may be a moment late, and the sleeper's second look leaves
     * the siblings out. But thieves can empty the ring at any time: the owner asks for its backlog, too.
     *
     * A thread whose carrier sleeps is taken by the sibling that wakes it, as if stolen at once: that one is about to
     * park, most likely, while the other has to be woken first. A queue of threads that hand something on from carrier
     * to carrier would otherwise be as slow as a chain of such wake-ups. Not so if the waker has computed for a while.
     *
     * Rejected: looking with poll(0) before every sleep. A wait with events pending returns as fast.
     */

    /** How long tasks run before the owner looks at inbox, timers and poller; from the design. */
    private static final long TURN_NANOS = 50_000;

    /** How long a task has waited in the ring, at least, before its carrier asks siblings to help. */
    private static final long LATE_NANOS = 200_000;

    /** Every so many tasks the backlog goes first, so that a full ring of yielding threads cannot starve it. */
    private static final int BACKLOG_TURN = 61;

    private static final int REPORTS_MIN = 16;

    /** Two system calls for a move are little beside so many wake-ups across; measured, see docs/measurements. */
    private static final int FOREIGN_WAITS_MAX = 8;

    private static final AtomicInteger NUMBERS = new AtomicInteger();

    // Immutable.
    private final Carriers carriers;
    /** Its place in its set. */
    final int index;
    /** Its name in the process, for people. */
    final int number = NUMBERS.getAndIncrement();

    private final Poller poller;
    private final Scheduler scheduler = new Scheduler();
    private final ThreadFactory threads;

    // Shared; each has its own protocol.
    final Ownership ownership;
    private final Inbox inbox = new Inbox();
    private final SleepGate gate = new SleepGate();
    private final Ring ring = new Ring();
    final Counters counters = new Counters();

    // Owner only.
    private final ArrayDeque<Runnable> backlog = new ArrayDeque<>();
    private final TimerWheel timers = new TimerWheel(System.nanoTime());
    private long turnedNanos;

    /** The ring's tail at some turn, and when that was: what is before it has waited since. */
    private int markedTail;

    private long markedNanos;

    /** Whether there is something to steal. Written by the owner, read by thieves. */
    private volatile boolean loaded;

    /** The last task begun, if anybody may ask; written by the owner. See {@link #stuckIn}. */
    private volatile @Nullable Runnable running;

    /** Taken from the inbox and not done yet; not null between two calls of drain() only if the first one threw. */
    private @Nullable Message undone;

    /** Written once by the closer, read by the owner and by whoever looks for a home. */
    private volatile boolean ending;

    /** Written once by the owner, when no timer is linked here any more; from then on all goes to the successor. */
    private volatile boolean ended;

    Carrier(Carriers carriers, int index, Poller poller, int worker) {
        this.carriers = carriers;
        this.index = index;
        this.poller = poller;
        this.ownership = new Ownership(worker, 0);
        this.threads =
                VirtualThreads.builder(scheduler).name(Carriers.THREAD_NAME).factory();
    }

    /** Makes virtual threads that run here, as do all threads that they start. */
    ThreadFactory threads() {
        return threads;
    }

    /** The carrier that a virtual thread goes to whenever it is woken, wherever it runs; null if none of ours. */
    static @Nullable Carrier homeOf(Thread thread) {
        return VirtualThreads.schedulerOf(thread) instanceof Scheduler ours
                ? ours.carrier().present()
                : null;
    }

    /** The executor as {@code VirtualThread} wants it: only these two methods of the pool are ever called. */
    private final class Scheduler extends ForkJoinPool {
        Scheduler() {
            super(1);
        }

        Carrier carrier() {
            return Carrier.this;
        }

        @Override
        public void execute(Runnable task) {
            Carrier.this.execute(task);
        }

        @Override
        public ScheduledFuture<?> schedule(Runnable command, long delay, TimeUnit unit) {
            return Carrier.this.schedule(command, unit.toNanos(delay));
        }

        @Override
        public String toString() {
            return Carrier.this.toString();
        }
    }

    // Any thread

    /** Runs a task soon. The same task may be queued twice. */
    void execute(Runnable task) {
        if (tryEnqueue(task, this)) {
            return;
        }
        Carrier waker = isAsleep() ? siblingThatWakes() : null;
        if (waker == null || !waker.tryEnqueue(task, this)) {
            post(Message.run(task));
        }
    }

    private boolean tryEnqueue(Runnable task, Carrier from) {
        Claim claim = claim();
        if (claim == Claim.FOREIGN) {
            return false;
        }
        try {
            enqueue(task);
            if (from != this) {
                countStolen(from, 1);
            }
        } finally {
            unclaim(claim);
        }
        return true;
    }

    /** Whose thread calls; null also if that has run for so long that another one should not wait for its end. */
    private @Nullable Carrier siblingThatWakes() {
        if (!(VirtualThreads.currentCarrier() instanceof Worker worker)) {
            return null;
        }
        Carrier sibling = worker.carrier;
        boolean soonFree =
                sibling != null && sibling.carriers == carriers && System.nanoTime() - sibling.turnedNanos < LATE_NANOS;
        return soonFree ? sibling : null;
    }

    private Delayed schedule(Runnable command, long delayNanos) {
        long dueNanos = System.nanoTime() + Math.clamp(delayNanos, 0, TimerWheel.DELAY_MAX_NANOS);
        Delayed timer = new Delayed(this, command, dueNanos);
        schedule(timer, dueNanos);
        return timer;
    }

    @Override
    public void schedule(Timer timer, long atNanos) {
        Claim claim = claim();
        if (claim == Claim.FOREIGN) {
            post(Message.schedule(timer, atNanos));
            return;
        }
        link(timer, atNanos);
        unclaim(claim);
    }

    @Override
    public void cancel(Timer timer) {
        Claim claim = claim();
        if (claim == Claim.FOREIGN) {
            post(Message.cancel(timer));
            return;
        }
        timers.unlink(timer);
        unclaim(claim);
    }

    @Override
    public Poller poller() {
        return poller;
    }

    @Override
    public int foreignWaitsMax() {
        return FOREIGN_WAITS_MAX;
    }

    @Override
    public void countForeignWait() {
        counters.addShared(Count.FOREIGN_WAITS, 1);
    }

    @Override
    public void countMoveIn() {
        counters.addShared(Count.MOVES_IN, 1);
    }

    private Claim claim() {
        // Not after the end, when the owner itself wakes those whom it evicts.
        return !ended && VirtualThreads.currentCarrier() instanceof Worker worker && worker.carrier == this
                ? ownership.claim(worker.number)
                : Claim.FOREIGN;
    }

    private void unclaim(Claim claim) {
        if (claim == Claim.LENT) {
            ownership.unclaim();
        }
    }

    private void post(Message message) {
        if (!inbox.add(message)) {
            forward(message);
        } else {
            wakeIfAsleep();
        }
    }

    /** This carrier, or the one that took its threads when it ended. */
    Carrier present() {
        return ended ? carriers.heirOf(index) : this;
    }

    private void forward(Message message) {
        Carrier heir = carriers.heirOf(index);
        switch (message.kind) {
            case TASK -> heir.execute(task(message));
            case SCHEDULE -> {
                // A registration's waiters are evicted and schedule anew; a thread's sleep lives on.
                if (message.timer instanceof Delayed delayed && !delayed.isDead()) {
                    heir.schedule(delayed, message.atNanos);
                }
            }
            case CANCEL -> {
                // Before the end it may be linked in our wheel, which no other owner may touch; it has no command any
                // more and is not handed on.
                if (ended && message.timer instanceof Delayed delayed) {
                    heir.cancel(delayed);
                }
            }
        }
    }

    private static Runnable task(Message message) {
        Runnable task = message.task;
        assert task != null;
        return task;
    }

    private static Timer timer(Message message) {
        Timer timer = message.timer;
        assert timer != null;
        return timer;
    }

    // The owner

    /** Runs until the carrier is taken over or ends. Survives whatever a task or a callback throws. */
    void serve(Worker worker) {
        turnedNanos = System.nanoTime();
        for (; ; ) {
            try {
                if (ending) {
                    end();
                    return;
                }
                Runnable task = next();
                if (task == null) {
                    rest();
                    continue;
                }
                if (!run(task, worker)) {
                    return;
                }
                if (System.nanoTime() - turnedNanos >= TURN_NANOS) {
                    turn();
                }
            } catch (Throwable t) {
                // Ownership is LOOP here: run() lets nothing out. The user's log handler may block: it is a task.
                ownership.enterTask();
                Reports.thrown("a carrier's loop", t);
                if (!ownership.leaveTask(worker.number)) {
                    return;
                }
            }
        }
    }

    private @Nullable Runnable next() {
        if (!backlog.isEmpty() && counters.get(Count.TASKS) % BACKLOG_TURN == 0) {
            return backlog.poll();
        }
        Runnable task = ring.poll();
        return task != null ? task : backlog.poll();
    }

    /** False if the carrier was taken over meanwhile. */
    private boolean run(Runnable task, Worker worker) {
        counters.add(Count.TASKS, 1);
        if (FlightEvents.on) {
            running = task;
        }
        ownership.enterTask();
        try {
            task.run();
        } catch (Throwable t) {
            Reports.thrown("a task", t);
        }
        return ownership.leaveTask(worker.number);
    }

    /** A look at everything that may have come meanwhile, without waiting. */
    private void turn() {
        drain();
        turnedNanos = System.nanoTime();
        fire(turnedNanos);
        poll(0);
        if (turnedNanos - markedNanos >= LATE_NANOS) {
            boolean late = ring.holdsBefore(markedTail);
            mark();
            setLoaded(late || !backlog.isEmpty());
        }
    }

    private void mark() {
        markedTail = ring.tail();
        markedNanos = turnedNanos;
    }

    private void setLoaded(boolean now) {
        if (now != loaded) {
            loaded = now;
        }
        if (now) {
            carriers.wakeThief(this);
        }
    }

    /** There is nothing to run: looks once more and sleeps until there may be. */
    private void rest() {
        drain();
        long nowNanos = System.nanoTime();
        fire(nowNanos);
        if (!hasTasks()) {
            ring.forgetStolen();
            setLoaded(false);
            search();
        }
        if (hasTasks()) {
            turnedNanos = nowNanos;
            mark();
            return;
        }
        if (FlightEvents.on) {
            running = null;
        }
        gate.announce();
        try {
            // The second look. What was added before announce() is seen here; who adds later sees us asleep.
            if (inbox.isEmpty() && !ending) {
                poll(timers.nextDelayNanos(nowNanos));
            }
        } finally {
            gate.clear();
            carriers.thiefWoke();
            // Even if it was for a moment: the monitor may have seen us asleep in just that one.
            carriers.monitor().carrierWoke();
        }
        turnedNanos = System.nanoTime();
        fire(turnedNanos);
        drain();
        mark();
    }

    private boolean hasTasks() {
        return !ring.isEmpty() || !backlog.isEmpty();
    }

    private void search() {
        Carrier victim = carriers.loadedSibling(this);
        if (victim != null) {
            // What is ready at home goes first.
            poll(0);
            if (!hasTasks()) {
                stealFrom(victim);
            }
        }
    }

    private void stealFrom(Carrier victim) {
        int half = (victim.ring.size() + 1) / 2;
        int stolen = 0;
        for (; stolen < half; stolen++) {
            Runnable task = victim.ring.steal();
            if (task == null) {
                break;
            }
            enqueue(task);
        }
        if (stolen > 0) {
            countStolen(victim, stolen);
            if (FlightEvents.on) {
                FlightEvents.stole(this, victim, stolen);
            }
        }
    }

    private void countStolen(Carrier victim, int tasks) {
        counters.add(Count.STEALS_IN, tasks);
        victim.counters.addShared(Count.STEALS_OUT, tasks);
    }

    private void fire(long nowNanos) {
        counters.add(Count.TIMERS, timers.advance(nowNanos));
    }

    private void poll(long timeoutNanos) {
        counters.add(Count.POLLS, 1);
        if (timeoutNanos > 0) {
            counters.add(Count.PARKS, 1);
        }
        int room = Math.max(Ring.CAPACITY - ring.size(), REPORTS_MIN);
        int result = poller.poll(timeoutNanos, room, Registrations.SINK);
        if (result < 0) {
            LockSupport.parkNanos(1_000_000);
            throw new AssertionError("a poller of ours failed: errno=" + -result);
        }
        counters.add(Count.EVENTS, result);
    }

    private void drain() {
        deliver();
        undone = inbox.takeAll();
        deliver();
        refill();
    }

    private void refill() {
        while (!backlog.isEmpty() && ring.offer(backlog.element())) {
            backlog.remove();
        }
    }

    private void deliver() {
        // A message leaves the chain when it is done: if there is no memory for it, serve() comes here again.
        for (Message message = undone; message != null; message = message.next) {
            undone = message;
            switch (message.kind) {
                case TASK -> enqueue(task(message));
                case SCHEDULE -> link(timer(message), message.atNanos);
                case CANCEL -> timers.unlink(timer(message));
            }
        }
        undone = null;
    }

    private void enqueue(Runnable task) {
        if (!backlog.isEmpty() || !ring.offer(task)) {
            backlog.add(task);
            refill();
            setLoaded(true);
        }
    }

    private void link(Timer timer, long atNanos) {
        if (timer.isDead()) {
            return;
        }
        if (timer.isLinked()) {
            if (timer.atNanos() - atNanos <= 0) {
                return;
            }
            timers.unlink(timer);
        }
        timers.link(timer, atNanos);
    }

    // The end

    /** Any thread: the owner will end this carrier after the task that runs now. */
    void beginEnd() {
        ending = true;
        wakeIfAsleep();
    }

    /** What is left belongs to threads that nobody tracks: they live on with the successor. */
    private void end() {
        setLoaded(false);
        deliver();
        Message rest = inbox.close();
        for (Timer timer = timers.takeAny(); timer != null; timer = timers.takeAny()) {
            Message message = Message.schedule(timer, timer.atNanos());
            message.next = rest;
            rest = message;
        }
        // Nothing is linked here any more, and nothing with the heir yet: a cancel that sees this goes to the heir, and
        // of one that did not the command is gone before forward() asks for it.
        ended = true;
        for (Runnable task = next(); task != null; task = next()) {
            carriers.heirOf(index).execute(task);
        }
        while (rest != null) {
            Message message = rest;
            rest = message.next;
            forward(message);
        }
        // In this order: a watch that comes now is refused, or its registration is seen and evicted.
        poller.close();
        Registrations.evictAll(this);
        carriers.ended(this);
    }

    // The monitor

    /** Whether anybody would miss the owner, the closer among them; a moment's truth. */
    boolean hasBusiness() {
        return ending
                || undone != null
                || !ring.isEmpty()
                || !inbox.isEmpty()
                || poller.watched() > 0
                || timerCount() > 0
                || !backlog.isEmpty();
    }

    /** The owner's truth, a moment's for others: how many tasks wait here, but for what is in the inbox. */
    int queued() {
        return ring.size() + backlog.size();
    }

    /** The owner's truth, a moment's for others. */
    int timerCount() {
        return timers.count();
    }

    /** The virtual thread that the word's worker is in, if that can be told. */
    @Nullable
    Thread stuckIn(long wordInTask) {
        // Written before the word's task was entered, and not again before the word changes.
        Runnable task = running;
        return task != null && ownership.word() == wordInTask ? VirtualThreads.continuedBy(task) : null;
    }

    boolean isAsleep() {
        return gate.isAsleep();
    }

    // Siblings

    /** Whether there is something to steal; a moment's truth. */
    boolean isLoaded() {
        return loaded && !ring.isEmpty();
    }

    /** Wakes the owner if it sleeps; answers whether it did. */
    boolean wakeIfAsleep() {
        if (!gate.claimWake()) {
            return false;
        }
        counters.addShared(Count.WAKES, 1);
        poller.wake();
        return true;
    }

    @Override
    public String toString() {
        long word = ownership.word();
        return "Carrier[" + number + ", " + Worker.name(Ownership.workerOf(word))
                + (Ownership.isInTask(word) ? " in a task" : isAsleep() ? " asleep" : " awake") + ", queued=" + queued()
                + ", watched=" + poller.watched() + ", timers=" + timerCount() + (ended ? ", ended" : "") + "]";
    }
}
