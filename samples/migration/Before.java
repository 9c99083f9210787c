package migration;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;

/** A server that answers each line in capitals, and its clients, each side with a virtual thread per connection. */
public final class Before {
    private static final int CLIENTS = 200;
    private static final int TIMEOUT_MILLIS = 30_000;

    private Before() {}

    /** Asks and is answered, once for each client. */
    public static void main(String[] args) throws Exception {
        run(Thread.ofVirtual().factory(), ServerSocketFactory.getDefault(), SocketFactory.getDefault());
    }

    private static void run(ThreadFactory factory, ServerSocketFactory servers, SocketFactory sockets)
            throws Exception {
        try (ExecutorService threads = Executors.newThreadPerTaskExecutor(factory);
                ServerSocket server = servers.createServerSocket(0, CLIENTS, InetAddress.getLoopbackAddress())) {
            threads.execute(() -> accept(server, threads));
            List<Future<String>> answers = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                String line = "line " + i;
                answers.add(threads.submit(() -> ask(sockets, server, line)));
            }
            int right = 0;
            for (int i = 0; i < CLIENTS; i++) {
                right += answers.get(i).get().equals("LINE " + i) ? 1 : 0;
            }
            System.out.println(
                    right + " right answers by a " + server.getClass().getSimpleName());
        }
    }

    private static void accept(ServerSocket server, ExecutorService threads) {
        try {
            while (true) {
                Socket socket = server.accept();
                threads.execute(() -> serve(socket));
            }
        } catch (IOException e) {
            if (!server.isClosed()) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static void serve(Socket socket) {
        try (socket) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            BufferedReader lines = reader(socket);
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                write(socket, line.toUpperCase(Locale.ROOT));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String ask(SocketFactory sockets, ServerSocket server, String line) throws IOException {
        try (Socket socket = sockets.createSocket(server.getInetAddress(), server.getLocalPort())) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
            write(socket, line);
            return reader(socket).readLine();
        }
    }

    private static void write(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
    }

    private static BufferedReader reader(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }
}
