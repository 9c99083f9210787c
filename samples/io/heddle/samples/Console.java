package io.heddle.samples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.heddle.poll.Event;
import io.heddle.poll.FdSource;
import io.heddle.poll.Interest;
import io.heddle.poll.Trigger;
import io.heddle.poll.loop.EventLoop;
import io.heddle.poll.loop.Handler;
import io.heddle.poll.loop.Timeout;
import io.heddle.poll.net.TcpListener;
import io.heddle.poll.net.TcpStream;
import io.heddle.poll.net.WouldBlock;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An event loop that is told what to do in three ways: by events of its connections, by lines of its standard input,
 * and by other threads, through its channel. All state belongs to the one thread of the loop, so there is no lock.
 *
 * <p>Commands: {@code say TEXT} sends a line to everybody, {@code count} prints how many those are, {@code quit} ends
 * it.
 *
 * <p>Run: {@code mvn -q compile exec:exec -Dsample=Console -Dsample.args=7000}, with {@code nc localhost 7000} beside
 * it. Without a port it takes a free one.
 */
public final class Console implements Handler<String, Runnable>, Closeable {
    private static final int STANDARD_INPUT = 0;

    private static final long LISTENER = 0;
    private static final long INPUT = 1;
    private static final long FIRST_CLIENT = 2;

    private static final Duration ACCEPT_AGAIN_AFTER = Duration.ofMillis(100);

    private final EventLoop<String, Runnable> loop = EventLoop.open();
    private final FdSource input = FdSource.of(STANDARD_INPUT);
    private final TcpListener listener;
    private final Map<Long, TcpStream> clients = new HashMap<>();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final ByteBuffer ignored = ByteBuffer.allocateDirect(4096);
    private long nextToken = FIRST_CLIENT;
    private @Nullable Timeout acceptingAgain;

    private Console(int port) throws IOException {
        listener = TcpListener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    }

    private void run() throws IOException {
        loop.register(listener, LISTENER, Interest.READABLE);
        try {
            // By its level: with nothing to read an event is the end, and not what an earlier one has left.
            loop.register(input, INPUT, Interest.READABLE.with(Trigger.LEVEL));
        } catch (IOException | UnsupportedOperationException e) {
            // A file, or /dev/null: always ready, and so nothing to wait for; or a selector that watches channels only.
            Thread reader = new Thread(this::sendInput, "input");
            reader.setDaemon(true);
            reader.start();
        }
        loop.run(this);
    }

    /** Another thread: sends the input's lines through the channel, and waits for room if they come too fast. */
    private void sendInput() {
        try {
            BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
            for (String next = lines.readLine(); next != null; next = lines.readLine()) {
                loop.channel().send(next);
            }
        } catch (ClosedSelectorException e) {
            System.out.println("not read to its end");
        } catch (IOException | InterruptedException e) {
            System.out.println("input failed: " + e);
        }
    }

    @Override
    public void ready(EventLoop<String, Runnable> caller, Event event) throws IOException {
        if (event.token() == LISTENER) {
            accept();
        } else if (event.token() == INPUT) {
            readInput();
        } else {
            ignore(event.token());
        }
    }

    @Override
    public void message(EventLoop<String, Runnable> caller, String command) {
        execute(command);
    }

    @Override
    public void timeout(EventLoop<String, Runnable> caller, Runnable deed) {
        deed.run();
    }

    /** An event stands for any number of connections. */
    private void accept() {
        try {
            for (TcpStream stream = listener.accept(); stream != null; stream = listener.accept()) {
                add(stream);
            }
        } catch (IOException e) {
            // There are no descriptors, or no memory. Who waits to be accepted goes on waiting, and has no other event.
            System.out.println("cannot accept: " + e.getMessage());
            if (acceptingAgain == null || !acceptingAgain.isPending()) {
                acceptingAgain = loop.timeout(this::accept, ACCEPT_AGAIN_AFTER);
            }
        }
    }

    private void add(TcpStream stream) throws IOException {
        try {
            loop.register(stream, nextToken, Interest.READABLE);
        } catch (IOException e) {
            stream.close();
            throw e;
        }
        clients.put(nextToken++, stream);
    }

    /** What has come by now; the rest of a line comes with a later event. */
    private void readInput() throws IOException {
        byte[] bytes = System.in.readNBytes(System.in.available());
        for (byte each : bytes) {
            if (each == '\n') {
                endLine();
            } else {
                line.write(each);
            }
        }
        if (bytes.length == 0) {
            loop.deregister(input);
            if (line.size() > 0) {
                endLine();
            }
        }
    }

    private void endLine() {
        execute(line.toString(UTF_8));
        line.reset();
    }

    private void execute(String command) {
        if (command.equals("quit")) {
            loop.shutdown();
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
        loop.close();
    }

    /** Serves until it is told to quit. */
    public static void main(String[] args) throws IOException {
        int port = args.length > 0 ? Integer.parseInt(args[0]) : 0;
        Thread runner = Thread.currentThread();
        try (Console console = new Console(port)) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> end(console, runner), "stop"));
            System.out.println("console on " + console.listener.localAddress());
            console.run();
        }
        System.out.println("bye");
    }

    /** Ctrl-C. */
    private static void end(Console console, Thread runner) {
        console.loop.shutdown();
        try {
            runner.join();
        } catch (InterruptedException e) {
            // The process ends all the same.
            Thread.currentThread().interrupt();
        }
    }
}
