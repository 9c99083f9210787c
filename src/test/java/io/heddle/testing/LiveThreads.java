package io.heddle.testing;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * All threads of the process. Virtual ones are in no list of the public API but a thread dump, and making one of those
 * crashes JDK 25.0.3 if a virtual thread unmounts at the wrong moment; so this asks the JDK's own list, for which the
 * tests are started with {@code --add-exports java.base/jdk.internal.vm=io.heddle}.
 */
public final class LiveThreads {
    private LiveThreads() {}

    /** What every thread does, for people. */
    public static String dump() throws ReflectiveOperationException {
        StringBuilder dump = new StringBuilder();
        for (Thread thread : all()) {
            dump.append(describe(thread));
        }
        return dump.toString();
    }

    static String describe(Thread thread) {
        StringBuilder text = new StringBuilder(thread.toString()).append('\n');
        for (StackTraceElement frame : thread.getStackTrace()) {
            text.append("    at ").append(frame).append('\n');
        }
        return text.toString();
    }

    /** All that have started and not ended. */
    static List<Thread> all() throws ReflectiveOperationException {
        List<Thread> threads = new ArrayList<>();
        collect(
                Class.forName("jdk.internal.vm.ThreadContainers")
                        .getMethod("root")
                        .invoke(null),
                threads);
        return threads;
    }

    private static void collect(Object container, List<Thread> threads) throws ReflectiveOperationException {
        Class<?> type = Class.forName("jdk.internal.vm.ThreadContainer");
        for (Object thread : stream(type.getMethod("threads"), container)) {
            threads.add((Thread) thread);
        }
        for (Object child : stream(type.getMethod("children"), container)) {
            collect(child, threads);
        }
    }

    private static List<?> stream(Method method, Object container) throws ReflectiveOperationException {
        return ((Stream<?>) method.invoke(container)).toList();
    }
}
