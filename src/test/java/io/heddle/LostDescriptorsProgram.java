package io.heddle;

import io.heddle.poll.net.PassedDescriptors;
import io.heddle.poll.net.UnixStream;
import java.io.IOException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A process to which more descriptors are passed than it may have: tells what it gets of them, on both layers. */
final class LostDescriptorsProgram {
    private static final int PASSED = 20;
    private static final int FREE = 5;

    private LostDescriptorsProgram() {}

    /** What is done with a process that has room for few descriptors more. */
    @FunctionalInterface
    private interface Reading {
        String read() throws IOException;
    }

    /** Prints a line for each layer. */
    public static void main(String[] args) throws Exception {
        // Where classes are files, loading one takes a descriptor: these are all loaded by the first run.
        String loaded = facade(false) + net(false) + failure();
        assert loaded.endsWith("EBADF, fd=-1") : loaded;
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("heddle-start") || thread.getName().equals("heddle-preload")) {
                thread.join();
            }
        }
        System.out.println("facade " + facade(true));
        System.out.println("net " + net(true));
    }

    private static String facade(boolean exhausted) throws IOException {
        UnixSocket[] pair = UnixSocket.pair();
        List<Descriptor> passed = take(PASSED);
        try (UnixSocket from = pair[0];
                UnixSocket to = pair[1]) {
            from.write(ByteBuffer.wrap(new byte[] {1, 2}), passed);
            return reading(exhausted, () -> {
                ByteBuffer dst = ByteBuffer.allocate(9);
                List<Descriptor> received = new ArrayList<>();
                String outcome = "all";
                try {
                    int n = to.read(dst, received);
                    assert n == 2 : "n=" + n;
                } catch (SocketException e) {
                    outcome = String.valueOf(e.getMessage());
                }
                received.forEach(Descriptor::close);
                return "bytes=" + dst.position() + " received=" + received.size() + " " + outcome;
            });
        } finally {
            passed.forEach(Descriptor::close);
        }
    }

    private static String net(boolean exhausted) throws IOException {
        UnixStream[] pair = UnixStream.pair();
        try (UnixStream from = pair[0];
                UnixStream to = pair[1]) {
            int[] numbers = new int[PASSED];
            Arrays.fill(numbers, from.fd());
            int written = from.write(ByteBuffer.wrap(new byte[] {1, 2}), numbers);
            assert written == 2 : "written=" + written;
            return reading(exhausted, () -> {
                try (PassedDescriptors received = PassedDescriptors.withCapacity(2 * PASSED)) {
                    int n = to.read(ByteBuffer.allocate(9), received);
                    return "bytes=" + n + " received=" + received.size() + " lost=" + received.wereLost();
                }
            });
        }
    }

    /** Reads with few numbers left, and says whether as many are left after it. */
    private static String reading(boolean exhausted, Reading reading) throws IOException {
        List<Descriptor> all = new ArrayList<>();
        try {
            if (exhausted) {
                takeAll(all);
            }
            all.subList(Math.max(0, all.size() - FREE), all.size()).forEach(Descriptor::close);
            long before = open();
            String outcome = reading.read();
            // Two are those of the list itself.
            return "free=" + (Integer.getInteger("descriptors") - before + 2) + " " + outcome + " leaked="
                    + (open() - before);
        } finally {
            all.forEach(Descriptor::close);
        }
    }

    private static long open() throws IOException {
        try (var numbers = Files.list(Path.of("/proc/self/fd"))) {
            return numbers.count();
        }
    }

    private static List<Descriptor> take(int count) throws IOException {
        List<Descriptor> taken = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            taken.add(Descriptor.of(0));
        }
        return taken;
    }

    private static String failure() throws IOException {
        try (Descriptor none = Descriptor.of(-1)) {
            return none.toString();
        } catch (SocketException e) {
            return String.valueOf(e.getMessage());
        }
    }

    private static void takeAll(List<Descriptor> all) throws IOException {
        try {
            while (all.addAll(take(1))) {
                assert all.size() < 1000 : "there is no limit";
            }
        } catch (SocketException e) {
            assert String.valueOf(e.getMessage()).startsWith("Too many open files") : e;
        }
    }
}
