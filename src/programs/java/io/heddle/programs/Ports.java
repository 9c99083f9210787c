package io.heddle.programs;

import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Scanner;
import java.util.concurrent.ThreadLocalRandom;

/** Ports for servers that have to be told theirs before they start. */
final class Ports {
    /** From here on one need not be root, and few servers live there. */
    private static final int MIN = 10_000;

    private static final int END = 65_536;
    private static final int TRIED_MAX = 20;

    private Ports() {}

    /** One that is free, and that the kernel gives to nobody who has not named it: no client takes it meanwhile. */
    static int free() throws IOException {
        int first;
        int last;
        // One large read: the kernel has nothing for a second one, and Files.readString begins with one byte.
        try (Scanner range =
                new Scanner(Path.of("/proc/sys/net/ipv4/ip_local_port_range"), StandardCharsets.US_ASCII)) {
            first = range.nextInt();
            last = range.nextInt();
        }
        int below = Math.max(0, first - MIN);
        int above = Math.max(0, END - Math.max(MIN, last + 1));
        if (below + above == 0) {
            throw new IOException("no port is left to servers: ip_local_port_range=" + first + "-" + last);
        }
        for (int i = 1; ; i++) {
            int n = ThreadLocalRandom.current().nextInt(below + above);
            int port = n < below ? MIN + n : END - above + (n - below);
            try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
                return socket.getLocalPort();
            } catch (BindException e) {
                if (i == TRIED_MAX) {
                    throw e;
                }
            }
        }
    }
}
