package io.heddle.internal.sys;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.ZZ_Result;

/**
 * take() and close() against themselves: no two hold the same memory at once. Each holds as many as it looks at slots,
 * so that both look at the same ones. Each writes what it holds, then looks at what the other one holds.
 */
@JCStressTest
@Outcome(id = "true, true", expect = ACCEPTABLE, desc = "Each has its own.")
@Outcome(expect = FORBIDDEN, desc = "Two calls write to the same memory.")
@State
public class TakeAgainstTakeTest {
    private static final int HELD = 4;

    private final AtomicReferenceArray<Scratch> first = new AtomicReferenceArray<>(HELD);
    private final AtomicReferenceArray<Scratch> second = new AtomicReferenceArray<>(HELD);

    @Actor
    public void first(ZZ_Result r) {
        r.r1 = takesItsOwn(first, second);
    }

    @Actor
    public void second(ZZ_Result r) {
        r.r2 = takesItsOwn(second, first);
    }

    private static boolean takesItsOwn(AtomicReferenceArray<Scratch> mine, AtomicReferenceArray<Scratch> others) {
        boolean own = true;
        for (int i = 0; i < HELD; i++) {
            mine.set(i, Scratch.take());
            for (int j = 0; j < HELD; j++) {
                own &= others.get(j) != mine.get(i);
            }
        }
        for (int i = 0; i < HELD; i++) {
            // Not mine any more before it can be another's.
            mine.getAndSet(i, null).close();
        }
        return own;
    }
}
