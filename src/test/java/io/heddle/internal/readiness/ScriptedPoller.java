package io.heddle.internal.readiness;

import io.heddle.internal.poller.Arming;
import io.heddle.internal.poller.Poller;
import io.heddle.internal.poller.Ready;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A poller that the test drives by hand: it notes each call, answers what it is told to, and reports when the test
 * says so. Its kernel is a table of what each descriptor is armed for.
 */
final class ScriptedPoller implements Poller {
    /** Something that happens in the middle of a call. */
    @FunctionalInterface
    interface Script {
        void run() throws Exception;
    }

    /** What the kernel knows of one descriptor. */
    private record Watch(long token, int interest) {}

    private static final Script NOTHING = () -> {};
    private static final int ENOENT = 2;
    private static final int EEXIST = 17;

    private final Arming arming;
    private final ConcurrentHashMap<Integer, Watch> kernel = new ConcurrentHashMap<>();
    private final List<String> calls = new CopyOnWriteArrayList<>();
    private final ConcurrentLinkedQueue<Integer> answers = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Script> before = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<Script> after = new ConcurrentLinkedQueue<>();

    private volatile boolean closed;

    ScriptedPoller(Arming arming) {
        this.arming = arming;
    }

    // The script

    /** The next call that has no such answer yet is refused with this errno. */
    void refuseNext(int errno) {
        answers.add(-errno);
    }

    /** Runs in the next watch(), rearm() or forget(), before the kernel knows. */
    void beforeNext(Script script) {
        before.add(script);
    }

    /** Runs in the next watch(), rearm() or forget(), when the kernel knows. */
    void afterNext(Script script) {
        after.add(script);
    }

    /** The calls so far, oldest first, as {@code watch(fd=7, READABLE)}. */
    List<String> calls() {
        return List.copyOf(calls);
    }

    /** What the kernel would report of a descriptor. */
    String armedFor(int fd) {
        Watch watch = kernel.get(fd);
        return watch == null ? "nothing" : Ready.describe(watch.interest);
    }

    long token(int fd) {
        Watch watch = kernel.get(fd);
        assert watch != null : "not watched: fd=" + fd;
        return watch.token;
    }

    /** Reports what is ready, as the kernel does: once, under ONESHOT. */
    void report(int fd, int ready) {
        long token = token(fd);
        if (arming == Arming.ONESHOT) {
            kernel.put(fd, new Watch(token, 0));
        }
        Registrations.SINK.ready(token, ready);
    }

    // The poller

    @Override
    public int fd() {
        throw new AssertionError("nobody watches this poller");
    }

    @Override
    public Arming arming() {
        return arming;
    }

    @Override
    public int watch(int fd, long token, int interest) {
        return call("watch", fd, new Watch(token, interest), false);
    }

    @Override
    public int rearm(int fd, long token, int interest) {
        return call("rearm", fd, new Watch(token, interest), true);
    }

    private int call(String name, int fd, Watch watch, boolean known) {
        calls.add(name + "(fd=" + fd + ", " + Ready.describe(watch.interest) + ")");
        run(before.poll());
        if (closed) {
            return CLOSED;
        }
        Integer refused = answers.poll();
        if (refused != null) {
            return refused;
        }
        if (kernel.containsKey(fd) != known) {
            return known ? -ENOENT : -EEXIST;
        }
        kernel.put(fd, watch);
        run(after.poll());
        return 0;
    }

    private static void run(@Nullable Script script) {
        try {
            (script == null ? NOTHING : script).run();
        } catch (Exception e) {
            throw new AssertionError("the script failed", e);
        }
    }

    @Override
    public int forget(int fd) {
        calls.add("forget(fd=" + fd + ")");
        run(before.poll());
        int result = closed ? CLOSED : kernel.remove(fd) == null ? -ENOENT : 0;
        run(after.poll());
        return result;
    }

    @Override
    public int poll(long timeoutNanos, int reportsMax, Sink sink) {
        throw new AssertionError("the test reports by itself");
    }

    @Override
    public void wake() {
        throw new AssertionError("nobody polls here");
    }

    @Override
    public int watched() {
        return kernel.size();
    }

    @Override
    public void close() {
        closed = true;
        kernel.clear();
    }

    @Override
    public String toString() {
        return "ScriptedPoller[" + arming + "]";
    }
}
