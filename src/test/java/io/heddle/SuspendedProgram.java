package io.heddle;

import io.heddle.testing.Pair;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** An echo server on carriers, for a debugger that stops one of their threads. Obeys words on its standard input. */
final class SuspendedProgram {
    private SuspendedProgram() {}

    /** Prints {@code ready} and the port. */
    public static void main(String[] args) throws Exception {
        try (TcpListener listener = TcpListener.bind(Pair.anyPort());
                BufferedReader words = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            Heddle heddle = Heddle.shared();
            heddle.startVirtualThread(() -> serve(listener));
            System.out.println("ready " + listener.localAddress().getPort());
            for (String word = words.readLine(); word != null; word = words.readLine()) {
                switch (word) {
                    case "run" ->
                        heddle.startVirtualThread(() -> {
                            stopHere();
                            System.out.println("ran");
                        });
                    case "busy" -> System.out.println("busy " + heddle.startVirtualThread(SuspendedProgram::compute));
                    case "rescues" -> System.out.println("rescues " + rescues(heddle));
                    default -> throw new IllegalArgumentException("no such word: word=" + word);
                }
            }
        }
    }

    /** The debugger's breakpoint. */
    private static void stopHere() {
        Thread.onSpinWait();
    }

    /** In tasks that are long beside what is between them, and short beside the patience of a monitor. */
    private static void compute() {
        while (true) {
            long end = System.nanoTime() + 1_000_000;
            while (System.nanoTime() - end < 0) {
                Thread.onSpinWait();
            }
            Thread.yield();
        }
    }

    private static long rescues(Heddle heddle) {
        return heddle.statistics().carriers().stream()
                .mapToLong(Statistics.Carrier::rescues)
                .sum();
    }

    private static void serve(TcpListener listener) {
        try {
            listener.serve(socket -> {
                byte[] buffer = new byte[64];
                for (int n = socket.read(buffer); n >= 0; n = socket.read(buffer)) {
                    socket.write(buffer, 0, n);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
