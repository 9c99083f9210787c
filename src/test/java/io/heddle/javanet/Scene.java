package io.heddle.javanet;

import io.heddle.testing.Pair;
import io.heddle.testing.Task;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Calls on sockets of one maker, with what came of each; what it opens it closes. */
final class Scene implements Closeable {
    /** Who makes the sockets. */
    enum Maker {
        /** The oracle. */
        JDK {
            @Override
            Socket socket() {
                return new Socket();
            }

            @Override
            Socket connect(@Nullable String host, int port) throws IOException {
                return new Socket(host, port);
            }

            @Override
            Socket connect(@Nullable InetAddress host, int port) throws IOException {
                return new Socket(host, port);
            }

            @Override
            Socket connect(@Nullable String host, int port, @Nullable InetAddress localHost, int localPort)
                    throws IOException {
                return new Socket(host, port, localHost, localPort);
            }

            @Override
            Socket connect(@Nullable InetAddress host, int port, @Nullable InetAddress localHost, int localPort)
                    throws IOException {
                return new Socket(host, port, localHost, localPort);
            }

            @Override
            ServerSocket server() throws IOException {
                return new ServerSocket();
            }

            @Override
            ServerSocket listen(int port) throws IOException {
                return new ServerSocket(port);
            }

            @Override
            ServerSocket listen(int port, int backlog) throws IOException {
                return new ServerSocket(port, backlog);
            }

            @Override
            ServerSocket listen(int port, int backlog, @Nullable InetAddress host) throws IOException {
                return new ServerSocket(port, backlog, host);
            }

            @Override
            ServerSocket accepting(Function<Accept, Socket> accept) throws IOException {
                return new ServerSocket() {
                    @Override
                    public Socket accept() {
                        return accept.apply(this::implAccept);
                    }
                };
            }
        },
        /** Ours. */
        HEDDLE {
            @Override
            Socket socket() throws IOException {
                return new HeddleSocket();
            }

            @Override
            Socket connect(@Nullable String host, int port) throws IOException {
                return new HeddleSocket(host, port);
            }

            @Override
            @SuppressWarnings("NullAway") // The call that fails.
            Socket connect(@Nullable InetAddress host, int port) throws IOException {
                return new HeddleSocket(host, port);
            }

            @Override
            Socket connect(@Nullable String host, int port, @Nullable InetAddress localHost, int localPort)
                    throws IOException {
                return new HeddleSocket(host, port, localHost, localPort);
            }

            @Override
            @SuppressWarnings("NullAway") // The call that fails.
            Socket connect(@Nullable InetAddress host, int port, @Nullable InetAddress localHost, int localPort)
                    throws IOException {
                return new HeddleSocket(host, port, localHost, localPort);
            }

            @Override
            ServerSocket server() throws IOException {
                return new HeddleServerSocket();
            }

            @Override
            ServerSocket listen(int port) throws IOException {
                return new HeddleServerSocket(port);
            }

            @Override
            ServerSocket listen(int port, int backlog) throws IOException {
                return new HeddleServerSocket(port, backlog);
            }

            @Override
            ServerSocket listen(int port, int backlog, @Nullable InetAddress host) throws IOException {
                return new HeddleServerSocket(port, backlog, host);
            }

            @Override
            ServerSocket accepting(Function<Accept, Socket> accept) throws IOException {
                return new HeddleServerSocket() {
                    @Override
                    public Socket accept() {
                        return accept.apply(this::implAccept);
                    }
                };
            }
        },
        /** Ours by way of the factories. */
        FACTORY {
            @Override
            Socket socket() throws IOException {
                return HeddleSocketFactory.getDefault().createSocket();
            }

            @Override
            Socket connect(@Nullable String host, int port) throws IOException {
                return HeddleSocketFactory.getDefault().createSocket(host, port);
            }

            @Override
            Socket connect(@Nullable InetAddress host, int port) throws IOException {
                return HeddleSocketFactory.getDefault().createSocket(host, port);
            }

            @Override
            Socket connect(@Nullable String host, int port, @Nullable InetAddress localHost, int localPort)
                    throws IOException {
                return HeddleSocketFactory.getDefault().createSocket(host, port, localHost, localPort);
            }

            @Override
            Socket connect(@Nullable InetAddress host, int port, @Nullable InetAddress localHost, int localPort)
                    throws IOException {
                return HeddleSocketFactory.getDefault().createSocket(host, port, localHost, localPort);
            }

            @Override
            ServerSocket server() throws IOException {
                return HeddleServerSocketFactory.getDefault().createServerSocket();
            }

            @Override
            ServerSocket listen(int port) throws IOException {
                return HeddleServerSocketFactory.getDefault().createServerSocket(port);
            }

            @Override
            ServerSocket listen(int port, int backlog) throws IOException {
                return HeddleServerSocketFactory.getDefault().createServerSocket(port, backlog);
            }

            @Override
            ServerSocket listen(int port, int backlog, @Nullable InetAddress host) throws IOException {
                return HeddleServerSocketFactory.getDefault().createServerSocket(port, backlog, host);
            }

            @Override
            ServerSocket accepting(Function<Accept, Socket> accept) throws IOException {
                return HEDDLE.accepting(accept);
            }
        };

