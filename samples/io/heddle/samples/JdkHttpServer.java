package io.heddle.samples;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;

/** {@link HttpServer} with {@code java.net} sockets on the JDK's virtual threads: what Heddle is compared with. */
final class JdkHttpServer implements Closeable {
    private static final int BACKLOG = 4096;
    private static final System.Logger LOG = System.getLogger(JdkHttpServer.class.getName());

    private final ServerSocket listener;
    private final Site site;
    private final Duration readTimeout;

    private JdkHttpServer(ServerSocket listener, Site site, Duration readTimeout) {
        this.listener = listener;
        this.site = site;
        this.readTimeout = readTimeout;
    }

    static JdkHttpServer start(int port, Site site, Duration readTimeout) throws IOException {
        ServerSocket listener = new ServerSocket(port, BACKLOG, InetAddress.getLoopbackAddress());
        JdkHttpServer server = new JdkHttpServer(listener, site, readTimeout);
        Thread.ofVirtual().start(server::accept);
        return server;
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException e) {
            if (!listener.isClosed()) {
                LOG.log(System.Logger.Level.ERROR, "the listener failed", e);
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            new HttpConnection(Wire.of(socket), site, readTimeout).serve();
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "a connection ended", e);
        }
    }

    InetSocketAddress address() {
        return (InetSocketAddress) listener.getLocalSocketAddress();
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }
}
