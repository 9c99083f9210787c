package io.heddle.testing;

import io.heddle.internal.engine.Engine;
import io.heddle.internal.readiness.Registrations;
import io.heddle.internal.sys.NativeMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** What may not grow from the start of something to its end: descriptors, threads, registrations, timers, memory. */
public record Ledger(Set<String> descriptors, Set<Thread> threads, int registrations, int timers, long nativeBytes) {
    /** How long threads may take to end and descriptors to close after the last call. */
    private static final long PATIENCE_NANOS = 20_000_000_000L;

    /** Counts everything now. */
    public static Ledger take() throws Exception {
        Set<Thread> threads = new HashSet<>();
        for (Thread thread : LiveThreads.all()) {
            if (isWatched(thread) && !isSharedWorker(thread)) {
                threads.add(thread);
            }
        }
        return new Ledger(openDescriptors(), threads, Registrations.count(), Engine.timers(), NativeMemory.bytes());
    }

    /** The same for a comparison that leaves native memory out, which comes back by a garbage collection only. */
    public Ledger withoutMemory() {
        return new Ledger(descriptors, threads, registrations, timers, Long.MAX_VALUE);
    }

    /** Pollers, ours and the JDK's, serve the whole process; those for names and blocking calls come and go by
     * themselves. */
    private static boolean isWatched(Thread thread) {
        String name = thread.getName();
        return thread.isVirtual()
                ? !name.startsWith("heddle-hosted-poller-") && !name.startsWith("SubPoller-")
                : !name.equals("heddle-resolver")
                        && !name.startsWith("heddle-blocking-")
                        && (name.startsWith("heddle-") || name.startsWith("caller-"));
    }

    /** The shared carriers raise workers and let them go as they need. */
    private static boolean isSharedWorker(Thread thread) {
        return Engine.hosted() == null && Engine.shared().isWorker(thread);
    }

    /** The sockets, pollers and doorbells of this process, by number and inode. */
    public static Set<String> openDescriptors() throws IOException {
        Set<String> open = new TreeSet<>();
        try (var numbers = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path number : numbers) {
                String target = target(number);
                if (target.startsWith("socket:") || target.startsWith("anon_inode:")) {
                    // A recycled number has another inode.
                    open.add(number.getFileName() + "=" + target);
                }
            }
        }
        return open;
    }

    private static String target(Path number) throws IOException {
        try {
            return Files.readSymbolicLink(number).toString();
        } catch (NoSuchFileException e) {
            return "closed meanwhile";
        }
    }

    /** Waits until nothing is left that was not there before; answers what is left all the same. */
    public static List<String> leftSince(Ledger before) throws Exception {
        List<String> left = new ArrayList<>();
        boolean clean = Await.until("nothing is left behind", PATIENCE_NANOS, () -> {
            left.clear();
            Ledger now = take();
            left.addAll(now.beyond(before));
            if (left.size() == 1 && now.nativeBytes > before.nativeBytes) {
                System.gc();
            }
            return left.isEmpty();
        });
        return clean ? List.of() : left;
    }

    List<String> beyond(Ledger before) {
        List<String> left = new ArrayList<>();
        for (String descriptor : descriptors) {
            if (!before.descriptors.contains(descriptor)) {
                left.add(descriptor);
            }
        }
        for (Thread thread : threads) {
            if (!before.threads.contains(thread)) {
                left.add(LiveThreads.describe(thread));
            }
        }
        if (registrations > before.registrations) {
            left.add("registrations=" + (registrations - before.registrations));
        }
        if (timers > before.timers) {
            left.add("timers=" + (timers - before.timers));
        }
        if (nativeBytes > before.nativeBytes) {
            left.add("nativeBytes=" + (nativeBytes - before.nativeBytes));
        }
        return left;
    }
}
