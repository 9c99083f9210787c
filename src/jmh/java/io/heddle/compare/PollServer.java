package io.heddle.compare;

import io.heddle.poll.Event;
import io.heddle.poll.Events;
import io.heddle.poll.Interest;
import io.heddle.poll.Poll;
import io.heddle.poll.Trigger;
import io.heddle.poll.net.TcpListener;
import io.heddle.poll.net.TcpStream;
import io.heddle.poll.net.WouldBlock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * One thread on {@code io.heddle.poll}. It answers every request with two bytes of text, whatever the path.
 * Level-triggered it makes the system calls of c-epoll, one read and one write for a request; edge-triggered it reads
 * until that would block, as programs on mio do. Argument: port.
 */
public final class PollServer {
    private static final Trigger TRIGGER = Trigger.valueOf(System.getProperty("trigger", "LEVEL"));
    private static final long LISTENER = -1;

    private final Poll poll = Poll.open();
    private final ByteBuffer buffer = ByteBuffer.allocate(16 * 1024);
    private final ByteBuffer answer = ByteBuffer.wrap(Answers.PLAIN);

    /** By token. A token is used again: once a stream is deregistered, no later poll reports it. */
    private TcpStream[] streams = new TcpStream[64];

    private final Deque<Integer> free = new ArrayDeque<>();
    private int tokens;

    private PollServer() throws IOException {}

    /** Serves until the process is ended. */
    public static void main(String[] args) throws IOException {
        InetSocketAddress local = new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(args[0]));
        new PollServer().serve(TcpListener.builder().backlog(4096).bind(local));
    }

    private void serve(TcpListener listener) throws IOException {
        poll.registry().register(listener, LISTENER, Interest.READABLE);
        Events events = Events.withCapacity(512);
        while (true) {
            poll.poll(events);
            for (Event event : events) {
                if (event.token() == LISTENER) {
                    acceptAll(listener);
                } else {
                    serve(event);
                }
            }
        }
    }

    private void acceptAll(TcpListener listener) throws IOException {
        for (TcpStream stream = listener.accept(); stream != null; stream = listener.accept()) {
            stream.setOption(StandardSocketOptions.TCP_NODELAY, true);
            int token = free.isEmpty() ? tokens++ : free.pop();
            if (token == streams.length) {
                streams = Arrays.copyOf(streams, 2 * token);
            }
            streams[token] = stream;
            poll.registry().register(stream, token, Interest.READABLE, TRIGGER);
        }
    }

    private void serve(Event event) {
        int token = (int) event.token();
        boolean open;
        try {
            open = answer(streams[token]);
        } catch (IOException e) {
            // The client is gone, as for c-epoll.
            open = false;
        }
        if (!open) {
            streams[token].close();
            streams[token] = null;
            free.push(token);
        }
    }

    /** False at the end. */
    private boolean answer(TcpStream stream) throws IOException {
        do {
            int n = stream.read(buffer.clear());
            if (n <= 0) {
                return n == WouldBlock.WOULD_BLOCK;
            }
            if (stream.write(answer.rewind()) != Answers.PLAIN.length) {
                throw new IOException("an answer must fit into an empty buffer");
            }
        } while (TRIGGER == Trigger.EDGE);
        return true;
    }
}
