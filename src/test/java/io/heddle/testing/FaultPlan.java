package io.heddle.testing;

import io.heddle.internal.sys.Faults;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Faults in the native calls of this process, from making to closing, and a count of those calls. */
public final class FaultPlan implements Faults.Plan, AutoCloseable {
    private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();
    private final String faulty;
    private final int verdict;
    private final int at;

    /** Runs before that call, by the thread that makes it. */
    private final Runnable before;

    /** Whose call the fault met first; empty before. */
    private volatile List<String> met = List.of();

    private FaultPlan(String faulty, int verdict, int at) {
        this(faulty, verdict, at, () -> {});
    }

    private FaultPlan(String faulty, int verdict, int at, Runnable before) {
        this.faulty = faulty;
        this.verdict = verdict;
        this.at = at;
        this.before = before;
        Faults.plan(this);
    }

    /** Counts only. */
    public static FaultPlan counting() {
        return new FaultPlan("", Faults.NONE, 0);
    }

    /** The k-th call of the function, from 1, fails with the errno. */
    public static FaultPlan failing(String function, int errno, int k) {
        return new FaultPlan(function, -errno, k);
    }

    /** Every call of the function fails with the errno. */
    public static FaultPlan failingAlways(String function, int errno) {
        return new FaultPlan(function, -errno, 0);
    }

    /** Nothing fails, but something happens just before the k-th call of the function, from 1. */
    public static FaultPlan before(String function, int k, Runnable what) {
        return new FaultPlan(function, Faults.NONE, k, what);
    }

    /** Every call of recv or send is asked for so many bytes at most. */
    public static FaultPlan shortened(String function, int bytes) {
        return new FaultPlan(function, bytes, 0);
    }

    @Override
    public int decide(String function, int first) {
        int n = calls.computeIfAbsent(function, name -> new AtomicInteger()).incrementAndGet();
        if (!function.equals(faulty) || (at != 0 && n != at)) {
            return Faults.NONE;
        }
        if (met.isEmpty()) {
            met = StackWalker.getInstance()
                    .walk(frames -> frames.map(frame -> frame(frame.getClassName(), frame.getMethodName()))
                            .toList());
        }
        before.run();
        return verdict;
    }

    /** Such as {@code TcpSocket.read}. */
    public static String frame(String className, String method) {
        return className.substring(className.lastIndexOf('.') + 1) + "." + method;
    }

    /** How often the function was called. */
    public int calls(String function) {
        AtomicInteger n = calls.get(function);
        return n == null ? 0 : n.get();
    }

    /** What was called. */
    public Set<String> called() {
        return new TreeSet<>(calls.keySet());
    }

    /** Whether it happened. */
    public boolean wasMet() {
        return !met.isEmpty();
    }

    /** The frames of the call that met the fault, innermost first, as {@link #frame} has them. */
    public List<String> met() {
        return met;
    }

    @Override
    public void close() {
        Faults.plan(null);
    }
}
