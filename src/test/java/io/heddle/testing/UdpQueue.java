package io.heddle.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * What the kernel says of the sockets on a UDP port, see proc_net(5): for tests that must know what has arrived.
 *
 * @param unread how much memory the datagrams take that nobody has received yet
 * @param dropped how many datagrams there was no room for
 */
public record UdpQueue(long unread, long dropped) {
    private static final int LOCAL = 1;
    private static final int QUEUES = 4;

    /** Of all sockets on the port. */
    public static UdpQueue of(int port) throws IOException {
        String local = ":%04X".formatted(port);
        long unread = 0;
        long dropped = 0;
        // The sockets of the JDK are of the IPv6 family.
        for (String table : List.of("/proc/self/net/udp", "/proc/self/net/udp6")) {
            try (BufferedReader lines = Files.newBufferedReader(Path.of(table))) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    String[] columns = line.trim().split(" +", -1);
                    if (columns[LOCAL].endsWith(local)) {
                        unread += Long.parseLong(columns[QUEUES].substring(columns[QUEUES].indexOf(':') + 1), 16);
                        dropped += Long.parseLong(columns[columns.length - 1]);
                    }
                }
            }
        }
        return new UdpQueue(unread, dropped);
    }

    /** Waits until there is something to receive. */
    public static void awaitUnread(int port) throws Exception {
        Await.until("a datagram is there", () -> of(port).unread > 0);
    }
}
