package io.heddle.javanet;

import io.heddle.Descriptor;
import io.heddle.testing.Await;
import io.heddle.testing.Caller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;

/** A process that takes all the descriptors it may have, and tells what then becomes of accept. */
final class StarvedAcceptProgram {
    private StarvedAcceptProgram() {}

    /** Prints a line for each accept. */
    public static void main(String[] args) throws Exception {
        // Where classes are files, loading one takes a descriptor: these are all loaded by the first run.
        List<String> loaded = run(false);
        assert !loaded.isEmpty();
        run(true).forEach(System.out::println);
    }

    private static List<String> run(boolean exhausted) throws Exception {
        List<String> outcomes = new ArrayList<>();
        List<Descriptor> all = new ArrayList<>();
        try (ServerSocket ours = new HeddleServerSocket();
                ServerSocket theirs = new ServerSocket()) {
            ours.bind(Pair.anyPort());
            theirs.bind(Pair.anyPort());
            try (Socket first = new Socket(ours.getInetAddress(), ours.getLocalPort());
                    Socket second = new Socket(theirs.getInetAddress(), theirs.getLocalPort())) {
                assert first.isConnected() && second.isConnected();
                if (exhausted) {
                    takeAll(all);
                }
                Task<String> accepting = Task.of(Caller.HEDDLE_THREAD::sibling, () -> accept(ours));
                Await.until(
                        "it waits or has ended",
                        () -> accepting.isDone() || (exhausted && Task.isWaiting(accepting.thread())));
                outcomes.add("ours " + (accepting.isDone() ? accepting.get() : "waits"));
                outcomes.add("theirs " + accept(theirs));
                all.forEach(Descriptor::close);
                // The call that waits goes on by itself; one that has failed is made again.
                outcomes.add("after " + (failed(accepting) ? accept(ours) : accepting.get()) + " " + ours.isClosed());
            } finally {
                all.forEach(Descriptor::close);
            }
        }
        return outcomes;
    }

    private static boolean failed(Task<String> accepting) throws Exception {
        return accepting.isDone() && !accepting.get().startsWith("connected");
    }

    private static void takeAll(List<Descriptor> all) throws IOException {
        try {
            while (true) {
                all.add(Descriptor.of(0));
                assert all.size() < 1000 : "there is no limit";
            }
        } catch (SocketException e) {
            assert String.valueOf(e.getMessage()).startsWith("Too many open files") : e;
        }
    }

    private static String accept(ServerSocket server) {
        try (Socket accepted = server.accept()) {
            return "connected " + accepted.isConnected();
        } catch (IOException e) {
            return e.getClass().getName() + ": " + e.getMessage();
        }
    }
}
