package io.heddle.internal.carrier;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.Z_Result;

/**
 * A hosted poller that parks with a timer against the master that is about to sleep for ever: the time and the home's
 * gate, then the master's | the master's gate, then the times. The home's three lines are a copy of its rest(), which
 * would park; arm() and the master are real.
 */
@JCStressTest
@Outcome(id = "false", expect = ACCEPTABLE, desc = "The master saw the time, or was rung.")
@Outcome(expect = FORBIDDEN, desc = "The master sleeps for ever, and the timer waits for it.")
@State
public class HostedRestAgainstMasterTest {
    private static final long LONG_NANOS = 3_600_000_000_000L;

    private static final MethodHandle AWAIT_ONE;
    private static final VarHandle NEXT;
    private static final VarHandle HAS_NEXT;
    private static final VarHandle GATE;

    static {
        try {
            MethodHandles.Lookup master = MethodHandles.privateLookupIn(HostedMaster.class, MethodHandles.lookup());
            AWAIT_ONE = master.findVirtual(HostedMaster.class, "awaitOne", MethodType.methodType(void.class));
            MethodHandles.Lookup home = MethodHandles.privateLookupIn(HostedHome.class, MethodHandles.lookup());
            NEXT = home.findVarHandle(HostedHome.class, "nextDelayedAtNanos", long.class);
            HAS_NEXT = home.findVarHandle(HostedHome.class, "hasNext", boolean.class);
            GATE = home.findVarHandle(HostedHome.class, "gate", SleepGate.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Bell bell = new Bell();
    private final HostedMaster master;
    private final HostedHome home;

    public HostedRestAgainstMasterTest() {
        try {
            master = new HostedMaster(Bell::new, () -> bell, 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        home = (HostedHome) master.homeOf(Thread.currentThread());
    }

    @Actor
    public void master(Z_Result r) {
        try {
            AWAIT_ONE.invokeExact(master);
        } catch (Throwable t) {
            throw new AssertionError(t);
        }
        r.r1 = bell.wasLost();
    }

    @Actor
    public void home() {
        NEXT.setVolatile(home, System.nanoTime() + LONG_NANOS);
        HAS_NEXT.setVolatile(home, true);
        ((SleepGate) GATE.get(home)).announce();
        master.arm(home);
        bell.nobodyElseRings();
    }
}