        /** {@code ServerSocket.implAccept}, which is protected. */
        interface Accept {
            void into(Socket socket) throws IOException;
        }

        abstract Socket socket() throws IOException;

        abstract Socket connect(@Nullable String host, int port) throws IOException;

        abstract Socket connect(@Nullable InetAddress host, int port) throws IOException;

        abstract Socket connect(@Nullable String host, int port, @Nullable InetAddress localHost, int localPort)
                throws IOException;

        abstract Socket connect(@Nullable InetAddress host, int port, @Nullable InetAddress localHost, int localPort)
                throws IOException;

        abstract ServerSocket server() throws IOException;

        abstract ServerSocket listen(int port) throws IOException;

        abstract ServerSocket listen(int port, int backlog) throws IOException;

        abstract ServerSocket listen(int port, int backlog, @Nullable InetAddress host) throws IOException;

        /** One that accepts as the function does. */
        abstract ServerSocket accepting(Function<Accept, Socket> accept) throws IOException;
    }

    /** One of the calls. */
    @FunctionalInterface
    interface Step {
        void run() throws Exception;
    }

    final Maker maker;
    private final List<String> lines = new ArrayList<>();
    private final Map<String, String> names = new LinkedHashMap<>();
    private final Deque<Closeable> opened = new ArrayDeque<>();

    Scene(Maker maker) {
        this.maker = maker;
    }

    <T extends Closeable> T open(T closeable) {
        opened.push(closeable);
        return closeable;
    }

    Socket socket() throws IOException {
        return open(maker.socket());
    }

    ServerSocket server() throws IOException {
        return open(maker.server());
    }

    /** A listener of the JDK. */
    ServerSocket jdkServer() throws IOException {
        ServerSocket server = open(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()));
        name(server.getLocalPort(), "SERVER");
        return server;
    }

    /** A socket that is connected to one of the JDK, which comes second. */
    Socket[] connected() throws IOException {
        ServerSocket server = jdkServer();
        Socket socket = socket();
        socket.connect(server.getLocalSocketAddress());
        name(socket.getLocalPort(), "LOCAL");
        return new Socket[] {socket, open(server.accept())};
    }

    /** A server that listens on a free port of the loopback interface. */
    ServerSocket listening() throws IOException {
        ServerSocket server = server();
        server.bind(Pair.anyPort());
        name(server.getLocalPort(), "PORT");
        return server;
    }

    /** A port that nobody listens on, until the scene is over. */
    InetSocketAddress nowhere() throws IOException {
        Socket reserved = open(new Socket());
        reserved.bind(Pair.anyPort());
        name(reserved.getLocalPort(), "NOWHERE");
        return (InetSocketAddress) reserved.getLocalSocketAddress();
    }

    /** From now on it is shown by that name, as its number differs each time. */
    void name(int port, String name) {
        names.put("\\b" + port + "\\b", name);
    }

    void ask(String call, Callable<?> step) {
        note(call, outcome(step));
    }

    void run(String call, Step step) {
        ask(call, () -> {
            step.run();
            return "done";
        });
    }

    void note(String call, String outcome) {
        String line = call + " -> " + outcome + (Thread.interrupted() ? ", interrupted" : "");
        for (Map.Entry<String, String> name : names.entrySet()) {
            line = line.replaceAll(name.getKey(), name.getValue());
        }
        lines.add(line);
    }

    /** What came of a call on another thread. */
    void noteEnd(String call, Task<?> task) {
        ask(call, task::get);
    }

    private static String outcome(Callable<?> step) {
        try {
            return String.valueOf(step.call());
        } catch (NullPointerException e) {
            // Its text is the VM's, which leaves it out of what it has compiled.
            return e.getClass().getName();
        } catch (Exception e) {
            return e.getClass().getName() + ": " + e.getMessage();
        }
    }

    List<String> lines() {
        return lines;
    }

    @Override
    public void close() throws IOException {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
    }
}
