package io.heddle.testing;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * A SOCKS proxy, version 5 (RFC 1928, RFC 1929) and version 4, that connects to where it is told, whatever name it is
 * given: names are those of the loopback interface here. It can be told to refuse. On the JDK's sockets.
 */
public final class SocksServer implements Closeable {
    private static final int VERSION_4 = 4;
    private static final int VERSION_5 = 5;
    private static final int GRANTED_4 = 90;

    /** What it answers. */
    public record Manner(int method, int status, int addressType, int version, boolean silent) {
        /** Lets everybody in, and connects. */
        public static final Manner OPEN = new Manner(0, 0, 1, VERSION_5, false);

        /** Wants a name and a password. */
        public static final Manner PASSWORD = new Manner(2, 0, 1, VERSION_5, false);

        /** Chooses that method, 255 for none. */
        public Manner withMethod(int chosen) {
            return new Manner(chosen, status, addressType, version, silent);
        }

        /** Answers a request with that status and leaves. */
        public Manner withStatus(int refusal) {
            return new Manner(method, refusal, addressType, version, silent);
        }

        /** Says from where it connects by an address of that type. */
        public Manner withAddressType(int type) {
            return new Manner(method, status, type, version, silent);
        }

        /** Claims that version in its first answer. */
        public Manner withVersion(int claimed) {
            return new Manner(method, status, addressType, claimed, silent);
        }

        /** Takes what comes, and answers nothing. */
        public Manner silence() {
            return new Manner(method, status, addressType, version, true);
        }
    }

    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final Manner manner;
    private final Queue<String> requests = new ConcurrentLinkedQueue<>();
    private final Queue<Socket> open = new ConcurrentLinkedQueue<>();
    private final Queue<Thread> threads = new ConcurrentLinkedQueue<>();

    /** Starts it. */
    public SocksServer(Manner manner) throws IOException {
        this.manner = manner;
        start(this::accept);
    }

    private void start(Work work) {
        threads.add(Thread.ofPlatform().daemon().name("socks").start(() -> {
            try {
                work.run();
            } catch (SocketException | EOFException e) {
                // A client has left, or the test is over.
                assert e.getMessage() == null || !e.getMessage().isEmpty();
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }));
    }

    @FunctionalInterface
    private interface Work {
        void run() throws IOException;
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.getLocalSocketAddress();
    }

    /** What it was asked for: version, user and target. */
    public List<String> requests() {
        return List.copyOf(requests);
    }

    private void accept() throws IOException {
        while (true) {
            Socket client = server.accept();
            open.add(client);
            start(() -> {
                try (client) {
                    serve(client);
                }
            });
        }
    }

    private void serve(Socket client) throws IOException {
        DataInputStream in = new DataInputStream(client.getInputStream());
        OutputStream out = client.getOutputStream();
        int version = in.read();
        if (manner.silent) {
            in.transferTo(OutputStream.nullOutputStream());
        } else if (version == VERSION_4) {
            serveVersion4(client, in, out);
        } else {
            in.readNBytes(in.read());
            out.write(new byte[] {(byte) manner.version, (byte) manner.method});
            if (manner.version == VERSION_5) {
                serveVersion5(client, in, out);
            } else {
                // One that does not know version 5.
                int second = in.read();
                assert second < 0 || second == VERSION_4 : "second=" + second;
                if (second == VERSION_4) {
                    serveVersion4(client, in, out);
                }
            }
        }
    }

    private void serveVersion4(Socket client, DataInputStream in, OutputStream out) throws IOException {
        int command = in.read();
        int port = in.readUnsignedShort();
        InetAddress host = InetAddress.getByAddress(in.readNBytes(4));
        StringBuilder user = new StringBuilder();
        for (int c = in.read(); c > 0; c = in.read()) {
            user.append((char) c);
        }
        requests.add("4, command=" + command + ", user=" + user + ", host=" + host.getHostAddress());
        boolean granted = manner.status == 0;
        byte[] answer = new byte[8];
        answer[1] = (byte) (granted ? GRANTED_4 : manner.status);
        out.write(answer);
        if (granted) {
            forward(client, port);
        }
    }

    private void serveVersion5(Socket client, DataInputStream in, OutputStream out) throws IOException {
        String user = "";
        if (manner.method == 2) {
            in.read();
            user = text(in) + "/" + text(in);
            boolean known = user.equals("user/secret");
            out.write(new byte[] {1, (byte) (known ? 0 : 1)});
            if (!known) {
                return;
            }
        }
        in.readUnsignedShort();
        in.read();
        int type = in.read();
        String host = switch (type) {
            case 1 -> InetAddress.getByAddress(in.readNBytes(4)).getHostAddress();
            case 4 -> InetAddress.getByAddress(in.readNBytes(16)).getHostAddress();
            default -> text(in);
        };
        int port = in.readUnsignedShort();
        requests.add("5, type=" + type + ", user=" + user + ", host=" + host);
        out.write(new byte[] {VERSION_5, (byte) manner.status, 0, (byte) manner.addressType});
        out.write(
                switch (manner.addressType) {
                    case 1 -> new byte[4];
                    case 3 -> new byte[] {2, 'm', 'e'};
                    default -> new byte[16];
                });
        out.write(new byte[2]);
        if (manner.status == 0) {
            forward(client, port);
        }
    }

    private static String text(DataInputStream in) throws IOException {
        return new String(in.readNBytes(in.read()), StandardCharsets.ISO_8859_1);
    }

    private void forward(Socket client, int port) throws IOException {
        try (Socket target = new Socket(Proxy.NO_PROXY)) {
            open.add(target);
            target.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            start(() -> {
                target.getInputStream().transferTo(client.getOutputStream());
                client.shutdownOutput();
            });
            client.getInputStream().transferTo(target.getOutputStream());
            target.shutdownOutput();
            Await.until("the answer is over", () -> client.isOutputShutdown() || client.isClosed());
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : open) {
            socket.close();
        }
        threads.forEach(Await::end);
    }
}
