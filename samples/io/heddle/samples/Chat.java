package io.heddle.samples;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.heddle.Heddle;
import io.heddle.TcpSocket;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A chat: everybody's lines go to everybody, in the same order. Use it with {@code nc localhost 7000}.
 *
 * <p>Protocol, in lines of UTF-8: the server asks for a nickname until it gets one that is free, then each line of
 * the member goes to all as {@code nickname: line}. Lines of the server start with {@code *}.
 *
 * <p>Each member has two threads, a reader and a writer, and a queue of bounded length between all readers and the
 * writer. A reader never waits for another member: whoever has no room left in the queue is dropped, and the others
 * are told.
 *
 * <p>Run: {@code mvn -q compile exec:exec -Dsample=Chat -Dsample.args=7000}. Without a port it takes a free one.
 */
public final class Chat implements Closeable {
    static final int LINE_BYTES_MAX = 1000;
    static final int QUEUE_LINES_MAX = 256;

    private static final int KERNEL_BYTES = 64 * 1024; // what the kernel may hold for one member, about
    private static final int WRITE_BYTES = 16 * 1024;
    private static final Duration WRITE_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration NAME_TIMEOUT = Duration.ofSeconds(60);
    private static final Pattern NAME = Pattern.compile("[\\p{L}\\p{N}_-]{1,20}");

    /** Tells a writer that nothing comes after it. */
    private static final byte[] END = {};

    /** Held for the time of some queue operations that do not wait; makes one order of lines for all. */
    private final ReentrantLock lock = new ReentrantLock();

    /** By nickname. Under lock. */
    private final Map<String, Member> members = new LinkedHashMap<>();

    private final Service service;

    private Chat(int port) throws IOException {
        service = Service.start(port, this::serve);
    }

    /**
     * Opens a chat on the loopback address.
     *
     * @param port 0 takes a free one
     * @return the running server
     * @throws IOException if it cannot listen there
     */
    public static Chat start(int port) throws IOException {
        return new Chat(port);
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return service.address();
    }

    /** Sends everybody home. */
    @Override
    public void close() {
        service.close();
    }

    /** Somebody in the chat. */
    private record Member(String name, TcpSocket socket, BlockingQueue<byte[]> queue) {
        Member(String name, TcpSocket socket) {
            this(name, socket, new ArrayBlockingQueue<>(QUEUE_LINES_MAX));
        }

        /** Writes what is queued, in as few writes as it fits, until END. A failure closes the socket. */
        void write() {
            byte[] out = new byte[WRITE_BYTES];
            try {
                byte @Nullable [] line = queue.take();
                while (line != END) {
                    int length = 0;
                    while (line != null && line != END && length + line.length <= out.length) {
                        System.arraycopy(line, 0, out, length, line.length);
                        length += line.length;
                        line = queue.poll();
                    }
                    socket.write(out, 0, length);
                    line = line != null ? line : queue.take();
                }
            } catch (IOException e) {
                // The reader finds the socket closed and says good-bye.
                socket.close();
            } catch (InterruptedException e) {
                throw new AssertionError("nobody knows this thread", e);
            }
        }
    }

    private void serve(TcpSocket socket) throws IOException, InterruptedException {
        socket.setOption(StandardSocketOptions.SO_SNDBUF, KERNEL_BYTES)
                .setWriteTimeout(WRITE_TIMEOUT)
                .setReadTimeout(NAME_TIMEOUT);
        Lines lines = new Lines(socket);
        Member member = join(socket, lines);
        if (member == null) {
            return;
        }
        // A thread that a thread on a carrier starts is on that carrier, too.
        Thread writer = Thread.startVirtualThread(member::write);
        String farewell = "left";
        try {
            socket.setReadTimeout(Duration.ZERO);
            for (String line = lines.next(); line != null; line = lines.next()) {
                toAll(member.name + ": " + line);
            }
        } catch (Lines.TooLongException e) {
            farewell = "sent a line of more than " + LINE_BYTES_MAX + " bytes";
        } finally {
            leave(member, farewell);
            writer.join();
        }
    }

    // Coming and going

    /** Asks for a nickname until it is good. Answers null if the peer ends instead. */
    private @Nullable Member join(TcpSocket socket, Lines lines) throws IOException {
        say(socket, "* your nickname?");
        try {
            for (String name = lines.next(); name != null; name = lines.next()) {
                Member member = new Member(name, socket);
                if (!NAME.matcher(name).matches()) {
                    say(socket, "* 1 to 20 letters and digits, please");
                } else if (!enter(member)) {
                    say(socket, "* taken, another one?");
                } else {
                    return member;
                }
            }
        } catch (Lines.TooLongException e) {
            say(socket, "* too long");
        }
        return null;
    }

    private static void say(TcpSocket socket, String line) throws IOException {
        socket.write((line + "\n").getBytes(UTF_8));
    }

    private boolean enter(Member member) {
        lock.lock();
        try {
            boolean isFree = members.putIfAbsent(member.name, member) == null;
            if (isFree) {
                toAll("* " + member.name + " joined, here: " + members.size());
            }
            return isFree;
        } finally {
            lock.unlock();
        }
    }

    private void leave(Member member, String farewell) {
        lock.lock();
        try {
            if (members.get(member.name) == member) {
                toAll("* " + member.name + " " + farewell);
                members.remove(member.name);
            }
            if (!member.queue.offer(END)) {
                // Too slow even for its own end; what is queued has no reader.
                member.queue.clear();
                member.queue.add(END);
                member.socket.close();
            }
        } finally {
            lock.unlock();
        }
    }

    // Lines

    /** Never waits: who has no room for the line is dropped. */
    private void toAll(String line) {
        byte[] bytes = (line + "\n").getBytes(UTF_8);
        lock.lock();
        try {
            boolean someAreSlow = false;
            for (Member member : members.values()) {
                someAreSlow |= !member.queue.offer(bytes);
            }
            if (someAreSlow) {
                dropSlow();
            }
        } finally {
            lock.unlock();
        }
    }

    /** Those whose queue is full. Telling the others may fill the next queue: each round has one member less. */
    private void dropSlow() {
        for (Member member : members.values().toArray(new Member[0])) {
            if (member.queue.remainingCapacity() == 0 && members.remove(member.name, member)) {
                // Its reader and its writer fail at once, and clean up.
                member.socket.close();
                toAll("* " + member.name + " was dropped: reads too slowly");
            }
        }
    }

    /** Opens the chat until the process is ended. */
    public static void main(String[] args) throws Exception {
        Chat chat = start(args.length > 0 ? Integer.parseInt(args[0]) : 0);
        InetSocketAddress address = chat.address();
        chat.service.untilStopped(
                "Chat on " + address.getAddress().getHostAddress() + ":" + address.getPort() + ", " + Heddle.shared());
    }
}
