package io.heddle.samples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.heddle.poll.Event;
import io.heddle.poll.Events;
import io.heddle.poll.Interest;
import io.heddle.poll.Poll;
import io.heddle.poll.net.TcpListener;
import io.heddle.poll.net.TcpStream;
import io.heddle.poll.net.WouldBlock;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * An event loop of one's own: greets each connection and prints what it sends, with one thread and no waiting but in
 * the poll. After tcp_server in the documentation of mio.
 *
 * <p>Run: {@code mvn -q compile exec:exec -Dsample=PollTcpServer -Dsample.args=7000}, then {@code nc localhost 7000}.
 * Without a port it takes a free one.
 */
public final class PollTcpServer implements Closeable {
    private static final byte[] GREETING = "Hello world!\n".getBytes(UTF_8);
    private static final Duration ACCEPT_AGAIN_AFTER = Duration.ofMillis(100);

    private final Poll poll = Poll.open();
    private final List<TcpListener> listeners = new ArrayList<>();
    private final Map<Long, Client> clients = new HashMap<>();
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(4096);

    /** An accept has failed: somebody may wait of whom no event tells any more. */
    private boolean acceptsAgain;

    /** Counts up, so that an event can never be taken for that of an earlier connection. */
    private long nextToken;

    /** Somebody who is connected. */
    private static final class Client {
        final TcpStream stream;
        boolean greeted;

        Client(TcpStream stream) {
            this.stream = stream;
        }
    }

    PollTcpServer() throws IOException {}

    /** Has connections of a listener served, too; closes it in the end. Before the loop runs. */
    void add(TcpListener listener) throws IOException {
        poll.registry().register(listener, nextToken++, Interest.READABLE);
        listeners.add(listener);
    }

    /** Runs until the poll fails. */
    void run() throws IOException {
        Events events = Events.withCapacity(128);
        while (true) {
            if (acceptsAgain) {
                poll.poll(events, ACCEPT_AGAIN_AFTER);
                acceptsAgain = false;
                listeners.forEach(this::acceptFrom);
            } else {
                poll.poll(events);
            }
            for (Event event : events) {
                if (event.token() < listeners.size()) {
                    acceptFrom(listeners.get((int) event.token()));
                } else {
                    serve(event);
                }
            }
        }
    }

    /** An event stands for any number of connections. */
    private void acceptFrom(TcpListener listener) {
        try {
            for (TcpStream stream = listener.accept(); stream != null; stream = listener.accept()) {
                add(stream);
            }
        } catch (IOException e) {
            // There are no descriptors, or no memory: some may come back.
            System.out.println("cannot accept: " + e.getMessage());
            acceptsAgain = true;
        }
    }

    private void add(TcpStream stream) throws IOException {
        long token = nextToken++;
        try {
            poll.registry().register(stream, token, Interest.READABLE.add(Interest.WRITABLE));
        } catch (IOException e) {
            stream.close();
            throw e;
        }
        clients.put(token, new Client(stream));
        System.out.println("accepted " + stream.remoteAddress());
    }

    private void serve(Event event) {
        Client client = clients.get(event.token());
        if (client == null) {
            // The rest of a list of events, of which an earlier one was the connection's last.
            return;
        }
        boolean goesOn;
        try {
            goesOn = (client.greeted || !event.isWritable() || greet(event.token(), client))
                    && (!event.isReadable() || read(event.token(), client));
        } catch (IOException e) {
            System.out.println(event.token() + " failed: " + e.getMessage());
            goesOn = false;
        }
        if (!goesOn) {
            clients.remove(event.token());
            // Closing deregisters it.
            client.stream.close();
        }
    }

    private boolean greet(long token, Client client) throws IOException {
        int n = client.stream.write(ByteBuffer.wrap(GREETING));
        if (n == WouldBlock.WOULD_BLOCK) {
            return true;
        }
        if (n < GREETING.length) {
            throw new IOException("a greeting must fit into an empty buffer: written=" + n);
        }
        client.greeted = true;
        // From now on only what comes is of interest. If something has come already, that is reported once more.
        poll.registry().reregister(client.stream, token, Interest.READABLE);
        return true;
    }

    /** Reads until there is no more: the next event tells only of what comes after that. False at the end. */
    private boolean read(long token, Client client) throws IOException {
        while (true) {
            int n = client.stream.read(buffer.clear());
            if (n == WouldBlock.WOULD_BLOCK) {
                return true;
            }
            if (n < 0) {
                System.out.println(token + " closed");
                return false;
            }
            System.out.println(
                    token + " sent: " + UTF_8.decode(buffer.flip()).toString().strip());
        }
    }

    @Override
    public void close() throws IOException {
        clients.values().forEach(client -> client.stream.close());
        listeners.forEach(TcpListener::close);
        poll.close();
    }

    /** Serves until the process is ended. */
    public static void main(String[] args) throws IOException {
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 0;
        try (PollTcpServer server = new PollTcpServer()) {
            TcpListener listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            server.add(listener);
            System.out.println("greeting on " + listener.localAddress());
            server.run();
        }
    }
}
