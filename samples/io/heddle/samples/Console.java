package io.heddle.samples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.heddle.poll.Event;
import io.heddle.poll.Events;
import io.heddle.poll.FdSource;
import io.heddle.poll.Interest;
import io.heddle.poll.Poll;
import io.heddle.poll.Waker;
import io.heddle.poll.net.TcpListener;
import io.heddle.poll.net.TcpStream;
import io.heddle.poll.net.WouldBlock;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * An event loop that is told what to do in three ways: by events of its connections, by lines of its standard input,
 * and by other threads, through a channel. All state belongs to the one thread of the loop, so there is no lock.
 *
 * <p>Commands: {@code say TEXT} sends a line to everybody, {@code count} prints how many those are, {@code quit} ends
 * it.
 *
 * <p>Run: {@code mvn -q compile exec:exec -Dsample=Console -Dsample.args=7000}, with {@code nc localhost 7000} beside
 * it. Without a port it takes a free one.
 */
public final class Console implements Closeable {
    private static final int STANDARD_INPUT = 0;

    private static final long LISTENER = 0;
    private static final long INPUT = 1;
    private static final long CHANNEL = 2;
    private static final long FIRST_CLIENT = 3;

    private final Poll poll = Poll.open();
    private final Channel channel = new Channel(poll);
    private final FdSource input = FdSource.of(STANDARD_INPUT);
    private final TcpListener listener;
    private final Map<Long, TcpStream> clients = new HashMap<>();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final ByteBuffer ignored = ByteBuffer.allocateDirect(4096);
    private long nextToken = FIRST_CLIENT;
    private boolean running = true;

    /** Commands of other threads, for the thread of the loop. */
    static final class Channel {
        private final Queue<String> commands = new ConcurrentLinkedQueue<>();
        private final Waker waker;

        Channel(Poll poll) throws IOException {
            waker = Waker.create(poll.registry(), CHANNEL);
        }

        /** Any thread; does not wait. */
        void send(String command) {
            // In this order: who is woken finds it.
            commands.add(command);
            try {
                waker.wake();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private Console(int port) throws IOException {
        listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    private void run() throws IOException {
        poll.registry().register(listener, LISTENER, Interest.READABLE);
        try {
            poll.registry().register(input, INPUT, Interest.READABLE);
        } catch (IOException e) {
            // A file, or /dev/null: always ready, and so nothing to wait for. A thread reads it to the end.
            readInputInAThread();
        }
        Events events = Events.withCapacity(128);
        while (running) {
            poll.poll(events);
            for (Event event : events) {
                handle(event);
            }
        }
    }

    private void handle(Event event) throws IOException {
        if (event.token() == LISTENER) {
            for (TcpStream stream = listener.accept(); stream != null; stream = listener.accept()) {
                poll.registry().register(stream, nextToken, Interest.READABLE);
                clients.put(nextToken++, stream);
            }
        } else if (event.token() == INPUT) {
            readInput(event);
        } else if (event.token() == CHANNEL) {
            // A wake stands for any number of commands.
            for (String next = channel.commands.poll(); next != null; next = channel.commands.poll()) {
                execute(next);
            }
        } else {
            ignore(event.token());
        }
    }

    /** What has come by now; the rest of a line comes with a later event. */
    private void readInput(Event event) throws IOException {
        while (System.in.available() > 0) {
            int b = System.in.read();
            if (b == '\n') {
                execute(line.toString(UTF_8));
                line.reset();
            } else {
                line.write(b);
            }
        }
        if (event.isReadClosed()) {
            poll.registry().deregister(input);
        }
    }

    private void readInputInAThread() {
        Thread reader = new Thread(
                () -> new BufferedReader(new InputStreamReader(System.in, UTF_8))
                        .lines()
                        .forEach(channel::send),
                "input");
        reader.setDaemon(true);
        reader.start();
    }

    private void execute(String command) {
        if (command.equals("quit")) {
            running = false;
        } else if (command.equals("count")) {
            System.out.println("clients: " + clients.size());
        } else if (command.startsWith("say ")) {
            byte[] text = (command.substring(4) + "\n").getBytes(UTF_8);
            clients.values().removeIf(stream -> !say(stream, text));
        } else {
            System.out.println("say TEXT, count or quit");
        }
    }

    /** Who does not read is dropped: a loop waits for nobody. False if it was. */
    private static boolean say(TcpStream stream, byte[] text) {
        try {
            if (stream.write(ByteBuffer.wrap(text)) == text.length) {
                return true;
            }
        } catch (IOException e) {
            System.out.println("gone: " + e.getMessage());
        }
        stream.close();
        return false;
    }

    private void ignore(long token) {
        TcpStream stream = clients.get(token);
        if (stream == null) {
            return;
        }
        try {
            int n;
            do {
                n = stream.read(ignored.clear());
            } while (n >= 0);
            if (n == WouldBlock.WOULD_BLOCK) {
                return;
            }
        } catch (IOException e) {
            System.out.println("gone: " + e.getMessage());
        }
        clients.remove(token);
        stream.close();
    }

    @Override
    public void close() throws IOException {
        clients.values().forEach(TcpStream::close);
        listener.close();
        poll.close();
    }

    /** Serves until it is told to quit. */
    public static void main(String[] args) throws IOException {
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 0;
        Thread loop = Thread.currentThread();
        try (Console console = new Console(port)) {
            // Ctrl-C, too, is a command, of another thread.
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(console, loop), "stop"));
            System.out.println("console on " + console.listener.localAddress());
            console.run();
        }
        System.out.println("bye");
    }

    private static void end(Console console, Thread loop) {
        console.channel.send("quit");
        try {
            loop.join();
        } catch (InterruptedException e) {
            // The process ends all the same.
            Thread.currentThread().interrupt();
        }
    }
}
