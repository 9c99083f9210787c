package io.heddle.poll.net;

import static io.heddle.poll.net.WouldBlock.WOULD_BLOCK;

import io.heddle.poll.Events;
import io.heddle.poll.Interest;
import io.heddle.poll.Poll;
import io.heddle.poll.Selectors;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;

/** What works where native access is denied. */
final class DeniedProgram {
    private DeniedProgram() {}

    /** Prints which selectors there are, which one is taken, and what has come through a connection. */
    public static void main(String[] args) throws Exception {
        System.out.println("epoll " + Selectors.EPOLL.whyUnavailable().orElse("available"));
        System.out.println("poll " + Selectors.POLL.whyUnavailable().orElse("available"));
        try (Poll poll = Poll.open();
                TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
                TcpStream near = TcpStream.connect(listener.localAddress())) {
            System.out.println("auto " + poll);
            Events events = Events.withCapacity(4);
            poll.registry().register(listener, 1, Interest.READABLE);
            TcpStream far = listener.accept();
            while (far == null) {
                poll.poll(events);
                far = listener.accept();
            }
            poll.registry().register(near, 2, Interest.WRITABLE);
            while (!near.finishConnect()) {
                poll.poll(events);
            }
            poll.registry().register(far, 3, Interest.READABLE);
            int written = near.write(ByteBuffer.wrap(new byte[] {42}));
            ByteBuffer read = ByteBuffer.allocate(1);
            while (far.read(read) == WOULD_BLOCK) {
                poll.poll(events);
            }
            System.out.println("came " + written + " " + read.get(0));
            far.close();
        }
    }
}
