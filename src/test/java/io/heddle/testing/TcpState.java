package io.heddle.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** What the kernel says of a connection, see proc_net(5): for tests that must know what has arrived. */
public enum TcpState {
    /** Both directions are open. */
    ESTABLISHED,
    /** This end has sent its end of stream, and the other has it. */
    FIN_WAIT2,
    /** The other end's end of stream has arrived. */
    CLOSE_WAIT,
    /** Something between two of the others. */
    CHANGING,
    /** Reset, or ended by both. */
    CLOSED;

    private static final int LOCAL = 1;
    private static final int REMOTE = 2;
    private static final int STATE = 3;
    private static final int QUEUES = 4;

    /** Of the end that has these addresses. */
    public static TcpState of(InetSocketAddress local, InetSocketAddress remote) throws IOException {
        String[] columns = columns(local, remote);
        return columns.length == 0 ? CLOSED : parse(columns[STATE]);
    }

    /** How many bytes, the end of stream counted as one, lie unread at the end that has these addresses. */
    public static int unread(InetSocketAddress local, InetSocketAddress remote) throws IOException {
        String[] columns = columns(local, remote);
        return columns.length == 0
                ? 0
                : Integer.parseInt(columns[QUEUES].substring(columns[QUEUES].indexOf(':') + 1), 16);
    }

    /** Of its line, none if there is no such line. */
    private static String[] columns(InetSocketAddress local, InetSocketAddress remote) throws IOException {
        String localPort = ":%04X".formatted(local.getPort());
        String remotePort = ":%04X".formatted(remote.getPort());
        // The sockets of the JDK are of the IPv6 family.
        for (String table : List.of("/proc/self/net/tcp", "/proc/self/net/tcp6")) {
            try (BufferedReader lines = Files.newBufferedReader(Path.of(table))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    // There may be thousands of others that wait for their end.
                    if (line.contains(localPort) && line.contains(remotePort)) {
                        String[] columns = line.trim().split(" +", QUEUES + 2);
                        if (columns[LOCAL].endsWith(localPort) && columns[REMOTE].endsWith(remotePort)) {
                            return columns;
                        }
                    }
                }
            }
        }
        return new String[0];
    }

    private static TcpState parse(String number) {
        return switch (number) {
            case "01" -> ESTABLISHED;
            case "05" -> FIN_WAIT2;
            case "06", "07" -> CLOSED; // TIME_WAIT belongs to nobody any more
            case "08" -> CLOSE_WAIT;
            default -> CHANGING;
        };
    }

    /** Returns when that end is in that state. */
    public static void await(InetSocketAddress local, InetSocketAddress remote, TcpState state) throws Exception {
        Await.until(state.toString(), () -> of(local, remote) == state);
    }
}
