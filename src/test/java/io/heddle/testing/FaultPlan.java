package io.heddle.testing;

import io.heddle.internal.sys.Faults;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Faults in the native calls of this process, from making to closing, and a count of those calls. */
public final class FaultPlan implements Faults.Plan, AutoCloseable {
    private final Map<String, AtomicInteger> calls = new ConcurrentHashMap<>();
    private final String faulty;
    private final int verdict;
    private final int at;

    private FaultPlan(String faulty, int verdict, int at) {
        this.faulty = faulty;
        this.verdict = verdict;
        this.at = at;
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

    /** Every call of recv or send is asked for so many bytes at most. */
    public static FaultPlan shortened(String function, int bytes) {
        return new FaultPlan(function, bytes, 0);
    }

    @Override
    public int decide(String function, int first) {
        int n = calls.computeIfAbsent(function, name -> new AtomicInteger()).incrementAndGet();
        return function.equals(faulty) && (at == 0 || n == at) ? verdict : Faults.NONE;
    }

    /** How often the function was called. */
    public int calls(String function) {
        AtomicInteger n = calls.get(function);
        return n == null ? 0 : n.get();
    }

    /** Whether it happened. */
    public boolean wasMet() {
        return calls(faulty) >= Math.max(at, 1);
    }

    @Override
    public void close() {
        Faults.plan(null);
    }
}
