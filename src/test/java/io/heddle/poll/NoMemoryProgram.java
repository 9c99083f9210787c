package io.heddle.poll;

import io.heddle.internal.sys.Kernel;
import io.heddle.testing.Await;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Opens polls, and grows one, when there is no native memory left for them. Run with
 * {@code -XX:MaxDirectMemorySize=}{@value #LIMIT}; prints what was wrong.
 */
final class NoMemoryProgram {
    static final int LIMIT = 262_144;

    /** So often in a row nothing must be left to take: what is garbage now is given back a little later. */
    private static final int LOOKS = 3;

    private static final int SOURCES = 40;
    private static final long PATIENCE_NANOS = 20_000_000_000L;
    private static final List<String> WRONG = new ArrayList<>();

    private static final List<ByteBuffer> FILLING = new ArrayList<>();

    private NoMemoryProgram() {}

    /** Prints "wrong" and a list that should be empty. */
    public static void main(String[] args) throws Exception {
        List<Kind> kinds = Kind.available().toList();
        // What is linked and pooled for the process is there before, and stays.
        List<Poll> warm = new ArrayList<>();
        for (Kind kind : kinds) {
            Polling polling = kind.open();
            expect(polling.once(Duration.ZERO).isEmpty(), kind + " made up an event");
            polling.close();
            warm.add(polling.poll);
        }
        fill();
        for (Kind kind : kinds) {
            long before = descriptors();
            expect(failsForWantOfMemory(() -> kind.open().close()), kind + " was opened");
            boolean clean = Await.until("all is closed", PATIENCE_NANOS, () -> descriptors() <= before);
            expect(clean, kind + " left descriptors=" + (descriptors() - before));
        }
        FILLING.clear();
        grow();
        expect(warm.size() == kinds.size(), "the first polls were collected");
        System.out.println("wrong " + WRONG);
    }

    /** An array that could not grow does so later, and nobody is forgotten. */
    private static void grow() throws Exception {
        try (Polling polling = Kind.POLL.open()) {
            List<Integer> counters = new ArrayList<>();
            for (int i = 0; i < SOURCES; i++) {
                int counter = Kernel.eventFd();
                counters.add(counter);
                Kernel.add(counter, 1);
                polling.registry.register(FdSource.of(counter), i, Interest.READABLE);
            }
            fill();
            expect(failsForWantOfMemory(() -> polling.once(Duration.ZERO)), "the array has grown");
            FILLING.clear();
            Map<Long, Seen> seen = polling.once(Duration.ZERO);
            expect(seen.size() == SOURCES, "seen=" + seen);
            for (int counter : counters) {
                Kernel.close(counter);
            }
        }
    }

    /** Takes what is left. */
    private static void fill() throws Exception {
        int[] looks = new int[1];
        Await.until("nothing is left", () -> {
            System.gc();
            int left = (int) (LIMIT - used());
            looks[0] = left == 0 ? looks[0] + 1 : 0;
            if (left > 0) {
                FILLING.add(ByteBuffer.allocateDirect(left));
            }
            return looks[0] == LOOKS;
        });
    }

    private static long used() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getTotalCapacity)
                .sum();
    }

    private interface Attempt {
        void make() throws Exception;
    }

    private static boolean failsForWantOfMemory(Attempt attempt) throws Exception {
        try {
            attempt.make();
            return false;
        } catch (OutOfMemoryError e) {
            return true;
        }
    }

    private static long descriptors() throws Exception {
        try (var numbers = Files.list(Path.of("/proc/self/fd"))) {
            return numbers.count();
        }
    }

    private static void expect(boolean holds, String otherwise) {
        if (!holds) {
            WRONG.add(otherwise);
        }
    }
}
