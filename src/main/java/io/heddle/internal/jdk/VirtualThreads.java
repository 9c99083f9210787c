package io.heddle.internal.jdk;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Field;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The JDK door: virtual threads on an executor of ours, and the carrier thread below a virtual thread.
 * Both are hidden in JDK 25. Where they cannot be reached, {@link #missing()} says why and what to do, and
 * Heddle runs on the JDK's own scheduler.
 */
public final class VirtualThreads {
    private static final String OPEN_IT = "start java with --add-opens java.base/java.lang=io.heddle (module path),"
            + " --add-opens java.base/java.lang=ALL-UNNAMED (class path), or Add-Opens: java.base/java.lang in the"
            + " manifest of an executable jar";

    /** {@code (Executor) -> Thread.Builder.OfVirtual}, or null. */
    private static final @Nullable MethodHandle NEW_BUILDER;

    /** {@code () -> Thread}, or null. */
    private static final @Nullable MethodHandle CARRIER;

    /** {@code (Thread) -> Executor}, of a virtual thread, or null. */
    private static final @Nullable MethodHandle SCHEDULER;

    private static final Class<?> VIRTUAL_THREAD;

    private static final @Nullable String MISSING;

    static {
        MethodHandle builder = null;
        MethodHandle carrier = null;
        MethodHandle scheduler = null;
        Class<?> thread = Void.class;
        String missing = null;
        try {
            Class<?> type = Class.forName("java.lang.ThreadBuilders$VirtualThreadBuilder");
            builder = MethodHandles.privateLookupIn(type, MethodHandles.lookup())
                    .findConstructor(type, MethodType.methodType(void.class, Executor.class))
                    .asType(MethodType.methodType(Thread.Builder.OfVirtual.class, Executor.class));
            carrier = MethodHandles.privateLookupIn(Thread.class, MethodHandles.lookup())
                    .findStatic(Thread.class, "currentCarrierThread", MethodType.methodType(Thread.class));
            thread = Class.forName("java.lang.VirtualThread");
            scheduler = MethodHandles.privateLookupIn(thread, MethodHandles.lookup())
                    .findGetter(thread, "scheduler", Executor.class)
                    .asType(MethodType.methodType(Executor.class, Thread.class));
        } catch (IllegalAccessException e) {
            missing = "java.lang is not open to Heddle: " + OPEN_IT;
        } catch (ReflectiveOperationException e) {
            missing = "this JDK has no virtual threads on a scheduler of one's own: " + e + ", java.version="
                    + Runtime.version();
        }
        NEW_BUILDER = missing == null ? builder : null;
        CARRIER = missing == null ? carrier : null;
        SCHEDULER = missing == null ? scheduler : null;
        VIRTUAL_THREAD = thread;
        MISSING = missing;
    }

    private VirtualThreads() {}

    /** Returns null if virtual threads can run on our executors, else the reason and the remedy. */
    public static @Nullable String missing() {
        return MISSING;
    }

    /** A factory of virtual threads that run, with all their children, on the executor. */
    public static Thread.Builder.OfVirtual builder(Executor scheduler) {
        if (NEW_BUILDER == null) {
            throw new IllegalStateException(MISSING);
        }
        try {
            return (Thread.Builder.OfVirtual) NEW_BUILDER.invokeExact(scheduler);
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    /** The platform thread that runs the calling thread; itself, if it is one. */
    public static Thread currentCarrier() {
        if (CARRIER == null) {
            return Thread.currentThread();
        }
        try {
            return (Thread) CARRIER.invokeExact();
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    /** What a virtual thread was made to run on, and all its children with it; null for a platform thread. */
    public static @Nullable Executor schedulerOf(Thread thread) {
        // With -XX:-VMContinuations there are virtual threads that are none below, and have no scheduler.
        if (SCHEDULER == null || !VIRTUAL_THREAD.isInstance(thread)) {
            return null;
        }
        try {
            return (Executor) SCHEDULER.invokeExact(thread);
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    /**
     * The virtual thread that a task of its scheduler runs on, or null if the task does not tell. Slow, for people who
     * look for what went wrong.
     */
    public static @Nullable Thread continuedBy(Runnable task) {
        Class<?> type = task.getClass();
        if (!type.getPackageName().equals("java.lang")) {
            return null;
        }
        try {
            // A method reference that has captured the thread.
            for (Field field : type.getDeclaredFields()) {
                if (Thread.class.isAssignableFrom(field.getType())) {
                    return (Thread) MethodHandles.privateLookupIn(type, MethodHandles.lookup())
                            .unreflectGetter(field)
                            .invoke(task);
                }
            }
            return null;
        } catch (IllegalAccessException e) {
            return null;
        } catch (Throwable t) {
            throw rethrow(t);
        }
    }

    /**
     * Initialises the JDK's own poller. Its threads inherit the scheduler of whoever touches it first; were that one of
     * ours, closing our carriers would stop them. So this has to be called on a platform thread.
     */
    public static void claimJdkPoller() {
        assert !Thread.currentThread().isVirtual() : "a virtual thread would pass on its own scheduler";
        try {
            Class.forName("sun.nio.ch.Poller", true, null);
        } catch (ClassNotFoundException e) {
            // Then there is nothing to claim.
            assert Runtime.version().feature() != 25 : e;
        }
    }

    private static RuntimeException rethrow(Throwable t) {
        if (t instanceof Error error) {
            throw error;
        }
        throw t instanceof RuntimeException exception ? exception : new IllegalStateException("hidden member threw", t);
    }
}
