package io.heddle.poll.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.heddle.poll.Event;
import io.heddle.poll.Events;
import io.heddle.poll.Interest;
import io.heddle.poll.Poll;
import io.heddle.testing.Caller;
import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The examples of the Javadoc of the non-blocking sockets, run. */
@SuppressWarnings("try") // Closing ends the server.
@Leakproof
class NetExamples {
    // @start region="echo"
    /** One connection, and what was read from it and is not written yet. */
    record Echo(TcpStream stream, ByteBuffer pending) {
        /** Goes on until both directions would block; answers false at the end. */
        boolean advance() throws IOException {
            for (; ; ) {
                pending.flip();
                int written = stream.write(pending);
                pending.compact();
                int read = stream.read(pending);
                if (read == -1 && pending.position() == 0) {
                    return false;
                }
                if (written <= 0 && read <= 0) {
                    return true;
                }
            }
        }
    }

    /** Sends back what comes, until closing the poll makes that fail. */
    static void serve(Poll poll, TcpListener listener, Map<Long, Echo> connections) throws IOException {
        long next = 1;
        poll.registry().register(listener, 0, Interest.READABLE);
        Events events = Events.withCapacity(128);
        while (true) {
            poll.poll(events);
            for (Event event : events) {
                if (event.token() == 0) {
                    for (TcpStream stream = listener.accept(); stream != null; stream = listener.accept()) {
                        poll.registry().register(stream, next, Interest.READABLE.add(Interest.WRITABLE));
                        connections.put(next++, new Echo(stream, ByteBuffer.allocateDirect(8192)));
                    }
                } else {
                    Echo echo = connections.get(event.token());
                    if (echo != null && !echo.advance()) {
                        connections.remove(event.token());
                        echo.stream().close();
                    }
                }
            }
        }
    }
    // @end

    // @start region="connect"
    /** Connects, and waits for nothing else meanwhile. */
    static TcpStream connect(Poll poll, InetSocketAddress remote) throws IOException {
        TcpStream stream = TcpStream.connect(remote);
        try {
            poll.registry().register(stream, 1, Interest.WRITABLE);
            Events events = Events.withCapacity(8);
            while (!stream.finishConnect()) {
                poll.poll(events);
            }
            return stream;
        } catch (IOException e) {
            stream.close();
            throw e;
        }
    }
    // @end

    @Test
    void anEchoComesBack() throws Exception {
        byte[] sent = "to and fro ".repeat(10_000).getBytes(StandardCharsets.US_ASCII);
        Map<Long, Echo> connections = new HashMap<>();
        try (Poll poll = Poll.open();
                TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            Task<Boolean> server = Caller.PLATFORM_THREAD.start(() -> {
                serve(poll, listener, connections);
                return true;
            });
            InetSocketAddress address = listener.localAddress();
            try (Socket client = new Socket(address.getAddress(), address.getPort())) {
                Task<Boolean> writer = Caller.PLATFORM_THREAD.start(() -> {
                    client.getOutputStream().write(sent);
                    client.shutdownOutput();
                    return true;
                });
                assertThat(client.getInputStream().readAllBytes()).isEqualTo(sent);
                assertThat(writer.get()).isTrue();
            }
            poll.close();
            assertThatThrownBy(server::get).isInstanceOf(ClosedSelectorException.class);
        }
        assertThat(connections).isEmpty();
    }

    @Test
    void aConnectSucceedsOrFails() throws Exception {
        InetSocketAddress address;
        try (Poll poll = Poll.open();
                TcpListener listener = TcpListener.bind(Pair.anyPort())) {
            address = listener.localAddress();
            try (TcpStream stream = connect(poll, address)) {
                assertThat(stream.remoteAddress()).isEqualTo(address);
            }
        }
        try (Poll poll = Poll.open()) {
            assertThatThrownBy(() -> connect(poll, address)).isInstanceOf(ConnectException.class);
        }
    }
}
