package io.heddle.javanet;

import io.heddle.Descriptor;
import io.heddle.testing.Pair;
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

    private static List<String> run(boolean exhausted) throws IOException {
        List<String> outcomes = new ArrayList<>();
        List<Descriptor> all = new ArrayList<>();
        try (ServerSocket ours = new HeddleServerSocket();
                ServerSocket theirs = new ServerSocket()) {
            ours.bind(Pair.anyPort());
            theirs.bind(Pair.anyPort());
            try (Socket first = new Socket(ours.getInetAddress(), ours.getLocalPort());
                    Socket second = new Socket(theirs.getInetAddress(), theirs.getLocalPort())) {
                assert first.isConnected() && second.isConnected();
                ours.setSoTimeout(50);
                if (exhausted) {
                    takeAll(all);
                }
                outcomes.add("ours " + accept(ours));
                outcomes.add("theirs " + accept(theirs));
                all.forEach(Descriptor::close);
                outcomes.add("after " + (exhausted ? accept(ours) : "") + " " + ours.isClosed());
            } finally {
                all.forEach(Descriptor::close);
            }
        }
        return outcomes;
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
