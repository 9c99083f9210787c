package io.heddle.samples;

import io.heddle.TcpSocket;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.time.Duration;

/**
 * A TCP proxy: passes each connection on to a server, both ways, whatever is spoken on it. The bytes stay in the
 * kernel.
 *
 * <p>Run: {@code mvn -q compile exec:exec -Dsample=SpliceProxy -Dsample.args="7001 localhost 7000"}. Port 0 takes a
 * free one.
 */
public final class SpliceProxy implements Closeable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

    /** A connection is given up when one side sends nothing, or takes nothing, for so long, whatever the other does. */
    private static final Duration IDLE_TIMEOUT = Duration.ofMinutes(10);

    private final Service service;

    private SpliceProxy(int port, String host, int hostPort) throws IOException {
        service = Service.start(port, client -> serve(client, host, hostPort));
    }

    /**
     * Starts a proxy on the loopback address.
     *
     * @param port 0 takes a free one
     * @param host the server's name
     * @param hostPort the server's port
     * @return the running proxy
     * @throws IOException if it cannot listen there
     */
    public static SpliceProxy start(int port, String host, int hostPort) throws IOException {
        return new SpliceProxy(port, host, hostPort);
    }

    private static void serve(TcpSocket client, String host, int hostPort) throws IOException, InterruptedException {
        try (TcpSocket server = TcpSocket.connect(host, hostPort, CONNECT_TIMEOUT)) {
            for (TcpSocket side : new TcpSocket[] {client, server}) {
                side.setReadTimeout(IDLE_TIMEOUT).setWriteTimeout(IDLE_TIMEOUT);
                side.setOption(StandardSocketOptions.TCP_NODELAY, true);
            }
            // On the same carrier as this: children inherit their parent's.
            Thread answers = Thread.startVirtualThread(() -> pass(server, client));
            pass(client, server);
            answers.join();
        }
    }

    /** One way. An end is passed on, and the other way goes on; a failure ends both. */
    private static void pass(TcpSocket from, TcpSocket to) {
        try {
            long bytes = from.splice(to);
            to.shutdownOutput();
            System.out.println(from.remoteAddress() + " -> " + to.remoteAddress() + ": " + bytes + " bytes");
        } catch (IOException e) {
            System.out.println(from.remoteAddress() + " -> " + to.remoteAddress() + ": " + e.getMessage());
            reset(from);
            reset(to);
        }
    }

    /** Not an end in order, which would make half an answer look whole. */
    private static void reset(TcpSocket socket) {
        try {
            socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            assert !socket.isOpen() : e; // The other way was first.
        }
        socket.close();
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return service.address();
    }

    /** Stops listening, lets connections finish for a moment, and closes them. */
    @Override
    public void close() {
        service.close();
    }

    /** Serves until the process is ended. */
    public static void main(String[] args) throws Exception {
        if (args.length != 3) {
            System.err.println("arguments: port, and host and port of the server");
            System.exit(2);
        }
        SpliceProxy proxy = start(Integer.parseInt(args[0]), args[1], Integer.parseInt(args[2]));
        proxy.service.untilStopped("proxy on " + proxy.address() + ", to " + args[1] + ":" + args[2]);
    }
}
