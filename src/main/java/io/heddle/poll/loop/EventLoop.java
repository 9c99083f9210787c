package io.heddle.poll.loop;

import io.heddle.poll.Event;
import io.heddle.poll.Events;
import io.heddle.poll.Interest;
import io.heddle.poll.Poll;
import io.heddle.poll.Source;
import io.heddle.poll.Waker;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedSelectorException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Waits for sources, messages and timeouts, and tells a {@link Handler}.
 *
 * {@snippet file="io/heddle/poll/loop/LoopExamples.java" region="run"}
 *
 * <h2>An iteration</h2>
 *
 * <p>The loop waits until there is something to tell, or the time is over. Then it calls {@link Handler#ready} for each
 * event of one poll, in no order; {@link Handler#message} for up to 256 messages, in the order in which they were sent;
 * {@link Handler#timeout} for each timeout that has expired, in the order of their times; and {@link Handler#tick}.
 * Timeouts that are set by the handler, and messages beyond those 256, wait for the next iteration, so that none of the
 * three keeps out the others.
 *
 * <h2>Threads</h2>
 *
 * <p>One thread at a time runs the loop, any thread: after one has returned another may go on. Only the one that runs
 * it sets and cancels timeouts; while nobody runs it, any one thread may. Everything else is for any thread at any
 * time.
 *
 * <p>The loop waits in a system call: a virtual thread that runs it holds its carrier for as long. On a carrier of
 * Heddle others are rescued from behind it, on the JDK's scheduler they have one carrier less. Better run it on a
 * platform thread.
 *
 * <p>An interrupt neither ends the loop nor its wait, and the thread's status remains as it is; {@link #shutdown} ends
 * it, and so does {@link #close}. What the system interrupts goes on.
 *
 * @param <M> the messages; {@link Void} if there are none
 * @param <T> what tells timeouts apart; {@code Void} if there are none
 */
public final class EventLoop<M, T> implements Closeable {
    /** The one token that sources of a loop cannot have. */
    public static final long RESERVED_TOKEN = Long.MIN_VALUE;

    private static final int CAPACITY_DEFAULT = 4096;
    private static final int MESSAGES_PER_ITERATION = 256;
    private static final int EVENTS_FIRST = 64;
    private static final int EVENTS_MAX = 1024;
    private static final long FOR_EVER = Long.MAX_VALUE;

    private final Poll poll;
    private final Waker waker;
    private final Sender<M> sender;
    private final AtomicReference<@Nullable Thread> runner = new AtomicReference<>();
    private volatile boolean shutdown;

    // Of who runs the loop:
    private final Timers<T> timers = new Timers<>(this::checkThread);
    private final Events events = Events.growing(EVENTS_FIRST, EVENTS_MAX);

    /** The next event of the iteration that a handler has ended by throwing, or of the present one. */
    private int nextEvent;

    private EventLoop(Poll poll, int capacity) throws IOException {
        this.poll = poll;
        waker = Waker.create(poll.registry(), RESERVED_TOKEN);
        sender = new Sender<>(capacity, waker, this::isRunner);
    }

    /**
     * Opens a loop over {@link Poll#open()}, which takes 4096 messages that are not handled yet.
     *
     * @param <M> the messages
     * @param <T> what tells timeouts apart
     * @return a loop with nothing registered
     * @throws IOException as {@code Poll.open} does, with all its other exceptions
     */
    public static <M, T> EventLoop<M, T> open() throws IOException {
        Poll poll = Poll.open();
        try {
            return open(poll, CAPACITY_DEFAULT);
        } catch (IOException | RuntimeException | Error failed) {
            poll.close();
            throw failed;
        }
    }

    /**
     * Opens a loop over a poll that is nobody else's, and is closed with the loop.
     *
     * @param poll has no waker
     * @param capacity how many messages may have been sent and not handled: at least 1
     * @param <M> the messages
     * @param <T> what tells timeouts apart
     * @return the loop
     * @throws IllegalArgumentException if the capacity is less than 1
     * @throws IllegalStateException if the poll has a waker
     * @throws ClosedSelectorException if the poll is closed
     * @throws IOException if the system refuses; the poll remains the caller's, then as in the other cases
     */
    public static <M, T> EventLoop<M, T> open(Poll poll, int capacity) throws IOException {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity must be 1 or more: capacity=" + capacity);
        }
        return new EventLoop<>(poll, capacity);
    }

    /**
     * Registers a source, as {@link io.heddle.poll.Registry#register} does.
     *
     * @param source what to watch
     * @param token what its events are to carry: any number but {@link #RESERVED_TOKEN}
     * @param interest what to report, and how often
     * @throws IllegalArgumentException if the token is the reserved one
     * @throws IllegalStateException if the source is registered already
     * @throws ClosedSelectorException if the loop is closed
     * @throws IOException if the system cannot watch this source
     */
    public void register(Source source, long token, Interest interest) throws IOException {
        checkToken(token);
        poll.registry().register(source, token, interest);
    }

    /**
     * Replaces token and interest, as {@link io.heddle.poll.Registry#reregister} does.
     *
     * @param source what is registered here
     * @param token as in {@link #register}
     * @param interest as there
     * @throws IllegalArgumentException if the token is the reserved one
     * @throws IllegalStateException if the source is not registered here
     * @throws ClosedSelectorException if the loop is closed
     * @throws IOException if the system refuses
     */
    public void reregister(Source source, long token, Interest interest) throws IOException {
        checkToken(token);
        poll.registry().reregister(source, token, interest);
    }

    private static void checkToken(long token) {
        if (token == RESERVED_TOKEN) {
            throw new IllegalArgumentException("This token is the loop's own: token=" + token);
        }
    }

    /**
     * Deregisters a source, as {@link io.heddle.poll.Registry#deregister} does.
     *
     * @param source what is registered here
     * @throws IllegalStateException if the source is not registered here
     * @throws ClosedSelectorException if the loop is closed
     * @throws IOException if the system refuses; the source is deregistered all the same
     */
    public void deregister(Source source) throws IOException {
        poll.registry().deregister(source);
    }

    /** {@return by what any thread sends messages to this loop; always the same} */
    public Sender<M> channel() {
        return sender;
    }

    /**
     * Sets a timeout, as {@link Timers#set} does.
     *
     * @param token what the handler is to be told
     * @param delay how long from now; zero is with the next iteration
     * @return by what it can be cancelled
     * @throws IllegalArgumentException if the delay is negative
     * @throws IllegalStateException if another thread runs the loop
     * @throws ClosedSelectorException if the loop is closed
     */
    public Timeout timeout(T token, Duration delay) {
        checkOpen();
        return timers.set(token, delay);
    }

    /**
     * Runs the loop until {@link #shutdown} or {@link #close} is called, or the handler throws.
     *
     * @param handler what to call
     * @throws IllegalStateException if the loop is run already, by another thread or by this one
     * @throws ClosedSelectorException if the loop is closed before
     * @throws IOException if the handler throws it, or the system refuses to wait
     */
    public void run(Handler<M, T> handler) throws IOException {
        enter();
        try {
            while (!shutdown && isOpen()) {
                iterate(handler, FOR_EVER);
            }
            // Not if the handler has thrown: this is not the end that was asked for.
            shutdown = false;
        } finally {
            runner.set(null);
        }
    }

    /**
     * Runs one iteration, to which {@link #shutdown} is only the end of its wait.
     *
     * @param handler what to call
     * @param timeout how long to wait for something to tell; {@link Duration#ZERO} looks and goes on
     * @return how many events, messages and timeouts the handler was told; 0: none before the time was over, or before
     *     shutdown or close
     * @throws IllegalArgumentException if the timeout is negative
     * @throws IllegalStateException if the loop is run already, by another thread or by this one
     * @throws ClosedSelectorException if the loop is closed before
     * @throws IOException if the handler throws it, or the system refuses to wait
     */
    public int runOnce(Handler<M, T> handler, Duration timeout) throws IOException {
        long timeoutNanos = Timers.nanos("timeout", timeout);
        enter();
        try {
            int told = iterate(handler, timeoutNanos);
            shutdown = false;
            return told;
        } finally {
            runner.set(null);
        }
    }

    private void enter() {
        if (!runner.compareAndSet(null, Thread.currentThread())) {
            throw new IllegalStateException("Only one thread at a time may run the loop, and not from its handler");
        }
        if (!isOpen()) {
            runner.set(null);
            throw new ClosedSelectorException();
        }
    }

    private int iterate(Handler<M, T> handler, long timeoutNanos) throws IOException {
        // Otherwise the handler has thrown, and these come first.
        if (nextEvent == events.size()) {
            await(timeoutNanos);
        }
        int told = 0;
        while (nextEvent < events.size() && isOpen()) {
            Event event = events.get(nextEvent++);
            if (event.token() != RESERVED_TOKEN) {
                told++;
                handler.ready(this, event);
            }
        }
        for (int i = 0; i < MESSAGES_PER_ITERATION && isOpen(); i++) {
            M message = sender.take();
            if (message == null) {
                break;
            }
            told++;
            handler.message(this, message);
        }
        while (isOpen()) {
            T token = timers.poll();
            if (token == null) {
                break;
            }
            told++;
            handler.timeout(this, token);
        }
        if (isOpen()) {
            handler.tick(this);
        }
        return told;
    }

    /** Until there is something to tell, the time is over, or somebody wants the loop to end. */
    private void await(long timeoutNanos) throws IOException {
        long startNanos = System.nanoTime();
        long leftNanos = timeoutNanos;
        for (; ; ) {
            boolean mayWait = sender.prepareSleep() && !shutdown;
            // Before a poll that may be refused: these were told.
            events.clear();
            nextEvent = 0;
            pollFor(mayWait ? Math.min(leftNanos, timers.nextDelayNanos()) : 0);
            boolean anyMessage = sender.endSleep();
            boolean anyEvent =
                    events.size() > 1 || (events.size() == 1 && events.get(0).token() != RESERVED_TOKEN);
            if (anyEvent || anyMessage || timers.expire() || shutdown || !isOpen()) {
                return;
            }
            // The wheel has turned, or a sender has woken for a message that was told before: not the caller's.
            if (timeoutNanos != FOR_EVER) {
                leftNanos = timeoutNanos - (System.nanoTime() - startNanos);
                if (leftNanos <= 0) {
                    return;
                }
            }
        }
    }

    private void pollFor(long nanos) throws IOException {
        try {
            if (nanos == FOR_EVER) {
                poll.poll(events);
            } else {
                poll.poll(events, Duration.ofNanos(nanos));
            }
        } catch (ClosedSelectorException e) {
            // If this loop is closed, that is how it ends.
            if (isOpen()) {
                throw e;
            }
        }
    }

    /**
     * Lets {@link #run} return after the iteration that goes on. If nobody runs the loop, the next run returns at once,
     * so that a shutdown that comes too early is not lost. It ends one run; the loop remains open and may be run again.
     */
    public void shutdown() {
        shutdown = true;
        if (!isRunner()) {
            try {
                waker.wake();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private boolean isRunner() {
        return runner.get() == Thread.currentThread();
    }

    private void checkThread() {
        Thread present = runner.get();
        if (present != null && present != Thread.currentThread()) {
            throw new IllegalStateException(
                    "Only the thread that runs the loop may set and cancel timeouts: runs=" + present);
        }
    }

    private void checkOpen() {
        if (!isOpen()) {
            throw new ClosedSelectorException();
        }
    }

    /** {@return whether {@link #close} was not called yet} */
    public boolean isOpen() {
        return sender.isOpen();
    }

    /**
     * Ends the loop for good, and closes its poll; the sources remain open. A thread that runs the loop returns from
     * that after the call of the handler that goes on, which this does not wait for; the handler is told nothing more.
     * Messages that are not handled are dropped, those that wait for room are refused, and so is what is sent later.
     * Idempotent.
     */
    @Override
    public void close() {
        sender.close();
        poll.close();
    }

    /** Names the poll, and who runs the loop. */
    @Override
    public String toString() {
        return "EventLoop[" + poll + ", runs=" + runner.get() + "]";
    }
}
