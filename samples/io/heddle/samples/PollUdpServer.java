package io.heddle.samples;

import io.heddle.poll.Events;
import io.heddle.poll.Interest;
import io.heddle.poll.Poll;
import io.heddle.poll.net.UdpSocket;
import io.heddle.poll.net.WouldBlock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/**
 * An event loop that sends each datagram back. After udp_server in the documentation of mio.
 *
 * <p>Run: {@code mvn -q compile exec:exec -Dsample=PollUdpServer -Dsample.args=7000}, then {@code nc -u localhost
 * 7000}. Without a port it takes a free one.
 */
public final class PollUdpServer {
    private static final int DATAGRAM_MAX = 64 * 1024;

    private PollUdpServer() {}

    /** Serves until the process is ended. */
    public static void main(String[] args) throws IOException {
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 0;
        try (Poll poll = Poll.open();
                UdpSocket socket = UdpSocket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
            poll.registry().register(socket, 0, Interest.READABLE);
            System.out.println("udp echo on " + socket.localAddress());
            Events events = Events.withCapacity(1);
            ByteBuffer datagram = ByteBuffer.allocateDirect(DATAGRAM_MAX);
            while (true) {
                poll.poll(events);
                // There is one source: the event is its.
                echoAll(socket, datagram);
            }
        }
    }

    /** Until there is no more: the next event tells only of what comes after that. */
    private static void echoAll(UdpSocket socket, ByteBuffer datagram) throws IOException {
        for (InetSocketAddress from = socket.receiveFrom(datagram.clear());
                from != null;
                from = socket.receiveFrom(datagram.clear())) {
            if (socket.sendTo(datagram.flip(), from) == WouldBlock.WOULD_BLOCK) {
                // As a full router does: nobody waits for a datagram.
                System.out.println("dropped a datagram of " + from);
            }
        }
    }
}
