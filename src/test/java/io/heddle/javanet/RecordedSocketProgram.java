package io.heddle.javanet;

import io.heddle.testing.Caller;
import io.heddle.testing.Pair;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import jdk.jfr.Recording;

/** A process whose drop-in sockets are recorded; its argument is the file. */
final class RecordedSocketProgram {
    private static final int BYTES = 1234;

    private RecordedSocketProgram() {}

    /** Prints the port of the peer that is recorded. */
    public static void main(String[] args) throws Exception {
        try (Recording recording = new Recording();
                ServerSocket server = new HeddleServerSocket()) {
            for (String event : new String[] {"jdk.SocketRead", "jdk.SocketWrite"}) {
                recording.enable(event).withThreshold(Duration.ZERO).with("throttle", "off");
            }
            recording.start();
            server.bind(Pair.anyPort());
            Caller.HEDDLE_THREAD.run(() -> exchange((InetSocketAddress) server.getLocalSocketAddress(), server));
            recording.stop();
            recording.dump(Path.of(args[0]));
            System.out.println("port " + server.getLocalPort());
        }
        System.exit(0);
    }

    private static void exchange(InetSocketAddress to, ServerSocket server) throws Exception {
        try (Socket socket = new HeddleSocket(to.getAddress(), to.getPort());
                Socket accepted = server.accept()) {
            accepted.getOutputStream().write(new byte[BYTES]);
            socket.setSoTimeout(60_000);
            int n = socket.getInputStream().readNBytes(BYTES).length;
            assert n == BYTES : "n=" + n;
        }
    }
}
