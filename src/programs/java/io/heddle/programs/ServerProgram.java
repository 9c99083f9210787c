package io.heddle.programs;

import com.sun.net.httpserver.HttpServer;
import io.heddle.Heddle;
import io.heddle.javanet.HeddleSockets;
import io.heddle.testing.Caller;
import io.heddle.testing.Ledger;
import io.heddle.testing.LiveThreads;
import io.heddle.testing.NoLeaks;
import io.helidon.webserver.WebServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * A server that knows nothing of Heddle, in a process that has made Heddle's sockets its own, or has not. What it does
 * with them it tells on its standard output.
 */
public final class ServerProgram {
    static final int LARGE = 1024 * 1024;
    private static final int BACKLOG = 1024;

    private ServerProgram() {}

    /** Which server, on which threads. */
    enum Server {
        /** It makes its own virtual threads, from a platform thread: so they are on the JDK's scheduler. */
        HELIDON(Caller.JDK_VIRTUAL_THREAD),
        ROBAHO_ON_HEDDLE_THREADS(Caller.HEDDLE_THREAD),
        ROBAHO_ON_JDK_VIRTUAL_THREADS(Caller.JDK_VIRTUAL_THREAD),
        ROBAHO_ON_PLATFORM_THREADS(Caller.PLATFORM_THREAD);

        private final Caller caller;

        Server(Caller caller) {
            this.caller = caller;
        }

        /** Whether it asks for threads that exist with Heddle only. */
        boolean isOfHeddle() {
            return caller == Caller.HEDDLE_THREAD;
        }

        private Running start() throws IOException {
            return switch (this) {
                case HELIDON -> helidon();
                case ROBAHO_ON_HEDDLE_THREADS -> robaho(Heddle.shared().newVirtualThreadPerTaskExecutor());
                case ROBAHO_ON_JDK_VIRTUAL_THREADS -> robaho(Executors.newVirtualThreadPerTaskExecutor());
                case ROBAHO_ON_PLATFORM_THREADS -> robaho(Executors.newCachedThreadPool());
            };
        }
    }

    private record Running(int port, Runnable stop) {}

    /** Serves {@code /hello} and {@code /large} until it is told {@code stop}. */
    public static void main(String[] args) throws Exception {
        boolean installed = args[0].equals(Sockets.HEDDLE.name());
        if (installed) {
            HeddleSockets.installAsDefault();
        }
        NoLeaks.warmUp();
        loadAll(Path.of("target", "classes"));
        Ledger before = Ledger.take().withoutMemory();
        Sockets.awaitCounted();
        long eventsBefore = Sockets.events();
        Server kind = Server.valueOf(args[1]);
        long eventsBeforeForIts = Sockets.eventsFor(kind.caller);
        Running server = kind.start();
        System.out.println("port " + server.port);
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null && !line.equals("stop"); line = commands.readLine()) {
            if (line.equals("accepting")) {
                System.out.println("accepting " + threadsInAccept());
            } else {
                System.out.println("events " + (Sockets.events() - eventsBefore));
                System.out.println("of its pollers " + (Sockets.eventsFor(kind.caller) - eventsBeforeForIts));
            }
        }
        server.stop.run();
        System.out.println("left " + Ledger.leftSince(before));
        System.exit(0);
    }

    /** Of all kinds. */
    private static long threadsInAccept() throws ReflectiveOperationException {
        return LiveThreads.dump()
                .lines()
                .filter(line -> line.contains("java.net.ServerSocket.accept("))
                .count();
    }

    /** Here classes are files, each of which takes a descriptor when it is loaded: later there may be none. */
    private static void loadAll(Path classes) throws IOException, ClassNotFoundException {
        List<String> names;
        try (Stream<Path> files = Files.walk(classes)) {
            names = files.map(file -> classes.relativize(file).toString())
                    .filter(file -> file.endsWith(".class") && !file.endsWith("-info.class"))
                    .map(file -> file.replace(".class", "").replace('/', '.'))
                    .toList();
        }
        for (String name : names) {
            Class<?> loaded = Class.forName(name, false, ServerProgram.class.getClassLoader());
            assert loaded.getName().equals(name) : name;
        }
    }

    private static Running helidon() {
        WebServer server = WebServer.builder()
                .host("127.0.0.1")
                .port(0)
                .backlog(BACKLOG)
                .shutdownHook(false)
                .routing(routing -> routing.get("/hello", (request, response) -> response.send("hello"))
                        .get("/large", (request, response) -> response.send("x".repeat(LARGE))))
                .build()
                .start();
        return new Running(server.port(), server::stop);
    }

    private static Running robaho(ExecutorService executor) throws IOException {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        HttpServer server = HttpServer.create(address, BACKLOG);
        assert server.getClass().getName().startsWith("robaho.") : server.getClass();
        serve(server, "/hello", "hello");
        serve(server, "/large", "x".repeat(LARGE));
        server.setExecutor(executor);
        server.start();
        return new Running(server.getAddress().getPort(), () -> {
            server.stop(0);
            executor.shutdown();
        });
    }

    private static void serve(HttpServer server, String path, String text) {
        byte[] body = text.getBytes(StandardCharsets.US_ASCII);
        server.createContext(path, exchange -> {
            exchange.sendResponseHeaders(200, body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
    }
}
