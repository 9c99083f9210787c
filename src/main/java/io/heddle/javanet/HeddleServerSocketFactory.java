package io.heddle.javanet;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import javax.net.ServerSocketFactory;

/**
 * Makes {@link HeddleServerSocket}s, for libraries that take a {@link ServerSocketFactory} or the name of one.
 *
 * <p>May be used by any number of threads at once.
 */
public final class HeddleServerSocketFactory extends ServerSocketFactory {
    private static final HeddleServerSocketFactory DEFAULT = new HeddleServerSocketFactory();

    /** For those who find it by its name. */
    public HeddleServerSocketFactory() {}

    /**
     * The same as a new one.
     *
     * @return always the same
     */
    public static ServerSocketFactory getDefault() {
        return DEFAULT;
    }

    @Override
    public ServerSocket createServerSocket() throws IOException {
        return new HeddleServerSocket();
    }

    @Override
    public ServerSocket createServerSocket(int port) throws IOException {
        return new HeddleServerSocket(port);
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog) throws IOException {
        return new HeddleServerSocket(port, backlog);
    }

    @Override
    public ServerSocket createServerSocket(int port, int backlog, InetAddress address) throws IOException {
        return new HeddleServerSocket(port, backlog, address);
    }
}
