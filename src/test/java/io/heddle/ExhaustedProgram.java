package io.heddle;

import io.heddle.testing.Pair;
import java.io.Closeable;
import java.io.IOException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A process that takes all the descriptors it may have, and tells what then becomes of calls. */
final class ExhaustedProgram {
    private ExhaustedProgram() {}

    /** Opens something. */
    @FunctionalInterface
    private interface Opening {
        Closeable open() throws IOException;
    }

    /** Prints a line for each call. */
    public static void main(String[] args) throws Exception {
        // Where classes are files, loading one takes a descriptor: these are all loaded by the first run.
        List<String> loaded = run(false);
        assert !loaded.isEmpty();
        run(true).forEach(System.out::println);
    }

    private static List<String> run(boolean exhausted) throws IOException {
        List<String> outcomes = new ArrayList<>();
        List<Descriptor> all = new ArrayList<>();
        UnixSocket[] pair = UnixSocket.pair();
        try (UnixSocket from = pair[0];
                UnixSocket to = pair[1];
                UnixListener listener = UnixListener.bind(WaitingCall.anyName());
                UnixSocket client = UnixSocket.connect(listener.localAddress())) {
            from.write(ByteBuffer.wrap(new byte[] {1, 2}), List.of(take(all), take(all), take(all)));
            outcomes.add("nobody " + outcome(() -> UnixSocket.connect(WaitingCall.anyName())));
            if (exhausted) {
                takeAll(all);
            }
            ByteBuffer dst = ByteBuffer.allocate(9);
            List<Descriptor> received = new ArrayList<>();
            try {
                outcomes.add("read " + outcome(() -> {
                    int n = to.read(dst, received);
                    assert n > 0 : "n=" + n;
                    return () -> received.forEach(Descriptor::close);
                }));
                outcomes.add("bytes " + dst.position());
                outcomes.add("pair " + outcome(() -> {
                    UnixSocket[] another = UnixSocket.pair();
                    return () -> List.of(another).forEach(UnixSocket::close);
                }));
                outcomes.add("pipe " + outcome(Pipe::open));
                outcomes.add("udp " + outcome(() -> UdpSocket.bind(Pair.anyPort())));
                outcomes.add("datagrams " + outcome(UnixDatagramSocket::unbound));
                outcomes.add("connect " + outcome(() -> UnixSocket.connect(listener.localAddress())));
                outcomes.add("accept " + outcome(() -> listener.accept(Duration.ofMillis(20))));
                outcomes.add("late " + outcome(() -> listener.accept(Duration.ofMillis(1))));
            } finally {
                all.forEach(Descriptor::close);
            }
            outcomes.add("after " + outcome(() -> exhausted ? listener.accept() : client));
        }
        return outcomes;
    }

    private static Descriptor take(List<Descriptor> all) throws IOException {
        Descriptor descriptor = Descriptor.of(0);
        all.add(descriptor);
        return descriptor;
    }

    private static void takeAll(List<Descriptor> all) throws IOException {
        try {
            while (take(all).isOpen()) {
                assert all.size() < 1000 : "there is no limit";
            }
        } catch (SocketException e) {
            assert String.valueOf(e.getMessage()).startsWith("Too many open files") : e;
        }
    }

    private static String outcome(Opening opening) throws IOException {
        try (Closeable opened = opening.open()) {
            return "opened " + (opened != null);
        } catch (SocketTimeoutException | SocketException e) {
            String message = String.valueOf(e.getMessage());
            int end = message.indexOf(' ', Math.min(message.length(), 15));
            return end < 0 ? message : message.substring(0, end);
        }
    }
}
